"""Layers as float64 formulas in NumPy, and derivatives without any autodiff.

Maps are (copies, batch, ..., channels): a formula is given many batches at once.
"""

import numpy as np


def input_gradient(score, x):
    """The gradient of sum(score) for one batch `x`, by complex steps: exact."""
    step = 1e-30
    copies = x + 1j * step * np.eye(x.size).reshape(x.size, *x.shape)
    totals = score(copies).reshape(x.size, -1).sum(1)
    return (totals.imag / step).reshape(x.shape)


def central_differences(function, arrays, step=1e-5):
    """The gradients of `function()` for each of `arrays`, which it reads."""
    gradients = []
    for array in arrays:
        gradient = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + step
            above = function()
            array[place] = kept - step
            gradient[place] = (above - function()) / (2 * step)
            array[place] = kept
        gradients.append(gradient)
    return gradients


def normalized(x, axes, epsilon, mask=None):
    """`x` less its mean over its variance's root over `axes`, and both moments."""
    mask = np.ones(x.shape) if mask is None else mask * np.ones(x.shape)
    count = mask.sum(axes, keepdims=True)
    mean = (mask * x).sum(axes, keepdims=True) / count
    variance = (mask * (x - mean) ** 2).sum(axes, keepdims=True) / count
    return (x - mean) / np.sqrt(variance + epsilon), mean, variance


def convolution(x, kernel, bias, strides, padding, dilation=1):
    """As Keras's `Conv2D` on maps (..., height, width, channels)."""
    leading, (height, width, channels) = x.shape[:-3], x.shape[-3:]
    x = x.reshape(-1, height, width, channels)
    rows, columns = (dilation * (n - 1) + 1 for n in kernel.shape[:2])
    pads = [(0, 0)] * 4
    if padding == "same":
        for axis, size, window, stride in zip(
            (1, 2), (height, width), (rows, columns), strides
        ):
            total = max((-(-size // stride) - 1) * stride + window - size, 0)
            pads[axis] = (total // 2, total - total // 2)
    x = np.pad(x, pads)
    high = (x.shape[1] - rows) // strides[0] + 1
    wide = (x.shape[2] - columns) // strides[1] + 1
    outputs = 0.0
    for i, j in np.ndindex(kernel.shape[:2]):
        i, j, tap = i * dilation, j * dilation, kernel[i, j]
        part = x[:, i :: strides[0], j :: strides[1]][:, :high, :wide]
        outputs = outputs + np.einsum("nijc,cf->nijf", part, tap)
    outputs = outputs if bias is None else outputs + bias
    return outputs.reshape(*leading, *outputs.shape[1:])


def transposed_convolution(x, kernel, bias, strides, padding):
    """As Keras's `Conv2DTranspose`: each pixel spreads its kernel."""
    leading, (height, width, channels) = x.shape[:-3], x.shape[-3:]
    x = x.reshape(-1, height, width, channels)
    rests = [max(size - stride, 0) for size, stride in zip(kernel.shape, strides)]
    full = [
        (n - 1) * s + max(k, s) for n, s, k in zip(x.shape[1:3], strides, kernel.shape)
    ]
    outputs = np.zeros((len(x), *full, kernel.shape[2]), x.dtype)
    for i, j in np.ndindex(kernel.shape[:2]):
        part = outputs[:, i :: strides[0], j :: strides[1]]
        part[:, :height, :width] += np.einsum("nijc,fc->nijf", x, kernel[i, j])
    if padding == "same":
        top, left = (rest // 2 for rest in rests)
        outputs = outputs[:, top : top + height * strides[0]]
        outputs = outputs[:, :, left : left + width * strides[1]]
    outputs = outputs if bias is None else outputs + bias
    return outputs.reshape(*leading, *outputs.shape[1:])


def doubled(x):
    """Nearest upsampling by two of maps (..., height, width, channels)."""
    return np.repeat(np.repeat(x, 2, axis=-3), 2, axis=-2)
