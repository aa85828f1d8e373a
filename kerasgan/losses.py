"""Adversarial losses as pure functions of scores.

Each takes scores of shape (batch, 1), without a sigmoid, and returns a float32
scalar: the mean over the batch.
"""

from keras import ops

__all__ = ["binary_crossentropy"]


def binary_crossentropy(labels, scores):
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
    scores = ops.cast(scores, "float32")
    labels = ops.cast(labels, "float32")
    return ops.mean(ops.softplus(scores) - labels * scores)
