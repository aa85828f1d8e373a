"""Losses and gradients of a preset directory on one backend, for the parity test.

python parity_worker.py step PRESET INPUTS.npz OUTPUT.npz
python parity_worker.py continue MODEL.keras IMAGES.npz OUTPUT.npz
"""

import sys

import keras
import numpy as np
from keras import ops

import kerasgan
from kerasgan import _backends
from kerasgan.images import scale_images


def step(preset, inputs, output):
    """Both half-steps' losses and gradients from given images and latents."""
    gan = kerasgan.from_preset(preset)
    gan.compile_from_preset()
    data = np.load(inputs)
    real_images = scale_images(data["images"])

    def generated(latents):
        return ops.cast(gan.generator(latents, training=True), "float32")

    def d_loss():
        fake_images = ops.stop_gradient(generated(data["discriminator_latents"]))
        return gan.discriminator_loss(real_images, fake_images, None, training=True)

    def g_loss():
        fake_images = generated(data["generator_latents"])
        return gan.generator_loss(real_images, fake_images, None, training=True)

    answers = {}
    for name, loss, network in (
        ("d", d_loss, gan.discriminator),
        ("g", g_loss, gan.generator),
    ):
        (value, _), gradients = _backends.value_and_gradients(
            loss, network.trainable_variables
        )
        answers[f"{name}_loss"] = ops.convert_to_numpy(value)
        for i, gradient in enumerate(gradients):
            answers[f"{name}_gradient_{i:02d}"] = ops.convert_to_numpy(gradient)
    np.savez(output, **answers)


def continue_training(model, images, output):
    """State as loaded, then as after one more epoch."""
    gan = keras.models.load_model(model)
    before = weights(gan)
    gan.fit(np.load(images)["images"], batch_size=4, epochs=1, verbose=0)
    np.savez(output, **before, **{f"after_{k}": v for k, v in weights(gan).items()})


def weights(gan):
    variables = [*gan.weights, *gan.optimizer.variables]
    return {f"{i:03d}": ops.convert_to_numpy(v) for i, v in enumerate(variables)}


if __name__ == "__main__":
    {"step": step, "continue": continue_training}[sys.argv[1]](*sys.argv[2:])
