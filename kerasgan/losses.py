"""Adversarial losses as pure functions of scores.

Each method has a pair, `<method>_discriminator_loss` and `<method>_generator_loss`,
both of `(real_scores, fake_scores)`: scores of any shape, usually (batch, 1), without
a sigmoid. The answer is a float32 scalar, the mean over all scores, whatever their
dtype. A generator's loss that reads the fake scores alone takes the real ones all the
same, so that methods can be exchanged.
"""

from typing import Any

from keras import ops

__all__ = [
    "binary_crossentropy",
    "class_crossentropy",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
    "relativistic_discriminator_loss",
    "relativistic_generator_loss",
    "saturating_discriminator_loss",
    "saturating_generator_loss",
    "wasserstein_discriminator_loss",
    "wasserstein_generator_loss",
]

Tensor = Any


def binary_crossentropy(labels: Tensor, scores: Tensor) -> Tensor:
    """Binary cross-entropy of `sigmoid(scores)` against `labels`, batch mean.

    Args:
        labels: float tensor of the scores' shape. Values are usually in [0, 1];
            noisy labels may lie slightly outside.
        scores: float tensor (batch, 1), before any sigmoid.

    Returns:
        A float32 scalar, `mean(softplus(scores) - labels * scores)`.

    Source: Goodfellow et al. 2014, "Generative Adversarial Networks"
    (arXiv:1406.2661), equation 1, written for logits.
    """
    labels, scores = _float32(labels, scores)
    return ops.mean(ops.softplus(scores) - labels * scores)


def class_crossentropy(labels: Tensor, class_logits: Tensor) -> Tensor:
    """Cross-entropy of `softmax(class_logits)` against the classes, batch mean.

    Args:
        labels: integer tensor (batch,) in [0, num_classes).
        class_logits: float tensor (batch, num_classes), before any softmax.

    Returns:
        A float32 scalar.

    Source: Odena, Olah and Shlens 2016 (arXiv:1610.09585), equation 3, with its sign
    turned.
    """
    (class_logits,) = _float32(class_logits)
    chosen = ops.one_hot(ops.cast(labels, "int32"), class_logits.shape[-1])
    chosen = ops.cast(chosen, "float32")
    return -ops.mean(ops.sum(chosen * ops.log_softmax(class_logits, axis=-1), axis=-1))


def saturating_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Cross-entropy of real scores against 1 plus that of fake ones against 0.

    Args:
        real_scores: float tensor, before any sigmoid.
        fake_scores: float tensor, before any sigmoid.

    Returns:
        A float32 scalar, `mean(softplus(-real_scores)) + mean(softplus(fake_scores))`.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1, with its sign turned:
    the discriminator's half of the minimax game.
    """
    real_scores, fake_scores = _float32(real_scores, fake_scores)
    return ops.mean(ops.softplus(-real_scores)) + ops.mean(ops.softplus(fake_scores))


def saturating_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """The generator's half of the minimax game: log(1 - sigmoid(fake_scores)).

    Its gradient vanishes where the discriminator is sure.

    Args:
        real_scores: not read.
        fake_scores: float tensor, before any sigmoid.

    Returns:
        A float32 scalar, `-mean(softplus(fake_scores))`.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1.
    """
    (fake_scores,) = _float32(fake_scores)
    return -ops.mean(ops.softplus(fake_scores))


def non_saturating_discriminator_loss(
    real_scores: Tensor, fake_scores: Tensor
) -> Tensor:
    """As `saturating_discriminator_loss`: the two differ in the generator's loss.

    Args:
        real_scores: float tensor, before any sigmoid.
        fake_scores: float tensor, before any sigmoid.

    Returns:
        A float32 scalar.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1.
    """
    return saturating_discriminator_loss(real_scores, fake_scores)


def non_saturating_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Cross-entropy of fake scores against 1: -log(sigmoid(fake_scores)).

    Args:
        real_scores: not read.
        fake_scores: float tensor, before any sigmoid.

    Returns:
        A float32 scalar, `mean(softplus(-fake_scores))`.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), section 3: "maximize log D(G(z))".
    """
    (fake_scores,) = _float32(fake_scores)
    return ops.mean(ops.softplus(-fake_scores))


