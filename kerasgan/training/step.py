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
    shared = generator_pass(gan, real_images, labels) if gan.reuse_fake_images else None
    for _ in range(gan.discriminator_steps - 1):
        discriminator_step(gan, real_images, labels)
    logs = discriminator_step(gan, real_images, labels, shared)
    logs = {**logs, **generator_step(gan, real_images, labels, shared)}
    update_ema(gan)
    gan.step_counter.assign_add(1)
    return track(gan, logs, ops.shape(real_images)[0])


def generator_pass(gan, real_images, labels):
    """Fake images, and the function from their gradient to the generator's."""
    size = ops.shape(real_images)[0]
    fake_images, pullback = _backends.value_and_pullback(
        lambda: gan.generated_images(size, labels, training=True),
        gan.generator.trainable_variables,
    )
    return ops.stop_gradient(fake_images), pullback


def discriminator_step(gan, real_images, labels, shared=None):
    """Updates the discriminator; the fake images are constants to it.

    Args:
        shared: what `generator_pass` gave, or `None` for new fake images.
    """
    if shared is None:
        size = ops.shape(real_images)[0]
        fake_images = gan.generated_images(size, labels, training=True)
        fake_images = ops.stop_gradient(fake_images)
    else:
        fake_images, _ = shared
    return minimize(
        "d_loss",
        lambda: gan.discriminator_loss(real_images, fake_images, labels, training=True),
        gan.optimizer.discriminator_optimizer,
        gan.discriminator.trainable_variables,
    )


def generator_step(gan, real_images, labels, shared=None):
    """Updates the generator.

    Args:
        shared: what `generator_pass` gave, or `None` for new fake images.
    """
    optimizer = gan.optimizer.generator_optimizer
    variables = gan.generator.trainable_variables
    size = ops.shape(real_images)[0]

    def loss(fake_images):
        return gan.generator_loss(real_images, fake_images, labels, training=True)

    if shared is None:
        return minimize(
            "g_loss",
            lambda: loss(gan.generated_images(size, labels, training=True)),
            optimizer,
            variables,
        )
    fake_images, pullback = shared
    (_, logs), gradient = _backends.value_and_input_gradient(
        lambda images: scaled("g_loss", *loss(images), optimizer), fake_images
    )
    _backends.apply_gradients(optimizer, pullback(gradient), variables)
    return logs


def minimize(name, loss_and_logs, optimizer, variables):
    """One update of `variables` against a loss; the logs, with the loss by name."""
    (_, logs), gradients = _backends.value_and_gradients(
        lambda: scaled(name, *loss_and_logs(), optimizer), variables
    )
    _backends.apply_gradients(optimizer, gradients, variables)
    return logs


def scaled(name, loss, logs, optimizer):
    """The loss as the optimizer wants it differentiated, and the logs with its own."""
    return optimizer.scale_loss(loss), {name: loss, **logs}


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
