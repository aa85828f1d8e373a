"""Overrides, names, and what loading leaves alone."""

import json
import pathlib
import random
import resource

import keras
import numpy as np
import pytest
import safetensors
import safetensors.numpy
from presets_tiny import (
    arrays,
    assert_same_weights,
    numbered_generator,
    tiny_discriminator,
    tiny_gan,
)

from kerasgan import DCGAN, GAN
from kerasgan.networks import upsampling_generator
from kerasgan.presets import (
    PresetError,
    from_preset,
    list_presets,
    load_preset,
    preset_names,
)
from kerasgan.presets.skeleton import named_variables

pytestmark = pytest.mark.once


def test_tensor_names_do_not_depend_on_counters():
    expected = [
        "000_dense/kernel",
        "000_dense/bias",
        "001_dense/kernel",
        "001_dense/bias",
        "002_offset/variable",
        "002_offset/variable.2",
        "003_dense/kernel",
        "003_dense/bias",
    ]
    for _ in range(2):
        assert [n for n, _ in named_variables(numbered_generator())] == expected


def test_tensor_names_do_not_count_layers_without_weights():
    with_dropout = named_variables(tiny_discriminator(dropout_rate=0.5))
    without = named_variables(tiny_discriminator(dropout_rate=0.0))
    assert [n for n, _ in with_dropout] == [n for n, _ in without]


def test_tensor_names_cover_variables_of_a_subclassed_model():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.scale = self.add_weight(name="scale", shape=(1,))
            self.dense = keras.layers.Dense(1)

        def build(self, shape):
            self.dense.build(shape)

        def call(self, x):
            return self.dense(x) * self.scale

    model = Own()
    model.build((None, 2))
    names = dict(named_variables(model))
    assert names.keys() == {"000_dense/kernel", "000_dense/bias", "model/scale"}
    assert names["model/scale"] is model.scale


def test_dtype_of_a_directory_is_kept(preset, tmp_path):
    before = keras.config.dtype_policy()
    loaded = DCGAN.from_preset(preset, dtype="mixed_bfloat16")
    assert keras.config.dtype_policy() is before
    path = loaded.save_to_preset(tmp_path / "mixed")
    again = DCGAN.from_preset(path)
    for gan in (loaded, again):
        assert gan.generator.get_layer("project").compute_dtype == "bfloat16"
        assert gan.generator.get_layer("project").variable_dtype == "float32"
    assert json.loads((path / "config.json").read_text())["dtype"] == "mixed_bfloat16"


@pytest.mark.everywhere
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_dtype_below_float32_is_stored_and_read(dtype, preset, tmp_path):
    gan = DCGAN.from_preset(preset, dtype=dtype)
    path = gan.save_to_preset(tmp_path / "small")
    loaded = DCGAN.from_preset(path)
    assert loaded.generator.get_layer("project").kernel.dtype == dtype
    for (_, v), (_, e) in zip(
        named_variables(loaded.generator), named_variables(gan.generator), strict=True
    ):
        v, e = (keras.ops.convert_to_numpy(x).astype("float32") for x in (v, e))
        np.testing.assert_array_equal(v, e)


def test_dtype_policy_of_the_user_wins_over_float32_of_a_built_in(built_in):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        users = DCGAN.from_preset("trained")
        told = DCGAN.from_preset("trained", dtype="float32")
        directory = DCGAN.from_preset(built_in / "trained")
    finally:
        keras.config.set_dtype_policy("float32")
    assert users.generator.compute_dtype == "float16"
    assert users.preset["dtype"] == "mixed_float16"
    assert told.generator.compute_dtype == "float32"
    assert directory.generator.compute_dtype == "float32"


@pytest.mark.parametrize("dtype, code", [("float16", "F16"), ("bfloat16", "BF16")])
def test_weights_dtype_sets_what_is_stored(dtype, code, tmp_path):
    gan = tiny_gan()
    path = gan.save_to_preset(tmp_path / "half", weights_dtype=dtype)
    file = path / "model.safetensors"
    with safetensors.safe_open(file, framework="np") as tensors:
        names = tensors.keys()
        assert {tensors.get_slice(name).get_dtype() for name in names} == {code}
    for value, expected in zip(
        arrays(DCGAN.from_preset(path).generator), arrays(gan.generator), strict=True
    ):
        assert value.dtype == "float32"
        np.testing.assert_allclose(value, expected, rtol=2**-8)


