"""What `fit` and a hand-written PyTorch loop reach in the same minutes of training.

    KERAS_BACKEND=torch python benchmarks/same_minutes.py cifar10-32 --data cifar10

trains both from the same first weights in one process, an epoch each in turn, scores
both after every few epochs by the same images and extractor, and writes
docs/results/PRESET-same-minutes/ anew after each score: the curves over the minutes
that each side trained, and 64 images of both beside real ones. With `--shipped` the
preset's shipped weights stand beside them.
"""

import argparse
import datetime
import pathlib
import time

import keras
from loops.fed_fit import weights_of
from loops.fit import Fit
from loops.settings import NARROW, read_settings
from loops.torch_loop import Loop
from measuring import processes
from pages import same_minutes

import kerasgan
from kerasgan import metrics
from kerasgan.metrics.naming import OWN_EXTRACTORS
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset
from kerasgan.training.machine import describe_machine

RESULTS = pathlib.Path(__file__).parents[1] / "docs" / "results"
# As `weights/judging.py` reports: images of the second half, from seed 2.
HALF, SEED, SHOWN = slice(1, None, 2), 2, 64


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", choices=[n for n in NARROW if "/" not in n])
    parser.add_argument("--data", required=True, choices=OWN_EXTRACTORS)
    parser.add_argument("--minutes", type=float, default=30, help="of each side")
    parser.add_argument("--score-every", type=int, default=1, metavar="EPOCHS")
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--limit", type=int, help="training images at most")
    parser.add_argument("--num-images", type=int, help="that count in a score")
    parser.add_argument("--narrow", action="store_true", help="few filters: a trial")
    parser.add_argument("--shipped", action="store_true", help="show those weights too")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    return parser.parse_args(arguments)


class Side:
    """One of the two, and what it reached: epochs, minutes and distances."""

    def __init__(self, trainer, images, settings):
        self.trainer, self.images = trainer, trainer.prepare(images)
        self.batch_size = settings["batch_size"]
        self.epochs, self.minutes, self.curve = 0, 0.0, []

    def train(self):
        begun = time.perf_counter()
        steps = len(self.images) // self.batch_size
        self.trainer.train(self.images, self.batch_size, steps)
        self.minutes += (time.perf_counter() - begun) / 60
        self.epochs += 1

    def score(self, evaluator):
        images = self.pictures(evaluator.num_images, SEED)
        distance = evaluator.score(images, seed=SEED)["fd"].value
        point = {"epochs": self.epochs, "minutes": self.minutes, "fd": distance}
        self.curve.append(point)
        return point

    def pictures(self, n, seed):
        made = self.trainer.generate(n, 100, seed=seed)
        return getattr(self.trainer, "orient", lambda images: images)(made)


def main(arguments=None):
    options = parse(arguments)
    keras.utils.set_random_seed(1)
    overrides = NARROW[options.preset] if options.narrow else None
    settings = read_settings(options.preset, overrides, dtype=options.dtype)
    images = kerasgan.datasets.load(options.data)[0][: options.limit]
    test = kerasgan.datasets.load(options.data, split="test")[0][HALF]
    evaluator = metrics.Evaluator(
        test,
        metrics=["fd"],
        extractor=OWN_EXTRACTORS[options.data],
        num_images=options.num_images or len(test),
        data=options.data,
        split="test, second half",
    )
    fit, loop = Fit(settings), Loop(settings)
    loop.load(weights_of(fit.gan))
    sides = {
        "kerasgan": Side(fit, images, settings),
        "hand-written": Side(loop, loop.orient(images), settings),
    }
    facts = {
        "preset": options.preset,
        "data": options.data,
        "dtype": options.dtype,
        "batch_size": settings["batch_size"],
        "images": len(images),
        "scored": evaluator.num_images,
        "machine": describe_machine(),
        "date": datetime.date.today().isoformat(),
        "versions": processes.versions("torch"),
        "command": command(options),
    }
    pictures = {"real": test[:SHOWN], **earlier(options)}
    folder = options.results / f"{options.preset}-same-minutes"
    while any(side.minutes < options.minutes for side in sides.values()):
        turn(sides, evaluator, options)
        if all(side.curve for side in sides.values()):
            made = {name: s.pictures(SHOWN, 0) for name, s in sides.items()}
            curves = {name: side.curve for name, side in sides.items()}
            same_minutes.write(folder, facts, curves, {**pictures, **made})
    print(folder)


def turn(sides, evaluator, options):
    """An epoch for each side whose minutes are not up; scores what is due."""
    for name, side in sides.items():
        if side.minutes >= options.minutes:
            continue
        side.train()
        if side.epochs % options.score_every and side.minutes < options.minutes:
            continue
        print(name, side.score(evaluator), flush=True)


def earlier(options):
    """The shipped weights' pictures, where they are asked for."""
    if not options.shipped:
        return {}
    gan = kerasgan.from_preset(options.preset, load_weights=True)
    folder = find_preset(None, options.preset)[0]
    epochs = read_metadata(folder)["training"]["epochs"]
    return {f"shipped, {epochs:g} epochs": gan.generate(SHOWN, seed=0)}


def command(options):
    words = ["KERAS_BACKEND=torch python benchmarks/same_minutes.py", options.preset]
    words += ["--data", options.data, "--minutes", f"{options.minutes:g}"]
    words += ["--score-every", str(options.score_every), "--dtype", options.dtype]
    flags = [f"--{name}" for name in ("narrow", "shipped") if getattr(options, name)]
    return " ".join(words + flags)


if __name__ == "__main__":
    main()
