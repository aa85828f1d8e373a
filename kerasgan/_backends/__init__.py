"""The only place that knows a framework.

Each module here gives the same names:

- `run_step(gan, step, *args)`: run one training or evaluation step the way
  this framework's Keras trainer wants it run.
- `value_and_gradients(fn, variables)`: `fn()` returns `(loss, aux)`; the answer
  is `((loss, aux), gradients)`, the gradients of `loss` for `variables` alone.
- `input_gradient(fn, x)`: the gradient of `sum(fn(x))` with respect to `x`,
  itself differentiable, for gradient penalties.
- `apply_gradients(optimizer, gradients, variables)`: one update, the step of a
  `LossScaleOptimizer` included.
- `float16_convolves()`: whether convolutions in float16 have gradients here.
- `own_random_state(layer)`: have layers without a seed draw from their own state,
  never from the framework's global one.
- `convolves_by_patches()`: whether a strided convolution is faster as a matrix
  product.
- `COMPILE`: whether `jit_compile="auto"` means yes.
"""

import importlib

import keras

SUPPORTED = ("tensorflow", "torch", "jax")

if keras.backend.backend() not in SUPPORTED:
    raise ImportError(
        "kerasgan trains on the Keras backends tensorflow, torch and jax. "
        f"Received: KERAS_BACKEND={keras.backend.backend()!r}. Set KERAS_BACKEND "
        "to one of them before Keras is imported."
    )

_adapter = importlib.import_module(f"{__name__}.{keras.backend.backend()}")

run_step = _adapter.run_step
value_and_gradients = _adapter.value_and_gradients
input_gradient = _adapter.input_gradient
apply_gradients = _adapter.apply_gradients
float16_convolves = _adapter.float16_convolves
own_random_state = _adapter.own_random_state
convolves_by_patches = _adapter.convolves_by_patches


def resolve_jit(jit_compile):
    """`"auto"` as what is fastest on this backend."""
    return _adapter.COMPILE if jit_compile == "auto" else jit_compile
