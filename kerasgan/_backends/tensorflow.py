"""TensorFlow: gradient tapes; Keras runs the step in a `tf.function`."""

import tensorflow as tf

COMPILE = False


def run_step(gan, step, data):
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
