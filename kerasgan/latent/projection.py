"""From an image back to latents that give one like it."""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from kerasgan import _backends
from kerasgan.checks import Argument, check_positive_int, number
from kerasgan.gan import GAN
from kerasgan.images import scale_images, to_uint8
from kerasgan.networks.inputs import as_argument
from kerasgan.training.image_checks import check_images
from kerasgan.training.labels import labels_to_generate
from kerasgan.training.state import random_state_kept


class Projection(NamedTuple):
    """What `project` found.

    Attributes:
        latents: float32 (n, latent_dim).
        images: uint8 (n, height, width, channels), what they give.
        losses: float32 (n,), mean squared differences, images in [-1, 1].
        history: float32 (steps,), the mean of all tries' losses before each step.
    """

    latents: NDArray
    images: NDArray
    losses: NDArray
    history: NDArray


def project(
    gan: GAN,
    images: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    steps: int = 200,
    learning_rate: float = 0.05,
    restarts: int = 4,
    prior_weight: float = 1e-3,
    seed: int = 0,
) -> Projection:
    """Finds latents whose images are as near as possible to given ones.

    Adam moves the latents down the mean squared difference of pixels; networks stay as
    they are. Of several beginnings, each image keeps the best.

    Args:
        gan: a `GAN`; its moving average makes images where there is one.
        images: (n, height, width, channels), uint8 in [0, 255] or float in [-1, 1].
        labels: for a GAN with classes, the images': as for its `generate`.
        steps: of Adam, at least 1. Defaults to 200.
        learning_rate: above 0. Defaults to 0.05.
        restarts: beginnings for each image, at least 1. Defaults to 4.
        prior_weight: of the latents' mean square in the loss, which keeps them where
            training drew them, at least 0. Defaults to 1e-3.
        seed: int at least 0 of the beginnings. Defaults to 0.

    Returns:
        A `Projection`.

    Raises:
        ValueError: if images do not fit, or an argument is out of its range.

    Source: Creswell and Bharath 2016, "Inverting the generator of a GAN"
    (arXiv:1611.05644), equation 2, with squared differences for its cross-entropy;
    Lipton and Tripathi 2017 (arXiv:1702.04782). The prior replaces the latter's
    clipping.
    """
    check_images(np.asarray(images), gan.image_shape, name="images")
    for name, value in (("steps", steps), ("restarts", restarts)):
        check_positive_int(name, value)
    check_positive_int("seed", seed, minimum=0)
    rates = number(0, 1e3, above=True)
    learning_rate = rates(learning_rate, Argument("learning_rate"))
    prior_weight = number(0, 1e3)(prior_weight, Argument("prior_weight"))
    count = len(np.asarray(images))
    targets = ops.repeat(scale_images(images), restarts, axis=0)
    shape = (len(targets), gan.latent_dim)
    beginnings = np.random.default_rng(seed).standard_normal(shape, "float32")
    labels = labels_to_generate(labels, gan.num_classes, count)
    labels = None if labels is None else np.repeat(labels, restarts)
    search = _Search(gan, targets, beginnings, labels, prior_weight)
    optimizer = keras.optimizers.Adam(learning_rate)
    with random_state_kept(gan, rewound=True):
        history = [search.step(optimizer) for _ in range(steps)]
        made, losses = search.result()
    return _best(search.latents, made, losses, history, count, restarts)


class _Search:
    def __init__(self, gan, targets, beginnings, labels, prior_weight):
        self.gan, self.targets, self.prior_weight = gan, targets, prior_weight
        self.latents = keras.Variable(beginnings, name="latents")
        rng = np.random.default_rng(0)
        inputs = gan.generator_inputs(len(beginnings), labels, seed=rng)
        # As tensors: on torch a network takes no others.
        self.others = {
            name: ops.convert_to_tensor(value)
            for name, value in inputs.items()
            if name != "latents"
        }

    def _images(self):
        inputs = as_argument({"latents": self.latents.value, **self.others})
        return ops.cast(self.gan(inputs, training=False), "float32")

    def step(self, optimizer):
        (_, losses), gradients = _backends.value_and_gradients(
            self._loss, [self.latents]
        )
        _backends.apply_gradients(optimizer, gradients, [self.latents])
        return float(np.mean(ops.convert_to_numpy(losses)))

    def _loss(self):
        losses = self._differences(self._images())
        prior = ops.mean(ops.square(self.latents.value), axis=1)
        # A sum: each latent goes its own way, as if it were alone.
        total = ops.sum(losses + self.prior_weight * prior)
        return total, ops.stop_gradient(losses)

    def _differences(self, images):
        return ops.mean(ops.square(images - self.targets), axis=(1, 2, 3))

    def result(self):
        images = self._images()
        losses = self._differences(images)
        return ops.convert_to_numpy(images), ops.convert_to_numpy(losses)


def _best(latents, images, losses, history, n, restarts):
    by_image = losses.reshape(n, restarts)
    best = np.arange(n) * restarts + by_image.argmin(axis=1)
    latents = np.array(ops.convert_to_numpy(latents))
    return Projection(
        latents[best],
        to_uint8(images[best]),
        losses[best],
        np.asarray(history, "float32"),
    )