def least_squares_discriminator_loss(
    real_scores: Tensor,
    fake_scores: Tensor,
    *,
    real_target: float = 1.0,
    fake_target: float = 0.0,
) -> Tensor:
    """Half the squared distances of scores from their targets.

    Args:
        real_scores: float tensor.
        fake_scores: float tensor.
        real_target: what real images should score, b in the paper. Defaults to 1.0.
        fake_target: what fake images should score, a in the paper. Defaults to 0.0.

    Returns:
        A float32 scalar, `(mean((real_scores - real_target) ** 2)
        + mean((fake_scores - fake_target) ** 2)) / 2`.

    Source: Mao et al. 2016, "Least Squares Generative Adversarial Networks"
    (arXiv:1611.04076), equation 2; the defaults are those of equation 9.
    """
    real_scores, fake_scores = _float32(real_scores, fake_scores)
    real_loss = ops.mean(ops.square(real_scores - real_target))
    return 0.5 * (real_loss + ops.mean(ops.square(fake_scores - fake_target)))


def least_squares_generator_loss(
    real_scores: Tensor, fake_scores: Tensor, *, target: float = 1.0
) -> Tensor:
    """Half the squared distance of fake scores from what the generator wants.

    Args:
        real_scores: not read.
        fake_scores: float tensor.
        target: what the generator wants its images to score, c in the paper.
            Defaults to 1.0.

    Returns:
        A float32 scalar, `mean((fake_scores - target) ** 2) / 2`.

    Source: Mao et al. 2016 (arXiv:1611.04076), equation 2; the default is equation 9's.
    """
    (fake_scores,) = _float32(fake_scores)
    return 0.5 * ops.mean(ops.square(fake_scores - target))


def hinge_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Real scores below 1 and fake ones above -1 cost what they miss by.

    Args:
        real_scores: float tensor.
        fake_scores: float tensor.

    Returns:
        A float32 scalar, `mean(relu(1 - real_scores)) + mean(relu(1 + fake_scores))`.

    Source: Lim and Ye 2017, "Geometric GAN" (arXiv:1705.02894); Miyato et al. 2018
    (arXiv:1802.05957), equation 16.
    """
    real_scores, fake_scores = _float32(real_scores, fake_scores)
    return ops.mean(ops.relu(1.0 - real_scores)) + ops.mean(ops.relu(1.0 + fake_scores))


def hinge_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Minus the mean of the fake scores.

    Args:
        real_scores: not read.
        fake_scores: float tensor.

    Returns:
        A float32 scalar, `-mean(fake_scores)`.

    Source: Miyato et al. 2018 (arXiv:1802.05957), equation 17.
    """
    (fake_scores,) = _float32(fake_scores)
    return -ops.mean(fake_scores)


def wasserstein_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """The critic's estimate of the Wasserstein distance, with its sign turned.

    It means something for Lipschitz critics alone: see
    `kerasgan.regularizers.gradient_penalty`.

    Args:
        real_scores: float tensor.
        fake_scores: float tensor.

    Returns:
        A float32 scalar, `mean(fake_scores) - mean(real_scores)`.

    Source: Arjovsky, Chintala and Bottou 2017 (arXiv:1701.07875), equation 3.
    """
    real_scores, fake_scores = _float32(real_scores, fake_scores)
    return ops.mean(fake_scores) - ops.mean(real_scores)


def wasserstein_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Minus the mean of the fake scores.

    Args:
        real_scores: not read.
        fake_scores: float tensor.

    Returns:
        A float32 scalar, `-mean(fake_scores)`.

    Source: Arjovsky, Chintala and Bottou 2017 (arXiv:1701.07875), algorithm 1, line 10.
    """
    (fake_scores,) = _float32(fake_scores)
    return -ops.mean(fake_scores)


def relativistic_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Each real image should score more than the fake one it is paired with.

    Args:
        real_scores: float tensor.
        fake_scores: float tensor of the same shape: the pairs are by position.

    Returns:
        A float32 scalar, `mean(softplus(fake_scores - real_scores))`.

    Source: Jolicoeur-Martineau 2018, "The relativistic discriminator"
    (arXiv:1807.00734), RpGAN; Huang et al. 2024 (arXiv:2501.05441), equation 2.
    """
    real_scores, fake_scores = _float32(real_scores, fake_scores)
    return ops.mean(ops.softplus(fake_scores - real_scores))


def relativistic_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Each fake image should score more than the real one it is paired with.

    Args:
        real_scores: float tensor.
        fake_scores: float tensor of the same shape: the pairs are by position.

    Returns:
        A float32 scalar, `mean(softplus(real_scores - fake_scores))`.

    Source: as `relativistic_discriminator_loss`, with real and fake exchanged.
    """
    return relativistic_discriminator_loss(fake_scores, real_scores)


def _float32(*scores):
    return [ops.cast(value, "float32") for value in scores]
