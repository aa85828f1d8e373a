"""PyTorch: autograd for the wanted variables alone, nothing accumulated."""

import keras
import torch

from kerasgan._backends import torch_adam

COMPILE = False
KEEP_MEMORY = True


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


def input_gradient(fn, x):
    with torch.enable_grad():
        x = x.detach().requires_grad_(True) if not x.requires_grad else x
        return torch.autograd.grad(fn(x).sum(), x, create_graph=True)[0]


def value_and_pullback(fn, variables):
    with torch.enable_grad():
        value = fn()
    values = [v.value for v in variables]

    def pullback(gradient):
        gradients = torch.autograd.grad(value, values, gradient, allow_unused=True)
        return list(gradients)

    return value.detach(), pullback


def value_and_input_gradient(fn, x):
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        loss, aux = fn(x)
        gradient = torch.autograd.grad(loss, x)[0]
    return (loss.detach(), aux), gradient


def apply_gradients(optimizer, gradients, variables):
    if on_cpu() and torch_adam.fits(optimizer, gradients, variables):
        torch_adam.apply(optimizer, gradients, variables)
    else:
        optimizer.apply(gradients, variables)


def float16_convolves():
    # On a CPU: "slow_conv2d: grad_weight must be contiguous".
    return keras.ops.zeros(()).device.type != "cpu"


def own_random_state(layer):
    # Keras's dropout takes a seed generator without an initial seed for leave to use
    # torch's global one, which no checkpoint holds and a DataLoader advances.
    for part in layer._flatten_layers():
        for generator in part._seed_generators:
            if generator._initial_seed is None:
                generator._initial_seed = int(generator.state.value[0])


def on_cpu():
    return keras.ops.zeros(()).device.type == "cpu"
