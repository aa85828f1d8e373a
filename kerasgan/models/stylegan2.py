"""StyleGAN2: styles, lazy penalties and adaptive augmentation."""

from typing import Any

from keras import ops

from kerasgan.augment import AdaptiveAugmentation
from kerasgan.checks import integer, nullable, number, only
from kerasgan.gan import GAN
from kerasgan.losses import (
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
)
from kerasgan.networks.stylegan2 import mapping_and_synthesis
from kerasgan.registry import register_model
from kerasgan.regularizers import lazy, path_length_penalty, r1_penalty
from kerasgan.training.accuracy import score_accuracies
from kerasgan.training.draws import normal
from kerasgan.training.recipe import argument, optimizer
from kerasgan.training.schedules import half_life_decay


@register_model("stylegan2")
class StyleGAN2(GAN):
    """The non-saturating loss with penalties every few steps.

    `kerasgan.latent` has what styles are good for: `map_to_styles`, `images_of_styles`
    and `truncated_images`.

    Example:

    ```python
    gan = kerasgan.StyleGAN2.from_preset("flowers-64-small")
    gan.fit(images)
    gan.save_grid("grid.png", 64)
    ```

    `help(kerasgan.StyleGAN2.Recipe)` shows the arguments of `compile`.

    Source: Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN"
    (arXiv:1912.04958), section 3 and appendix B; with an adaptive
    `discriminator_augmentation` Karras et al. 2020, "Training Generative Adversarial
    Networks with Limited Data" (arXiv:2006.06676). A penalty is part of its step's
    update rather than an update of its own, so that optimizers are not corrected.
    """

    metric_names = (
        "d_loss",
        "g_loss",
        "r1",
        "path_length_penalty",
        "d_real_accuracy",
        "d_fake_accuracy",
        "augmentation_strength",
    )
    steers_augmentation = True

    class Recipe(GAN.Recipe):
        """What `StyleGAN2.compile` takes. Source: arXiv:1912.04958, appendix B."""

        generator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8
        )
        discriminator_optimizer: Any = optimizer(
            "adam", learning_rate=2e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8
        )
        reuse_fake_images: bool = argument(
            False,
            only(False, "path lengths read the generator's weights"),
            "always false here",
        )
        gradient_penalty_weight: float = argument(
            10.0, number(0, 1e6), "gamma of R1, which counts gamma / 2"
        )
        gradient_penalty_every: int = argument(
            16,
            integer(1, 65536),
            "steps from one R1 to the next, each as heavy as all",
        )
        path_length_weight: float = argument(
            2.0, number(0, 1e6), "of the generator's path lengths; 0 for none"
        )
        path_length_every: int = argument(
            8, integer(1, 65536), "steps from one of those to the next"
        )
        path_length_batch: int = argument(
            2,
            integer(1, 65536),
            "of how many images of a batch one has its length taken",
        )
        ema_half_life: float | None = argument(
            None,
            nullable(number(1, 1e12)),
            "images in which the moving average forgets half, instead of `ema_decay`",
        )
        ema_ramp: float | None = argument(
            None,
            nullable(number(1e-6, 1e6)),
            "keeps that at most this share of the images seen so far, or `None`",
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: appendix B."""
        return {"batch_size": 32, "epochs": 1}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mean_path_length = self.add_weight(
            name="mean_path_length", shape=(), initializer="zeros", trainable=False
        )

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        def scores(images):
            return self.scores(images, labels, training=training)

        real_scores, fake_scores = scores(real_images), scores(fake_images)
        loss = non_saturating_discriminator_loss(real_scores, fake_scores)
        r1, strength = ops.zeros(()), ops.zeros(())
        if training:
            r1 = self._lazily(
                lambda: r1_penalty(scores, real_images),
                self.recipe.gradient_penalty_every,
            )
            if isinstance(self.discriminator_augmentation, AdaptiveAugmentation):
                self.discriminator_augmentation.update(real_scores)
                strength = self.discriminator_augmentation.strength * 1.0
        return loss + self.recipe.gradient_penalty_weight * r1, {
            **score_accuracies(real_scores, fake_scores),
            "r1": r1,
            "augmentation_strength": strength,
        }

    def generator_loss(self, real_images, fake_images, labels, *, training):
        fake_scores = self.scores(fake_images, labels, training=training)
        loss = non_saturating_generator_loss(None, fake_scores)
        penalty = ops.zeros(())
        if training and self.recipe.path_length_weight:
            # Rounded up, so that there is one; a number where the batch's is known.
            size = -(-ops.shape(fake_images)[0] // self.recipe.path_length_batch)
            penalty = self._lazily(
                lambda: self._path_length_penalty(size),
                self.recipe.path_length_every,
            )
            loss = loss + self.recipe.path_length_weight * penalty
        return loss, {"path_length_penalty": penalty}

    def ema_rate(self, batch_size):
        half_life, ramp = self.recipe.ema_half_life, self.recipe.ema_ramp
        if half_life is None:
            return super().ema_rate(batch_size)
        if ramp is not None:
            steps = ops.cast(self.step_counter, "float32")
            seen = steps * ops.cast(batch_size, "float32")
            half_life = ops.minimum(half_life, ramp * seen)
        return half_life_decay(batch_size, half_life)

    def _lazily(self, penalty, every):
        return lazy(penalty, self.step_counter, every=every)

    def _path_length_penalty(self, size):
        mapping, synthesis = mapping_and_synthesis(self.generator)
        latents = normal((size, self.latent_dim), self.seed_generator)
        return path_length_penalty(
            lambda styles: synthesis(styles, training=True),
            mapping(latents, training=True),
            self.mean_path_length,
            seed=self.seed_generator,
        )
