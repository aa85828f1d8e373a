"""Functions in the form in which a trainer runs them."""

import keras


def compiled(function, variables=()):
    """`function()`; on JAX in one cheap compilation, a tenth of the time.

    There its assignments to variables are lost, as in any compiled function.
    """
    if keras.backend.backend() != "jax":
        return function()
    import jax

    def pure(values):
        with keras.StatelessScope(list(zip(variables, values))):
            return function()

    options = {"xla_backend_optimization_level": 0}
    return jax.jit(pure, compiler_options=options)([v.value for v in variables])


def stepped(function, variables):
    """A function of tensors, compiled, whose assignments to `variables` are kept."""
    return {"tensorflow": _in_tensorflow, "jax": _in_jax, "torch": _in_torch}[
        keras.backend.backend()
    ](function, variables)


def _in_tensorflow(function, variables):
    import tensorflow as tf

    return tf.function(function)


def _in_torch(function, variables):
    return function


def _in_jax(function, variables):
    import jax

    @jax.jit
    def pure(values, *arguments):
        with keras.StatelessScope(list(zip(variables, values))) as scope:
            answer = function(*arguments)
        return answer, [scope.get_current_value(v) for v in variables]

    def run(*arguments):
        answer, values = pure([v.value for v in variables], *arguments)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return answer

    return run
