"""What the callbacks cost: the same training with and without them, in turn.

    KERAS_BACKEND=tensorflow python benchmarks/callbacks_cost.py mnist-28 --data mnist

Each round trains the same steps bare and watched, in an order that changes from round
to round, after a warm-up that compiles both. What is printed are the medians over the
rounds, in seconds of the wall clock and of this process's processors: the latter tell
the same on a machine that does other work too.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

import keras

import kerasgan
from kerasgan import callbacks
from kerasgan.training.machine import describe_machine


def main(arguments=None):
    options = _options(arguments)
    images, _ = kerasgan.datasets.load(options.data)
    gan = kerasgan.from_preset(options.preset, load_weights=False, dtype=options.dtype)
    gan.compile_from_preset()
    times = {"bare": [], "watched": []}
    with tempfile.TemporaryDirectory() as directory:
        for kind in times:
            _train(
                gan,
                images,
                options.warm_up,
                _callbacks(kind, images, directory, options.extractor),
            )
        for number in range(options.rounds):
            order = list(times) if number % 2 else list(times)[::-1]
            for kind in order:
                watching = _callbacks(kind, images, directory, options.extractor)
                times[kind].append(_train(gan, images, options.steps, watching))
                print(kind, *(f"{t:.2f}" for t in times[kind][-1]), file=sys.stderr)
    print(json.dumps(_summary(options, times), indent=2))


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("--data", default="glyphs-28")
    parser.add_argument("--extractor", default="mnist-classifier", help="of the scores")
    parser.add_argument("--dtype")
    parser.add_argument("--steps", type=int, default=938, help="of a round's training")
    parser.add_argument("--warm-up", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args(arguments)


def _callbacks(kind, images, directory, extractor):
    """None, or all at their defaults."""
    if kind == "bare":
        return []
    directory = pathlib.Path(tempfile.mkdtemp(dir=directory))
    return [
        callbacks.QualityMetrics(extractor=extractor, real_images=images[:5000]),
        callbacks.SampleGrid(directory / "samples"),
        callbacks.CollapseGuard("rollback", real_images=images[:512]),
        callbacks.EventLog(directory / "events"),
        callbacks.TrainingMonitor(directory),
        callbacks.Checkpoint(directory / "checkpoints"),
    ]


def _train(gan, images, steps, watching):
    wall, processors = time.perf_counter(), _processor_seconds()
    gan.fit(images, steps_per_epoch=steps, epochs=1, verbose=0, callbacks=watching)
    return time.perf_counter() - wall, _processor_seconds() - processors


def _processor_seconds():
    times = os.times()
    return times.user + times.system


def _summary(options, times):
    medians = {
        kind: [statistics.median(column) for column in zip(*rows)]
        for kind, rows in times.items()
    }
    cost = [
        watched / bare - 1 for watched, bare in zip(medians["watched"], medians["bare"])
    ]
    return {
        **vars(options),
        "backend": keras.backend.backend(),
        "machine": describe_machine(),
        "date": time.strftime("%Y-%m-%d"),
        "wall_seconds": {kind: round(m[0], 2) for kind, m in medians.items()},
        "processor_seconds": {kind: round(m[1], 2) for kind, m in medians.items()},
        "cost_wall": round(cost[0], 4),
        "cost_processor": round(cost[1], 4),
    }


if __name__ == "__main__":
    main()
