"""Convolutions where PyTorch's on CPUs (oneDNN's) lose most of their speed.

- The bias gradient of a transposed convolution: there ten times a plain sum.
- bfloat16 on maps of up to 8x8: one matrix product gives the same sums up to five times
  as fast.

Axes and arguments are those of PyTorch's own. Whoever differentiates twice gets
PyTorch's derivatives.
"""

import torch

# Positions on the strided side: up to here a product was the faster one.
_POSITIONS_FOR_KERNEL_GRADIENTS = 64
_POSITIONS_FOR_MAPS = 16


def convolution(inputs, kernel, bias, strides, pads):
    kernel = _of_one_filter(kernel, kernel.shape[0])
    sizes = zip(inputs.shape[2:], pads, kernel.shape[2:], strides)
    small_map = [(a + 2 * b - c) // d + 1 for a, b, c, d in sizes]
    if not _gains(inputs, small_map, _POSITIONS_FOR_KERNEL_GRADIENTS):
        return torch.nn.functional.conv2d(inputs, kernel, bias, strides, pads)
    return _Convolution.apply(inputs, kernel, bias, strides, pads)


def transposed_convolution(inputs, kernel, bias, strides, crops):
    if inputs.device.type != "cpu":
        return torch.nn.functional.conv_transpose2d(
            inputs, kernel, bias, strides, crops
        )
    kernel = _of_one_filter(kernel, kernel.shape[1])
    return _TransposedConvolution.apply(inputs, kernel, bias, strides, crops)


def _of_one_filter(kernel, filters):
    """The kernel, contiguous where it has one filter and bfloat16.

    PyTorch's own convolutions, taken where oneDNN has no bfloat16 (processors without
    AVX-512), give its gradient in no other layout.
    """
    if filters == 1 and kernel.dtype == torch.bfloat16:
        return kernel.contiguous()
    return kernel


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(context, inputs, kernel, bias, strides, pads):
        context.save_for_backward(inputs, kernel)
        context.settings = strides, pads, False
        return torch.nn.functional.conv2d(inputs, kernel, bias, strides, pads)

    @staticmethod
    def backward(context, gradient):
        inputs, kernel = context.saved_tensors
        return _gradients(context, gradient, inputs, kernel, small=gradient)


class _TransposedConvolution(torch.autograd.Function):
    @staticmethod
    def forward(context, inputs, kernel, bias, strides, crops):
        context.save_for_backward(inputs, kernel)
        context.settings = strides, crops, True
        if _gains(inputs, inputs.shape[2:], _POSITIONS_FOR_MAPS):
            outputs = _spread(inputs, kernel, strides, crops)
            return outputs if bias is None else outputs + bias.view(-1, 1, 1)
        return torch.nn.functional.conv_transpose2d(
            inputs, kernel, bias, strides, crops
        )

    @staticmethod
    def backward(context, gradient):
        inputs, kernel = context.saved_tensors
        return _gradients(context, gradient, inputs, kernel, small=inputs)


def _gains(inputs, small_map, positions):
    """Whether matrix products are faster, the strided side being `small_map`."""
    fits = 1 < small_map[0] * small_map[1] <= positions
    return fits and inputs.dtype == torch.bfloat16 and inputs.device.type == "cpu"


def _gradients(context, gradient, inputs, kernel, small):
    strides, pads, transposed = context.settings
    wants_inputs, wants_kernel, wants_bias = context.needs_input_grad[:3]
    by_product = (
        wants_kernel
        and not torch.is_grad_enabled()
        and _gains(small, small.shape[2:], _POSITIONS_FOR_KERNEL_GRADIENTS)
    )
    of_inputs, of_kernel, _ = torch.ops.aten.convolution_backward(
        gradient,
        inputs,
        kernel,
        None,
        strides,
        pads,
        [1, 1],
        transposed,
        [0, 0],
        1,
        [wants_inputs, wants_kernel and not by_product, False],
    )
    if by_product:
        large = gradient if transposed else inputs
        of_kernel = _kernel_gradient(small, large, kernel.shape, strides, pads)
    of_bias = gradient.sum((0, 2, 3)) if wants_bias else None
    return of_inputs, of_kernel, of_bias, None, None


def _kernel_gradient(small, large, shape, strides, pads):
    windows = _windows(large, small.shape[2:], shape[2:], strides, pads)
    rows = small.permute(0, 2, 3, 1).reshape(-1, shape[0]).t().contiguous()
    gradient = (rows @ windows).view(shape[0], *shape[2:], shape[1])
    return gradient.permute(0, 3, 1, 2)


def _windows(maps, positions, kernel_size, strides, pads):
    """(positions of all images, rows x columns x channels): what each position sees."""
    maps = maps.permute(0, 2, 3, 1)
    if any(pads):
        maps = torch.nn.functional.pad(maps, (0, 0, *2 * pads[1:], *2 * pads[:1]))
    images, rows, columns, channels = maps.stride()
    view = maps.as_strided(
        (maps.shape[0], *positions, *kernel_size, maps.shape[3]),
        (images, rows * strides[0], columns * strides[1], rows, columns, channels),
    )
    return view.reshape(-1, kernel_size[0] * kernel_size[1] * maps.shape[3])


def _spread(inputs, kernel, strides, crops):
    """A transposed convolution: each position's product, added where it belongs."""
    count, channels, height, width = inputs.shape
    _, filters, rows, columns = kernel.shape
    maps = inputs.permute(0, 2, 3, 1).reshape(-1, channels)
    products = maps @ kernel.permute(0, 2, 3, 1).reshape(channels, -1)
    products = products.view(count, height, width, rows, columns, filters)
    down, right = strides
    size = ((height - 1) * down + rows, (width - 1) * right + columns)
    outputs = products.new_zeros((count, *size, filters), dtype=torch.float32)
    for row in range(rows):
        for column in range(columns):
            places = outputs[:, row::down, column::right][:, :height, :width]
            places += products[:, :, :, row, column]
    outputs = outputs[:, crops[0] : size[0] - crops[0], crops[1] : size[1] - crops[1]]
    return outputs.to(inputs.dtype).permute(0, 3, 1, 2)
