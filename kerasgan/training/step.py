"""One adversarial step, written once for every method and backend."""

import keras
from keras import ops, tree

from kerasgan import _backends
from kerasgan.images import scale_images
from kerasgan.training.labels import class_indices


def adversarial_step(gan, data):
    """One step on a batch: the discriminator, then the generator.

    Args:
        gan: a compiled `GAN`.
        data: what Keras's trainers give: images or (images, labels, weights).

    Returns:
        A dict of the running means of `gan.metric_names`.
    """
    real_images, labels = unpacked(gan, data)
    if gan.augmentation is not None:
        real_images = gan.augmentation(real_images, training=True)
    *earlier, last = batches_of_a_step(gan.recipe, real_images, labels)
    shared = generator_pass(gan, *last) if gan.recipe.reuse_fake_images else None
    for batch in earlier:
        discriminator_step(gan, *batch)
    logs = discriminator_step(gan, *last, shared)
    logs = {**logs, **generator_step(gan, *last, shared)}
    size = batch_size_of(last[0])
    update_ema(gan, size)
    gan.step_counter.assign_add(1)
    return track(gan, logs, size)


def unpacked(gan, data):
    """Real images in [-1, 1], and labels, of what Keras's trainers give."""
    images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    images = tree.map_structure(scale_images, images)
    return images, class_indices(labels, gan.num_classes)


def batch_size_of(images):
    """How many images there are in a batch, or in each part of a tree of batches."""
    return ops.shape(tree.flatten(images)[0])[0]


def batches_of_a_step(recipe, real_images, labels):
    """The `(real_images, labels)` of each discriminator update of a step."""
    steps = recipe.discriminator_steps
    if not recipe.fresh_real_images or steps == 1:
        return [(real_images, labels)] * steps

    def split(tensor):
        # Not slices: of a batch that cannot be divided, those may be empty, and NaN.
        return ops.reshape(tensor, (steps, -1, *tensor.shape[1:]))

    images = tree.map_structure(split, real_images)
    labels = [None] * steps if labels is None else split(labels)
    return [
        (tree.map_structure(lambda tensor, i=i: tensor[i], images), labels[i])
        for i in range(steps)
    ]


def generator_pass(gan, real_images, labels):
    """Fake images, and the function from their gradient to the generator's."""
    fake_images, pullback = _backends.value_and_pullback(
        lambda: new_images(gan, real_images, labels),
        gan.generator.trainable_variables,
    )
    return held_constant(fake_images), pullback


def new_images(gan, real_images, labels, *, training=True):
    """The generator's answer to a batch of real images."""
    size = batch_size_of(real_images)
    return gan.generated_images(size, real_images, labels, training=training)


def held_constant(images):
    """A tensor, or a tree of them, through which no gradient goes."""
    return tree.map_structure(ops.stop_gradient, images)


def discriminator_step(gan, real_images, labels, shared=None):
    """Updates the discriminator; the fake images are constants to it.

    Args:
        shared: what `generator_pass` gave, or `None` for new fake images.
    """
    if shared is None:
        fake_images = held_constant(new_images(gan, real_images, labels))
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

    def loss(fake_images):
        return gan.generator_loss(real_images, fake_images, labels, training=True)

    if shared is None:
        return minimize(
            "g_loss",
            lambda: loss(new_images(gan, real_images, labels)),
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


def update_ema(gan, size):
    """Moves `ema_generator`'s weights and batch-norm statistics to the generator's."""
    if gan.ema_generator is None:
        return
    rate = gan.ema_rate(size)
    for average, current in zip(gan.ema_generator.weights, gan.generator.weights):
        _backends.move(average, current, 1.0 - rate)


def evaluation_step(gan, data):
    """The losses and accuracies on a batch, with nothing trained."""
    real_images, labels = unpacked(gan, data)
    fake_images = new_images(gan, real_images, labels, training=False)
    d_loss, d_logs = gan.discriminator_loss(
        real_images, fake_images, labels, training=False
    )
    g_loss, g_logs = gan.generator_loss(
        real_images, fake_images, labels, training=False
    )
    logs = {"d_loss": d_loss, "g_loss": g_loss, **d_logs, **g_logs}
    return track(gan, logs, batch_size_of(real_images))


def track(gan, logs, size):
    """Adds a batch's values to the running means, which it gives back."""
    if unknown := sorted(set(logs) - set(gan.trackers)):
        raise ValueError(
            f"The losses of {type(gan).__name__} may log {', '.join(gan.trackers)}. "
            f"Received: {', '.join(unknown)}. Add that to `metric_names` of the class."
        )
    for name, value in logs.items():
        gan.trackers[name].update_state(value, sample_weight=size)
    return {name: tracker.result() for name, tracker in gan.trackers.items()}
