"""Random numbers for a step or for the host, from the seed that each has."""

import keras
import numpy as np


def normal(shape, seed):
    """Standard normal float32 numbers.

    Args:
        shape: of the tensor.
        seed: a `keras.random.SeedGenerator`, in a step; a `numpy.random.Generator`,
            on the host, where all backends draw the same.
    """
    if isinstance(seed, np.random.Generator):
        return seed.standard_normal(shape, dtype="float32")
    return keras.random.normal(shape, seed=seed)
