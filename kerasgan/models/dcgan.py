"""DCGAN: convolutions and batch norm, with the cross-entropy of the first GAN."""

import keras
from keras import ops

from kerasgan.checks import check_number
from kerasgan.gan import GAN
from kerasgan.losses import binary_crossentropy


@keras.saving.register_keras_serializable("kerasgan")
class DCGAN(GAN):
    """Deep convolutional GAN with the non-saturating cross-entropy loss.

    Example:

    ```python
    gan = kerasgan.DCGAN.from_preset("cifar10-32")
    gan.fit(images)
    gan.save_grid("grid.png", 64)
    ```

    Arguments of `compile` beside `GAN.compile`'s:

    - `loss`: `"binary_crossentropy"`, or a `keras.losses.Loss` of (labels, scores)
      that takes logits.
    - `real_label`, `fake_label`, `generator_label`: targets for real images, fake
      images, and fake images in the generator's loss, in [0, 1]. Default 1, 0, 1.
    - `label_noise`: each discriminator label is raised by `label_noise * U(0, 1)`,
      in [0, 1]. Defaults to 0.
    - `label_flip_rate`: probability with which a discriminator label is swapped for
      the other kind's, in [0, 1]. Defaults to 0.
    - `discriminator_loss_weight`: factor of (real + fake) loss; 0.5 gives their
      mean. Defaults to 1.

    Source: Radford, Metz and Chintala 2015, "Unsupervised Representation Learning
    with Deep Convolutional Generative Adversarial Networks" (arXiv:1511.06434).
    Real and fake images pass the discriminator separately, each with its own batch
    statistics.
    """

    def configure_loss(
        self,
        *,
        loss="binary_crossentropy",
        real_label=1.0,
        fake_label=0.0,
        generator_label=1.0,
        label_noise=0.0,
        label_flip_rate=0.0,
        discriminator_loss_weight=1.0,
    ):
        loss_function = _loss_function(loss)
        rates = {
            "real_label": real_label,
            "fake_label": fake_label,
            "generator_label": generator_label,
            "label_noise": label_noise,
            "label_flip_rate": label_flip_rate,
        }
        for name, value in rates.items():
            rates[name] = check_number(name, value, minimum=0.0, maximum=1.0)
        weight = check_number(
            "discriminator_loss_weight",
            discriminator_loss_weight,
            minimum=1e-6,
            maximum=1e6,
        )
        # All is checked: nothing is left half set.
        self._loss_function = loss_function
        self.discriminator_loss_weight = weight
        for name, value in rates.items():
            setattr(self, name, value)

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        real_labels = self._targets(
            real_scores, self.real_label, self.fake_label, training
        )
        fake_labels = self._targets(
            fake_scores, self.fake_label, self.real_label, training
        )
        loss = self._loss_function(real_labels, real_scores)
        loss = loss + self._loss_function(fake_labels, fake_scores)
        return self.discriminator_loss_weight * loss, {
            "d_real_accuracy": ops.mean(ops.cast(real_scores > 0, "float32")),
            "d_fake_accuracy": ops.mean(ops.cast(fake_scores < 0, "float32")),
        }

    def generator_loss(self, real_images, fake_images, labels, *, training):
        fake_scores = self.scores(fake_images, labels, training=training)
        targets = ops.full_like(fake_scores, self.generator_label)
        return self._loss_function(targets, fake_scores), {}

    def _targets(self, scores, label, other_label, training):
        targets = ops.full_like(scores, label)
        if not training:
            return targets
        shape, seed = ops.shape(scores), self.seed_generator
        if self.label_flip_rate:
            flipped = keras.random.uniform(shape, seed=seed) < self.label_flip_rate
            targets = ops.where(flipped, ops.full_like(scores, other_label), targets)
        if self.label_noise:
            noise = keras.random.uniform(shape, seed=seed)
            targets = targets + self.label_noise * noise
        return targets


def _loss_function(loss):
    if loss == "binary_crossentropy":
        return binary_crossentropy
    logits = not isinstance(loss, keras.losses.Loss) or loss.get_config().get(
        "from_logits", True
    )
    if isinstance(loss, keras.losses.Loss) and logits:
        return loss
    raise ValueError(
        "`loss` must be 'binary_crossentropy' or a keras.losses.Loss of (labels, "
        f"scores) with from_logits=True where it has that. Received: loss={loss!r}."
    )