def test_overrides_go_to_the_builders_that_have_them(preset):
    gan = DCGAN.from_preset(
        preset, load_weights=False, image_shape=(16, 16, 3), latent_dim=5, seed=7
    )
    assert gan.generator.output_shape == (None, 16, 16, 3)
    assert gan.discriminator.input_shape == (None, 16, 16, 3)
    assert gan.generator.input_shape == (None, 5)
    assert gan.seed == 7 and "seed" not in gan.preset
    arguments = gan.preset["generator"]["arguments"]
    assert arguments["latent_dim"] == 5 and list(arguments["image_shape"]) == [
        16,
        16,
        3,
    ]


def test_override_that_keeps_shapes_takes_the_weights(preset):
    gan = DCGAN.from_preset(preset, dropout_rate=0.6)
    assert gan.discriminator.get_layer("dropout").rate == 0.6
    assert_same_weights(gan.discriminator, tiny_gan().discriminator)


@pytest.mark.parametrize("load_weights", [None, True])
def test_override_that_changes_shapes_needs_load_weights_false(preset, load_weights):
    with pytest.raises(PresetError, match=r"latent_dim.*load_weights=False"):
        DCGAN.from_preset(preset, latent_dim=9, load_weights=load_weights)


def test_override_ema_decay_starts_at_the_generators_weights(preset):
    gan = DCGAN.from_preset(preset, ema_decay=0.99)
    assert_same_weights(gan.ema_generator, gan.generator)


def averaged_gan(offset):
    """A GAN whose average lies beside the generator."""
    gan = tiny_gan(ema_decay=0.9)
    gan.ema_generator.set_weights([w + offset for w in gan.generator.get_weights()])
    return gan


@pytest.mark.parametrize("offset, held", [(0.0, False), (0.5, True)])
def test_an_average_that_is_the_generator_is_not_stored_twice(offset, held, tmp_path):
    gan = averaged_gan(offset)
    path = gan.save_to_preset(tmp_path / "ema", weights_dtype="float16")
    names = safetensors.numpy.load_file(path / "model.safetensors")
    assert any(name.startswith("ema_generator/") for name in names) == held
    again = DCGAN.from_preset(path)
    for name in ("generator", "ema_generator"):
        for value, expected in zip(
            getattr(again, name).get_weights(), getattr(gan, name).get_weights()
        ):
            np.testing.assert_array_equal(value, expected.astype("float16"))


def test_override_ema_decay_does_not_drop_a_moving_average(tmp_path):
    path = averaged_gan(0.5).save_to_preset(tmp_path / "ema")
    with pytest.raises(PresetError, match=r"moving average.*load_weights=False"):
        DCGAN.from_preset(path, ema_decay=None)
    gan = DCGAN.from_preset(path, ema_decay=None, load_weights=False)
    assert gan.ema_generator is None


@pytest.mark.parametrize(
    "overrides, words",
    [
        ({"dropout": 0.1}, "did you mean 'dropout_rate'"),
        ({"filtres": 3}, "known: .*augmentation.*dtype.*latent_dim.*seed"),
        ({"latent_dim": "many"}, "latent_dim: must be of the kind int"),
        ({"latent_dim": 10**9}, "from -65536 to 65536"),
        ({"image_shape": (9, 9, 1)}, "refuses them"),
        ({"dtype": "int8"}, "dtype: must be one of 'float32'"),
        ({"seed": -1}, "seed: must be a whole number"),
        (
            {"augmentation": {"horizontal_flips": True}},
            "did you mean 'horizontal_flip'",
        ),
        ({"augmentation": {}}, "must ask for something"),
        ({"latent_dim": object()}, "cannot be part of a preset"),
    ],
)
def test_override_out_of_range_is_an_error(preset, overrides, words):
    with pytest.raises(PresetError, match=words):
        DCGAN.from_preset(preset, load_weights=False, **overrides)


