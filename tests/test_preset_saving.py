"""What `save_to_preset` refuses, replaces and keeps."""

import json
import resource

import keras
import numpy as np
import pytest
from presets_tiny import (
    assert_same_weights,
    numbered_generator,
    tiny_gan,
)

from kerasgan import DCGAN
from kerasgan.presets import (
    PresetError,
)

pytestmark = pytest.mark.once


def test_save_refuses_networks_without_a_builder(tmp_path):
    inputs = keras.Input((4,))
    images = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(inputs))
    gan = tiny_gan(keras.Model(inputs, images, name="own"))
    with pytest.raises(ValueError, match=r"The generator.*own.*register_network"):
        gan.save_to_preset(tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_save_refuses_a_network_changed_since(tmp_path):
    gan = tiny_gan(numbered_generator())
    gan.generator.layers[1].enable_lora(2)
    with pytest.raises(ValueError, match=r"The generator holds other weights.*lora"):
        gan.save_to_preset(tmp_path / "lora")


def test_save_refuses_values_that_are_not_finite(tmp_path):
    gan = tiny_gan()
    kernel = gan.generator.get_layer("project").kernel
    kernel.assign(np.full(tuple(kernel.shape), 1e5, "float32"))
    gan.save_to_preset(tmp_path / "large")
    with pytest.raises(PresetError, match="000_dense/kernel: has values"):
        gan.save_to_preset(tmp_path / "half", weights_dtype="float16")
    assert not (tmp_path / "half").exists()


def test_save_refuses_an_augmentation_of_the_users(tmp_path):
    gan = tiny_gan(augmentation=keras.layers.RandomContrast(0.1))
    with pytest.raises(PresetError, match="a layer RandomContrast"):
        gan.save_to_preset(tmp_path / "own")


def test_save_replaces_a_preset_only_when_told(preset):
    with pytest.raises(PresetError, match="overwrite=True"):
        tiny_gan().save_to_preset(preset)
    gan = tiny_gan(numbered_generator())
    gan.save_to_preset(preset, overwrite=True)
    assert_same_weights(DCGAN.from_preset(preset).generator, gan.generator)
    assert [p.name for p in preset.parent.iterdir()] == ["tiny"]


def test_save_never_replaces_other_files(preset):
    (preset / "notes.txt").write_text("mine")
    with pytest.raises(PresetError, match=r"belong to no preset.*notes.txt"):
        tiny_gan().save_to_preset(preset, overwrite=True)
    with pytest.raises(PresetError, match="is a file"):
        tiny_gan().save_to_preset(preset / "notes.txt")
    with pytest.raises(PresetError, match="cannot be written"):
        tiny_gan().save_to_preset(preset / "notes.txt" / "below")
    assert (preset / "notes.txt").read_text() == "mine"


def test_save_that_fails_half_way_leaves_the_old_preset(preset):
    old = {p.name: p.read_bytes() for p in preset.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(PresetError, match="cannot be written"):
            tiny_gan().save_to_preset(preset, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {p.name: p.read_bytes() for p in preset.iterdir()} == old
    assert [p.name for p in preset.parent.iterdir()] == ["tiny"]


def test_save_writes_the_metadata_given(tmp_path):
    facts = {"source": "Here.", "deviations": ["One."], "training": {"steps": 3}}
    path = tiny_gan().save_to_preset(tmp_path / "a", description="D.", metadata=facts)
    metadata = json.loads((path / "metadata.json").read_text())
    assert {k: metadata[k] for k in facts} == facts
    assert metadata["description"] == "D."
    # By hand: 4*64+64 dense, 4 times 4 batch norm, 3*3*4*4+4, the same, 3*3*4+1.
    assert metadata["parameters"]["generator"] == 320 + 16 + 148 + 16 + 37
    with pytest.raises(PresetError, match="Received: 'sources'"):
        tiny_gan().save_to_preset(tmp_path / "b", metadata={"sources": "x"})
    with pytest.raises(PresetError, match="description: must be one line"):
        tiny_gan().save_to_preset(tmp_path / "b", description="a\nb")
    with pytest.raises(PresetError, match="weights_dtype"):
        tiny_gan().save_to_preset(tmp_path / "b", weights_dtype="int8")


def test_save_without_weights_starts_untrained(tmp_path):
    path = tiny_gan().save_to_preset(tmp_path / "bare", weights=False)
    assert sorted(file.name for file in path.iterdir()) == [
        "config.json",
        "metadata.json",
    ]
    assert DCGAN.from_preset(path).generate(2).shape == (2, 8, 8, 1)
    with pytest.raises(PresetError, match="ships no weights"):
        DCGAN.from_preset(path, load_weights=True)


def test_save_takes_the_recommended_length(tmp_path):
    training = {"batch_size": 8, "steps": 30}
    path = tiny_gan().save_to_preset(tmp_path / "a", training=training)
    assert DCGAN.from_preset(path).training_arguments() == training
    with pytest.raises(PresetError, match="training: must have either epochs or steps"):
        tiny_gan().save_to_preset(tmp_path / "b", training={"batch_size": 8})
