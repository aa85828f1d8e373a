"""JAX: the stateful step runs inside scopes that collect what it assigns.

A jitted function may not touch Keras variables, so the step sees their values
through a `keras.StatelessScope` and its assignments stay in that scope. A scope
opened inside another (for a gradient) reads through to the outer one and hands
its own assignments on, so batch-norm statistics and seeds are never lost.
"""

import contextlib
import os
import sys

import jax
import keras

COMPILE = True
KEEP_MEMORY = True
LARGEST_EXECUTION = sys.maxsize

# A step runs in the thread that asks for it rather than in JAX's own, which takes its
# scratch memory anew from the system each time (see `training/memory.py`). JAX reads
# this before its first computation.
if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
    jax.config.update("jax_cpu_enable_async_dispatch", False)


class _Scope(keras.StatelessScope):
    def __init__(self, state_mapping):
        super().__init__(state_mapping, initialize_variables=False)
        self.assigned = {}

    def get_current_value(self, variable):
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            value = self.original_scope.get_current_value(variable)
        return value

    def add_update(self, update):
        super().add_update(update)
        self.assigned[id(update[0])] = update[0]

    def new_values(self):
        variables = list(self.assigned.values())
        return variables, [self.get_current_value(v) for v in variables]


def check_replicas():
    """`keras.distribution` splits one batch over devices, which the step allows."""


@contextlib.contextmanager
def restored_on_failure(gan):
    # The trainer takes the values out of the variables before its first step, and
    # puts them back after its last: what fails between leaves a model without values.
    variables = [*gan.variables, *gan.metrics_variables]
    variables += gan.optimizer.variables if gan.compiled else []
    before = [(variable, variable.value) for variable in variables]
    try:
        yield
    except BaseException:
        gan.jax_state_sync()
        for variable, value in before:
            # There is no public way to see that a variable has no value.
            if variable._value is None and not value.is_deleted():
                variable.assign(value)
        raise


def run_step(gan, step, state, data):
    groups = [
        gan.trainable_variables,
        gan.non_trainable_variables,
        gan.metrics_variables,
    ]
    if len(state) == 4:
        groups.insert(2, gan.optimizer.variables)
    mapping = [
        pair for group, values in zip(groups, state) for pair in zip(group, values)
    ]
    with keras.StatelessScope(mapping) as scope:
        logs = step(data)
    return logs, tuple([scope.get_current_value(v) for v in g] for g in groups)


def feed(batches):
    return batches


def with_placed_batches(function):
    # A step whose batch is still being copied goes to a thread of JAX's, see above.
    if not on_cpu():
        return function

    def placed(batch):
        return jax.block_until_ready(jax.device_put(batch))

    return lambda state, iterator: function(state, map(placed, iterator))


def value_and_gradients(fn, variables):
    changed = []

    def pure(values):
        (loss, aux), new = _collected(fn, changed, zip(variables, values))
        return loss, (aux, new)

    differentiate = jax.value_and_grad(pure, has_aux=True)
    (loss, (aux, new)), gradients = differentiate([v.value for v in variables])
    _assign(changed, new)
    return (loss, aux), gradients


def value_and_slopes(fn, x):
    changed = []

    def total(x):
        value, new = _collected(lambda: fn(x), changed)
        return value.sum(), (value, new)

    gradient, (value, new) = jax.grad(total, has_aux=True)(x)
    _assign(changed, new)
    return value, gradient


def cond(predicate, fn):
    # `lax.cond` takes pure functions, so the first pass, over shapes alone, learns
    # what `fn` assigns.
    changed = []
    value, _ = jax.eval_shape(lambda: _collected(fn, changed))
    before = [variable.value for variable in changed]

    def run():
        value, new = _collected(fn, changed)
        return value, [v.astype(old.dtype) for v, old in zip(new, before)]

    def skip():
        return jax.numpy.zeros(value.shape, value.dtype), before

    value, new = jax.lax.cond(predicate, run, skip)
    _assign(changed, new)
    return value


def value_and_pullback(fn, variables):
    changed = []

    def pure(values):
        return _collected(fn, changed, zip(variables, values))

    value, vjp, new = jax.vjp(pure, [v.value for v in variables], has_aux=True)
    _assign(changed, new)
    return value, lambda gradient: vjp(gradient)[0]


def value_and_input_gradient(fn, x):
    changed = []

    def pure(x):
        (loss, aux), new = _collected(lambda: fn(x), changed)
        return loss, (aux, new)

    (loss, (aux, new)), gradient = jax.value_and_grad(pure, has_aux=True)(x)
    _assign(changed, new)
    return (loss, aux), gradient


def _collected(fn, changed, mapping=()):
    """`fn()` and the new values of the variables that it assigned to: `changed`."""
    with _Scope(mapping) as scope:
        value = fn()
        changed[:], new = scope.new_values()
    return value, new


def _assign(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)


def apply_gradients(optimizer, gradients, variables):
    # `LossScaleOptimizer.apply` branches around stateful updates, which cannot be
    # traced; its stateless form can.
    if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer.apply(gradients, variables)
        return
    new_variables, new_state = optimizer.stateless_apply(
        [v.value for v in optimizer.variables],
        gradients,
        [v.value for v in variables],
    )
    _assign(variables, new_variables)
    _assign(optimizer.variables, new_state)


def move(variable, target, share):
    # As arithmetic, never a bare copy: the two would share a buffer.
    step = share * (target - variable)
    variable.assign(variable + keras.ops.cast(step, variable.dtype))


def float16_convolves():
    return True


def own_random_state(layer):
    """Keras does so here by itself."""


def on_cpu():
    return jax.default_backend() == "cpu"
