"""The built-in presets, narrowed so that a test on two cores is quick."""

import numpy as np

import kerasgan

NARROW = {
    "mnist-28": {
        "generator_filters": (8, 8, 4),
        "discriminator_filters": (4, 8, 8, 8),
    },
    "mnist-28-book": {
        "generator_filters": (8, 8, 4),
        "discriminator_filters": (4, 8, 8),
    },
    "cifar10-32": {
        "generator_filters": (16, 8, 8, 4),
        "discriminator_filters": (4, 8, 8),
    },
    "cifar10-32-rmsprop": {
        "base_filters": 4,
        "generator_filters": 8,
        "discriminator_filters": (8, 8, 8, 8),
    },
    "cifar10-32-instance-norm": {
        "generator_filters": (16, 8, 8, 4),
        "discriminator_filters": (4, 8, 8, 8),
    },
}


def narrow(name, **overrides):
    """The preset with few filters and untrained weights."""
    return kerasgan.DCGAN.from_preset(
        name, load_weights=False, **NARROW[name], **overrides
    )


def images_for(gan, n, seed=0):
    """Random uint8 images of the model's shape."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, *gan.image_shape)).astype("uint8")
