"""One process, one backend: runs the sides of a task in turn and times them.

python benchmarks/worker.py TASK.json ANSWER.json
"""

import importlib
import json
import os
import pathlib
import resource
import statistics
import sys
import time

IMAGES = 2048
MIN_STEPS = 5


class Side:
    """One of the things compared: built, warmed up, then run round by round.

    Args:
        task: see `sections.py`.
        spec: `kind` (a key of `KINDS`) and `dtype`.
    """

    def __init__(self, task, spec):
        self.spec, self.batch_size = spec, task["batch_size"]
        began = time.perf_counter()
        make = KINDS[spec["kind"]](task["backend"])
        self.import_seconds = time.perf_counter() - began
        from recipe import draw_images, read_recipe

        recipe = read_recipe(task["preset"], task["overrides"], dtype=spec["dtype"])
        images = draw_images(recipe, max(IMAGES, 2 * self.batch_size))
        began = time.perf_counter()
        self.loop = make(recipe)
        self.images = self.loop.prepare(images)
        self.work = WORK[task["work"]]
        self.run(1)
        self.first_step_seconds = time.perf_counter() - began
        self.rounds = []

    def run(self, steps):
        """Seconds that so many steps take."""
        began = time.perf_counter()
        self.work(self, steps)
        return time.perf_counter() - began

    def warm_up(self, seconds, steps=None):
        """Runs twice more, and settles how many steps a round has."""
        step = self.run(1)
        few = 1 if step > seconds else 4
        step = self.run(few) / few
        # A `fit` has a beginning and an end, which a round of one step would magnify.
        self.steps = steps or max(MIN_STEPS, round(seconds / step))

    def run_round(self):
        self.rounds.append(self.run(self.steps))

    def answer(self):
        images = self.steps * self.batch_size
        return {
            **self.spec,
            "steps": self.steps,
            "round_seconds": self.rounds,
            "images_per_second": images / statistics.median(self.rounds),
            "import_seconds": self.import_seconds,
            "first_step_seconds": self.first_step_seconds,
        }


def _ours(name):
    return lambda backend: getattr(importlib.import_module("ours"), name)


def _native(backend):
    return importlib.import_module(f"native_{backend}").Loop


def _train(side, steps):
    side.loop.train(side.images, side.batch_size, steps)


def _generate(side, steps):
    side.loop.generate(steps * side.batch_size, side.batch_size)


def _without(layer):
    def make(backend):
        ours = importlib.import_module("ours")
        return lambda recipe: ours.StockFit(recipe, kinds=(layer,))

    return make


# "without X": the same `fit` with Keras's own, or the plain way, in X's place.
KINDS = {
    "fit": _ours("Fit"),
    "stock": _ours("StockFit"),
    "native": _native,
    "without reuse_fake_images": _ours("TwoPassFit"),
    "without freed_memory_kept": _ours("FreshMemoryFit"),
    "without fused Adam": _ours("SteppedAdamFit"),
    **{
        f"without {layer}": _without(layer)
        for layer in ("UpsampleConv2D", "Conv2DTranspose", "Conv2D")
    },
    "without BatchNormalization": _without("BatchNormalization"),
}
WORK = {"train": _train, "generate": _generate}


def measure(task):
    """Each side's figures; sides are run in turn, A B A B."""
    answer = {"agreement": _agreement(task)}
    sides = [Side(task, spec) for spec in task["sides"]]
    for side in sides:
        side.warm_up(task["seconds"], task["steps"])
    began = time.perf_counter()
    for number in range(task["rounds"]):
        # A slow pair gives the three rounds that a median needs, and no more.
        if number >= 3 and time.perf_counter() - began > task["limit"]:
            break
        for side in sides:
            side.run_round()
    native = importlib.import_module(f"native_{task['backend']}")
    return {
        **answer,
        "sides": [side.answer() for side in sides],
        "peak_bytes": native.peak_memory() or _peak_resident(),
        "device": native.device_name(),
        "versions": versions(task["backend"]),
    }


def _agreement(task):
    check = task["check"]
    if not check:
        return None
    agreement = importlib.import_module("agreement")
    from recipe import read_recipe

    dtype = task["sides"][0]["dtype"]
    recipe = read_recipe(task["preset"], task["overrides"], dtype=dtype)
    return getattr(agreement, check)(recipe, _native(task["backend"]))


def _peak_resident():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def versions(backend):
    names = [backend, "keras", "kerasgan", *(["optax"] if backend == "jax" else [])]
    modules = [sys.modules.get(name) for name in names]
    return {n: m.__version__ for n, m in zip(names, modules) if m is not None}


if __name__ == "__main__":
    task = json.loads(pathlib.Path(sys.argv[1]).read_text())
    os.environ["KERAS_BACKEND"] = task["backend"]
    # As if it were not installed.
    sys.modules.update(dict.fromkeys(task["hidden"]))
    pathlib.Path(sys.argv[2]).write_text(json.dumps(measure(task)))
