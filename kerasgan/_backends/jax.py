"""JAX: the stateful step runs inside scopes that collect what it assigns.

A jitted function may not touch Keras variables, so the step sees their values
through a `keras.StatelessScope` and its assignments stay in that scope. A scope
opened inside another (for a gradient) reads through to the outer one and hands
its own assignments on, so batch-norm statistics and seeds are never lost.
"""

import jax
import keras

COMPILE = True


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


def value_and_gradients(fn, variables):
    changed = []

    def pure(values):
        with _Scope(zip(variables, values)) as scope:
            loss, aux = fn()
            changed[:], new_values = scope.new_values()
        return loss, (aux, new_values)

    values = [v.value for v in variables]
    (loss, (aux, new)), gradients = jax.value_and_grad(pure, has_aux=True)(values)
    for variable, value in zip(changed, new):
        variable.assign(value)
    return (loss, aux), gradients


def input_gradient(fn, x):
    changed = []

    def total(x):
        with _Scope([]) as scope:
            value = fn(x).sum()
            changed[:], new_values = scope.new_values()
        return value, new_values

    gradient, new = jax.grad(total, has_aux=True)(x)
    for variable, value in zip(changed, new):
        variable.assign(value)
    return gradient


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
    for variable, value in zip(variables, new_variables):
        variable.assign(value)
    for variable, value in zip(optimizer.variables, new_state):
        variable.assign(value)


def float16_convolves():
    return True


def own_random_state(layer):
    """Keras does so here by itself."""


def convolves_by_patches():
    # XLA on a GPU has convolutions of its own.
    return jax.default_backend() == "cpu"
