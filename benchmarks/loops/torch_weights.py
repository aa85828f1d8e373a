"""Keras weights in PyTorch modules, so that both sides begin with the same ones.

On an odd kernel with stride 2 and an even side, Keras's "same" pads the far edge and
PyTorch's `padding=1` the near one. With kernels, maps and images turned by half a
turn the one is the other, without a layer that nobody would write.
"""

import math

import numpy as np
import torch
from torch import nn

from loops.settings import image_shape

KINDS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)
NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def orient(loop, images):
    """Images (batch, height, width, channels) as the PyTorch networks see them."""
    return _turn(loop.settings, images, (1, 2)).copy()


def load(loop, weights):
    """Copies `{"generator": {layer: {name: array}}, ...}` in the layers' order."""
    for role in ("generator", "discriminator"):
        network = getattr(loop, role)
        modules = [m for m in network.modules() if isinstance(m, KINDS)]
        layers = list(weights[role].values())
        if len(modules) != len(layers):
            raise ValueError(f"{len(modules)} {role} layers, not {len(layers)}.")
        for module, values in zip(modules, layers):
            for name, array in _arrays(loop.settings, role, module, values).items():
                _copy(getattr(module, name), array)


def _arrays(settings, role, module, values):
    if isinstance(module, nn.BatchNorm2d):
        return {name: values[key] for name, key in NORM.items()}
    kernel, bias = values["kernel"], values["bias"]
    if not isinstance(module, nn.Linear):
        kernel = _turn(settings, kernel, (0, 1)).transpose(3, 2, 0, 1)
    elif role == "generator":
        kernel = _channels_first(settings, role, kernel.T)
        bias = _channels_first(settings, role, bias)
    else:
        kernel = _channels_first(settings, role, kernel).T
    return {"weight": kernel, "bias": bias}


def _channels_first(settings, role, array):
    """An array over the pixels of a map, (height, width, channels) in a row."""
    arguments = settings[role]["arguments"]
    if role == "generator":
        filters = arguments.get("base_filters") or arguments["filters"][0]
    else:
        filters = arguments["filters"][-1]
    height, width, _ = image_shape(settings)
    pixels = len(array) // filters
    rows = round(math.sqrt(pixels * height / width))
    maps = array.reshape(rows, pixels // rows, filters, *array.shape[1:])
    maps = np.moveaxis(_turn(settings, maps, (0, 1)), 2, 0)
    return maps.reshape(array.shape)


def _turn(settings, array, axes):
    turned = settings["discriminator"]["arguments"]["padding"] == "same"
    return np.flip(array, axes) if turned else array


def _copy(parameter, array):
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
