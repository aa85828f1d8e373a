"""One process, one backend: runs the sides of a task in turn and times them.

python -m measuring.worker TASK.json ANSWER.json
"""

import importlib
import resource
import statistics
import sys
import time

from measuring import devices, processes

IMAGES = 2048
MIN_STEPS = 5


def loop_class(kind, backend, preset):
    """What makes a side's loop of settings; imports no more than that side needs."""
    if kind == "native":
        method, _, _ = preset.rpartition("/")
        return importlib.import_module(f"loops.{backend}_{method or 'loop'}").Loop
    return importlib.import_module("loops.fit").FITS[kind]


class Side:
    """One of the things compared: built, warmed up, then run round by round.

    Args:
        task: see `sections.py`.
        spec: `kind` (see `loop_class`) and `dtype`.
    """

    def __init__(self, task, spec):
        self.spec, self.batch_size = spec, task["batch_size"]
        began = time.perf_counter()
        make = loop_class(spec["kind"], task["backend"], task["preset"])
        self.import_seconds = time.perf_counter() - began
        from loops.inputs import draw_images
        from loops.settings import read_settings

        settings = read_settings(task["preset"], task["overrides"], dtype=spec["dtype"])
        images = draw_images(settings, max(IMAGES, 2 * self.batch_size))
        began = time.perf_counter()
        self.loop = make(settings)
        self.images = self.loop.prepare(images)
        self.work = {"train": self.train, "generate": self.generate}[task["work"]]
        self.run(1)
        self.first_step_seconds = time.perf_counter() - began
        self.rounds = []

    def train(self, steps):
        self.loop.train(self.images, self.batch_size, steps)

    def generate(self, steps):
        self.loop.generate(steps * self.batch_size, self.batch_size)

    def run(self, steps):
        """Seconds that so many steps take."""
        began = time.perf_counter()
        self.work(steps)
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


def measure(task):
    """Each side's figures; sides are run in turn, A B A B."""
    agreement = _agreement(task)
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
    device, peak = devices.gpu(task["backend"])
    return {
        "agreement": agreement,
        "sides": [side.answer() for side in sides],
        "peak_bytes": peak or _peak_resident(),
        "device": device,
        "versions": processes.versions(task["backend"]),
    }


def _agreement(task):
    check = task["check"]
    if not check:
        return None
    agreement = importlib.import_module("measuring.agreement")
    from loops.settings import read_settings

    dtype = task["sides"][0]["dtype"]
    settings = read_settings(task["preset"], task["overrides"], dtype=dtype)
    native = loop_class("native", task["backend"], task["preset"])
    return getattr(agreement, check)(settings, native)


def _peak_resident():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    processes.answer(measure)
