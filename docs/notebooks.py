"""Writes each recipe as a notebook, into build/notebooks or the folder given.

    python docs/notebooks.py [FOLDER]

The docstring becomes the text at the top, and each `# %%` a heading and a cell. A
notebook has no command line, so its options are the defaults, and at the end it shows
the picture that the recipe writes. Notebooks are built, not kept: the recipe is the
source.
"""

import argparse
import ast
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]
PARSED = "parser.parse_args()"
HERE = "parser.parse_args([])"
INSTALL = """\
# The package and a framework, where they are not installed yet; then restart.
# %pip install 'kerasgan[torch]'
import os

os.environ.setdefault("KERAS_BACKEND", "torch")"""
SHOW = """\
from IPython.display import Image

Image(filename=str(out / "grid.png"))"""


def notebook(path):
    """A recipe as a notebook, a dict of JSON values (nbformat 4.5).

    Args:
        path: of the Python file.
    """
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    title, _, body = docstring.partition("\n")
    cells = [_markdown(f"# {title}\n{_fenced(body)}")]
    if "import kerasgan" in text:
        cells.append(_code(INSTALL))
    code = text[text.index('"""', 3) + 3 :]
    first, *parts = re.split(r"^# %% ?", code, flags=re.MULTILINE)
    note = '  # a notebook has no command line; ["--smoke"] takes seconds'
    first = first.replace(PARSED, HERE + (note if "--smoke" in first else ""))
    cells.append(_code(first))
    for part in parts:
        heading, _, rest = part.partition("\n")
        cells.append(_markdown(f"## {heading}"))
        cells.append(_code(rest.replace(PARSED, HERE)))
    if 'out / "grid.png"' in text:
        cells.append(_code(SHOW))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _fenced(body):
    """Lines of commands, which docstrings indent, as blocks of their own."""
    return re.sub(
        r"(?:^    .*\n)+",
        lambda block: "```shell\n" + re.sub(r"(?m)^    ", "", block[0]) + "```\n",
        body.rstrip() + "\n",
        flags=re.MULTILINE,
    )


def _markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text.strip()}


def _code(text):
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": text.strip(),
    }


def write_notebooks(folder):
    """Writes all of them; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted((ROOT / "recipes").glob("*.py")):
        written.append(folder / f"{path.stem}.ipynb")
        text = json.dumps(notebook(path), indent=1, ensure_ascii=False)
        written[-1].write_text(text + "\n", encoding="utf-8")
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "build" / "notebooks")
    options = parser.parse_args()
    for path in write_notebooks(pathlib.Path(options.folder)):
        print(path)
