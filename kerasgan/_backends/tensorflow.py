"""TensorFlow: gradient tapes; Keras runs the step in a `tf.function`."""

import tensorflow as tf

COMPILE = False


def run_step(gan, step, data):
    # Counters and seeds need no data: when a dataset of unknown length ends, they
    # would go on by a step that never was.
    tensors = [t for t in tf.nest.flatten(data) if t is not None]
    with tf.control_dependencies(tensors):
        return step(data)


def value_and_gradients(fn, variables):
    values = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, aux = fn()
    return (loss, aux), tape.gradient(loss, values)


def input_gradient(fn, x):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        total = tf.reduce_sum(fn(x))
    return tape.gradient(total, x)


def apply_gradients(optimizer, gradients, variables):
    optimizer.apply(gradients, variables)


def float16_convolves():
    return True


def own_random_state(layer):
    """Keras does so here by itself."""


def convolves_by_patches():
    return False
