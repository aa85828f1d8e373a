"""Keras's Adam with PyTorch's fused kernel: one pass over memory rather than ten."""

import functools

import keras
import torch
from torch.optim.adam import adam

# What of Adam's config the kernel knows; anything else must be as by default.
_ARGUMENTS = ("name", "learning_rate", "beta_1", "beta_2", "epsilon")


def fits(optimizer, gradients, variables):
    """Whether the kernel does all that `optimizer.apply` would do here."""
    return (
        _is_plain(optimizer)
        and all(
            gradient is not None
            and gradient.dtype == variable.value.dtype == torch.float32
            and variable.constraint is None
            for gradient, variable in zip(gradients, variables)
        )
        and all(
            [slot.stride() for slot in _slots(optimizer, name)]
            == [variable.value.stride() for variable in variables]
            for name in ("momentum", "velocity")
        )
    )


def _is_plain(optimizer):
    if type(optimizer) is not type(_plain_adam()):
        return False
    config, plain = optimizer.get_config(), _plain_adam().get_config()
    return all(
        value == plain[name] for name, value in config.items() if name not in _ARGUMENTS
    )


@functools.cache
def _plain_adam():
    return keras.optimizers.Adam()


def apply(optimizer, gradients, variables):
    """What `optimizer.apply` does, within rounding."""
    step = int(optimizer.iterations.value) + 1
    values = [variable.value.data for variable in variables]
    adam(
        values,
        [_laid_out_as(*pair) for pair in zip(gradients, values)],
        _slots(optimizer, "momentum"),
        _slots(optimizer, "velocity"),
        [],
        # The kernel's own count, one before this step.
        [torch.tensor(step - 1.0) for _ in values],
        fused=True,
        amsgrad=False,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        lr=float(optimizer.learning_rate),
        weight_decay=0.0,
        # Keras adds epsilon before the correction of the second moment's bias.
        eps=optimizer.epsilon / (1.0 - optimizer.beta_2**step) ** 0.5,
        maximize=False,
    )
    optimizer.iterations.assign_add(1)


def _laid_out_as(gradient, value):
    # The kernel walks both in the order in which they lie in memory.
    if gradient.stride() == value.stride():
        return gradient
    return torch.empty_like(value).copy_(gradient)


def _slots(optimizer, name):
    return [v.value.data for v in optimizer.variables if v.name.endswith(name)]
