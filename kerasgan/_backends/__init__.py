"""The only place that knows a framework.

Each module here gives the same names:

- `check_replicas()`: refuse what would train on several devices at once, and wrongly.
- `run_step(gan, step, *args)`: run one training or evaluation step the way
  this framework's Keras trainer wants it run.
- `restored_on_failure(gan)`: a context in which a failing call of Keras's trainer
  leaves the model with its last values.
- `feed(batches)`: an `ArrayBatches` as what `fit` reads fastest.
- `with_placed_batches(function)`: a trainer's compiled function, given batches that
  are on the device already where that is faster.
- `value_and_gradients(fn, variables)`: `fn()` returns `(loss, aux)`; the answer
  is `((loss, aux), gradients)`, the gradients of `loss` for `variables` alone.
- `value_and_slopes(fn, x)`: `fn(x)`, and the gradient of its sum with respect to
  `x`, both differentiable, for gradient penalties. What `fn` assigns (batch-norm
  statistics, seeds of dropout) stays assigned, as after any other pass.
- `cond(predicate, fn)`: the float32 scalar `fn()` where `predicate` holds, else 0, and
  only then what `fn` assigns. On torch, `predicate` is read on the host.
- `value_and_pullback(fn, variables)`: `fn()` and a function from a gradient of its
  value to the gradients of `variables`.
- `value_and_input_gradient(fn, x)`: as `value_and_gradients`, for `fn(x)` and `x`.
- `apply_gradients(optimizer, gradients, variables)`: one update, the step of a
  `LossScaleOptimizer` included.
- `move(variable, target, share)`: `variable` goes that share of the way to another
  one of its shape; in place where the framework can.
- `float16_convolves()`: whether convolutions in float16 have gradients here.
- `own_random_state(layer)`: have layers without a seed draw from their own state,
  never from the framework's global one.
- `on_cpu()`: whether tensors live on a CPU.
- `KEEP_MEMORY`: whether steps gain on CPUs from memory that is kept when it is freed.
- `LARGEST_EXECUTION`: how many steps the trainer can run as one.
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

KEEP_MEMORY = _adapter.KEEP_MEMORY
LARGEST_EXECUTION = _adapter.LARGEST_EXECUTION
check_replicas = _adapter.check_replicas
restored_on_failure = _adapter.restored_on_failure
cond = _adapter.cond
run_step = _adapter.run_step
feed = _adapter.feed
with_placed_batches = _adapter.with_placed_batches
value_and_gradients = _adapter.value_and_gradients
value_and_slopes = _adapter.value_and_slopes
value_and_pullback = _adapter.value_and_pullback
value_and_input_gradient = _adapter.value_and_input_gradient
apply_gradients = _adapter.apply_gradients
move = _adapter.move
float16_convolves = _adapter.float16_convolves
own_random_state = _adapter.own_random_state
on_cpu = _adapter.on_cpu


def input_gradient(fn, x):
    """The gradient of `sum(fn(x))` with respect to `x`, itself differentiable."""
    return value_and_slopes(fn, x)[1]


def resolve_jit(jit_compile):
    """`"auto"` as what is fastest on this backend."""
    return _adapter.COMPILE if jit_compile == "auto" else jit_compile
