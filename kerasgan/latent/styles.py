"""StyleGAN2's space of styles, w: what its mapping makes of latents."""

import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN
from kerasgan.images import to_uint8
from kerasgan.latent.generating import checked_latents
from kerasgan.latent.paths import truncate
from kerasgan.networks.stylegan2 import mapping_and_synthesis
from kerasgan.training.state import random_state_kept


def map_to_styles(gan: GAN, latents: ArrayLike, *, batch_size: int = 64) -> NDArray:
    """The styles that a generator maps latents to.

    Args:
        gan: a `GAN` whose generator `kerasgan.networks.stylegan2_generator` made; its
            moving average maps where there is one.
        latents: (n, latent_dim).
        batch_size: latents at once. Defaults to 64.

    Returns:
        A float32 array (n, style_dim).

    Raises:
        ValueError: for a generator without styles, or latents of another size.
    """
    mapping, _ = mapping_and_synthesis(_generator(gan))
    latents = checked_latents(gan, latents)
    check_positive_int("batch_size", batch_size)
    return _in_batches(mapping, latents, batch_size)[:, 0]


def images_of_styles(gan: GAN, styles: ArrayLike, *, batch_size: int = 64) -> NDArray:
    """The images that a generator makes of styles.

    Args:
        gan: as in `map_to_styles`.
        styles: (n, style_dim), one for all layers, or (n, layers, style_dim).
        batch_size: images at once. Defaults to 64.

    Returns:
        A uint8 array (n, height, width, channels).

    Raises:
        ValueError: for a generator without styles, or styles of another shape.
    """
    _, synthesis = mapping_and_synthesis(_generator(gan))
    styles = np.asarray(styles, "float32")
    layers, size = synthesis.input.shape[1:]
    if styles.ndim == 2:
        styles = np.repeat(styles[:, None], layers, axis=1)
    if styles.ndim != 3 or styles.shape[1:] != (layers, size) or not len(styles):
        raise ValueError(
            f"`styles` must have shape (n, {size}) or (n, {layers}, {size}). "
            f"Received: {styles.shape}."
        )
    check_positive_int("batch_size", batch_size)
    with random_state_kept(gan, rewound=True):
        return to_uint8(_in_batches(synthesis, styles, batch_size))


def mean_style(gan: GAN, n: int = 10_000, *, seed: int = 0) -> NDArray:
    """The mean style of normal latents, which truncation goes to.

    Args:
        gan: as in `map_to_styles`.
        n: latents to map, at least 1. Defaults to 10,000.
        seed: int at least 0 of those. Defaults to 0.

    Returns:
        A float32 array (style_dim,).

    Source: Karras et al. 2019 (StyleGAN, arXiv:1812.04948), appendix B.
    """
    check_positive_int("n", n)
    check_positive_int("seed", seed, minimum=0)
    shape = (n, gan.latent_dim)
    latents = np.random.default_rng(seed).standard_normal(shape, "float32")
    return map_to_styles(gan, latents, batch_size=1024).mean(axis=0)


def truncated_images(
    gan: GAN,
    latents: ArrayLike,
    truncation_psi: float = 0.7,
    *,
    mean: ArrayLike | None = None,
    batch_size: int = 64,
) -> NDArray:
    """Images of latents whose styles are moved towards the mean style.

    Args:
        gan: as in `map_to_styles`.
        latents: (n, latent_dim).
        truncation_psi: from 0, the mean image alone, to 1, all as they are: the
            smaller, the better and the more alike are the images. Defaults to 0.7.
        mean: (style_dim,). Defaults to `mean_style(gan)`.
        batch_size: images at once. Defaults to 64.

    Returns:
        A uint8 array (n, height, width, channels).

    Source: Karras et al. 2019 (StyleGAN, arXiv:1812.04948), appendix B.
    """
    styles = map_to_styles(gan, latents, batch_size=batch_size)
    mean = mean_style(gan) if mean is None else mean
    styles = truncate(styles, truncation_psi, mean=mean)
    return images_of_styles(gan, styles, batch_size=batch_size)


def _generator(gan):
    return gan.generator if gan.ema_generator is None else gan.ema_generator


def _in_batches(network, inputs, batch_size):
    parts = [
        ops.convert_to_numpy(
            network(ops.convert_to_tensor(inputs[i : i + batch_size]), training=False)
        )
        for i in range(0, len(inputs), batch_size)
    ]
    return np.concatenate(parts)
