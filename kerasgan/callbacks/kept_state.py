"""A training's networks and optimizers at one step, held in memory."""

import math

import numpy as np
from keras import ops

from kerasgan.gan import GAN


class KeptState:
    """Copies of all that training changes in the networks and the optimizers.

    Args:
        gan: a compiled GAN.
        step: steps that it has taken.
    """

    def __init__(self, gan: GAN, step: int) -> None:
        self.step = step
        self._values = [np.array(ops.convert_to_numpy(v)) for v in _variables(gan)]

    def is_finite(self) -> bool:
        """Whether no value is NaN or infinite."""
        # A sum needs no copy; it overflows where the values are beyond use too.
        return all(
            np.isfinite(np.sum(v, dtype="float64"))
            for v in self._values
            if not np.issubdtype(v.dtype, np.integer)
        )

    def put_back(self, gan: GAN) -> None:
        """Gives the variables these values again.

        Steps and random state stay. Means of this epoch that are no longer finite
        begin again at 0, with the weight that they had.
        """
        for variable, value in zip(_variables(gan), self._values):
            variable.assign(ops.convert_to_tensor(value, dtype=variable.dtype))
        for tracker in gan.trackers.values():
            if not math.isfinite(float(ops.convert_to_numpy(tracker.total))):
                tracker.total.assign(ops.zeros_like(tracker.total.value))


def _variables(gan):
    networks = [gan.generator, gan.discriminator, gan.ema_generator]
    weights = [v for network in networks if network for v in network.weights]
    return [*weights, *gan.optimizer.variables]
