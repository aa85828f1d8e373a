"""What `compile` is given, checked and turned into optimizers."""

import inspect

import keras

from kerasgan import _backends
from kerasgan.checks import all_layers, check_positive_int
from kerasgan.training.optimizer_pair import innermost_optimizer, with_loss_scaling

_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)


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
            f"Received: {optimizer!r}. Give for example "
            "keras.optimizers.Adam(2e-4, beta_1=0.5)."
        ) from error
    check_learning_rate(name, optimizer)
    return optimizer


def check_learning_rate(name, optimizer):
    # A schedule or a function is called in the step: only numbers can be checked.
    rate = innermost_optimizer(optimizer).get_config()["learning_rate"]
    if isinstance(rate, float) and not 0 < rate < float("inf"):
        raise ValueError(
            f"`{name}` must have a learning rate above 0. "
            f"Received: learning_rate={rate}."
        )


def resolve_optimizers(gan, generator_optimizer, discriminator_optimizer):
    """Both optimizers, ready to be paired."""
    optimizers = {
        "generator": resolve_optimizer("generator_optimizer", generator_optimizer),
        "discriminator": resolve_optimizer(
            "discriminator_optimizer", discriminator_optimizer
        ),
    }
    if len({id(innermost_optimizer(o)) for o in optimizers.values()}) == 1:
        raise ValueError(
            "The generator and the discriminator need an optimizer each: one object "
            "would mix their slots. Received: the same object twice. Make two."
        )
    for name, optimizer in optimizers.items():
        _check_unused(gan, name, optimizer)
    pair = list(optimizers.values())
    if not uses_float16(gan.generator, gan.discriminator):
        return pair
    check_float16(gan.generator, gan.discriminator)
    return [with_loss_scaling(o) for o in pair]


def _check_unused(gan, role, optimizer):
    """An optimizer keeps slots for the variables it was built with, for good."""
    optimizer = innermost_optimizer(optimizer)
    if not optimizer.built:
        return
    mine = getattr(gan.optimizer, f"{role}_optimizer") if gan.compiled else None
    if innermost_optimizer(mine) is not optimizer:
        raise ValueError(
            f"`{role}_optimizer` must be new, or the one this network was compiled "
            f"with before. Received: {optimizer!r}, which already holds the state of "
            "another network. Make a new one, for example with "
            "type(optimizer).from_config(optimizer.get_config())."
        )


def check_loss_arguments(gan, arguments):
    """Raises for an argument of `compile` that the method does not have."""
    unknown = sorted(set(arguments) - set(_keywords(gan.configure_loss)))
    if unknown:
        allowed = _keywords(gan.compile) + _keywords(gan.configure_loss)
        raise TypeError(
            f"`compile` of {type(gan).__name__} takes {', '.join(allowed)}. "
            f"Received: {', '.join(unknown)}. Remove or rename it."
        )


def _keywords(method):
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(method).parameters.values()
    return [p.name for p in parameters if p.kind in kinds]


def check_flag(name, value):
    """Raises unless a value is `True` or `False`."""
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be True or False. Received: {name}={value!r}.")


def check_execution(steps_per_execution, jit_compile):
    """Raises for a way to run that this backend has not."""
    check_positive_int("steps_per_execution", steps_per_execution)
    if steps_per_execution > 1 and keras.backend.backend() == "torch":
        raise ValueError(
            "`steps_per_execution` must be 1 on the torch backend, which runs each "
            f"step by itself. Received: steps_per_execution={steps_per_execution}."
        )
    if jit_compile not in (True, False, "auto"):
        raise ValueError(
            "`jit_compile` must be True, False or 'auto'. "
            f"Received: jit_compile={jit_compile!r}."
        )


def uses_float16(*networks):
    """Whether any layer computes in float16, whose gradients need loss scaling."""
    return any(layer.compute_dtype == "float16" for layer in all_layers(*networks))


def check_float16(*networks):
    """Raises where PyTorch would, but inside the first step."""
    if _backends.float16_convolves():
        return
    for layer in all_layers(*networks):
        if layer.compute_dtype == "float16" and isinstance(layer, _CONVOLUTIONS):
            raise ValueError(
                "PyTorch on a CPU has no gradients of float16 convolutions. Received: "
                f"layer {layer.name!r} with dtype policy {layer.dtype_policy.name!r}. "
                "Use 'mixed_bfloat16', or a GPU."
            )
