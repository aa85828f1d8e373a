"""The conditional GAN: labels joined to latents and to images."""

from typing import Any

from kerasgan.gan import GAN
from kerasgan.losses import (
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
)
from kerasgan.networks.class_checks import check_has_classes
from kerasgan.registry import register_model
from kerasgan.training.accuracy import score_accuracies
from kerasgan.training.recipe import optimizer


@register_model("conditional-gan")
class ConditionalGAN(GAN):
    """GAN whose both networks are told the class: it makes the class asked for.

    The generator is called on latents and labels, the discriminator on images and
    labels.

    Example:

    ```python
    gan = kerasgan.ConditionalGAN.from_preset("mnist-28")
    gan.fit(images, labels)
    sevens = gan.generate(16, 7)
    ```

    `help(kerasgan.ConditionalGAN.Recipe)` shows the arguments of `compile`.

    Source: Mirza and Osindero 2014, "Conditional Generative Adversarial Nets"
    (arXiv:1411.1784), equation 2, with the non-saturating loss of the generator and the
    optimizers of arXiv:1511.06434, section 4.

    Raises:
        ValueError: without `num_classes`, or with networks of other classes.
    """

    metric_names = ("d_loss", "g_loss", "d_real_accuracy", "d_fake_accuracy")

    class Recipe(GAN.Recipe):
        """What `ConditionalGAN.compile` takes."""

        generator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )
        discriminator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: section 4.1."""
        return {"batch_size": 100, "epochs": 1}

    def check_networks(self, generator, discriminator, latent_dim):
        check_has_classes(type(self).__name__, self.num_classes)
        return super().check_networks(generator, discriminator, latent_dim)

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        loss = non_saturating_discriminator_loss(real_scores, fake_scores)
        return loss, score_accuracies(real_scores, fake_scores)

    def generator_loss(self, real_images, fake_images, labels, *, training):
        scores = self.scores(fake_images, labels, training=training)
        return non_saturating_generator_loss(None, scores), {}
