"""DCGAN: convolutions and batch norm, with the cross-entropy of the first GAN."""

from typing import Any

import keras
from keras import ops

from kerasgan.checks import choice, number
from kerasgan.gan import GAN
from kerasgan.losses import binary_crossentropy
from kerasgan.registry import register_model
from kerasgan.training.accuracy import score_accuracies
from kerasgan.training.recipe import argument, optimizer

_CROSSENTROPY = "binary_crossentropy"


def _check_loss(value, place):
    if value == _CROSSENTROPY:
        return value
    of_logits = not isinstance(value, keras.losses.Loss) or value.get_config().get(
        "from_logits", True
    )
    if isinstance(value, keras.losses.Loss) and of_logits:
        return value
    raise place.error(
        "must be 'binary_crossentropy' or a keras.losses.Loss of (labels, scores) "
        "with from_logits=True where it has that",
        (value,),
    )


@register_model("dcgan")
class DCGAN(GAN):
    """Deep convolutional GAN with the non-saturating cross-entropy loss.

    Example:

    ```python
    gan = kerasgan.DCGAN.from_preset("cifar10-32")
    gan.fit(images)
    gan.save_grid("grid.png", 64)
    ```

    `help(kerasgan.DCGAN.Recipe)` shows the arguments of `compile`.

    Source: Radford, Metz and Chintala 2015, "Unsupervised Representation Learning
    with Deep Convolutional Generative Adversarial Networks" (arXiv:1511.06434).
    Real and fake images pass the discriminator separately, each with its own batch
    statistics.
    """

    metric_names = ("d_loss", "g_loss", "d_real_accuracy", "d_fake_accuracy")

    class Recipe(GAN.Recipe):
        """What `DCGAN.compile` takes. Source of the optimizers: section 4."""

        generator_optimizer: Any = optimizer("adam", learning_rate=2e-4, beta_1=0.5)
        discriminator_optimizer: Any = optimizer("adam", learning_rate=2e-4, beta_1=0.5)
        loss: Any = argument(
            _CROSSENTROPY,
            _check_loss,
            '`"binary_crossentropy"`, or a `keras.losses.Loss` of (labels, scores) '
            "that takes logits",
            in_preset=choice(_CROSSENTROPY),
        )
        real_label: float = argument(
            1.0, number(0, 1), "the discriminator's target for real images, in [0, 1]"
        )
        fake_label: float = argument(
            0.0, number(0, 1), "the discriminator's target for fake images, in [0, 1]"
        )
        generator_label: float = argument(
            1.0,
            number(0, 1),
            "the target for fake images in the generator's loss, in [0, 1]",
        )
        label_noise: float = argument(
            0.0,
            number(0, 1),
            "each discriminator label is raised by `label_noise * U(0, 1)`, in [0, 1]",
        )
        label_flip_rate: float = argument(
            0.0,
            number(0, 1),
            "probability with which a discriminator label is swapped for the other "
            "kind's, in [0, 1]",
        )
        discriminator_loss_weight: float = argument(
            1.0,
            number(1e-6, 1e6),
            "factor of the (real + fake) loss; 0.5 gives their mean",
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: section 4."""
        return {"batch_size": 128, "epochs": 1}

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        recipe = self.recipe
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        real_labels = self._targets(
            real_scores, recipe.real_label, recipe.fake_label, training
        )
        fake_labels = self._targets(
            fake_scores, recipe.fake_label, recipe.real_label, training
        )
        loss = self._loss(real_labels, real_scores)
        loss = loss + self._loss(fake_labels, fake_scores)
        logs = score_accuracies(real_scores, fake_scores)
        return recipe.discriminator_loss_weight * loss, logs

    def generator_loss(self, real_images, fake_images, labels, *, training):
        fake_scores = self.scores(fake_images, labels, training=training)
        targets = ops.full_like(fake_scores, self.recipe.generator_label)
        return self._loss(targets, fake_scores), {}

    def _loss(self, targets, scores):
        loss = self.recipe.loss
        loss = binary_crossentropy if loss == _CROSSENTROPY else loss
        return loss(targets, scores)

    def _targets(self, scores, label, other_label, training):
        targets = ops.full_like(scores, label)
        if not training:
            return targets
        shape, seed, recipe = ops.shape(scores), self.seed_generator, self.recipe
        if recipe.label_flip_rate:
            flipped = keras.random.uniform(shape, seed=seed) < recipe.label_flip_rate
            targets = ops.where(flipped, ops.full_like(scores, other_label), targets)
        if recipe.label_noise:
            noise = keras.random.uniform(shape, seed=seed)
            targets = targets + recipe.label_noise * noise
        return targets
