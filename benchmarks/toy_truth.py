"""What each method covers of Gaussians on a ring and on a grid, on each backend.

    python benchmarks/toy_truth.py

trains every method of `benchmarks/toy/methods.py` on both toys, in one process a
backend, and writes docs/results/toy.md and its picture. What was found stays in
toy.json, so that a run of some backends or methods leaves the rest of the page as it
was; the picture shows what has samples. With `--keep` those stay in that folder, and
what is there already is not measured again.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import keras
import numpy as np
from toy.methods import available
from toy.page import write_page
from toy.points import TOYS
from toy.training import train

from kerasgan.training.machine import describe_machine

HERE = pathlib.Path(__file__).resolve()
RESULTS = HERE.parents[1] / "docs" / "results"
BACKENDS = ("tensorflow", "torch", "jax")


def main(arguments=None):
    options = _options(arguments)
    if options.worker:
        measure(options.worker, options)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for backend in options.backends:
            _run_worker(folder, backend, options)
        outcomes = [read(path) for path in sorted(folder.glob("*.npz"))]
        write_page(options.out, outcomes)
    print(f"{options.out / 'toy.md'}: {len(outcomes)} trainings with samples.")


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backends", nargs="+", default=BACKENDS, choices=BACKENDS)
    parser.add_argument("--methods", nargs="+", default=available())
    parser.add_argument("--steps", type=int, default=2000, help="generator updates")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--worker", type=pathlib.Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _run_worker(folder, backend, options):
    command = [sys.executable, str(HERE), "--worker", str(folder)]
    command += ["--steps", str(options.steps), "--seed", str(options.seed)]
    command += ["--methods", *options.methods]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run(command, env=environment, check=True)


def measure(folder, options):
    """Trains what the folder lacks on this process's backend, a file each."""
    backend = keras.backend.backend()
    for toy in TOYS:
        for method in options.methods:
            path = folder / f"{toy}-{method}-{backend}.npz"
            if path.exists():
                continue
            found = train(method, toy, steps=options.steps, seed=options.seed)
            facts = {
                "method": method,
                "toy": toy,
                "backend": backend,
                "covered": found.covered,
                "modes": found.modes,
                "good": found.good,
                "seconds": found.seconds,
                "steps": options.steps,
                "seed": options.seed,
                "machine": describe_machine(),
                "date": datetime.date.today().isoformat(),
            }
            np.savez(path, facts=json.dumps(facts), points=found.points)
            print(toy, method, backend, found.covered, f"{found.good:.3f}", flush=True)


def read(path):
    """A file's `(facts, points)`."""
    with np.load(path) as file:
        return json.loads(str(file["facts"])), file["points"]


if __name__ == "__main__":
    main()
