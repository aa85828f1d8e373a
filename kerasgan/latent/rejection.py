"""Better samples from the discriminator's opinion of them."""

from typing import NamedTuple

import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from kerasgan.checks import Argument, check_positive_int, number
from kerasgan.gan import GAN
from kerasgan.images import to_uint8
from kerasgan.latent.generating import float_images
from kerasgan.training.labels import labels_to_generate
from kerasgan.training.state import random_state_kept


class Rejection(NamedTuple):
    """What `rejection_sample` kept.

    Attributes:
        images: uint8 (n, height, width, channels).
        latents: float32 (n, latent_dim).
        scores: float32 (n,), the discriminator's.
        rate: the share of samples that was kept.
    """

    images: NDArray
    latents: NDArray
    scores: NDArray
    rate: float


def acceptance_probabilities(
    scores: ArrayLike,
    max_score: float,
    *,
    gamma: float | None = None,
    gamma_percentile: float = 80.0,
    epsilon: float = 1e-6,
) -> NDArray:
    """How likely each sample is to be kept.

    With D the scores and M their maximum, F = D - M - log(1 - exp(D - M - epsilon))
    and the probability is sigmoid(F - gamma).

    Args:
        scores: (n,) or (n, 1) logits, none above `max_score`.
        max_score: M.
        gamma: the larger, the fewer are kept; 0 keeps in proportion to exp(D - M).
            Defaults to the percentile of F below.
        gamma_percentile: from 0 to 100. Defaults to 80, the paper's.
        epsilon: for numerical stability. Defaults to 1e-6.

    Returns:
        A float64 array (n,).

    Raises:
        ValueError: if a score is above `max_score`, or not finite.

    Source: Azadi et al. 2018, "Discriminator rejection sampling" (arXiv:1810.06758),
    equations 7 and 8, section 3.2.
    """
    scores = np.asarray(scores, "float64").reshape(-1)
    if not np.isfinite(scores).all() or (scores > max_score).any():
        raise ValueError(
            f"`scores` must be finite and at most max_score={max_score:.6g}. Received: "
            f"scores up to {scores.max():.6g}."
        )
    number(0, 100)(gamma_percentile, Argument("gamma_percentile"))
    below = scores - max_score
    logits = below - np.log1p(-np.exp(below - epsilon))
    if gamma is None:
        gamma = np.percentile(logits, gamma_percentile)
    return 1.0 / (1.0 + np.exp(np.clip(gamma - logits, -700.0, 700.0)))


def rejection_sample(
    gan: GAN,
    n: int,
    label: int | None = None,
    *,
    burn_in: int = 1024,
    gamma_percentile: float = 80.0,
    seed: int | None = None,
    batch_size: int = 256,
    most_samples: int = 1_000_000,
) -> Rejection:
    """Generates images, of which the discriminator's scores decide what is kept.

    Of `burn_in` samples the greatest score is taken for the maximum, which rises where
    later samples score higher. This is sound as far as the discriminator's score is the
    log of real to generated density: for cross-entropy losses, and a discriminator
    that is trained to the end.

    Args:
        gan: a `GAN` whose discriminator gives logits.
        n: how many images to keep, at least 1.
        label: the class of all images, for a GAN with classes; for it the maximum is
            the class's own. Defaults to `None`, for a GAN without.
        burn_in: samples that estimate the maximum, at least 2. Defaults to 1024; the
            paper takes 10,000.
        gamma_percentile: as for `acceptance_probabilities`. Defaults to 80.
        seed: int for the same images each time. Defaults to new ones.
        batch_size: samples at once. Defaults to 256.
        most_samples: after so many it gives up. Defaults to 1,000,000.

    Returns:
        A `Rejection`.

    Raises:
        ValueError: if an argument is out of its range.
        RuntimeError: if too few of `most_samples` are kept.

    Source: as `acceptance_probabilities`; algorithm 1. The paper first trains the
    discriminator's last layer on to calibrate it; here it is taken as it is.
    """
    arguments = {"n": n, "batch_size": batch_size, "most_samples": most_samples}
    for name, value in arguments.items():
        check_positive_int(name, value)
    check_positive_int("burn_in", burn_in, minimum=2)
    if label is None and gan.num_classes is not None:
        raise ValueError(
            f"This GAN has {gan.num_classes} classes, whose scores differ. Received: "
            "label=None. Pass `label=`, and call once for each class."
        )
    generator = np.random.default_rng(seed)
    max_score = max(
        _sample(gan, generator, min(batch_size, burn_in - i), label)[2].max()
        for i in range(0, burn_in, batch_size)
    )
    kept, drawn, count = [], 0, 0
    while count < n:
        if drawn >= most_samples:
            raise RuntimeError(
                f"Of {drawn} samples {count} were kept, and n={n} were asked for. "
                "Lower `gamma_percentile`, or raise `most_samples`."
            )
        latents, images, scores = _sample(gan, generator, batch_size, label)
        max_score = max(max_score, scores.max())
        chances = acceptance_probabilities(
            scores, max_score, gamma_percentile=gamma_percentile
        )
        chosen = generator.random(batch_size) < chances
        kept.append((latents[chosen], images[chosen], scores[chosen]))
        drawn, count = drawn + batch_size, count + int(chosen.sum())
    latents, images, scores = (np.concatenate(parts)[:n] for parts in zip(*kept))
    return Rejection(to_uint8(images), latents, scores, count / drawn)


def _sample(gan, generator, n, label):
    latents = generator.standard_normal((n, gan.latent_dim), "float32")
    labels = labels_to_generate(label, gan.num_classes, n)
    images = float_images(gan, latents, labels, batch_size=n)
    if labels is not None:
        labels = ops.convert_to_tensor(labels)
    with random_state_kept(gan, rewound=True):
        scores = gan.scores(ops.convert_to_tensor(images), labels, training=False)
    scores = ops.convert_to_numpy(scores)
    if scores.size != n:
        raise ValueError(
            "Rejection needs one score for each image. Received: scores of shape "
            f"{scores.shape} for {n} images, of a discriminator that judges patches."
        )
    return latents, images, scores.reshape(-1)
