"""ACGAN: the discriminator classifies as well."""

from typing import Any

from kerasgan.checks import number
from kerasgan.gan import GAN
from kerasgan.losses import (
    class_crossentropy,
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
)
from kerasgan.networks.class_checks import (
    check_has_classes,
    check_score_and_classes,
    score_and_classes,
)
from kerasgan.registry import register_model
from kerasgan.training.accuracy import class_accuracy, score_accuracies
from kerasgan.training.recipe import argument, optimizer


@register_model("acgan")
class ACGAN(GAN):
    """GAN whose discriminator also says which class an image has.

    The generator is called on latents and labels. The discriminator is called on
    images alone, and gives a dict of `scores` (batch, 1) and `class_logits`
    (batch, num_classes), or a pair of the two in this order; without a sigmoid or
    softmax. The generator wants its images to pass for real, and to be classified as
    what was asked for.

    Example:

    ```python
    gan = kerasgan.ACGAN.from_preset("mnist-28")
    gan.fit(images, labels)
    sevens = gan.generate(16, 7)
    ```

    `help(kerasgan.ACGAN.Recipe)` shows the arguments of `compile`.

    Source: Odena, Olah and Shlens 2016, "Conditional Image Synthesis with Auxiliary
    Classifier GANs" (arXiv:1610.09585), equations 2 and 3, with the non-saturating
    loss of the generator. The fake images have the labels of the real batch, which are
    draws from the classes' frequencies as the paper's are.

    Raises:
        ValueError: without `num_classes`, or with networks of other classes.
    """

    metric_names = (
        "d_loss",
        "g_loss",
        "d_real_accuracy",
        "d_fake_accuracy",
        "d_class_loss",
        "d_class_accuracy",
        "g_class_loss",
        "g_class_accuracy",
    )

    class Recipe(GAN.Recipe):
        """What `ACGAN.compile` takes. Source of the optimizers: appendix A."""

        generator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )
        discriminator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )
        discriminator_class_weight: float = argument(
            1.0,
            number(0, 1e6),
            "factor of the classes' loss on real images in the discriminator's",
        )
        fake_class_weight: float = argument(
            1.0,
            number(0, 1e6),
            "factor of the classes' loss on fake images in the discriminator's",
        )
        generator_class_weight: float = argument(
            1.0, number(0, 1e6), "factor of the classes' loss in the generator's"
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: appendix A."""
        return {"batch_size": 100, "epochs": 1}

    def check_networks(self, generator, discriminator, latent_dim):
        check_has_classes(type(self).__name__, self.num_classes)
        return super().check_networks(generator, discriminator, latent_dim)

    def check_scores(self, discriminator, shape):
        check_score_and_classes(discriminator, shape, self.num_classes)

    def discriminator_inputs(self, images, labels):
        return {"images": images}

    def scores(self, images, labels, *, training):
        """The discriminator's float32 scores (batch, 1)."""
        return self.scores_and_logits(images, training=training)[0]

    def scores_and_logits(self, images, *, training):
        """The discriminator's float32 scores (batch, 1) and class logits."""
        return score_and_classes(super().scores(images, None, training=training))

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        recipe = self.recipe
        real_scores, real_logits = self.scores_and_logits(
            real_images, training=training
        )
        fake_scores, fake_logits = self.scores_and_logits(
            fake_images, training=training
        )
        class_loss = class_crossentropy(labels, real_logits)
        loss = non_saturating_discriminator_loss(real_scores, fake_scores)
        loss = loss + recipe.discriminator_class_weight * class_loss
        fake_class_loss = class_crossentropy(labels, fake_logits)
        loss = loss + recipe.fake_class_weight * fake_class_loss
        return loss, {
            **score_accuracies(real_scores, fake_scores),
            "d_class_loss": class_loss,
            "d_class_accuracy": class_accuracy(labels, real_logits),
        }

    def generator_loss(self, real_images, fake_images, labels, *, training):
        scores, logits = self.scores_and_logits(fake_images, training=training)
        class_loss = class_crossentropy(labels, logits)
        loss = non_saturating_generator_loss(None, scores)
        return loss + self.recipe.generator_class_weight * class_loss, {
            "g_class_loss": class_loss,
            "g_class_accuracy": class_accuracy(labels, logits),
        }
