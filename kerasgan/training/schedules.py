"""What changes over a training, as functions of what is known in a step."""

import math

from keras import ops


def cosine(step, steps, start, end):
    """From `start` to `end` along half a cosine, and `end` afterwards.

    Args:
        step: integer scalar, a variable or a tensor: steps done.
        steps: number of steps that the change takes, at least 1.
        start, end: numbers.

    Returns:
        A float32 scalar.

    Source: Loshchilov and Hutter 2017 (arXiv:1608.03983), equation 5, one cycle.
    """
    done = ops.cast(ops.convert_to_tensor(step), "float32") / steps
    share = 0.5 - 0.5 * ops.cos(math.pi * ops.minimum(done, 1.0))
    return start + share * (end - start)


def half_life_decay(batch_size, half_life):
    """The decay of a moving average that forgets half in so many images.

    Args:
        batch_size: images a step, a number or a scalar tensor.
        half_life: images, a number or a scalar tensor; of 0 the average is what it
            follows.

    Returns:
        A float32 scalar, `0.5 ** (batch_size / half_life)`.

    Source: Karras et al. 2018 (arXiv:1710.10196), appendix; there as a decay.
    """
    half_life = ops.maximum(ops.cast(half_life, "float32"), 1e-6)
    return ops.power(0.5, ops.cast(batch_size, "float32") / half_life)


def warmed_up(decay, step):
    """A decay of a moving average that begins small.

    Args:
        decay: number in (0, 1), what it comes to.
        step: integer scalar, a variable or a tensor: steps done.

    Returns:
        A float32 scalar, `min(decay, (1 + step) / (10 + step))`.

    Source: TensorFlow's `ExponentialMovingAverage` with `num_updates`.
    """
    step = ops.cast(ops.convert_to_tensor(step), "float32")
    return ops.minimum(ops.cast(decay, "float32"), (1.0 + step) / (10.0 + step))
