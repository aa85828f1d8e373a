"""What `compile` is given, checked and turned into optimizers."""

import keras

from kerasgan.checks import check_positive_int
from kerasgan.optimizer import with_loss_scaling


def resolve_optimizer(name, optimizer):
    """A Keras optimizer from an optimizer, its name or `None` (DCGAN's Adam).

    Source of the default: Radford et al. 2015 (arXiv:1511.06434), section 4.
    """
    if optimizer is None:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)
    try:
        optimizer = keras.optimizers.get(optimizer)
    except (ValueError, TypeError) as error:
        raise type(error)(
            f"`{name}` must be a keras.optimizers.Optimizer or the name of one. "
            f"Received: {optimizer!r}."
        ) from error
    check_learning_rate(name, optimizer)
    return optimizer


def check_learning_rate(name, optimizer):
    # A schedule or a function is called in the step: only numbers can be checked.
    config = optimizer.get_config()
    inner = config.get("inner_optimizer")
    rate = (inner["config"] if inner else config)["learning_rate"]
    if isinstance(rate, float) and not 0 < rate < float("inf"):
        raise ValueError(
            f"`{name}` must have a learning rate above 0. "
            f"Received: learning_rate={rate}."
        )


def resolve_optimizers(generator_optimizer, discriminator_optimizer, *, float16):
    """Both optimizers, ready to be paired."""
    if generator_optimizer is not None and (
        generator_optimizer is discriminator_optimizer
        and isinstance(generator_optimizer, keras.optimizers.Optimizer)
    ):
        raise ValueError(
            "The generator and the discriminator need an optimizer each: one object "
            "would mix their slots. Received: the same object twice. Make two."
        )
    pair = [
        resolve_optimizer("generator_optimizer", generator_optimizer),
        resolve_optimizer("discriminator_optimizer", discriminator_optimizer),
    ]
    return [with_loss_scaling(o) for o in pair] if float16 else pair


def check_execution(steps_per_execution):
    check_positive_int("steps_per_execution", steps_per_execution)
    if steps_per_execution > 1 and keras.backend.backend() == "torch":
        raise ValueError(
            "`steps_per_execution` must be 1 on the torch backend, which runs each "
            f"step by itself. Received: steps_per_execution={steps_per_execution}."
        )


def uses_float16(*networks):
    """Whether any layer computes in float16, whose gradients need loss scaling."""
    return any(
        layer.compute_dtype == "float16"
        for network in networks
        for layer in network.layers
    )
