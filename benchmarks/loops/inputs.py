"""What both sides of a comparison are fed: images, latents, batches."""

import numpy as np

from loops.settings import image_shape, latent_dim


def draw_images(settings, n, seed=0):
    """Coarse coloured patches as uint8: nothing to download, and not mere noise,
    which a discriminator tells at once from anything a generator makes."""
    height, width, channels = image_shape(settings)
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (n, -(-height // 4), -(-width // 4), channels))
    return (
        patches.astype("uint8").repeat(4, axis=1).repeat(4, axis=2)[:, :height, :width]
    )


def draw_latents(settings, n, seed=None):
    """The latents that `gan.generate(n, seed=seed)` takes."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, latent_dim(settings)), dtype="float32")


def draw_step_latents(settings, steps, batch_size, seed=0):
    """Latents of each step: one draw, or one for each half-step."""
    draws = 1 if settings["one_pass"] else 2
    shape = (steps, draws, batch_size, latent_dim(settings))
    return np.random.default_rng(seed).standard_normal(shape, dtype="float32")


class Batches:
    """Rows of an endless stream of shuffled passes over the data."""

    def __init__(self, n, batch_size, *, shuffle=True, seed=0):
        self.n, self.batch_size, self.shuffle = n, batch_size, shuffle
        self.rng = np.random.default_rng(seed)
        self.stream = self._rows()

    def _rows(self):
        while True:
            order = self.rng.permutation(self.n) if self.shuffle else np.arange(self.n)
            for start in range(0, self.n - self.batch_size + 1, self.batch_size):
                yield order[start : start + self.batch_size]

    def __next__(self):
        return next(self.stream)
