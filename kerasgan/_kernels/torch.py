"""PyTorch: its own convolutions and batch norm, channels last throughout."""

import keras
import torch

from kerasgan._kernels import torch_convolutions


def add_bias(outputs, bias):
    return outputs + bias


def scale(inputs, factors):
    return inputs * factors


def convolution(inputs, kernel, bias, strides, padding):
    totals = [0, 0]
    if padding == "same":
        sizes = zip(inputs.shape[1:3], kernel.shape, strides)
        totals = [_same_total(*size) for size in sizes]
    # PyTorch pads both sides alike; Keras's odd pixel comes last.
    rows, columns = (total % 2 for total in totals)
    if rows or columns:
        inputs = torch.nn.functional.pad(inputs, (0, 0, 0, columns, 0, rows))
    outputs = torch_convolutions.convolution(
        inputs.permute(0, 3, 1, 2),
        kernel.permute(3, 2, 0, 1),
        bias,
        strides,
        [total // 2 for total in totals],
    )
    return _channels_last(outputs)


def _same_total(size, kernel_size, stride):
    return max((-(-size // stride) - 1) * stride + kernel_size - size, 0)


def transposed_convolution(inputs, kernel, bias, strides, padding):
    rests = [size - stride for size, stride in zip(kernel.shape, strides)]
    if min(rests) < 0:
        outputs = keras.ops.conv_transpose(
            inputs, kernel, strides, padding, data_format="channels_last"
        )
        return outputs if bias is None else add_bias(outputs, bias)
    crops = rests if padding == "same" else [0, 0]
    outputs = torch_convolutions.transposed_convolution(
        inputs.permute(0, 3, 1, 2),
        kernel.permute(3, 2, 0, 1),
        bias,
        strides,
        [crop // 2 for crop in crops],
    )
    rows, columns = (crop % 2 for crop in crops)
    if rows or columns:
        height, width = outputs.shape[2:]
        outputs = outputs[:, :, : height - rows, : width - columns]
    return _channels_last(outputs)


def _channels_last(outputs):
    # A view, but for one channel, which leaves PyTorch free to take either layout.
    return outputs.permute(0, 2, 3, 1).contiguous()


def lay_out(kernels, slots):
    # Keras keeps (rows, columns, channels, filters), and PyTorch would copy a kernel
    # into its own order for each convolution. In that order from the start, kernel,
    # gradient and slots are also one flat range each to the optimizer's foreach.
    shapes = {tuple(kernel.shape) for kernel in kernels}
    for variable in [*kernels, *(s for s in slots if tuple(s.shape) in shapes)]:
        tensor = variable.value.data.permute(3, 2, 0, 1)
        tensor = tensor.contiguous(memory_format=torch.channels_last)
        variable.value.data = tensor.permute(2, 3, 1, 0)


def batch_norm(inputs, gamma, beta, epsilon):
    outputs, mean, inverse = torch.native_batch_norm(
        inputs.permute(0, 3, 1, 2), gamma, beta, None, None, True, 0.0, epsilon
    )
    return _channels_last(outputs), mean, inverse.square().reciprocal() - epsilon


def batch_norm_with(inputs, mean, variance, gamma, beta, epsilon):
    outputs = torch.nn.functional.batch_norm(
        inputs.permute(0, 3, 1, 2), mean, variance, gamma, beta, eps=epsilon
    )
    return _channels_last(outputs)
