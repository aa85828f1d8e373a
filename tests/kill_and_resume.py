"""Kills trainings at random moments, lets them go on, and compares how they end.

    KERAS_BACKEND=jax python tests/kill_and_resume.py [--kills 20] [--seed 0]

Half of the kills wait for a checkpoint that is being written. Each training is gone on
with until it ends, and must then equal one that was never interrupted, to the bit. The
counts go into docs/reliability.md, beside those of the other backends.
"""

import argparse
import collections
import pathlib
import random
import sys
import tempfile
import time

import keras
from killing import LENGTH, finish, kill_once, make_task, outcome
from reliability_page import write_counts

STEPS = 40 * LENGTH + 3


def main():
    """Kills as often as asked; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, began = random.Random(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        counts = run(pathlib.Path(folder), options.kills, rng)
    counts["minutes"] = round((time.monotonic() - began) / 60, 1)
    write_counts("kills", keras.backend.backend(), counts)
    print(counts)
    return int(counts["equal"] != counts["trainings"])


def run(folder, kills, rng):
    """The counts of so many deaths, over as many trainings as that takes."""
    task = make_task(folder / "task")
    finish(task, folder / "expected", STEPS)
    expected = outcome(folder / "expected")
    counts = collections.Counter(inside=0, between=0, trainings=0, equal=0)
    while counts["inside"] + counts["between"] < kills:
        out = folder / f"run-{counts['trainings']}"
        while left := kills - counts["inside"] - counts["between"]:
            moment = kill_once(task, out, STEPS, rng, inside=left % 2 == 0)
            if moment is None:
                break
            counts[moment] += 1
            print(f"killed {moment} checkpoints, {left - 1} to go", flush=True)
        finish(task, out, STEPS)
        found = outcome(out)
        different = [name for name in expected if found[name] != expected[name]]
        counts["trainings"] += 1
        counts["equal"] += not different
        if different:
            print(f"{out.name} differs in {different}", file=sys.stderr)
    return counts


if __name__ == "__main__":
    sys.exit(main())
