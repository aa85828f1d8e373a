"""The base class: two networks, one adversarial step, any backend."""

import inspect
import json
import pathlib
import random
from functools import partial

import keras
import numpy as np
from keras import ops

from kerasgan import _backends, _kernels
from kerasgan.checks import (
    all_layers,
    check_networks,
    check_number,
    check_positive_int,
    has_batch_norm,
)
from kerasgan.files import atomic_path
from kerasgan.images import save_grid, to_uint8
from kerasgan.layers.convolution import convolved_kernels
from kerasgan.training.batches import ArrayBatches
from kerasgan.training.compiling import (
    check_execution,
    check_flag,
    check_loss_arguments,
    resolve_optimizers,
)
from kerasgan.training.data import (
    check_repeats,
    prepare_data,
    recommended_epochs,
    training_callbacks,
)
from kerasgan.training.memory import freed_memory_kept
from kerasgan.training.optimizer_pair import PairedOptimizer
from kerasgan.training.resuming import fit_from_checkpoint
from kerasgan.training.state import (
    load_state,
    model_arguments,
    model_config,
    rewind,
    save_state,
)
from kerasgan.training.step import adversarial_step, evaluation_step


class GAN(keras.Model):
    """A generator and a discriminator that train against each other.

    A method is a subclass that overrides the hooks: `configure_loss`,
    `discriminator_loss`, `generator_loss` and `metric_names`.

    Args:
        generator: Keras model from latents (batch, latent_dim) to images
            (batch, height, width, channels) in [-1, 1].
        discriminator: Keras model from such images to scores (batch, 1), without a
            sigmoid.
        latent_dim: size of a latent, needed only if `generator` is not built.
        ema_decay: `None`, or a decay in (0, 1): keep `ema_generator`, a moving
            average of the generator's weights and batch-norm statistics, which
            `generate`, `predict` and `export` then use.
        augmentation: `None`, or a Keras layer that real images (float32 in [-1, 1])
            pass in training, for example `kerasgan.augment.augmentation(...)`.
        seed: int that names the latents, the label noise and the order of arrays.
            Initial weights are drawn when the networks are built; for those, call
            `keras.utils.set_random_seed`. Defaults to a random one.
        preset: for `from_preset`: the preset's config.

    Raises:
        ValueError: if the networks do not fit together.
    """

    metric_names = ("d_loss", "g_loss", "d_real_accuracy", "d_fake_accuracy")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        latent_dim=None,
        ema_decay=None,
        augmentation=None,
        seed=None,
        preset=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.latent_dim, self.image_shape = check_networks(
            generator, discriminator, latent_dim
        )
        self.generator = generator
        self.discriminator = discriminator
        self.seed = random.randint(1, 10**9) if seed is None else seed
        check_positive_int("seed", self.seed, minimum=0)
        self.ema_decay, self.ema_generator = ema_decay, None
        if ema_decay is not None:
            check_number("ema_decay", ema_decay, minimum=0.0, maximum=1.0, ends=False)
            self.ema_generator = _frozen_copy(generator)
        self.augmentation = augmentation
        if augmentation is not None and not augmentation.built:
            augmentation.build((None, *self.image_shape))
        for layer in (generator, discriminator, augmentation):
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
        self._execution = self._loss_arguments = None
        self.built = True

    def build(self, input_shape=None):
        """The networks are built when the model is made."""

    # Hooks --------------------------------------------------------------------

    def configure_loss(self):
        """Takes, checks and keeps the method's own arguments of `compile`."""

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        """The discriminator's loss on a batch.

        Args:
            real_images: float32 (batch, height, width, channels) in [-1, 1].
            fake_images: the same from the generator, held constant.
            labels: the batch's labels or `None`.
            training: whether networks run in training mode and noise is drawn.

        Returns:
            `(loss, logs)`: a float32 scalar, and a dict of scalars for
            `metric_names` other than `d_loss` and `g_loss`.
        """
        raise NotImplementedError

    def generator_loss(self, real_images, fake_images, labels, *, training):
        """The generator's loss; arguments and answer as in `discriminator_loss`,
        but `fake_images` carry the gradient."""
        raise NotImplementedError

    @property
    def generator_input_spec(self):
        """What the generator takes: a dict of each input's name to its `InputSpec`."""
        shape = (None, self.latent_dim)
        return {"latents": keras.layers.InputSpec(shape=shape, dtype="float32")}

    def generated_images(self, batch_size, labels, *, training):
        """New float32 images (batch_size, height, width, channels)."""
        seed = self.seed_generator if training else self.evaluation_seed_generator
        latents = keras.random.normal((batch_size, self.latent_dim), seed=seed)
        return ops.cast(self.generator(latents, training=training), "float32")

    def scores(self, images, labels, *, training):
        """The discriminator's float32 scores (batch, 1)."""
        return ops.cast(self.discriminator(images, training=training), "float32")

    # Training -----------------------------------------------------------------

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        *,
        discriminator_steps=1,
        reuse_fake_images=False,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        **loss_arguments,
    ):
        """Sets how to train. `fit` calls it with the preset's arguments if you do not.

        Args:
            generator_optimizer: a Keras optimizer or its name. Defaults to
                `Adam(2e-4, beta_1=0.5)`, DCGAN's.
            discriminator_optimizer: as `generator_optimizer`; not the same object.
            discriminator_steps: discriminator updates per generator update, at
                least 1, all on the same real batch with new latents. Defaults to 1.
            reuse_fake_images: whether the generator is updated on the fake images of
                the last discriminator update rather than on new ones. One pass of
                the generator is saved; each gradient stays an unbiased estimate, but
                the two of a step are no longer independent. Defaults to `False`.
            run_eagerly: as in `keras.Model.compile`.
            steps_per_execution: as in `keras.Model.compile`; 1 on torch.
            jit_compile: as in `keras.Model.compile`. `"auto"` compiles on JAX alone;
                on TensorFlow, XLA draws other random numbers, and on torch the first
                steps take minutes.
            **loss_arguments: the method's own, see its class.

        Raises:
            TypeError: for an argument that the method does not have.
            ValueError: for a value out of its range, an optimizer given twice or
                already used by another model, or what this backend cannot do.
        """
        check_positive_int("discriminator_steps", discriminator_steps)
        check_flag("reuse_fake_images", reuse_fake_images)
        check_execution(steps_per_execution, jit_compile)
        check_loss_arguments(self, loss_arguments)
        optimizers = resolve_optimizers(
            self, generator_optimizer, discriminator_optimizer
        )
        self.configure_loss(**loss_arguments)
        self.discriminator_steps = discriminator_steps
        self.reuse_fake_images = reuse_fake_images
        pair = PairedOptimizer(*optimizers)
        pair.build(
            self.generator.trainable_variables, self.discriminator.trainable_variables
        )
        kernels = convolved_kernels(all_layers(self.generator, self.discriminator))
        _kernels.lay_out(kernels, pair.variables)
        super().compile(
            optimizer=pair,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=_backends.resolve_jit(jit_compile),
            auto_scale_loss=False,
        )
        self._loss_arguments = loss_arguments
        self._execution = {
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }

    def compile_arguments(self):
        """The training recipe as a preset's `compile` block, `None` if not compiled."""
        if not self.compiled:
            return None
        from kerasgan.presets import optimizer_block

        return {
            **self.default_compile_arguments(),
            "generator_optimizer": optimizer_block(self.optimizer.generator_optimizer),
            "discriminator_optimizer": optimizer_block(
                self.optimizer.discriminator_optimizer
            ),
            "discriminator_steps": self.discriminator_steps,
            "reuse_fake_images": self.reuse_fake_images,
            **self._loss_arguments,
        }

    @classmethod
    def default_compile_arguments(cls):
        """What `compile()` without arguments means, as a preset's block."""
        adam = {"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5}
        parameters = inspect.signature(cls.configure_loss).parameters
        return {
            "generator_optimizer": adam,
            "discriminator_optimizer": adam,
            "discriminator_steps": 1,
            "reuse_fake_images": False,
            **{n: p.default for n, p in parameters.items() if n != "self"},
        }

    @classmethod
    def default_training(cls):
        """Batch size and length where no preset says. Source: DCGAN, section 4."""
        return {"batch_size": 128, "epochs": 1}

    def compile_from_preset(self):
        """Compiles with the preset's own arguments, or the method's defaults."""
        arguments = {}
        if self.preset:
            from kerasgan.presets import compile_from_preset_block

            arguments = compile_from_preset_block(self.preset["compile"])
        self.compile(**arguments)

    def _compile_if_needed(self):
        if not self.compiled:
            self.compile_from_preset()

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

    # Keras's entrances --------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=None,
        verbose="auto",
        callbacks=None,
        *,
        validation_data=None,
        shuffle=True,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Trains both networks.

        Args:
            x: images as an array (n, height, width, channels), uint8 in [0, 255] or
                float in [-1, 1]; a pair `(images, labels)`; or a dataset that yields
                batches of either: `tf.data.Dataset`, `torch.utils.data.DataLoader`,
                `keras.utils.PyDataset`, a grain dataset or a generator. The first
                batch of a dataset is drawn once more than trained on, to check it.
            y: labels of an array `x`.
            batch_size: for arrays. Defaults to the preset's, or 128 (DCGAN's).
            epochs: Defaults to the preset's, or 1.
            verbose, callbacks, validation_data, initial_epoch, validation_steps,
                validation_batch_size, validation_freq: as in `keras.Model.fit`.
            shuffle: whether an array is shuffled, by a permutation drawn from the
                model's seed and the number of steps taken, so that a resumed run sees
                the batches it would have seen.
            steps_per_epoch: batches an epoch. Defaults to one pass over the data.

        Returns:
            A `keras.callbacks.History` of `d_loss`, `g_loss`, `d_real_accuracy` and
            `d_fake_accuracy`, means over each epoch.

        Raises:
            TypeError, ValueError: if the data or an argument cannot be trained on,
                before any step runs. Of an array all is checked, of a dataset its
                first batch alone.
        """
        training = self.training_arguments()
        callbacks = training_callbacks(callbacks)
        data, steps_per_epoch = self._prepare(
            x,
            y,
            batch_size,
            seed=self.seed,
            shuffle=shuffle,
            steps=steps_per_epoch,
            position=lambda: int(ops.convert_to_numpy(self.step_counter)),
            batch_norm=has_batch_norm(self.generator, self.discriminator),
        )
        if epochs is None:
            epochs = recommended_epochs(training, data, steps_per_epoch)
        check_positive_int("epochs", epochs)
        check_positive_int("initial_epoch", initial_epoch, minimum=0)
        check_repeats(data, epochs, steps_per_epoch)
        if validation_data is not None:
            validation_data, validation_steps = self._prepare(
                validation_data,
                None,
                validation_batch_size,
                steps=validation_steps,
                training=False,
                prefix="validation_",
            )
        self._compile_if_needed()
        with freed_memory_kept():
            return fit_from_checkpoint(
                super().fit,
                self,
                data,
                _backends.feed,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_data=validation_data,
                shuffle=False,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
                validation_steps=validation_steps,
                validation_freq=validation_freq,
            )

    def training_arguments(self):
        """The preset's recommended batch size and length, or `default_training`."""
        return self.preset["training"] if self.preset else self.default_training()

    @property
    def preset(self):
        """The config of the preset this model came from, or `None`."""
        return json.loads(self._preset)

    def _prepare(self, x, y, batch_size, **arguments):
        return prepare_data(
            x,
            y,
            image_shape=self.image_shape,
            batch_size=batch_size,
            default_batch_size=self.training_arguments()["batch_size"],
            **arguments,
        )

    def evaluate(self, x=None, y=None, batch_size=None, *, steps=None, **kwargs):
        """Losses and accuracies on real images, with nothing trained.

        Networks run in inference mode, no label noise is drawn, and the latents are
        the same on each call.

        Args:
            x, y, batch_size: as in `fit`.
            steps: number of batches. Defaults to all.
            **kwargs: `verbose`, `callbacks`, `return_dict`, as in
                `keras.Model.evaluate`.

        Returns:
            A list in the order of `metrics_names`, or with `return_dict=True` a dict.
        """
        self._compile_if_needed()
        if not kwargs.get("_use_cached_eval_dataset"):
            x, steps = self._prepare(x, y, batch_size, steps=steps, training=False)
        rewind(self.evaluation_seed_generator)
        with freed_memory_kept():
            return super().evaluate(x, steps=steps, **kwargs)

    def call(self, latents, training=False):
        """Images (batch, height, width, channels) in [-1, 1] from latents."""
        network = self.generator if self.ema_generator is None else self.ema_generator
        return network(latents, training=training)

    # Pictures -----------------------------------------------------------------

    def generate(self, n, *, seed=None, batch_size=64):
        """New images.

        Args:
            n: how many, at least 1.
            seed: int for the same images each time, on any backend and whatever the
                batch size, up to rounding. Defaults to new ones.
            batch_size: images at once. Defaults to 64.

        Returns:
            A uint8 array (n, height, width, channels) in [0, 255].

        Raises:
            ValueError: if `n` or `batch_size` is below 1.
        """
        check_positive_int("n", n)
        check_positive_int("batch_size", batch_size)
        if seed is not None:
            check_positive_int("seed", seed, minimum=0)
        latents = np.random.default_rng(seed).standard_normal(
            (n, self.latent_dim), dtype="float32"
        )
        batches = ArrayBatches(
            latents, batch_size=min(batch_size, n), seed=0, shuffle=False
        )
        with freed_memory_kept():
            return to_uint8(self.predict(_backends.feed(batches), verbose=0))

    def save_grid(self, path, n=64, *, seed=None, columns=8, zoom=1):
        """Generates `n` images and writes them as one picture; gives the path."""
        return save_grid(self.generate(n, seed=seed), path, columns=columns, zoom=zoom)

    # Presets ------------------------------------------------------------------

    @classmethod
    def from_preset(cls, name, *, load_weights=None, **overrides):
        """A model from a built-in preset's name or a preset directory.

        Args:
            name: such as `"mnist-28"`, or a directory that `save_to_preset` wrote.
            load_weights: `None` takes trained weights where the preset has them,
                `True` insists on them, `False` starts from scratch.
            **overrides: arguments of the preset's network builders (`latent_dim`,
                `image_shape`; `generator_filters` or `discriminator_filters` for what
                both have), or `dtype`, `ema_decay`, `augmentation`, `seed`.

        Raises:
            PresetError: if the preset is unknown, damaged, or an override is not one
                of its arguments.
        """
        from kerasgan.presets import load_preset

        return load_preset(cls, name, load_weights=load_weights, overrides=overrides)

    def save_to_preset(self, directory, **kwargs):
        """Writes `config.json`, `metadata.json` and `model.safetensors`.

        See `kerasgan.presets.save_preset` for the arguments.
        """
        from kerasgan.presets import save_preset

        return save_preset(self, directory, **kwargs)

    # Export -------------------------------------------------------------------

    def export(self, path, format=None, **kwargs):
        """Writes the generator alone, to run without kerasgan.

        What is written is the moving average where there is one, in float32, from
        `latents` (batch, latent_dim) to `images`; the batch is free. Whatever backend
        trains: the file is written in a new process under one that can.

        Args:
            path: file, or folder for a SavedModel. A JSON file is put beside it.
            format: `"tf_saved_model"`, `"onnx"`, `"litert"`, `"torch"`, `"openvino"`
                or `"keras"`. Defaults to what the suffix says: none, `.onnx`,
                `.tflite`, `.pt2`, `.xml`, `.keras`.
            **kwargs: `output`, `weights`, `opset`, `overwrite`, `verify`, `verbose`,
                see `kerasgan.export.export_generator`.

        Returns:
            A `kerasgan.export.ExportResult`: size, runtime, and the largest difference
            from this generator that the check found.

        Raises:
            ValueError: for an argument that is not allowed.
            FileExistsError: if `path` exists and `overwrite` is not true.
            ImportError: if a package is missing, with the extra that brings it.
            ExportError: if writing fails, or the file does not give this generator's
                images.
        """
        from kerasgan.export import export_generator

        return export_generator(self, path, format, **kwargs)

    # Saving -------------------------------------------------------------------

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """As `keras.Model.save`; a `.keras` file is replaced only once complete."""
        if not overwrite or zipped is False or not str(filepath).endswith(".keras"):
            return super().save(filepath, overwrite=overwrite, zipped=zipped, **kwargs)
        with atomic_path(filepath) as temporary:
            super().save(temporary, overwrite=True, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """As `keras.Model.save_weights`; a file is replaced only once complete."""
        if not overwrite or max_shard_size or not str(filepath).endswith(".h5"):
            return super().save_weights(filepath, overwrite, max_shard_size)
        pathlib.Path(filepath).parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(filepath) as temporary:
            super().save_weights(temporary, overwrite=True)

    def save_own_variables(self, store):
        save_state(self, store)

    def load_own_variables(self, store):
        load_state(self, store)

    def get_config(self):
        return model_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**model_arguments(config, custom_objects))

    def get_compile_config(self):
        if not self.compiled:
            return None
        serialize = keras.saving.serialize_keras_object
        return {
            "generator_optimizer": serialize(self.optimizer.generator_optimizer),
            "discriminator_optimizer": serialize(
                self.optimizer.discriminator_optimizer
            ),
            "discriminator_steps": self.discriminator_steps,
            "reuse_fake_images": self.reuse_fake_images,
            **self._execution,
            **{k: serialize(v) for k, v in self._loss_arguments.items()},
        }

    def compile_from_config(self, config):
        self.compile(
            **{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()}
        )


def _frozen_copy(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy
