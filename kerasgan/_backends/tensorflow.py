"""TensorFlow: gradient tapes; Keras runs the step in a `tf.function`."""

import contextlib
import sys

import tensorflow as tf

COMPILE = False
KEEP_MEMORY = False
LARGEST_EXECUTION = sys.maxsize


def check_replicas():
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if replicas > 1:
        raise NotImplementedError(
            "kerasgan trains on one device: with several replicas, each would draw the "
            "same latents, and gradients would be added up. Received: a "
            f"{type(tf.distribute.get_strategy()).__name__} of {replicas} replicas. "
            "Build and train the model outside its scope."
        )


def restored_on_failure(gan):
    """Variables keep their values here, whatever fails."""
    return contextlib.nullcontext()


def run_step(gan, step, data):
    # Counters and seeds need no data: when a dataset of unknown length ends, they
    # would go on by a step that never was.
    tensors = [t for t in tf.nest.flatten(data) if t is not None]
    with tf.control_dependencies(tensors):
        return step(data)


def feed(batches):
    # tf.data's tuner of buffers and threads sleeps 10 ms, 20, 40 ... up to a minute,
    # and an iterator that ends often waits for it to wake: an epoch of 1.0 s took
    # 1.28, one of 1.6 s 2.56. There is nothing to tune here.
    def epoch():
        batches.on_epoch_begin()
        for index in range(len(batches)):
            yield batches[index]

    signature = tf.nest.map_structure(
        lambda array: tf.TensorSpec((None, *array.shape[1:]), array.dtype), batches[0]
    )
    dataset = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    length = tf.data.experimental.assert_cardinality(len(batches))
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.apply(length).prefetch(2).with_options(options)


def with_placed_batches(function):
    return function


def value_and_gradients(fn, variables):
    values = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, aux = fn()
    return (loss, aux), tape.gradient(loss, values)


def value_and_slopes(fn, x):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = fn(x)
        total = tf.reduce_sum(value)
    return value, tape.gradient(total, x)


def cond(predicate, fn):
    return tf.cond(predicate, fn, lambda: tf.zeros(()))


def value_and_pullback(fn, variables):
    values = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        value = fn()
    return value, lambda gradient: tape.gradient(value, values, gradient)


def value_and_input_gradient(fn, x):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        loss, aux = fn(x)
    return (loss, aux), tape.gradient(loss, x)


def apply_gradients(optimizer, gradients, variables):
    optimizer.apply(gradients, variables)


def move(variable, target, share):
    share = tf.cast(share, variable.dtype)
    variable.assign(variable + share * (target - variable))


def float16_convolves():
    return True


def own_random_state(layer):
    """Keras does so here by itself."""


def on_cpu():
    return not tf.config.list_logical_devices("GPU")
