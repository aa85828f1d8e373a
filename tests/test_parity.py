"""The same numbers on TensorFlow, PyTorch and JAX.

One backend's suite runs this for all three, each in a process of its own.
"""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import parity_worker
import pytest
from presets_small import images_for, narrow

import kerasgan

BACKENDS = ("tensorflow", "torch", "jax")
WORKER = pathlib.Path(__file__).with_name("parity_worker.py")

# Masks and noise are drawn by each backend's own generator: none of either here.
QUIET = {
    "mnist-28": {"spatial_dropout_rate": 0.0},
    "mnist-28-book": {},
    "cifar10-32": {},
    "cifar10-32-rmsprop": {"dropout_rate": 0.0},
    "cifar10-32-instance-norm": {},
}

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="the TensorFlow suite compares all three backends",
)


def work(backend, *arguments):
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run(
        [sys.executable, str(WORKER), *map(str, arguments)],
        env=environment,
        check=True,
        timeout=600,
    )


def test_parity_covers_every_preset():
    assert set(QUIET) == set(kerasgan.list_presets(kerasgan.DCGAN))


@pytest.mark.parametrize("name", sorted(QUIET))
def test_losses_and_gradients_agree_across_backends(name, tmp_path):
    keras.utils.set_random_seed(0)
    gan = kerasgan.DCGAN.from_preset(name, load_weights=False, **QUIET[name])
    gan.compile_from_preset()
    recipe = gan.compile_arguments()
    recipe["label_noise"] = 0.0
    gan.compile(
        gan.optimizer.generator_optimizer,
        gan.optimizer.discriminator_optimizer,
        **{k: v for k, v in recipe.items() if not k.endswith("_optimizer")},
    )
    gan.save_to_preset(tmp_path / "preset")
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "inputs.npz",
        images=images_for(gan, 8),
        discriminator_latents=rng.standard_normal((8, gan.latent_dim), "float32"),
        generator_latents=rng.standard_normal((8, gan.latent_dim), "float32"),
    )
    answers = {}
    for backend in BACKENDS:
        output = tmp_path / f"{backend}.npz"
        work(backend, "step", tmp_path / "preset", tmp_path / "inputs.npz", output)
        answers[backend] = dict(np.load(output))
    for backend in ("torch", "jax"):
        compare(answers["tensorflow"], answers[backend])


def compare(expected, received):
    assert expected.keys() == received.keys()
    for network in ("d", "g"):
        loss = f"{network}_loss"
        np.testing.assert_allclose(received[loss], expected[loss], rtol=1e-4)
        names = [k for k in expected if k.startswith(f"{network}_gradient")]
        ours = np.concatenate([expected[k].ravel() for k in names]).astype("float64")
        theirs = np.concatenate([received[k].ravel() for k in names]).astype("float64")
        summed = np.abs(ours).sum()
        assert summed > 0
        assert abs(np.abs(theirs).sum() - summed) / summed < 1e-3
        assert np.linalg.norm(theirs - ours) / np.linalg.norm(ours) < 1e-3


@pytest.mark.parametrize("backend", ("torch", "jax"))
def test_checkpoint_continues_on_another_backend(backend, tmp_path):
    keras.utils.set_random_seed(0)
    gan = narrow("mnist-28", seed=1)
    gan.compile_from_preset()
    images = images_for(gan, 8)
    gan.fit(images, batch_size=4, epochs=1, verbose=0)
    gan.save(tmp_path / "model.keras")
    np.savez(tmp_path / "images.npz", images=images)
    output = tmp_path / "output.npz"
    work(backend, "continue", tmp_path / "model.keras", tmp_path / "images.npz", output)
    answers = np.load(output)
    for key, value in parity_worker.weights(gan).items():
        np.testing.assert_array_equal(answers[key], value)
        assert np.isfinite(answers[f"after_{key}"]).all()
    steps = [k for k in answers if k.startswith("after_") and answers[k].shape == ()]
    assert any(
        answers[k] == 4 and answers[k.removeprefix("after_")] == 2 for k in steps
    )
    moved = [
        not np.array_equal(answers[k], answers[k.removeprefix("after_")])
        for k in answers
        if k.startswith("after_") and answers[k].ndim > 1
    ]
    assert all(moved)
