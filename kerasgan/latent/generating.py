"""What a GAN makes of given latents."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan import _backends
from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN
from kerasgan.images import to_uint8
from kerasgan.networks.inputs import as_argument
from kerasgan.training.batches import ArrayBatches
from kerasgan.training.labels import labels_to_generate
from kerasgan.training.latent_checks import check_latents
from kerasgan.training.memory import freed_memory_kept
from kerasgan.training.state import random_state_kept


def images_of(
    gan: GAN,
    latents: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    batch_size: int = 64,
) -> NDArray:
    """The images that a GAN makes of latents.

    Args:
        gan: a `GAN`; its moving average makes them where there is one.
        latents: (n, latent_dim).
        labels: for a GAN with classes: as for its `generate`. Defaults to all classes
            in turn.
        batch_size: images at once. Defaults to 64.

    Returns:
        A uint8 array (n, height, width, channels).

    Raises:
        ValueError: for latents of another size or that are not finite, or labels that
            are none.
    """
    return to_uint8(float_images(gan, latents, labels, batch_size=batch_size))


def float_images(gan, latents, labels=None, *, batch_size=64):
    """As `images_of`, but float32 in [-1, 1]."""
    latents = checked_latents(gan, latents)
    check_positive_int("batch_size", batch_size)
    n = len(latents)
    labels = labels_to_generate(labels, gan.num_classes, n)
    # Inputs of other names, such as a noise, are drawn the same each time.
    inputs = gan.generator_inputs(n, labels, seed=np.random.default_rng(0))
    inputs = as_argument({**inputs, "latents": latents})
    batches = ArrayBatches(inputs, batch_size=min(batch_size, n), seed=0, shuffle=False)
    with freed_memory_kept(), random_state_kept(gan, rewound=True):
        return np.asarray(gan.predict(_backends.feed(batches), verbose=0), "float32")


def checked_latents(gan, latents):
    """float32 latents (n, latent_dim), finite, n at least 1, or an error."""
    latents = np.asarray(latents, "float32")
    check_latents(latents, gan.latent_dim)
    return latents
