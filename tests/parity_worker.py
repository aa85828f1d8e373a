"""Losses and gradients of a preset directory on one backend, for the parity test.

python parity_worker.py step PRESET INPUTS.npz OUTPUT.npz
python parity_worker.py continue MODEL.keras IMAGES.npz OUTPUT.npz
"""

import pathlib
import sys

import keras
import numpy as np
from keras import ops

import kerasgan
from kerasgan import _backends
from kerasgan.images import scale_images
from kerasgan.networks.inputs import network_inputs


class SharedDraws:
    """`keras.random`'s numbers from NumPy: each backend has a generator of its own."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def uniform(self, shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return self._tensor(self.rng.uniform(minval, maxval, tuple(shape)), dtype)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return self._tensor(self.rng.normal(mean, stddev, tuple(shape)), dtype)

    @staticmethod
    def _tensor(values, dtype):
        return ops.convert_to_tensor(values.astype(dtype or "float32"))


def step(folder, backend):
    """Both half-steps' losses and gradients, for every preset in the folder."""
    for preset in sorted(p for p in folder.glob("*/*") if p.is_dir()):
        answers = half_steps(preset, np.load(f"{preset}.npz"))
        np.savez(f"{preset}-{backend}.npz", **answers)


def half_steps(preset, data):
    gan = kerasgan.from_preset(preset)
    gan.compile_from_preset()
    real_images = scale_images(ops.convert_to_tensor(data["images"]))
    labels = None
    if "labels" in data:
        labels = ops.convert_to_tensor(data["labels"], "int32")

    def generated(prefix):
        names = gan.generator_input_spec
        inputs = {name: data[f"{prefix}_{name}"] for name in names}
        images = gan.generator(network_inputs(gan.generator, inputs), training=True)
        return ops.cast(images, "float32")

    def d_loss():
        fake_images = ops.stop_gradient(generated("discriminator"))
        return gan.discriminator_loss(real_images, fake_images, labels, training=True)

    def g_loss():
        fake_images = generated("generator")
        return gan.generator_loss(real_images, fake_images, labels, training=True)

    answers = {}
    for name, loss, network in (
        ("d", d_loss, gan.discriminator),
        ("g", g_loss, gan.generator),
    ):
        # What a penalty or an augmentation draws.
        draws = SharedDraws(seed=0)
        keras.random.uniform, keras.random.normal = draws.uniform, draws.normal
        (value, _), gradients = _backends.value_and_gradients(
            loss, network.trainable_variables
        )
        answers[f"{name}_loss"] = ops.convert_to_numpy(value)
        for i, gradient in enumerate(gradients):
            answers[f"{name}_gradient_{i:02d}"] = ops.convert_to_numpy(gradient)
    return answers


def continue_training(folder, backend):
    """State as loaded, then as after one more epoch."""
    gan = keras.models.load_model(folder / "model.keras")
    before = weights(gan)
    images = np.load(folder / "images.npz")["images"]
    gan.fit(images, batch_size=4, epochs=1, verbose=0)
    after = {f"after_{k}": v for k, v in weights(gan).items()}
    np.savez(folder / f"model-{backend}.npz", **before, **after)


def weights(gan):
    variables = [*gan.weights, *gan.optimizer.variables]
    return {f"{i:03d}": ops.convert_to_numpy(v) for i, v in enumerate(variables)}


if __name__ == "__main__":
    task, folder, backend = sys.argv[1:]
    {"step": step, "continue": continue_training}[task](pathlib.Path(folder), backend)
