"""DCGAN as one writes it for TensorFlow: Keras's own layers, and a `tf.function`
with two gradient tapes, after Keras's guide to overriding `train_step`."""

import keras
import numpy as np
import tensorflow as tf

from loops.hand_written import HandWrittenLoop
from loops.inputs import Batches, draw_latents
from loops.settings import average_rate, latent_dim
from loops.tensorflow_networks import GENERATORS, discriminator, network

OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}


def optimizer(block):
    arguments = {k: v for k, v in block.items() if k != "name"}
    return OPTIMIZERS[block["name"]](**arguments)


class Loop(HandWrittenLoop):
    """The two networks, their optimizers and the loop over batches."""

    def __init__(self, settings):
        self.settings, self.options = settings, settings["compile"]
        dtype = settings["dtype"]
        self.generator = self.new_generator()
        self.discriminator = network(
            discriminator, settings["discriminator"]["arguments"], dtype
        )
        self.g_optimizer = optimizer(self.options["generator_optimizer"])
        self.d_optimizer = optimizer(self.options["discriminator_optimizer"])
        self.loss = keras.losses.BinaryCrossentropy(from_logits=True)
        self.means = [keras.metrics.Mean() for _ in range(4)]
        self.average, self.steps = None, tf.Variable(0.0)
        if settings["ema_decay"] is not None:
            self.average = self.new_generator()
            self.average.set_weights(self.generator.get_weights())

    def new_generator(self):
        spec, dtype = self.settings["generator"], self.settings["dtype"]
        return network(GENERATORS[spec["builder"]], spec["arguments"], dtype)

    def train(self, images, batch_size, steps, *, shuffle=True, latents=None):
        """Means of both losses and both accuracies; one row a step if `latents`."""
        batches = Batches(len(images), batch_size, shuffle=shuffle)
        rows = []
        for mean in self.means:
            mean.reset_state()
        for i in range(steps):
            batch = tf.convert_to_tensor(images[next(batches)])
            logs = self.step(batch, None if latents is None else latents[i])
            if latents is not None:
                rows.append([float(value) for value in logs])
        if latents is not None:
            return np.array(rows)
        return np.array([float(mean.result()) for mean in self.means])

    @tf.function
    def step(self, batch, given):
        n = tf.shape(batch)[0]
        draws = iter(()) if given is None else iter(tf.unstack(given))
        real = tf.cast(batch, tf.float32) / 127.5 - 1
        if self.settings["mirror"]:
            real = tf.image.random_flip_left_right(real)
        # The discriminator.
        with tf.GradientTape() as g_tape:
            fake = self.generator(self.latents(n, draws), training=True)
        with tf.GradientTape() as d_tape:
            real_scores = self.discriminator(real, training=True)
            fake_scores = self.discriminator(tf.stop_gradient(fake), training=True)
            real_loss = self.loss(
                self.targets(real_scores, self.options["real_label"]), real_scores
            )
            fake_loss = self.loss(
                self.targets(fake_scores, self.options["fake_label"]), fake_scores
            )
            d_loss = self.options["discriminator_loss_weight"] * (real_loss + fake_loss)
        weights = self.discriminator.trainable_weights
        gradients = d_tape.gradient(d_loss, weights)
        self.d_optimizer.apply_gradients(zip(gradients, weights))
        # The generator.
        with g_tape:
            if not self.settings["one_pass"]:
                fake = self.generator(self.latents(n, draws), training=True)
            scores = self.discriminator(fake, training=True)
            g_loss = self.loss(
                tf.fill(tf.shape(scores), self.options["generator_label"]), scores
            )
        weights = self.generator.trainable_weights
        gradients = g_tape.gradient(g_loss, weights)
        self.g_optimizer.apply_gradients(zip(gradients, weights))
        if self.average is not None:
            self.update_average()
        self.steps.assign_add(1.0)
        real_accuracy = tf.reduce_mean(tf.cast(real_scores > 0, tf.float32))
        fake_accuracy = tf.reduce_mean(tf.cast(fake_scores < 0, tf.float32))
        logs = [d_loss, g_loss, real_accuracy, fake_accuracy]
        for mean, value in zip(self.means, logs):
            mean.update_state(value)
        return logs

    def update_average(self):
        rate = average_rate(self.settings, self.steps, tf.minimum)
        for mine, theirs in zip(self.average.weights, self.generator.weights):
            mine.assign_add((1 - rate) * (theirs - mine))

    def latents(self, n, draws):
        given = next(draws, None)
        if given is None:
            return tf.random.normal((n, latent_dim(self.settings)))
        return given

    def targets(self, scores, label):
        targets = tf.fill(tf.shape(scores), label)
        if self.options["label_noise"]:
            noise = tf.random.uniform(tf.shape(scores))
            targets += self.options["label_noise"] * noise
        return targets

    # Pictures ---------------------------------------------------------------------

    def generate(self, n, batch_size, seed=None):
        latents = draw_latents(self.settings, n, seed)
        parts = [
            self.pictures(tf.convert_to_tensor(latents[start : start + batch_size]))
            for start in range(0, len(latents), batch_size)
        ]
        return np.concatenate([part.numpy() for part in parts])

    @tf.function
    def pictures(self, latents):
        images = (self.average or self.generator)(latents, training=False)
        images = tf.clip_by_value(tf.round((images + 1) * 127.5), 0, 255)
        return tf.cast(images, tf.uint8)

    def load(self, weights):
        """Copies Keras weights by layer and name."""
        for role in ("generator", "discriminator"):
            for layer in getattr(self, role).layers:
                for variable in layer.weights:
                    variable.assign(weights[role][layer.name][variable.name])
        if self.average is not None:
            self.average.set_weights(self.generator.get_weights())
