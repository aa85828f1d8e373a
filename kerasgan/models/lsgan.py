"""LSGAN: least squares for a loss."""

from typing import Any

from kerasgan.checks import number
from kerasgan.gan import GAN
from kerasgan.losses import (
    least_squares_discriminator_loss,
    least_squares_generator_loss,
)
from kerasgan.registry import register_model
from kerasgan.training.accuracy import score_accuracies
from kerasgan.training.recipe import argument, optimizer


@register_model("lsgan")
class LSGAN(GAN):
    """GAN with least squares for a loss: scores are pulled to targets.

    Example:

    ```python
    gan = kerasgan.LSGAN.from_preset("mnist-28")
    gan.fit(images)
    ```

    `help(kerasgan.LSGAN.Recipe)` shows the arguments of `compile`.

    Source: Mao et al. 2016, "Least Squares Generative Adversarial Networks"
    (arXiv:1611.04076), equation 2; the targets' defaults are those of equation 9.
    """

    metric_names = ("d_loss", "g_loss", "d_real_accuracy", "d_fake_accuracy")

    class Recipe(GAN.Recipe):
        """What `LSGAN.compile` takes. Source of the optimizers: section 4."""

        generator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )
        discriminator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )
        real_target: float = argument(
            1.0, number(-10, 10), "what real images should score, b in the paper"
        )
        fake_target: float = argument(
            0.0, number(-10, 10), "what fake images should score, a in the paper"
        )
        generator_target: float = argument(
            1.0,
            number(-10, 10),
            "what the generator wants its images to score, c in the paper",
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: section 4."""
        return {"batch_size": 64, "epochs": 1}

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        recipe = self.recipe
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        loss = least_squares_discriminator_loss(
            real_scores,
            fake_scores,
            real_target=recipe.real_target,
            fake_target=recipe.fake_target,
        )
        midway = 0.5 * (recipe.real_target + recipe.fake_target)
        return loss, score_accuracies(real_scores, fake_scores, threshold=midway)

    def generator_loss(self, real_images, fake_images, labels, *, training):
        scores = self.scores(fake_images, labels, training=training)
        target = self.recipe.generator_target
        return least_squares_generator_loss(None, scores, target=target), {}
