"""SNGAN: spectral normalisation and the hinge loss."""

from typing import Any

from kerasgan.checks import boolean, integer
from kerasgan.gan import GAN
from kerasgan.losses import hinge_discriminator_loss, hinge_generator_loss
from kerasgan.registry import register_model
from kerasgan.training.recipe import argument, optimizer


@register_model("sngan")
class SNGAN(GAN):
    """GAN with the hinge loss, for a discriminator of spectrally normalised layers.

    Such layers are `kerasgan.layers.SpectralConv2D` and its like: the method is theirs,
    the loss alone is this class's.

    Example:

    ```python
    gan = kerasgan.SNGAN.from_preset("cifar10-32")
    gan.fit(images)
    gan.save_grid("grid.png", 64)
    ```

    `help(kerasgan.SNGAN.Recipe)` shows the arguments of `compile`.

    Source: Miyato et al. 2018, "Spectral Normalization for Generative Adversarial
    Networks" (arXiv:1802.05957), equations 16 and 17.
    """

    metric_names = ("d_loss", "g_loss")

    class Recipe(GAN.Recipe):
        """What `SNGAN.compile` takes. Source: section 4 and the authors' code."""

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

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: section 4."""
        return {"batch_size": 64, "epochs": 1}

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        return hinge_discriminator_loss(real_scores, fake_scores), {}

    def generator_loss(self, real_images, fake_images, labels, *, training):
        scores = self.scores(fake_images, labels, training=training)
        return hinge_generator_loss(None, scores), {}
