"""The base class: two networks, one adversarial step, any backend."""

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from kerasgan import _backends, generating, showing
from kerasgan.augment.blocks import (
    augmentation_layer,
    check_discriminator_augmentation,
    check_steered,
)
from kerasgan.checks import (
    LARGEST_INTEGER,
    Argument,
    check_positive_int,
    integer,
    nullable,
    number,
)
from kerasgan.export import export_generator
from kerasgan.networks.checks import (
    check_discriminator,
    check_generator,
    check_latent_dim,
    check_models,
    check_one_score,
)
from kerasgan.networks.class_checks import check_same_classes
from kerasgan.networks.inputs import input_spec, network_inputs, symbolic
from kerasgan.presets import load_preset, save_preset
from kerasgan.training import (
    compiling,
    fitting,
    optimizer_config,
    recipe,
    saving,
    state,
)
from kerasgan.training.draws import normal
from kerasgan.training.image_checks import check_images
from kerasgan.training.labels import check_count, check_labels
from kerasgan.training.schedules import warmed_up
from kerasgan.training.step import adversarial_step, evaluation_step


class GAN(keras.Model):
    """A generator and a discriminator that train against each other.

    A method is a subclass that overrides hooks: `Recipe`, `discriminator_loss`,
    `generator_loss` and `metric_names`, and what else it does differently.

    Args:
        generator: Keras model from latents (batch, latent_dim), and labels where there
            are classes, to images (batch, height, width, channels) in [-1, 1]. One
            with several inputs is called on a dict of them by name.
        discriminator: Keras model from such images, and labels, to scores (batch, 1),
            without a sigmoid.
        latent_dim: size of a latent, needed only if `generator` is not built.
        num_classes: `None`, or how many classes the images have: `fit` then needs a
            label for each image, and `generate` takes `labels`.
        ema_decay: `None`, or a decay in (0, 1): keep `ema_generator`, a moving
            average of the generator's weights and batch-norm statistics, which
            `generate`, `predict` and `export` then use.
        augmentation: `None`, or a Keras layer that real images (float32 in [-1, 1])
            pass in training, for example `kerasgan.augment.augmentation(...)`.
        discriminator_augmentation: `None`, or what real and fake images pass in
            training before the discriminator sees them, differentiably:
            `{"name": "diffaugment", "policy": ["color", "cutout"]}`, `{"name":
            "adaptive", "policy": ["blit", "geometry", "color"]}` with arguments of
            `kerasgan.augment.AdaptiveAugmentation`, or any Keras layer.
        seed: int that names the latents, the label noise and the order of arrays.
            Initial weights are drawn when the networks are built; for those, call
            `keras.utils.set_random_seed`. Defaults to a random one.
        preset: for `from_preset`: the preset's config.

    Raises:
        TypeError, ValueError: if the networks do not fit together.
        NotImplementedError: inside a TensorFlow strategy of several replicas, or
            several ranks of `torch.distributed`.
    """

    class Recipe(recipe.Recipe):
        """What every method's `compile` takes."""

    metric_names: tuple[str, ...] = ("d_loss", "g_loss")
    # Whether the losses set the strength of an `AdaptiveAugmentation`.
    steers_augmentation: bool = False
    # Arguments of the constructor that presets may hold, with the checks of them.
    preset_arguments: dict[str, Callable] = {
        "num_classes": nullable(integer(2, LARGEST_INTEGER)),
        "discriminator_augmentation": nullable(check_discriminator_augmentation),
    }

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latent_dim: int | None = None,
        num_classes: int | None = None,
        ema_decay: float | None = None,
        augmentation: keras.layers.Layer | None = None,
        discriminator_augmentation: dict | keras.layers.Layer | None = None,
        seed: int | None = None,
        preset: dict | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        _backends.check_replicas()
        check_models(generator=generator, discriminator=discriminator)
        check = GAN.preset_arguments["num_classes"]
        self.num_classes = check(num_classes, Argument("num_classes"))
        self.latent_dim, self.image_shape = self.check_networks(
            generator, discriminator, latent_dim
        )
        self.generator, self.discriminator = generator, discriminator
        self.seed = random.randint(1, 10**9) if seed is None else seed
        check_positive_int("seed", self.seed, minimum=0)
        decay = nullable(number(0, 1, above=True, below=True))
        self.ema_decay = decay(ema_decay, Argument("ema_decay"))
        self.ema_generator = None if ema_decay is None else state.frozen_copy(generator)
        self.augmentation = augmentation
        self.discriminator_augmentation = augmentation_layer(
            discriminator_augmentation,
            Argument("discriminator_augmentation"),
            seed=int(np.random.SeedSequence(self.seed).generate_state(3)[2] >> 1),
        )
        check_steered(self.discriminator_augmentation, type(self))
        augmentations = [augmentation, self.discriminator_augmentation]
        for layer in augmentations:
            if layer is not None and not layer.built:
                layer.build((None, *self.image_shape))
        for layer in (generator, discriminator, *augmentations):
            if layer is not None:
                _backends.own_random_state(layer)
        # As text: Keras would wrap a dict, and a config must stay plain JSON.
        self._preset = json.dumps(preset)
        self.step_counter = self.add_weight(
            name="step_counter", dtype="int32", initializer="zeros", trainable=False
        )
        # Spread apart: on torch, Keras's neighbouring seeds give overlapping streams.
        spread = np.random.SeedSequence(self.seed).generate_state(2) % 2**31
        self.seed_generator = keras.random.SeedGenerator(int(spread[0]))
        self.evaluation_seed_generator = keras.random.SeedGenerator(int(spread[1]))
        self.trackers = {n: keras.metrics.Mean(name=n) for n in self.metric_names}
        self.recipe = self.execution = None
        self.built = True

    def build(self, input_shape=None):
        """The networks are built when the model is made."""

    # Hooks: what a method may say differently ------------------------------------

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        """The discriminator's loss on a batch.

        Args:
            real_images: float32 (batch, height, width, channels) in [-1, 1].
            fake_images: the same from the generator, held constant.
            labels: int32 (batch,) where there are classes, else what `fit` was given
                beside the images, or `None`.
            training: whether networks run in training mode and noise is drawn.

        Returns:
            `(loss, logs)`: a float32 scalar, and a dict of scalars for
            `metric_names` other than `d_loss` and `g_loss`.
        """
        raise NotImplementedError

    def generator_loss(self, real_images, fake_images, labels, *, training):
        """The generator's loss; arguments and answer as in `discriminator_loss`,
        but `fake_images` carry the gradient.

        One that reads the generator's weights beside `fake_images` needs a `Recipe`
        that allows `reuse_fake_images=False` alone (`kerasgan.checks.only`), as that
        way takes the gradient of the images alone.
        """
        raise NotImplementedError

    def generator_inputs(self, batch_size, labels, *, seed):
        """What the generator is given: in training, by `generate` and in exports.

        Args:
            batch_size: how many images to make.
            labels: int32 (batch_size,), or `None`.
            seed: for `kerasgan.training.draws`: a `SeedGenerator`, or on the host a
                `numpy.random.Generator`.

        Returns:
            A dict of name to tensor, as `generator_input_spec` says.
        """
        latents = normal((batch_size, self.latent_dim), seed)
        return {"latents": latents, **({} if labels is None else {"labels": labels})}

    @property
    def generator_input_spec(self) -> dict:
        """A dict of the generator's inputs: name to `keras.layers.InputSpec`."""
        return input_spec(self.latent_dim, self.num_classes)

    def generated_images(self, batch_size, real_images, labels, *, training):
        """New float32 images (batch_size, height, width, channels).

        `real_images` are the batch's, for generators that begin with an image.
        """
        seed = self.seed_generator if training else self.evaluation_seed_generator
        labels = None if self.num_classes is None else labels
        inputs = self.generator_inputs(batch_size, labels, seed=seed)
        inputs = network_inputs(self.generator, inputs)
        return _float32(self.generator(inputs, training=training))

    def discriminator_inputs(self, images, labels):
        """A dict of what the discriminator is given: images, and labels of classes."""
        labels = {} if self.num_classes is None else {"labels": labels}
        return {"images": images, **labels}

    def scores(self, images, labels, *, training):
        """The discriminator's float32 scores (batch, 1), or what else it gives.

        In training it is shown the images after `discriminator_augmentation`.
        """
        if self.discriminator_augmentation is not None:
            images = self.discriminator_augmentation(images, training=training)
        inputs = self.discriminator_inputs(images, labels)
        inputs = network_inputs(self.discriminator, inputs)
        return _float32(self.discriminator(inputs, training=training))

    def ema_rate(self, batch_size):
        """The decay of the moving average in this step, a number or a scalar tensor.

        A half-life in images is `0.5 ** (batch_size / half_life)`; `step_counter` says
        how far training is.
        """
        if not self.recipe.ema_warmup:
            return self.ema_decay
        return warmed_up(self.ema_decay, self.step_counter)

    def check_networks(self, generator, discriminator, latent_dim):
        """Checks that the networks fit together; gives `(latent_dim, image_shape)`."""
        latent_dim = check_latent_dim(generator, latent_dim)
        inputs = symbolic(input_spec(latent_dim, self.num_classes))
        image_shape = check_generator(generator, inputs)
        check_same_classes(self.num_classes, generator, discriminator)
        images = keras.KerasTensor((None, *image_shape))
        inputs = self.discriminator_inputs(images, inputs.get("labels"))
        shape = check_discriminator(discriminator, inputs, image_shape)
        self.check_scores(discriminator, shape)
        return latent_dim, image_shape

    def check_scores(self, discriminator, shape):
        """Checks the shape that the discriminator gives: one score an image."""
        check_one_score(discriminator, shape)

    def check_data(self, images, labels, *, name):
        """Checks real images and labels: an array's all, a dataset's first batch.

        Args:
            images: NumPy array (n, ...).
            labels: NumPy array (n, ...), or `None`.
            name: what to call the images in errors.

        Returns:
            `(images, labels)`, of an array as they are trained on.
        """
        check_images(images, self.image_shape, name=name)
        if images.dtype not in (np.uint8, np.float32):
            images = images.astype("float32")
        if self.num_classes is not None:
            labels = check_labels(labels, self.num_classes, len(images))
        elif labels is not None:
            check_count(labels, len(images))
        return images, labels

    @classmethod
    def default_training(cls) -> dict:
        """Batch size and length where no preset says."""
        return {"batch_size": 32, "epochs": 1}

    # Training ---------------------------------------------------------------------

    def compile_from_preset(self):
        """Compiles with the preset's own arguments, or the method's defaults."""
        self.compile(**(self.preset["compile"] if self.preset else {}))

    def train_step(self, *args):
        return _backends.run_step(self, partial(adversarial_step, self), *args)

    def test_step(self, *args):
        return _backends.run_step(self, partial(evaluation_step, self), *args)

    def make_train_function(self, force=False):
        if force or self.train_function is None:
            super().make_train_function(force)
            self.train_function = _backends.with_placed_batches(self.train_function)

    def make_predict_function(self, force=False):
        if force or self.predict_function is None:
            super().make_predict_function(force)
            self.predict_function = _backends.with_placed_batches(self.predict_function)
        return self.predict_function

    @property
    def metrics(self):
        return list(self.trackers.values())

    def training_arguments(self) -> dict:
        """The preset's recommended batch size and length, or `default_training`."""
        return self.preset["training"] if self.preset else self.default_training()

    @property
    def preset(self) -> dict | None:
        """The config of the preset this model came from, or `None`."""
        return json.loads(self._preset)

    def call(self, inputs, training=False):
        """Images (batch, height, width, channels) in [-1, 1] from latents.

        `inputs` are latents (batch, latent_dim); with classes, a dict of `latents` and
        int32 `labels` (batch,).
        """
        network = self.generator if self.ema_generator is None else self.ema_generator
        return network(network_inputs(network, inputs), training=training)

    # What is done to a GAN, each where it is told ----------------------------------

    compile = compiling.compile
    fit = fitting.fit
    evaluate = fitting.evaluate
    predict = generating.predict
    generate = generating.generate
    save_grid = generating.save_grid
    from_preset: Any = classmethod(load_preset)
    save_to_preset = save_preset
    export = export_generator
    summary = showing.summary
    __repr__ = showing.representation
    save = saving.save
    save_weights = saving.save_weights
    save_own_variables = state.save_state
    load_own_variables = state.load_state
    get_config = state.model_config
    get_compile_config = state.compile_config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**state.model_arguments(config, custom_objects))

    def compile_from_config(self, config):
        deserialize = optimizer_config.deserialize
        values = {name: deserialize(value) for name, value in config.items()}
        # A file from before there was a warm-up goes on as it began, without.
        self.compile(**{"ema_warmup": False, **values})


def _float32(tensors):
    return tree.map_structure(lambda tensor: ops.cast(tensor, "float32"), tensors)
