"""Whether training in `mixed_bfloat16` gives the images that float32 gives.

    KERAS_BACKEND=tensorflow python benchmarks/bfloat16_quality.py

trains a preset once in each dtype for each seed, each in a process of its own, scores
what it generates, and writes `docs/bfloat16.md` from `docs/bfloat16.json`. Each
result is on disk as soon as it is there; runs that are finished are not made again.
"""

import argparse
import os
import pathlib

from measuring import options
from measuring.quality_runs import QualityRuns
from measuring.sections import BACKENDS
from pages import bfloat16

SMOKE = {
    "out": options.DOCS.parent / "build" / "bfloat16-smoke",
    "seeds": [1],
    "epochs": 1,
    "data": "glyphs-28",
    "limit": 256,
    "n": 128,
    "classifier_epochs": 1,
}


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--preset", choices=("mnist-28", "mnist-28-book"), default="mnist-28"
    )
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        default=[1, 2],
        help="the first one's runs leave a picture",
    )
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=options.DOCS,
        help="folder of bfloat16.json, bfloat16.md and results/bfloat16/",
    )
    parser.add_argument(
        "--again", action="store_true", help="make finished runs again too"
    )
    parser.set_defaults(
        data="mnist", limit=None, n=10_000, classifier_epochs=2, narrow=False
    )
    chosen = options.parse(parser, arguments, SMOKE)
    chosen.backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if chosen.backend not in BACKENDS:
        parser.error(f"KERAS_BACKEND must be one of {', '.join(BACKENDS)}.")
    return chosen


def main():
    chosen = parse()
    QualityRuns(chosen, bfloat16.write).execute()
    print(bfloat16.write(chosen.out))


if __name__ == "__main__":
    main()
