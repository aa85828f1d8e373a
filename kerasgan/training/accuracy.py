"""How often the discriminator is right."""

from keras import ops


def score_accuracies(real_scores, fake_scores, *, threshold=0.0):
    """The shares of real scores above `threshold` and of fake ones below it.

    Args:
        real_scores, fake_scores: float tensors (batch, 1).
        threshold: number between what real and fake images should score.

    Returns:
        A dict of `d_real_accuracy` and `d_fake_accuracy`, float32 scalars.
    """
    return {
        "d_real_accuracy": ops.mean(ops.cast(real_scores > threshold, "float32")),
        "d_fake_accuracy": ops.mean(ops.cast(fake_scores < threshold, "float32")),
    }


def class_accuracy(labels, class_logits):
    """The share of images whose largest logit is that of their class.

    Args:
        labels: integer tensor (batch,).
        class_logits: float tensor (batch, num_classes).

    Returns:
        A float32 scalar.
    """
    found = ops.cast(ops.argmax(class_logits, axis=-1), "int32")
    return ops.mean(ops.cast(found == ops.cast(labels, "int32"), "float32"))
