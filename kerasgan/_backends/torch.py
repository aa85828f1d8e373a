"""PyTorch: autograd for the wanted variables alone, nothing accumulated."""

import keras
import torch

COMPILE = False


def run_step(gan, step, data):
    # Everything outside `value_and_gradients` (optimizer updates, metrics, the
    # images a discriminator step is given) needs no graph.
    with torch.no_grad():
        return step(data)


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


def apply_gradients(optimizer, gradients, variables):
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


def convolves_by_patches():
    return False
