"""PyTorch: autograd for the wanted variables alone, nothing accumulated."""

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
