"""One adversarial step, written once for every method and backend."""

import keras
from keras import ops

from kerasgan import _backends
from kerasgan.images import scale_images


def adversarial_step(gan, data):
    """One step on a batch: the discriminator, then the generator.

    Args:
        gan: a compiled `GAN`.
        data: what Keras's trainers give: images or (images, labels, weights).

    Returns:
        A dict of the running means of `gan.metric_names`.
    """
    images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    real_images = scale_images(images)
    if gan.augmentation is not None:
        real_images = gan.augmentation(real_images, training=True)
    for _ in range(gan.discriminator_steps):
        logs = discriminator_step(gan, real_images, labels)
    logs = {**logs, **generator_step(gan, real_images, labels)}
    update_ema(gan)
    gan.step_counter.assign_add(1)
    return track(gan, logs, ops.shape(real_images)[0])


def discriminator_step(gan, real_images, labels):
    """Updates the discriminator; the fake images are constants to it."""
    size = ops.shape(real_images)[0]
    fake_images = ops.stop_gradient(gan.generated_images(size, labels, training=True))
    return minimize(
        "d_loss",
        lambda: gan.discriminator_loss(real_images, fake_images, labels, training=True),
        gan.optimizer.discriminator_optimizer,
        gan.discriminator.trainable_variables,
    )


def generator_step(gan, real_images, labels):
    """Updates the generator."""
    size = ops.shape(real_images)[0]

    def loss():
        fake_images = gan.generated_images(size, labels, training=True)
        return gan.generator_loss(real_images, fake_images, labels, training=True)

    return minimize(
        "g_loss",
        loss,
        gan.optimizer.generator_optimizer,
        gan.generator.trainable_variables,
    )


def minimize(name, loss_and_logs, optimizer, variables):
    """One update of `variables` against a loss; the logs, with the loss by name."""

    def scaled():
        loss, logs = loss_and_logs()
        return optimizer.scale_loss(loss), {name: loss, **logs}

    (_, logs), gradients = _backends.value_and_gradients(scaled, variables)
    _backends.apply_gradients(optimizer, gradients, variables)
    return logs


def update_ema(gan):
    """Moves `ema_generator`'s weights and batch-norm statistics to the generator's."""
    if gan.ema_generator is None:
        return
    for average, current in zip(gan.ema_generator.weights, gan.generator.weights):
        # As arithmetic, never a bare copy: on JAX the two would share a buffer.
        step = (1.0 - gan.ema_decay) * (current - average)
        average.assign(average + ops.cast(step, average.dtype))


def evaluation_step(gan, data):
    """The losses and accuracies on a batch, with nothing trained."""
    images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    real_images = scale_images(images)
    size = ops.shape(real_images)[0]
    fake_images = gan.generated_images(size, labels, training=False)
    d_loss, d_logs = gan.discriminator_loss(
        real_images, fake_images, labels, training=False
    )
    g_loss, g_logs = gan.generator_loss(
        real_images, fake_images, labels, training=False
    )
    return track(gan, {"d_loss": d_loss, "g_loss": g_loss, **d_logs, **g_logs}, size)


def track(gan, logs, size):
    """Adds a batch's values to the running means, which it gives back."""
    for name, value in logs.items():
        gan.trackers[name].update_state(value, sample_weight=size)
    return {name: tracker.result() for name, tracker in gan.trackers.items()}
