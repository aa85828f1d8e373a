"""Layers by the short names that builders take as arguments."""

import keras

from kerasgan.checks import Argument, number
from kerasgan.layers import BatchNormalization

INITIALIZERS = {
    # Radford et al. 2015, section 4.
    "normal": lambda: keras.initializers.RandomNormal(0.0, 0.02),
    "keras": lambda: keras.initializers.GlorotUniform(),
    # U(-1/sqrt(fan_in), 1/sqrt(fan_in)), what torch.nn draws kernels from.
    "pytorch": lambda: keras.initializers.VarianceScaling(
        1.0 / 3.0, mode="fan_in", distribution="uniform"
    ),
    "orthogonal": lambda: keras.initializers.Orthogonal(),
}

_SHARE = number(0, 1)
_EPSILON = number(0, 1, above=True)


def initializer_named(name):
    """A new initializer: one object used twice would draw the same numbers."""
    if name not in INITIALIZERS:
        raise ValueError(
            f"`kernel_initializer` must be one of {sorted(INITIALIZERS)}. "
            f"Received: {name!r}."
        )
    return INITIALIZERS[name]()


def check_batch_norm(momentum, epsilon):
    """Raises unless momentum is from 0 to 1, and epsilon above 0 and at most 1."""
    _SHARE(momentum, Argument("batch_norm_momentum"))
    _EPSILON(epsilon, Argument("batch_norm_epsilon"))


def check_slope(slope):
    """Raises unless it is from 0 to 1."""
    _SHARE(slope, Argument("leaky_slope"))


def batch_norm(momentum, epsilon, initializer, name):
    """Batch norm whose scale begins as the initializer's source says."""
    check_batch_norm(momentum, epsilon)
    gamma = (
        keras.initializers.RandomNormal(1.0, 0.02)
        if initializer == "normal"
        else "ones"
    )
    return BatchNormalization(
        momentum=momentum, epsilon=epsilon, gamma_initializer=gamma, name=name
    )


def rectifier(slope, name):
    """LeakyReLU, or ReLU for slope 0."""
    check_slope(slope)
    if slope:
        return keras.layers.LeakyReLU(negative_slope=slope, name=name)
    return keras.layers.ReLU(name=name)


def images_out(x, name="images"):
    """tanh in float32, whatever the networks compute in."""
    return keras.layers.Activation("tanh", dtype="float32", name=name)(x)


def first_size(image_shape, factor):
    """Height and width before an enlargement by `factor`."""
    height, width, _ = image_shape
    if height % factor or width % factor:
        raise ValueError(
            f"`image_shape` must have height and width divisible by {factor} for this "
            f"generator. Received: image_shape={tuple(image_shape)}."
        )
    return height // factor, width // factor
