"""The same images again and again, made without touching the training."""

import numpy as np

from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN
from kerasgan.latent import images_of
from kerasgan.training.labels import labels_to_generate


class FixedSamples:
    """What to generate: latents that stay, and labels.

    Args:
        n: number of images, at least 1.
        latents: float array (n, latent_dim), or `None`.
        seed: int at least 0 that names the latents where none are given.
        labels: for a model with classes, whole numbers (n,) or one-hot; `None` means
            each class in turn.
    """

    def __init__(self, n, *, latents=None, seed=0, labels=None):
        self.n = check_positive_int("n", n)
        self.seed = check_positive_int("seed", seed, minimum=0)
        self.labels = labels
        self.latents = None if latents is None else np.asarray(latents, "float32")
        for name, value in (("latents", self.latents), ("labels", labels)):
            if value is not None and len(value) != n:
                raise ValueError(
                    f"`{name}` must be one for each of the {n} images. "
                    f"Received: {len(value)}."
                )

    def check(self, gan: GAN) -> None:
        """Raises unless latents and labels fit the model."""
        shape = (self.n, gan.latent_dim)
        if self.latents is not None and self.latents.shape != shape:
            raise ValueError(
                f"`latents` must have shape {shape}. Received: {self.latents.shape}."
            )
        labels_to_generate(self.labels, gan.num_classes, self.n)

    def images(self, gan: GAN) -> np.ndarray:
        """uint8 images (n, height, width, channels) of the generator as it is now.

        Both ways leave the model's random state as it is.
        """
        if self.latents is None:
            return gan.generate(self.n, self.labels, seed=self.seed)
        return images_of(gan, self.latents, self.labels)
