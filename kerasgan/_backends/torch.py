"""PyTorch: autograd for the wanted variables alone, nothing accumulated."""

import contextlib

import keras
import torch
from keras import tree

from kerasgan._backends import torch_adam

COMPILE = False
KEEP_MEMORY = True
LARGEST_EXECUTION = 1


def check_replicas():
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return
    if distributed.get_world_size() > 1:
        raise NotImplementedError(
            "kerasgan trains in one process: gradients would not be averaged over the "
            "ranks of torch.distributed, which would drift apart. Received: "
            f"{distributed.get_world_size()} ranks. Train in one process without "
            "torch.distributed."
        )


def restored_on_failure(gan):
    """Variables keep their values here, whatever fails."""
    return contextlib.nullcontext()


def run_step(gan, step, data):
    # Everything outside `value_and_gradients` (optimizer updates, metrics, the
    # images a discriminator step is given) needs no graph.
    with torch.no_grad():
        return step(data)


def feed(batches):
    return batches


def with_placed_batches(function):
    return function


def value_and_gradients(fn, variables):
    with torch.enable_grad():
        loss, aux = fn()
        values = [v.value for v in variables]
        gradients = torch.autograd.grad(loss, values, allow_unused=True)
    return (loss.detach(), aux), list(gradients)


def value_and_slopes(fn, x):
    with torch.enable_grad():
        x = x.detach().requires_grad_(True) if not x.requires_grad else x
        value = fn(x)
        return value, torch.autograd.grad(value.sum(), x, create_graph=True)[0]


def cond(predicate, fn):
    return fn() if predicate else torch.zeros((), device=_device())


def value_and_pullback(fn, variables):
    with torch.enable_grad():
        value = fn()
    values = [v.value for v in variables]

    def pullback(gradient):
        ends = tree.flatten(value), values, tree.flatten(gradient)
        return list(torch.autograd.grad(*ends, allow_unused=True))

    return tree.map_structure(torch.Tensor.detach, value), pullback


def value_and_input_gradient(fn, x):
    with torch.enable_grad():
        x = tree.map_structure(lambda part: part.detach().requires_grad_(True), x)
        loss, aux = fn(x)
        gradients = torch.autograd.grad(loss, tree.flatten(x))
    return (loss.detach(), aux), tree.pack_sequence_as(x, list(gradients))


def apply_gradients(optimizer, gradients, variables):
    if on_cpu() and torch_adam.fits(optimizer, gradients, variables):
        torch_adam.apply(optimizer, gradients, variables)
    else:
        optimizer.apply(gradients, variables)


@torch.no_grad()
def move(variable, target, share):
    # In place: three large tensors fewer for each variable, two thirds of the time.
    dtype = variable.value.dtype
    if torch.is_tensor(share):
        share = share.to(dtype)
    variable.value.lerp_(target.value.to(dtype), share)


def float16_convolves():
    # On a CPU: "slow_conv2d: grad_weight must be contiguous".
    return _device().type != "cpu"


def own_random_state(layer):
    # Keras's dropout takes a seed generator without an initial seed for leave to use
    # torch's global one, which no checkpoint holds and a DataLoader advances.
    for part in layer._flatten_layers():
        for generator in part._seed_generators:
            if generator._initial_seed is None:
                generator._initial_seed = int(generator.state.value[0])


def on_cpu():
    return _device().type == "cpu"


def _device():
    return keras.ops.zeros(()).device
