"""R3GAN: a relativistic loss with both zero-centred penalties."""

from typing import Any

from keras import ops

from kerasgan.augment import AdaptiveAugmentation
from kerasgan.checks import integer, nullable, number
from kerasgan.gan import GAN
from kerasgan.losses import (
    relativistic_discriminator_loss,
    relativistic_generator_loss,
)
from kerasgan.registry import register_model
from kerasgan.regularizers import scores_and_r1
from kerasgan.training.recipe import argument, optimizer
from kerasgan.training.schedules import cosine, half_life_decay

_ADAM = {"learning_rate": 2e-4, "beta_1": 0.0, "beta_2": 0.99, "epsilon": 1e-8}


@register_model("r3gan")
class R3GAN(GAN):
    """Relativistic pairing with R1 and R2 in every step.

    Each real image's score is compared with that of the fake image at its place in
    the batch; the penalties on the slopes at both make that converge.

    Example:

    ```python
    gan = kerasgan.R3GAN.from_preset("mnist-28-small")
    gan.fit(images)
    gan.save_grid("grid.png", 64)
    ```

    `help(kerasgan.R3GAN.Recipe)` shows the arguments of `compile`.

    Source: Huang, Gokaslan, Kuleshov and Tompkin 2024, "The GAN is dead; long live the
    GAN! A Modern GAN Baseline" (arXiv:2501.05441), equations 2 to 4.
    """

    metric_names = ("d_loss", "g_loss", "r1", "r2", "d_pair_accuracy")
    steers_augmentation = True

    class Recipe(GAN.Recipe):
        """What `R3GAN.compile` takes. Source: the paper's table of settings."""

        generator_optimizer: Any = optimizer("adam", **_ADAM)
        discriminator_optimizer: Any = optimizer("adam", **_ADAM)
        gradient_penalty_weight: float = argument(
            0.05, number(0, 1e6), "gamma: R1 and R2 count gamma / 2 each"
        )
        final_gradient_penalty_weight: float | None = argument(
            None,
            nullable(number(0, 1e6)),
            "what gamma has become after `schedule_steps`, or `None` for no change",
        )
        ema_half_life: float | None = argument(
            None,
            nullable(number(1, 1e12)),
            "images in which the moving average forgets half, instead of `ema_decay`; "
            "with `schedule_steps` it grows from 0 to this",
        )
        augmentation_strength: float | None = argument(
            None,
            nullable(number(0, 1)),
            "the strength of an adaptive `discriminator_augmentation`, which with "
            "`schedule_steps` grows from 0 to this; `None` steers it by the scores",
        )
        schedule_steps: int | None = argument(
            None,
            nullable(integer(1, 10**9)),
            "steps of the cosine along which these three change, or `None` for their "
            "values from the first step on",
        )

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: the paper's table."""
        return {"batch_size": 512, "epochs": 1}

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        def scores(images):
            return self.scores(images, labels, training=training)

        real_scores, r1 = scores_and_r1(scores, real_images)
        fake_scores, r2 = scores_and_r1(scores, fake_images)
        if training:
            self._set_strength(real_scores)
        loss = relativistic_discriminator_loss(real_scores, fake_scores)
        paired = ops.mean(ops.cast(real_scores > fake_scores, "float32"))
        return loss + self._gamma() * (r1 + r2), {
            "r1": r1,
            "r2": r2,
            "d_pair_accuracy": paired,
        }

    def generator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        return relativistic_generator_loss(real_scores, fake_scores), {}

    def ema_rate(self, batch_size):
        half_life = self.recipe.ema_half_life
        if half_life is None:
            return super().ema_rate(batch_size)
        return half_life_decay(batch_size, self._scheduled(0.0, half_life))

    def _gamma(self):
        first = self.recipe.gradient_penalty_weight
        last = self.recipe.final_gradient_penalty_weight
        if last is None or self.recipe.schedule_steps is None:
            return first
        return self._scheduled(first, last)

    def _scheduled(self, start, end):
        steps = self.recipe.schedule_steps
        return end if steps is None else cosine(self.step_counter, steps, start, end)

    def _set_strength(self, real_scores):
        layer, strength = (
            self.discriminator_augmentation,
            self.recipe.augmentation_strength,
        )
        if not isinstance(layer, AdaptiveAugmentation):
            return
        if strength is None:
            layer.update(real_scores)
        else:
            layer.strength.assign(self._scheduled(0.0, strength))
