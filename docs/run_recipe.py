"""Runs a recipe as its reader would, and keeps what its page shows of it.

    KERAS_BACKEND=tensorflow python docs/run_recipe.py fine_tune --picture grid.png
    python docs/run_recipe.py mnist_28 --picture grid.png --note "5 of 30 epochs." -- \\
      --epochs 5
    python docs/run_recipe.py fine_tune --photos ~/tulips --picture grid.png -- photos

What comes after `--` goes to the recipe. The picture, by its name in the folder that
the recipe writes to, and the figures go to docs/results/recipes; look at the picture
before committing it.
"""

import argparse
import datetime
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from kerasgan.training.machine import describe_machine

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results" / "recipes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", help="its file's name, without .py")
    parser.add_argument("--picture", help="its name in the recipe's folder")
    parser.add_argument("--photos", type=pathlib.Path, help="the recipe's `photos`")
    parser.add_argument("--note", default="", help="how much shorter than in full")
    parser.add_argument("--then", help="the KERAS_BACKEND of a second run, after it")
    parser.add_argument("--lines", type=int, default=6, help="the last so many")
    parser.add_argument("--alone", action="store_true", help="nothing ran beside it")
    # argparse gives nothing to a list when options stand between it and the recipe.
    given = [*sys.argv[1:], "--"]
    ours = given[: given.index("--")]
    options = parser.parse_args(ours)
    options.arguments = given[len(ours) + 1 : -1]
    script = ROOT / "recipes" / f"{options.recipe}.py"
    with tempfile.TemporaryDirectory() as folder:
        if options.photos:
            pathlib.Path(folder, "photos").symlink_to(options.photos.resolve())
        began = time.monotonic()
        command = [sys.executable, str(script), *options.arguments]
        output = ""
        for backend in backends(options):
            run = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, "KERAS_BACKEND": backend},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            output += run.stdout
        minutes = (time.monotonic() - began) / 60
        output = output.replace(f"{folder}/", "")
        RESULTS.mkdir(parents=True, exist_ok=True)
        if options.picture:
            (found,) = pathlib.Path(folder).rglob(options.picture)
            shutil.copyfile(found, RESULTS / f"{options.recipe}.png")
    (RESULTS / f"{options.recipe}.md").write_text(told(options, minutes, output))


def backends(options):
    """That of each run, in turn."""
    first = os.environ.get("KERAS_BACKEND", "tensorflow")
    return [first, options.then] if options.then else [first]


def told(options, minutes, output):
    command = ["python", f"{options.recipe}.py", *options.arguments]
    calls = [f"KERAS_BACKEND={b} {shlex.join(command)}" for b in backends(options)]
    # Without the bars that Keras draws over one another.
    lines = [line.rpartition("\r")[2].rstrip() for line in output.splitlines()]
    lines = [line for line in lines if line and "\x08" not in line][-options.lines :]
    text = "\n".join(lines)
    beside = "" if options.alone else ", beside other work,"
    return f"""\
## A run of it

`{"`, then `".join(calls)}` took {minutes:.1f} minutes{beside}
on {describe_machine()}; {datetime.date.today()}. {options.note}

```text
{text}
```
"""


if __name__ == "__main__":
    main()
