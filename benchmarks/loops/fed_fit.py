"""`fit` with given latents, and what it must share with another loop: first weights
and losses."""

import itertools

import numpy as np
from keras import ops

import kerasgan
from loops.fit import build


class FedLatents(kerasgan.DCGAN):
    """Takes its latents from a list, so that another loop can be given the same."""

    def feed(self, latents):
        """`latents`: array (steps, draws a step, batch, latent_dim)."""
        self._fed = np.reshape(latents, (-1, *latents.shape[2:]))
        # Which draw of a step is next. A compiled step runs this when it is traced.
        self._draw = itertools.cycle(range(latents.shape[1]))
        self._draws = latents.shape[1]

    def generated_images(self, batch_size, real_images, labels, *, training):
        index = self.step_counter * self._draws + next(self._draw)
        latents = ops.take(ops.convert_to_tensor(self._fed), index, axis=0)
        return ops.cast(self.generator(latents, training=training), "float32")


def fed_model(settings, latents):
    """A model of a quiet settings that takes these latents."""
    gan = build(settings, augmentation=None)
    fed = FedLatents(gan.generator, gan.discriminator, preset=gan.preset)
    fed.feed(latents)
    fed.compile(**settings["compile"])
    return fed


def losses(gan, images, batch_size, steps):
    """Both losses of each step, an array (steps, 2), in file order."""
    rows = []
    for _ in range(steps):
        history = gan.fit(
            images,
            batch_size=batch_size,
            epochs=1,
            steps_per_epoch=1,
            shuffle=False,
            verbose=0,
        ).history
        rows.append([history["d_loss"][0], history["g_loss"][0]])
    return np.array(rows)


def weights_of(gan):
    """`{"generator": {layer: {name: array}}, ...}`, copied."""
    return {
        role: {
            layer.name: {v.name: np.array(ops.convert_to_numpy(v)) for v in variables}
            for layer in getattr(gan, role).layers
            if (variables := _parameters(layer))
        }
        for role in ("generator", "discriminator")
    }


def _parameters(layer):
    # A layer's random state is no parameter.
    return [v for v in layer.weights if "seed_generator" not in v.path]
