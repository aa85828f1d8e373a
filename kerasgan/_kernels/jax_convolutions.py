"""Strided convolutions and their adjoints as XLA's CPU backend runs them fastest.

XLA computes the input gradient of a strided convolution, and so a transposed
convolution, over a map with zeros between its entries. The same sums without the
zeros are one convolution of stride 1, for all positions within a stride at once
(Shi et al. 2016, arXiv:1609.05158), and a rearrangement of its channels; or, where the
stride does not divide the kernel, one matrix product whose maps are added up.

A kernel's gradient is a matrix product for each of the kernel's taps.

XLA's threads take scratch memory for the windows of all images at once. A large batch
goes in parts: of glibc, a thread cannot keep a block of over 64 MB for the next step.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

_LAYOUT = ("NHWC", "HWIO", "NHWC")
_SCRATCH_BYTES = 2**26


def explicit_pads(padding, sizes, kernel_sizes, strides):
    """`"same"` or `"valid"` as a tuple of (before, after), in Keras's sense."""
    if padding == "valid":
        return tuple((0, 0) for _ in sizes)
    totals = [
        max((-(-size // stride) - 1) * stride + kernel - size, 0)
        for size, kernel, stride in zip(sizes, kernel_sizes, strides)
    ]
    return tuple((total // 2, total - total // 2) for total in totals)


def transposed_pads(padding, sizes, kernel_sizes, strides):
    """`(pads, sizes)` of the strided convolution that a transposed one undoes."""
    if padding == "same":
        sizes = tuple(size * stride for size, stride in zip(sizes, strides))
        return explicit_pads(padding, sizes, kernel_sizes, strides), sizes
    sizes = tuple(
        (size - 1) * stride + kernel
        for size, kernel, stride in zip(sizes, kernel_sizes, strides)
    )
    return ((0, 0), (0, 0)), sizes


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def convolve(inputs, kernel, strides, pads):
    """(batch, height, width, channels) by (rows, columns, channels, filters)."""
    outputs = [
        lax.conv_general_dilated(part, kernel, strides, pads, dimension_numbers=_LAYOUT)
        for (part,) in _parts(kernel, strides, inputs)
    ]
    return jnp.concatenate(outputs)


def _convolve_forward(inputs, kernel, strides, pads):
    return convolve(inputs, kernel, strides, pads), (inputs, kernel)


def _convolve_backward(strides, pads, saved, gradient):
    inputs, kernel = saved
    return (
        spread(gradient, kernel, strides, pads, inputs.shape[1:3]),
        _kernel_gradient(inputs, kernel, gradient, strides, pads),
    )


convolve.defvjp(_convolve_forward, _convolve_backward)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def spread(inputs, kernel, strides, pads, sizes):
    """The adjoint of `convolve` over maps of `sizes`: a transposed convolution.

    Args:
        inputs: (batch, height, width, filters), as `convolve` answers.
        kernel: (rows, columns, channels, filters), as for `convolve`.

    Returns:
        A tensor (batch, *sizes, channels).
    """
    blocks = [-(-size // stride) for size, stride in zip(kernel.shape, strides)]
    if any(size % stride for size, stride in zip(kernel.shape, strides)):
        outputs = _overlapped_products(inputs, kernel, strides, blocks)
    else:
        pads_of_blocks = tuple((block - 1, block - 1) for block in blocks)
        block_kernel = _block_kernel(kernel, strides, blocks)
        outputs = convolve(inputs, block_kernel, (1, 1), pads_of_blocks)
    batch, rows, columns, _ = outputs.shape
    outputs = outputs.reshape(batch, rows, columns, *strides, kernel.shape[2])
    outputs = outputs.transpose(0, 1, 3, 2, 4, 5)
    outputs = outputs.reshape(
        batch, rows * strides[0], columns * strides[1], kernel.shape[2]
    )
    for axis, ((before, _), size) in enumerate(zip(pads, sizes), start=1):
        outputs = _window(outputs, axis, before, size)
    return outputs


def _block_kernel(kernel, strides, blocks):
    """A kernel whose filters are all positions within a stride."""
    channels, filters = kernel.shape[2:]
    kernel = kernel.reshape(
        blocks[0], strides[0], blocks[1], strides[1], channels, filters
    )
    kernel = jnp.flip(kernel, (0, 2)).transpose(0, 2, 5, 1, 3, 4)
    return kernel.reshape(*blocks, filters, strides[0] * strides[1] * channels)


def _overlapped_products(inputs, kernel, strides, blocks):
    """What a convolution with `_block_kernel` gives, of a kernel of any size.

    One matrix product gives each tap's map; a block's taps are added up. With a stride
    that does not divide the kernel, `_block_kernel` would need zeros in its place: of
    16 taps 7 for 3x3 and a stride of 2.
    """
    precise = jnp.promote_types(inputs.dtype, jnp.float32)
    taps = kernel.reshape(-1, kernel.shape[3]).T
    products = jnp.matmul(_rows(inputs), taps, preferred_element_type=precise)
    products = products.reshape(*inputs.shape[:3], *kernel.shape[:3])
    down, across = strides
    outputs = [
        _overlapped(products[:, :, :, row::down, column::across], blocks)
        for row in range(down)
        for column in range(across)
    ]
    return jnp.concatenate(outputs, axis=3).astype(inputs.dtype)


def _overlapped(taps, blocks):
    """The sum of maps, each one pixel further than the one before it.

    Args:
        taps: (batch, height, width, rows, columns, channels).
    """
    batch, height, width, rows, columns, channels = taps.shape
    down, across = (block - 1 for block in blocks)
    total = jnp.zeros((batch, height + down, width + across, channels), taps.dtype)
    for row in range(rows):
        for column in range(columns):
            pads = (0, 0), (row, down - row), (column, across - column), (0, 0)
            total += jnp.pad(taps[:, :, :, row, column], pads)
    return total


def _window(tensor, axis, start, size):
    missing = max(start + size - tensor.shape[axis], 0)
    if missing:
        pads = [(0, missing if i == axis else 0) for i in range(tensor.ndim)]
        tensor = jnp.pad(tensor, pads)
    return lax.slice_in_dim(tensor, start, start + size, axis=axis)


def _spread_forward(inputs, kernel, strides, pads, sizes):
    return spread(inputs, kernel, strides, pads, sizes), (inputs, kernel)


def _spread_backward(strides, pads, sizes, saved, gradient):
    inputs, kernel = saved
    return (
        convolve(gradient, kernel, strides, pads),
        _kernel_gradient(gradient, kernel, inputs, strides, pads),
    )


spread.defvjp(_spread_forward, _spread_backward)


def _kernel_gradient(inputs, kernel, gradient, strides, pads):
    def products(inputs, gradient):
        gradient = _rows(gradient)
        taps = _taps(inputs, kernel.shape, strides, pads)
        return jnp.stack([_rows(tap).T @ gradient for tap in taps])

    parts = _parts(kernel, strides, inputs, gradient)
    return sum(products(*part) for part in parts).reshape(kernel.shape)


def _taps(inputs, kernel_shape, strides, pads):
    """What each of the kernel's positions meets: maps of the outputs' size."""
    inputs = jnp.pad(inputs, ((0, 0), *pads, (0, 0)))
    rows, columns = kernel_shape[:2]
    down, across = strides
    bottom, right = inputs.shape[1] - rows + 1, inputs.shape[2] - columns + 1
    return [
        inputs[:, row : row + bottom : down, column : column + right : across]
        for row in range(rows)
        for column in range(columns)
    ]


def _rows(maps):
    # XLA multiplies plain matrices faster than it contracts several axes.
    return maps.reshape(-1, maps.shape[3])


def _parts(kernel, strides, inputs, *others):
    """The maps in as many equal runs of images as their windows' scratch asks for."""
    images, *shape = inputs.shape
    if not isinstance(images, int):  # The symbol of an export with any batch.
        return [[inputs, *others]]
    windows = math.prod((*shape, *kernel.shape[:2])) // math.prod(strides)
    scratch = images * windows * inputs.dtype.itemsize
    size = math.ceil(images / max(1, math.ceil(scratch / _SCRATCH_BYTES)))
    starts = range(0, max(1, images), max(1, size))
    return [[m[start : start + size] for m in (inputs, *others)] for start in starts]
