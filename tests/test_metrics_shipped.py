"""The classifiers that are shipped, against their layers written in NumPy."""

import json
import os
import pathlib
import shutil

import keras
import numpy as np
import pytest
import safetensors.numpy

from kerasgan import datasets
from kerasgan.metrics import get_extractor, shipped_classifier
from kerasgan.metrics.shipped import WEIGHTS

# Name: test accuracy at least, bytes at most, data.
SHIPPED = {
    "mnist-classifier": (0.992, 1_500_000, "mnist"),
    "cifar10-classifier": (0.90, 3_000_000, "cifar10"),
}
names = pytest.mark.parametrize("name", SHIPPED)


def description(name):
    return json.loads((WEIGHTS / f"{name}.json").read_text())


def images(name, n=3):
    shape = (n, *description(name)["arguments"]["image_shape"])
    return np.random.default_rng(0).integers(0, 256, shape).astype("uint8")


def convolution(x, kernel, *, same):
    if same:
        x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], (1, 2))
    return np.einsum("nyxchw,hwco->nyxo", windows, kernel)


def pooled(x):
    height, width = (size // 2 * 2 for size in x.shape[1:3])
    x = x[:, :height, :width].reshape(len(x), height // 2, 2, width // 2, 2, -1)
    return x.max(axis=(2, 4))


def normalized(x, weights, name):
    gamma, beta, mean, variance = (
        weights[f"{name}_norm/{part}"]
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def in_numpy(name, pixels):
    """Features and probabilities of the weights in the file."""
    tensors = safetensors.numpy.load_file(WEIGHTS / f"{name}.safetensors")
    weights = {key: value.astype("float64") for key, value in tensors.items()}
    x = convolution(pixels / 127.5 - 1.0, weights["stem/kernel"], same=False)
    x = np.maximum(x, 0)
    for i in range(len(description(name)["arguments"]["widths"])):
        x = pooled(convolution(x, weights[f"block{i}_first/kernel"], same=True))
        x = np.maximum(normalized(x, weights, f"block{i}_first"), 0)
        x = convolution(x, weights[f"block{i}_second/kernel"], same=True)
        x = np.maximum(normalized(x, weights, f"block{i}_second"), 0)
    features = x.max(axis=(1, 2))
    logits = features @ weights["logits/kernel"] + weights["logits/bias"]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return features, shares / shares.sum(axis=1, keepdims=True)


@names
def test_features_are_those_of_the_layers_in_numpy(name):
    features, probabilities = in_numpy(name, images(name))
    found = get_extractor(name)(images(name))
    np.testing.assert_allclose(found.features, features, atol=1e-3)
    np.testing.assert_allclose(found.probabilities, probabilities, atol=1e-3)


@names
def test_features_do_not_depend_on_the_policy(name):
    wanted = get_extractor(name)(images(name)).features
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        found = get_extractor(name)(images(name)).features
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_array_equal(found, wanted)


@names
def test_files_are_small_and_accuracies_as_promised(name):
    accuracy, size, _ = SHIPPED[name]
    assert (WEIGHTS / f"{name}.safetensors").stat().st_size < size
    assert description(name)["accuracy"]["test"] >= accuracy
    assert get_extractor(name).sha256 == description(name)["sha256"]


@names
def test_accuracy_on_the_first_test_images(name):
    accuracy, _, data = SHIPPED[name]
    folder = pathlib.Path(os.environ.get("KERASGAN_DATA_DIR", "/nowhere"))
    if not (folder / f"{data}.npz").exists():
        pytest.skip(f"no {data}.npz in KERASGAN_DATA_DIR")
    pixels, labels = (part[:1000] for part in datasets.load(data, split="test"))
    found = get_extractor(name)(pixels).probabilities.argmax(axis=1)
    # A thousand images: two standard errors of room.
    assert (found == labels).mean() > accuracy - 2 * np.sqrt(0.1 * 0.9 / 1000)


def test_damaged_weights_are_refused(tmp_path):
    name = "mnist-classifier"
    for suffix in (".json", ".safetensors"):
        shutil.copy(WEIGHTS / f"{name}{suffix}", tmp_path)
    path = tmp_path / f"{name}.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not those of their description"):
        shipped_classifier(name, folder=tmp_path)
