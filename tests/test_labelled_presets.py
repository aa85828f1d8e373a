"""Labels, right and wrong, of every built-in preset that has classes."""

import json

import keras
import numpy as np
import pytest
from export_models import BACKEND, MATRIX
from methods_small import conditional_gan, labelled_images
from presets_small import PRESETS, config_of, data_for, narrow
from running import run_once

from kerasgan.export import FORMATS

LABELLED = [
    name
    for name in PRESETS
    if (config_of(name).get("arguments") or {}).get("num_classes")
]
# Exports take half a minute each: here one, in one format a backend;
# tests/test_export_methods.py has one of each method, and with
# KERASGAN_EXPORT_MATRIX=full all in both formats are here.
EXPORTED = LABELLED if MATRIX else LABELLED[:1]
_ONE = {"torch": "tf_saved_model", "tensorflow": "onnx", "jax": "onnx"}
FORMATS_HERE = ("onnx", "tf_saved_model") if MATRIX else (_ONE[BACKEND],)
WRONG = {
    "missing": (lambda labels: None, "needs a label for each image.*labels=None"),
    "too many classes": (lambda labels: labels + 1, "from 0 to 9.*is 10"),
    "negative": (lambda labels: labels - 1, "from 0 to 9.*\\[0\\] is -1"),
    "not whole": (lambda labels: labels + 0.5, "whole numbers.*dtype=float64"),
    "wrong length": (lambda labels: labels[:-1], "20 images and 19 labels"),
    "words": (lambda labels: labels.astype("str"), "whole numbers.*dtype=<U"),
    "two a row": (lambda labels: np.stack([labels] * 2, 1), "\\(n, 10\\).*\\(20, 2\\)"),
    "one-hot of 5": (lambda labels: np.eye(5)[labels % 5], "\\(n, 10\\).*\\(20, 5\\)"),
}


@pytest.fixture(scope="module")
def gans():
    made = {name: narrow(name, seed=1) for name in LABELLED}
    for gan in made.values():
        gan.compile_from_preset()
    return made


def test_there_are_labelled_presets():
    assert {"acgan/mnist-28", "conditional-gan/mnist-28"} <= set(LABELLED)


@pytest.mark.parametrize("mistake", WRONG)
@pytest.mark.parametrize("name", run_once(LABELLED))
def test_wrong_labels_are_named_before_any_step(name, mistake, gans):
    gan = gans[name]
    images, labels = data_for(gan, 20)
    spoil, words = WRONG[mistake]
    wrong = spoil(labels)
    for call in (gan.fit, gan.evaluate):
        with pytest.raises(ValueError, match=f"(?s){words}") as raised:
            call(images, wrong, batch_size=4, verbose=0)
        assert "Received" in str(raised.value)
    assert int(gan.step_counter) == 0


class Batches(keras.utils.PyDataset):
    """A batch, and as a second one that with other labels."""

    def __init__(self, images, labels, then=None):
        super().__init__()
        self.images, self.labels = images, [labels, labels if then is None else then]

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.images, self.labels[index]


@pytest.mark.parametrize("name", run_once(LABELLED))
def test_wrong_labels_of_a_dataset_are_named_before_any_step(name, gans):
    gan = gans[name]
    images, labels = data_for(gan, 20)
    with pytest.raises(ValueError, match="from 0 to 9.*is 10"):
        gan.fit(Batches(images, labels + 1), verbose=0)
    assert int(gan.step_counter) == 0


@pytest.mark.parametrize("wrong", [-1, 3])
def test_wrong_label_of_a_later_batch_does_not_pass_for_a_class(wrong):
    gan = conditional_gan()
    gan.compile()
    images, labels = labelled_images(6)
    data = Batches(images, labels, np.full_like(labels, wrong))
    if BACKEND == "jax":
        losses = gan.fit(data, verbose=0).history
        assert np.isnan(losses["d_loss"][0]) and np.isnan(losses["g_loss"][0])
        return
    # TensorFlow names the index, PyTorch alone that there is one.
    with pytest.raises(Exception, match="(?i)indices.* = 3 is not in|index out of"):
        gan.fit(data, verbose=0)


@pytest.mark.once
@pytest.mark.parametrize("format", FORMATS_HERE)
@pytest.mark.parametrize("name", EXPORTED)
def test_preset_is_exported_with_labels(name, format, gans, tmp_path):
    """Each file is verified in its own runtime, which `export` does."""
    path = tmp_path / f"g{FORMATS[format].suffix}"
    result = gans[name].export(path, format, verbose=False)
    assert result.max_difference < 1e-4
    facts = json.loads(result.metadata_path.read_text())
    assert [each["name"] for each in facts["inputs"]] == ["latents", "labels"]
    assert facts["num_classes"] == 10
