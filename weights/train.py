"""Trains a preset as its `training` block says, in parts, with a score after each.

    python weights/train.py cifar10-32 --data cifar10 --minutes 480

runs `kerasgan train` into runs/cifar10-32 until the next score is due, then
`weights/score.py`, and so on to the end of the recipe or of the time. The same command
again goes on from the last checkpoint, after a crash too. `python weights/status.py`
tells how far it is, `python weights/ship.py` ships the best.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

import run_folders

PRESETS = run_folders.ROOT / "kerasgan" / "presets"
HERE = pathlib.Path(__file__).parent
# Parts of a recipe, if nothing else is asked for.
PARTS = 20


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", help="a preset's name, or its directory")
    parser.add_argument("--data", required=True, help="as for kerasgan train")
    parser.add_argument("--dtype", help="as for kerasgan train")
    parser.add_argument("--seed", type=int, help="as for kerasgan train")
    parser.add_argument("--minutes", type=float, help="(default: to the end)")
    parser.add_argument(
        "--score-every",
        type=int,
        metavar="N",
        help="epochs, or steps where the recipe has steps (default: a twentieth)",
    )
    parser.add_argument("--num-images", type=int, help="as for weights/score.py")
    parser.add_argument("--extractor", help="as for weights/score.py")
    parser.add_argument("--nice", type=int, default=19, help="priority (default: 19)")
    parser.add_argument("--runs", type=pathlib.Path, default=run_folders.RUNS)
    parser.add_argument("--name", help="of the folder (default: the preset's)")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    name = options.name or run_name(options.preset)
    folder = options.runs / name
    unit, length = recipe(options.preset)
    every = options.score_every or max(1, length // PARTS)
    _write_plan(folder, options, {unit: length, "score_every": every})
    deadline = time.monotonic() + 60 * (options.minutes or float("inf"))
    os.nice(options.nice)
    done = _done(folder, unit)
    if done and done % every == 0:
        # A crash may have come between training and score.
        _score(folder, options)
    while done < length and time.monotonic() < deadline:
        _train(folder, options, unit, next_stop(done, every, length), deadline)
        reached = _done(folder, unit)
        if reached % every == 0 or reached >= length:
            _score(folder, options)
        if reached <= done:
            break
        done = reached
    print(f"{folder}: {done:g} of {length} {unit} are done.")


def run_name(preset):
    """The folder of a preset's run: DCGAN's by their bare names, as they began."""
    if (PRESETS / preset / "config.json").exists():
        return preset.removeprefix("dcgan/").replace("/", "-")
    return pathlib.Path(preset).name


def recipe(preset):
    """`("epochs" or "steps", how many)` of a preset's training block.

    A bare name is DCGAN's, as for `kerasgan train`. (Not through `kerasgan.presets`:
    that would keep Keras in this process, which only waits.)
    """
    found = [pathlib.Path(preset)] if "/" in preset else []
    found += [PRESETS / preset, PRESETS / "dcgan" / preset]
    path = next(p / "config.json" for p in found if (p / "config.json").exists())
    training = json.loads(path.read_text())["training"]
    unit = "steps" if "steps" in training else "epochs"
    return unit, training[unit]


def next_stop(done, every, length):
    """The next multiple of `every` after `done`, at most the whole length.

    >>> next_stop(2.5, 5, 100), next_stop(5, 5, 100), next_stop(96, 5, 98)
    (5, 10, 98)
    """
    return min(int(done // every + 1) * every, length)


def _done(folder, unit):
    if not (folder / run_folders.SUMMARY).exists():
        return 0
    summary = run_folders.read_run(folder).summary
    return summary[unit]


def _write_plan(folder, options, length):
    kept = run_folders.kept_folder(folder)
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / run_folders.PLAN
    before = json.loads(path.read_text()) if path.exists() else {}
    plan = {"command": recorded_command(options), "preset": options.preset, **length}
    if "restarts" in before:
        plan["restarts"] = before["restarts"]
    path.write_text(json.dumps(plan, indent=2) + "\n")


def recorded_command(options):
    """The command as a page tells it: what names the weights, and no folders."""
    command = ["python", "weights/train.py", options.preset, "--data", options.data]
    command += _given(options, "dtype", "seed", "score_every")
    backend = os.environ.get("KERAS_BACKEND")
    return (f"KERAS_BACKEND={backend} " if backend else "") + shlex.join(command)


def _train(folder, options, unit, stop, deadline):
    command = ["train", options.preset, "--data", options.data, "--out", str(folder)]
    command += ["--resume", f"--{unit}", str(stop), *_given(options, "dtype", "seed")]
    if options.minutes:
        left = max(deadline - time.monotonic(), 1.0)
        command += ["--minutes", f"{left / 60:.2f}"]
    _run([sys.executable, "-m", "kerasgan.cli", *command])


def _score(folder, options):
    command = [sys.executable, str(HERE / "score.py"), str(folder)]
    _run([*command, *_given(options, "num_images", "extractor")])


def _given(options, *names):
    """Those options that were given, as arguments for another command."""
    values = {name: getattr(options, name) for name in names}
    given = {n.replace("_", "-"): v for n, v in values.items() if v is not None}
    return [text for n, v in given.items() for text in (f"--{n}", str(v))]


def _run(command):
    """Runs a process to its end; a signal to stop is handed on, and waited for."""
    with subprocess.Popen(command) as process:

        def hand_on(number, frame):
            # Ctrl-C in a terminal reaches the process by itself.
            if number == signal.SIGTERM:
                process.send_signal(signal.SIGTERM)

        with _handling(hand_on):
            status = process.wait()
    if status:
        sys.exit(status if status > 0 else 128 - status)


@contextlib.contextmanager
def _handling(handler):
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, earlier in zip(numbers, before):
            signal.signal(number, earlier)


if __name__ == "__main__":
    main()
