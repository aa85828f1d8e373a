"""One method trained on one toy, and what its samples cover."""

import dataclasses
import time

import numpy as np

from kerasgan.networks.inputs import as_argument
from kerasgan.training.labels import labels_to_generate
from toy.methods import make
from toy.points import TOYS, coverage

BATCH, POINTS, SAMPLES = 256, 50_000, 5_000


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a training came to.

    Args:
        method, toy: names.
        covered: modes covered, of `modes`.
        good: share of samples that lie at a mode.
        seconds: wall time of the training, compilation included.
        points: the samples (n, 2).
    """

    method: str
    toy: str
    covered: int
    modes: int
    good: float
    seconds: float
    points: np.ndarray


def train(method, toy, *, steps, seed=0, batch=BATCH):
    """Trains for some generator updates, and looks at `SAMPLES` samples."""
    target = TOYS[toy]
    gan = make(method, target, seed)
    points, labels = target.draw(POINTS, seed)
    labels = None if gan.num_classes is None else labels
    begun = time.perf_counter()
    gan.fit(
        points, labels, batch_size=batch, epochs=1, steps_per_epoch=steps, verbose=0
    )
    seconds = time.perf_counter() - begun
    samples = sample(gan, seed)
    covered, good = coverage(samples, target.centres)
    modes = len(target.centres)
    return Outcome(method, toy, covered, modes, good, seconds, samples)


def sample(gan, seed):
    """Points (n, 2), of all classes alike."""
    labels = labels_to_generate(None, gan.num_classes, SAMPLES)
    inputs = gan.generator_inputs(SAMPLES, labels, seed=np.random.default_rng(seed))
    points = gan.predict(as_argument(inputs), batch_size=1000, verbose=0)
    return points.reshape(-1, 2)
