"""kerasgan's side: `fit` and `generate` of a preset, as a user calls them."""

import copy
import itertools
import os

import keras
import numpy as np
from keras import ops
from recipe import latent_dim

import kerasgan
from kerasgan.presets import compile_from_preset_block


def build(recipe, **arguments):
    """The preset's model, compiled with the preset's own arguments."""
    overrides = {**recipe["overrides"], "dtype": recipe["dtype"], **arguments}
    gan = kerasgan.DCGAN.from_preset(recipe["preset"], load_weights=False, **overrides)
    gan.compile_from_preset()
    return gan


class Fit:
    """`gan.fit` on images in memory."""

    def __init__(self, recipe):
        self.gan = build(recipe)

    def prepare(self, images):
        return images

    def train(self, images, batch_size, steps):
        self.gan.fit(
            images, batch_size=batch_size, epochs=1, steps_per_epoch=steps, verbose=0
        )

    def generate(self, n, batch_size, seed=None):
        return self.gan.generate(n, batch_size=batch_size, seed=seed)


OUR_LAYERS = ("UpsampleConv2D", "Conv2DTranspose", "Conv2D", "BatchNormalization")


class StockFit(Fit):
    """The same with Keras's own layers, all or those of one kind, in the networks."""

    def __init__(self, recipe, kinds=OUR_LAYERS):
        gan = build(recipe)
        self.gan = kerasgan.DCGAN(
            with_stock_layers(gan.generator, kinds),
            with_stock_layers(gan.discriminator, kinds),
            augmentation=gan.augmentation,
            preset=gan.preset,
        )
        self.gan.compile_from_preset()


def with_stock_layers(network, kinds=OUR_LAYERS):
    """The network with kerasgan's layers as the Keras layers they stand for."""

    def stock_layer(layer):
        ours = type(layer).__module__.startswith("kerasgan.")
        if ours and type(layer).__name__ in kinds:
            return layer.stock_layer()
        return type(layer).from_config(layer.get_config())

    copy = keras.models.clone_model(network, clone_function=stock_layer)
    copy.set_weights(network.get_weights())
    return copy


class TwoPassFit(Fit):
    """The same with fake images of its own for each half-step."""

    def __init__(self, recipe):
        block = {**recipe["compile"], "reuse_fake_images": False}
        self.gan = build(recipe)
        self.gan.compile(**compile_from_preset_block(block))


class FreshMemoryFit(Fit):
    """The same with memory that goes back to the system when it is freed."""

    def train(self, *arguments):
        # `fit` leaves the allocator alone where the environment speaks of it; glibc
        # itself reads the environment when a process starts.
        os.environ["MALLOC_TRIM_THRESHOLD_"] = "131072"
        try:
            super().train(*arguments)
        finally:
            del os.environ["MALLOC_TRIM_THRESHOLD_"]


class SteppedAdamFit(Fit):
    """The same with Keras's own update: an option that does nothing, as there is no
    moving average, keeps the fused kernel away."""

    def __init__(self, recipe):
        recipe = copy.deepcopy(recipe)
        for name in ("generator_optimizer", "discriminator_optimizer"):
            recipe["compile"][name]["ema_momentum"] = 0.5
        self.gan = build(recipe)
        self.gan.compile(**compile_from_preset_block(recipe["compile"]))


class FedLatents(kerasgan.DCGAN):
    """Takes its latents from a list, so that another loop can be given the same."""

    def feed(self, latents):
        """`latents`: array (steps, draws a step, batch, latent_dim)."""
        self._fed = np.reshape(latents, (-1, *latents.shape[2:]))
        # Which draw of a step is next. A compiled step runs this when it is traced.
        self._draw = itertools.cycle(range(latents.shape[1]))
        self._draws = latents.shape[1]

    def generated_images(self, batch_size, labels, *, training):
        index = self.step_counter * self._draws + next(self._draw)
        latents = ops.take(ops.convert_to_tensor(self._fed), index, axis=0)
        return ops.cast(self.generator(latents, training=training), "float32")


def fed_model(recipe, latents):
    """A model of a quiet recipe that takes these latents."""
    gan = build(recipe, augmentation=None)
    fed = FedLatents(gan.generator, gan.discriminator, preset=gan.preset)
    fed.feed(latents)
    fed.compile(**compile_from_preset_block(recipe["compile"]))
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


def draw_latents(recipe, steps, batch_size, seed=0):
    """Latents of each step: one draw, or one for each half-step."""
    draws = 1 if recipe["one_pass"] else 2
    shape = (steps, draws, batch_size, latent_dim(recipe))
    return np.random.default_rng(seed).standard_normal(shape, dtype="float32")


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
