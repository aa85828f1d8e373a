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


def convolution(inputs, kernel, bias, strides, padding):
    totals = [0, 0]
    if padding == "same":
        sizes = zip(inputs.shape[1:3], kernel.shape, strides)
        totals = [_same_total(*size) for size in sizes]
    # PyTorch pads both sides alike; Keras's odd pixel comes last.
    rows, columns = (total % 2 for total in totals)
    if rows or columns:
        inputs = torch.nn.functional.pad(inputs, (0, 0, 0, columns, 0, rows))
    outputs = torch.nn.functional.conv2d(
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
        return outputs if bias is None else outputs + bias
    crops = rests if padding == "same" else [0, 0]
    outputs = torch.nn.functional.conv_transpose2d(
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
