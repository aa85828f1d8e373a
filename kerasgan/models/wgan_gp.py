"""WGAN-GP: the Wasserstein loss, with a penalty for slopes other than 1."""

from typing import Any

from kerasgan.checks import boolean, integer, number
from kerasgan.gan import GAN
from kerasgan.losses import wasserstein_discriminator_loss, wasserstein_generator_loss
from kerasgan.registry import register_model
from kerasgan.regularizers import gradient_penalty
from kerasgan.training.recipe import argument, optimizer


@register_model("wgangp")
class WGANGP(GAN):
    """Wasserstein GAN with a gradient penalty.

    The discriminator is the paper's critic: batch norm in it would tie the images of a
    batch together, of which the penalty takes each by itself. Minus `d_loss` without
    the penalty is `wasserstein_distance`, its estimate of how far the images are from
    real ones.

    Example:

    ```python
    gan = kerasgan.WGANGP.from_preset("mnist-28")
    gan.fit(images)
    gan.save_grid("grid.png", 64)
    ```

    `help(kerasgan.WGANGP.Recipe)` shows the arguments of `compile`.

    Source: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs"
    (arXiv:1704.00028), algorithm 1.
    """

    metric_names = ("d_loss", "g_loss", "wasserstein_distance", "gradient_penalty")

    class Recipe(GAN.Recipe):
        """What `WGANGP.compile` takes. Source: algorithm 1 and appendix on ResNets."""

        generator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.0, beta_2=0.9, epsilon=1e-8
        )
        discriminator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-4, beta_1=0.0, beta_2=0.9, epsilon=1e-8
        )
        discriminator_steps: int = argument(
            5,
            integer(1, 65536),
            "discriminator updates a generator update, each with new latents",
        )
        fresh_real_images: bool = argument(
            True,
            boolean,
            "whether each discriminator update of a step has real images of its own, "
            "so that `fit` draws `discriminator_steps` batches a step",
            since=1,
        )
        gradient_penalty_weight: float = argument(
            10.0, number(0, 1e6), "factor of the penalty, lambda in the paper"
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: appendix on ResNets."""
        return {"batch_size": 64, "epochs": 1}

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        loss = wasserstein_discriminator_loss(real_scores, fake_scores)
        penalty = gradient_penalty(
            lambda images: self.scores(images, labels, training=training),
            real_images,
            fake_images,
            seed=self.seed_generator if training else self.evaluation_seed_generator,
        )
        logs = {
            "wasserstein_distance": -loss,
            "gradient_penalty": penalty,
        }
        return loss + self.recipe.gradient_penalty_weight * penalty, logs

    def generator_loss(self, real_images, fake_images, labels, *, training):
        scores = self.scores(fake_images, labels, training=training)
        return wasserstein_generator_loss(None, scores), {}
