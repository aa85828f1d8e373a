"""What layers compute with, where a framework has a faster form than Keras's.

Each module here gives the same names:

- `convolution(inputs, kernel, bias, strides, padding)` and
  `transposed_convolution(...)`: as in `keras.ops`, channels last; no bias is `None`.
- `add_bias(outputs, bias)` and `scale(inputs, factors)`: maps, channels last, with what
  broadcasts. Its gradient is summed in float32 whatever the maps' dtype: in bfloat16
  the sums of TensorFlow's `bias_add`, and all of JAX's, stop growing at some hundred
  terms.
- `lay_out(kernels, slots)`: put convolutions' kernels, and the optimizer's slots of
  their shapes, into the memory order that the framework convolves in.
- `on_cpu()`: whether tensors live on a CPU.
- `batch_norm(inputs, gamma, beta, epsilon)`: `(outputs, mean, variance)` of a batch,
  and `batch_norm_with(inputs, mean, variance, gamma, beta, epsilon)`; `None` where
  Keras's own are as fast.
"""

import importlib

import keras

from kerasgan._backends import on_cpu  # and refuses other backends

_kernels = importlib.import_module(f"{__name__}.{keras.backend.backend()}")

add_bias = _kernels.add_bias
convolution = _kernels.convolution
scale = _kernels.scale
transposed_convolution = _kernels.transposed_convolution
lay_out = _kernels.lay_out
batch_norm = _kernels.batch_norm
batch_norm_with = _kernels.batch_norm_with

__all__ = [
    "add_bias",
    "batch_norm",
    "batch_norm_with",
    "convolution",
    "lay_out",
    "on_cpu",
    "scale",
    "transposed_convolution",
]
