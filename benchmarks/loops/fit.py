"""kerasgan's side: `fit` and `generate` of a preset, as a user calls them."""

import functools
import os

import keras

import kerasgan


def build(settings, **arguments):
    """The preset's model, compiled with the preset's own arguments."""
    overrides = {**settings["overrides"], "dtype": settings["dtype"], **arguments}
    name = settings["preset"]
    gan = kerasgan.from_preset(name, load_weights=False, **overrides)
    gan.compile_from_preset()
    return gan


class Fit:
    """`gan.fit` on images in memory."""

    def __init__(self, settings):
        self.gan = build(settings)

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

    def __init__(self, settings, kinds=OUR_LAYERS):
        gan = build(settings)
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

    def __init__(self, settings):
        self.gan = build(settings)
        self.gan.compile(**{**settings["compile"], "reuse_fake_images": False})


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

    def __init__(self, settings):
        self.gan = build(settings)
        optimizers = {
            name: keras.optimizers.Adam(**{**block, "name": "adam"}, ema_momentum=0.5)
            for name, block in settings["compile"].items()
            if name.endswith("_optimizer")
        }
        self.gan.compile(**{**settings["compile"], **optimizers})


# What a comparison calls them: "without X" is Keras's own, or the plain way, in X's
# place.
FITS = {
    "fit": Fit,
    "stock": StockFit,
    "without reuse_fake_images": TwoPassFit,
    "without freed_memory_kept": FreshMemoryFit,
    "without fused Adam": SteppedAdamFit,
    **{
        f"without {kind}": functools.partial(StockFit, kinds=(kind,))
        for kind in OUR_LAYERS
    },
}
