"""Penalties on discriminators and generators, beside their losses.

Each is a function of a score function (images to scores, whatever lies between: batch
norm, dropout, augmentation) or of an image function, and of tensors. The answer is a
float32 scalar under every dtype policy, to be weighted and added to a loss. Samples are
those of the first axis; other axes may be any.

A penalty is one more pass through the network, with all that a pass does: with
`training=True` it moves batch norm's moving statistics, `u` of spectral normalisation
and the seeds of dropout once more, and draws a dropout mask of its own. So do the extra
passes of the papers' implementations. `lazy` does all of that in its own steps alone.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from kerasgan import _backends
from kerasgan.checks import check_positive_int

__all__ = [
    "consistency_penalty",
    "dragan_penalty",
    "gradient_penalty",
    "lazy",
    "path_length_penalty",
    "r1_penalty",
    "r2_penalty",
    "scores_and_r1",
]

Tensor = Any
Function = Callable[[Tensor], Tensor]

# Added under the root: the plain norm has no gradient at zero.
_EPSILON = 1e-12


def gradient_penalty(
    score_function: Function,
    real_images: Tensor,
    fake_images: Tensor,
    *,
    seed: keras.random.SeedGenerator,
    target: float = 1.0,
) -> Tensor:
    """WGAN-GP's penalty: slopes between real and fake images should have norm 1.

    Args:
        score_function: from images to scores, for example
            `lambda images: discriminator(images, training=True)`.
        real_images: float tensor (batch, ...).
        fake_images: float tensor of the same shape.
        seed: draws the mixing coefficients, one for each pair, uniform in [0, 1].
        target: the norm that costs nothing. Defaults to 1.0.

    Returns:
        A float32 scalar, `mean((norm - target) ** 2)`. The paper's weight is 10.

    Source: Gulrajani et al. 2017 (arXiv:1704.00028), equation 3 and algorithm 1. The
    norm is `sqrt(sum + 1e-12)`, whose gradient at 0 is 0 where the paper's has none.
    """
    real_images, fake_images = _float32(real_images), _float32(fake_images)
    mixing = _per_sample(keras.random.uniform, real_images, seed)
    mixed = real_images + mixing * (fake_images - real_images)
    norms = ops.sqrt(_squared_slopes(score_function, mixed) + _EPSILON)
    return ops.mean(ops.square(norms - target))


def r1_penalty(score_function: Function, real_images: Tensor) -> Tensor:
    """Half the mean squared slope of the scores at real images.

    Args:
        score_function: from images to scores.
        real_images: float tensor (batch, ...).

    Returns:
        A float32 scalar, `mean(sum(slope ** 2)) / 2`: its weight is the papers' gamma.

    Source: Mescheder, Geiger and Nowozin 2018 (arXiv:1801.04406), equation 9.
    """
    return 0.5 * ops.mean(_squared_slopes(score_function, _float32(real_images)))


def r2_penalty(score_function: Function, fake_images: Tensor) -> Tensor:
    """Half the mean squared slope of the scores at fake images.

    Args:
        score_function: from images to scores.
        fake_images: float tensor (batch, ...).

    Returns:
        A float32 scalar, `mean(sum(slope ** 2)) / 2`: its weight is the papers' gamma.

    Source: Mescheder, Geiger and Nowozin 2018 (arXiv:1801.04406), equation 10.
    """
    return r1_penalty(score_function, fake_images)


def scores_and_r1(score_function: Function, images: Tensor) -> tuple[Tensor, Tensor]:
    """The scores of images, and `r1_penalty` at them, of one pass.

    Where a loss reads the scores in each step, this saves a pass of the discriminator,
    and both see the same dropout and the same augmentation.

    Args:
        score_function: from images to scores.
        images: float tensor (batch, ...): real ones for R1, fake ones for R2.

    Returns:
        `(scores, penalty)`: what `score_function` gives, and a float32 scalar.

    Source: as `r1_penalty`.
    """
    scores, slopes = _backends.value_and_slopes(
        lambda x: _float32(score_function(x)), _float32(images)
    )
    return scores, 0.5 * ops.mean(_sum_of_squares(slopes))


def dragan_penalty(
    score_function: Function,
    real_images: Tensor,
    *,
    seed: keras.random.SeedGenerator,
    scale: float = 0.5,
    target: float = 1.0,
) -> Tensor:
    """Slopes around real images should have norm 1.

    Args:
        score_function: from images to scores.
        real_images: float tensor (batch, ...).
        seed: draws the noise.
        scale: the noise's largest value over the batch's standard deviation.
            Defaults to 0.5.
        target: the norm that costs nothing. Defaults to 1.0.

    Returns:
        A float32 scalar, `mean((norm - target) ** 2)`. The paper's weight is 10.

    Source: Kodali et al. 2017, "On Convergence and Stability of GANs"
    (arXiv:1705.07215), section 2.3. The noise is normal in the paper; it is here what
    its authors' code draws: uniform in [0, scale * deviation] for each value, times
    one coefficient for each image, uniform in [0, 1].
    """
    images = _float32(real_images)
    far = keras.random.uniform(ops.shape(images), dtype="float32", seed=seed)
    share = _per_sample(keras.random.uniform, images, seed)
    images = images + share * far * scale * ops.std(images)
    norms = ops.sqrt(_squared_slopes(score_function, images) + _EPSILON)
    return ops.mean(ops.square(norms - target))


def consistency_penalty(
    score_function: Function, images: Tensor, augment: Function
) -> Tensor:
    """Augmentation should leave the scores as they are.

    Args:
        score_function: from images to scores, or to any features of them.
        images: float tensor (batch, ...): real ones, or fake ones too for balanced
            consistency.
        augment: from images to augmented ones, for example
            `lambda images: augmentation(images, training=True)`.

    Returns:
        A float32 scalar, the mean over the batch of `sum((scores - others) ** 2)`. The
        paper's weight is 10.

    Source: Zhang et al. 2020 (arXiv:1910.12027), equation 2 at the last layer; for
    fake images too: Zhao et al. 2020 (arXiv:2002.04724), section 3.1.
    """
    images = _float32(images)
    scores = _float32(score_function(images))
    others = _float32(score_function(_float32(augment(images))))
    return ops.mean(_sum_of_squares(scores - others))


def path_length_penalty(
    image_function: Function,
    latents: Tensor,
    mean_length: keras.Variable,
    *,
    seed: keras.random.SeedGenerator,
    decay: float = 0.01,
) -> Tensor:
    """A step in latents should move the image by the same length everywhere.

    Args:
        image_function: from `latents` to images (batch, height, width, channels).
        latents: float tensor (batch, dim), or (batch, layers, dim) where each layer
            has its own; in StyleGAN2 what the mapping network gives.
        mean_length: float32 scalar variable, 0 at first, which this function moves:
            the running mean of the lengths. Keep it in a layer or a model, so that
            it is saved.
        seed: draws the direction in pixels.
        decay: how far the running mean goes to the batch's. Defaults to 0.01.

    Returns:
        A float32 scalar, `mean((length - mean_length) ** 2)`, the mean length a
        constant to the gradient as in the paper. The paper's weight is 2.

    Source: Karras et al. 2020 (arXiv:1912.04958), equation 4 and appendix B: the noise
    has deviation 1 / sqrt(height * width), squares are summed over an image's latent
    and averaged over layers.
    """

    def projected(latents):
        images = _float32(image_function(latents))
        shape = ops.shape(images)
        noise = keras.random.normal(shape, dtype="float32", seed=seed)
        pixels = ops.cast(shape[1] * shape[2], "float32")
        return images * noise / ops.sqrt(pixels)

    slopes = _backends.input_gradient(projected, _float32(latents))
    squares = ops.sum(ops.square(slopes), axis=-1)
    if len(squares.shape) > 1:
        squares = ops.mean(squares, axis=list(range(1, len(squares.shape))))
    lengths = ops.sqrt(squares + _EPSILON)
    batch_mean = ops.stop_gradient(ops.mean(lengths))
    mean_length.assign(mean_length + decay * (batch_mean - mean_length))
    target = ops.stop_gradient(ops.convert_to_tensor(mean_length))
    return ops.mean(ops.square(lengths - target))


def lazy(penalty: Callable[[], Tensor], step: Tensor, *, every: int) -> Tensor:
    """A penalty in every n-th step alone, and then n times as heavy.

    Args:
        penalty: a function without arguments, to a float32 scalar; called, and its
            cost paid, in steps that `every` divides alone.
        step: integer scalar, a variable or a tensor: steps done before this one, for
            example `gan.step_counter`.
        every: the number of steps, at least 1; 16 for R1 and 8 for path lengths in
            StyleGAN2.

    Returns:
        A float32 scalar, `every * penalty()` or 0. Variables that the penalty assigns
        (statistics, seeds, a mean length) change in its own steps alone.

    Raises:
        TypeError: if `every` is not a whole number.
        ValueError: if `every` is less than 1.

    Source: Karras et al. 2020 (arXiv:1912.04958), appendix B, "Lazy regularization".
    The paper also multiplies the rate by n / (n + 1), and takes each beta to its power.
    """
    every = check_positive_int("every", every)
    if every == 1:
        return penalty()
    due = ops.equal(ops.mod(ops.convert_to_tensor(step), every), 0)
    return every * _backends.cond(due, penalty)


def _squared_slopes(score_function, images):
    """The squared norm of each sample's gradient of its score."""
    slopes = _backends.input_gradient(lambda x: _float32(score_function(x)), images)
    return _sum_of_squares(slopes)


def _sum_of_squares(values):
    return ops.sum(ops.square(values), axis=list(range(1, len(values.shape))))


def _per_sample(draw, images, seed):
    shape = (ops.shape(images)[0], *[1] * (len(images.shape) - 1))
    return draw(shape, dtype="float32", seed=seed)


def _float32(tensor):
    return ops.cast(tensor, "float32")
