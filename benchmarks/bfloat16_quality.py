"""Whether training in `mixed_bfloat16` gives the images that float32 gives.

    KERAS_BACKEND=tensorflow python benchmarks/bfloat16_quality.py

trains a preset once in each dtype for each seed, each in a process of its own, scores
what it generates, and writes `docs/bfloat16.md` from `docs/bfloat16.json`. Each
result is on disk as soon as it is there; runs that are finished are not made again.
"""

import argparse
import os
import pathlib

import quality_page
import report
import results
from recipe import NARROW
from sections import BACKENDS

ROOT = pathlib.Path(__file__).parents[1]
DTYPES = ("float32", "mixed_bfloat16")
SMOKE = {
    "out": ROOT / "build" / "bfloat16-smoke",
    "seeds": [1],
    "epochs": 1,
    "data": "glyphs-28",
    "limit": 256,
    "n": 128,
    "classifier_epochs": 1,
    "narrow": True,
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
        default=ROOT / "docs",
        help="folder of bfloat16.json, bfloat16.md and results/bfloat16/",
    )
    parser.add_argument(
        "--again", action="store_true", help="make finished runs again too"
    )
    parser.add_argument(
        "--smoke", action="store_true", help="tiny networks and sets: says nothing"
    )
    parser.set_defaults(
        data="mnist", limit=None, n=10_000, classifier_epochs=2, narrow=False
    )
    # A smoke run has other defaults; what is asked for by name still counts.
    if parser.parse_known_args(arguments)[0].smoke:
        parser.set_defaults(**SMOKE)
    options = parser.parse_args(arguments)
    options.backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if options.backend not in BACKENDS:
        parser.error(f"KERAS_BACKEND must be one of {', '.join(BACKENDS)}.")
    return options


def make_task(options, *, dtype, seed):
    """A task for `quality.py`: a run, or with `dtype=None` what it is scored by."""
    return {
        "backend": options.backend,
        "preset": options.preset,
        "overrides": NARROW[options.preset] if options.narrow else {},
        "data": options.data,
        "limit": options.limit,
        "n": options.n,
        "classifier_epochs": options.classifier_epochs,
        "epochs": None if dtype is None else options.epochs,
        "dtype": dtype,
        "seed": seed,
    }


class Runs:
    """The runs of one command, and the file that keeps them."""

    def __init__(self, options):
        self.options, self.path = options, options.out / "bfloat16.json"
        narrow = " (narrow)" if options.narrow else ""
        length = quality_page.count(options.epochs, "epoch")
        where = f"{options.preset}{narrow} on {options.backend}"
        self.section = f"{where}, {length} of {options.data}"
        name = f"{options.preset}-{options.backend}-{length.replace(' ', '-')}"
        name += "-narrow" * options.narrow
        self.pictures = f"results/bfloat16/{name}"
        # The classifier is no part of the documentation.
        documents = options.out.resolve() == ROOT / "docs"
        folder = ROOT / "build" if documents else options.out
        self.classifier = folder / f"classifier-{name}.keras"

    def execute(self):
        """Makes what is missing, the classifier first."""
        reference = self.make(quality_page.REFERENCE, dtype=None, seed=0)
        classifier = reference["answer"]["classifier"]
        for seed in self.options.seeds:
            for dtype in DTYPES:
                name = f"seed {seed}, {dtype}"
                self.make(name, dtype=dtype, seed=seed, classifier=classifier)

    def make(self, name, *, dtype, seed, classifier=None):
        """An entry: the one on disk, if it is of the same task and classifier."""
        task = make_task(self.options, dtype=dtype, seed=seed)
        found = self.finished(name, task, classifier)
        if found:
            print(f"{name}: finished on {found['date']}", flush=True)
            return found
        print(f"{name}:", flush=True)
        self.classifier.parent.mkdir(parents=True, exist_ok=True)
        first = seed == self.options.seeds[0] and dtype
        picture = f"{self.pictures}-{dtype}.png" if first else None
        paths = {
            "out": str(self.options.out),
            "picture": picture,
            "classifier": str(self.classifier),
        }
        answer = results.run_task({**task, **paths}, "quality.py")
        entry = results.entry(task, answer)
        results.merge(self.path, report.machine(answer), self.section, name, entry)
        quality_page.write(self.options.out)
        return entry

    def finished(self, name, task, classifier):
        if self.options.again:
            return None
        # The classifier itself is needed too, to score the runs that follow.
        if classifier is None and not self.classifier.exists():
            return None
        for machine, sections in results.read(self.path).items():
            entry = sections.get(self.section, {}).get(name)
            if not entry or entry["task"] != task:
                continue
            # A GPU's name comes before the processor's, and is known after a run only.
            here = machine.endswith(report.machine({"device": None}))
            if here and classifier in (None, entry["answer"]["classifier"]):
                return entry
        return None


def main():
    options = parse()
    Runs(options).execute()
    print(quality_page.write(options.out))


if __name__ == "__main__":
    main()