def test_built_in_names_and_ids(built_in):
    assert preset_names("dcgan") == ["trained", "untrained"]
    assert list_presets(DCGAN)["untrained"] == "Bare."
    assert list_presets()["dcgan/trained"].endswith("(trained weights)")
    path = built_in / "trained" / "metadata.json"
    scores = [{"metric": "kd", "value": 9.0}, {"metric": "fd", "value": 1.8712}]
    told = {**json.loads(path.read_text()), "training": {"scores": scores}}
    path.write_text(json.dumps(told))
    assert list_presets()["dcgan/trained"].endswith("(trained weights, fd 1.87)")
    for cls, name in ((DCGAN, "trained"), (None, "dcgan/trained"), (GAN, "trained")):
        gan = load_preset(cls, name)
        assert type(gan) is DCGAN
        assert_same_weights(gan.generator, tiny_gan().generator)
    assert type(from_preset("untrained", seed=5)) is DCGAN


def test_built_in_name_comes_before_a_directory(built_in, tmp_path, monkeypatch):
    other = tmp_path / "here"
    for name in ("trained", "mine"):
        gan = tiny_gan(numbered_generator())
        gan.save_to_preset(other / name)
    monkeypatch.chdir(other)
    builder = "test-numbered-generator"
    for name in ("./trained", pathlib.Path("trained"), "mine", "./mine"):
        assert DCGAN.from_preset(name).preset["generator"]["builder"] == builder
    assert DCGAN.from_preset("trained").preset["generator"]["builder"] != builder


def test_unknown_name_lists_near_ones(built_in):
    for name in ("trainde", "dcgan/trainde"):
        with pytest.raises(PresetError, match=r"Did you mean .*trained.*Built-in"):
            DCGAN.from_preset(name)
    with pytest.raises(PresetError, match="Received: '../trained'"):
        DCGAN.from_preset("../trained")
    with pytest.raises(PresetError, match="Received: 3"):
        DCGAN.from_preset(3)


def test_another_classs_preset_is_an_error(built_in):
    class Other(GAN):
        pass

    with pytest.raises(PresetError, match="Use kerasgan.DCGAN.from_preset"):
        Other.from_preset("dcgan/trained")
    with pytest.raises(PresetError, match="Other ships no presets"):
        list_presets(Other)


def test_subclass_takes_its_parents_presets(built_in):
    class Own(DCGAN):
        pass

    assert type(Own.from_preset("trained")) is Own


def test_load_weights_says_what_is_taken(built_in):
    expected = tiny_gan().generator
    assert_same_weights(DCGAN.from_preset("trained").generator, expected)
    scratch = DCGAN.from_preset("trained", load_weights=False)
    assert not np.array_equal(arrays(scratch.generator)[0], arrays(expected)[0])
    DCGAN.from_preset("untrained")
    with pytest.raises(PresetError, match="ships no weights.*save_to_preset"):
        DCGAN.from_preset("untrained", load_weights=True)
    with pytest.raises(PresetError, match="load_weights: must be true or false"):
        DCGAN.from_preset("trained", load_weights="yes")


@pytest.mark.parametrize("name", preset_names("dcgan"))
def test_built_in_preset_builds(name):
    gan = DCGAN.from_preset(name, load_weights=False)
    assert gan.generator.output_shape == gan.discriminator.input_shape
    gan.compile(**gan.preset["compile"])


def test_load_leaves_global_random_state_alone(preset):
    keras.utils.set_random_seed(3)
    loaded = DCGAN.from_preset(preset, load_weights=False)
    keras.utils.set_random_seed(3)
    generator = upsampling_generator(
        latent_dim=4, image_shape=(8, 8, 1), filters=(4, 4)
    )
    discriminator = tiny_discriminator()
    assert_same_weights(loaded.generator, generator)
    assert_same_weights(loaded.discriminator, discriminator)


def test_refused_load_allocates_nothing(preset):
    state = random.getstate()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # A dense kernel of 2 GiB, under the limit on parameters.
    with pytest.raises(PresetError, match="do not fit the overrides"):
        DCGAN.from_preset(preset, latent_dim=8192, filters=(4096, 8))
    # Keras initialises deferred variables when the next scope ends.
    with keras.StatelessScope():
        pass
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    assert grown < 300 * 1024
    assert random.getstate() == state
