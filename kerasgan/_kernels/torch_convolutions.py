"""Convolutions whose second derivatives are convolutions as well.

PyTorch takes the derivative of a convolution's gradient by convolutions with batch and
channels exchanged, which no kernel of its libraries is made for: a gradient penalty's
pass costs many times what it need. A convolution, its gradient for the inputs and its
gradient for the kernel are each linear in two tensors, and the derivatives of each are
the two others.
"""

from typing import NamedTuple

import torch

_backward = torch.ops.aten.convolution_backward


class _Form(NamedTuple):
    """What the three have in common, beside their tensors."""

    strides: tuple
    pads: tuple
    groups: int
    inputs_shape: tuple
    kernel_shape: tuple

    def gradients(self, gradient, inputs, kernel, wanted):
        # Of a tensor that the wanted gradient does not need, only the shape is read.
        inputs = self._shaped(gradient, inputs, self.inputs_shape)
        kernel = self._shaped(gradient, kernel, self.kernel_shape)
        return _backward(
            gradient,
            inputs,
            kernel,
            None,
            self.strides,
            self.pads,
            (1, 1),
            False,
            (0, 0),
            self.groups,
            (*wanted, False),
        )

    @staticmethod
    def _shaped(like, tensor, shape):
        return like.new_empty(1).expand(shape) if tensor is None else tensor


def convolve(inputs, kernel, bias, strides, pads, groups=1):
    """As `torch.nn.functional.conv2d`, (batch, channels, height, width)."""
    if not torch.is_grad_enabled():
        return torch.nn.functional.conv2d(
            inputs, kernel, bias, strides, pads, 1, groups
        )
    shapes = tuple(inputs.shape), tuple(kernel.shape)
    form = _Form(tuple(strides), tuple(pads), groups, *shapes)
    outputs = _Convolution.apply(inputs, kernel, bias, form)
    return outputs


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx, inputs, kernel, bias, form):
        ctx.save_for_backward(inputs, kernel)
        ctx.form = form
        return torch.nn.functional.conv2d(
            inputs, kernel, bias, form.strides, form.pads, 1, form.groups
        )

    @staticmethod
    def backward(ctx, gradient):
        inputs, kernel = ctx.saved_tensors
        of_inputs, of_kernel, of_bias, _ = ctx.needs_input_grad
        return (
            _InputGradient.apply(gradient, kernel, ctx.form) if of_inputs else None,
            _KernelGradient.apply(gradient, inputs, ctx.form) if of_kernel else None,
            gradient.sum((0, 2, 3)) if of_bias else None,
            None,
        )


class _InputGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gradient, kernel, form):
        ctx.save_for_backward(gradient, kernel)
        ctx.form = form
        return form.gradients(gradient, None, kernel, (True, False))[0]

    @staticmethod
    def backward(ctx, slope):
        gradient, kernel = ctx.saved_tensors
        of_gradient, of_kernel, _ = ctx.needs_input_grad
        return (
            _Convolution.apply(slope, kernel, None, ctx.form) if of_gradient else None,
            _KernelGradient.apply(gradient, slope, ctx.form) if of_kernel else None,
            None,
        )


class _KernelGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gradient, inputs, form):
        ctx.save_for_backward(gradient, inputs)
        ctx.form = form
        return form.gradients(gradient, inputs, None, (False, True))[1]

    @staticmethod
    def backward(ctx, slope):
        gradient, inputs = ctx.saved_tensors
        of_gradient, of_inputs, _ = ctx.needs_input_grad
        return (
            _Convolution.apply(inputs, slope, None, ctx.form) if of_gradient else None,
            _InputGradient.apply(gradient, slope, ctx.form) if of_inputs else None,
            None,
        )
