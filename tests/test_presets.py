import json
import os
import pathlib
import random
import resource
import subprocess
import sys

import keras
import numpy as np
import pytest
import safetensors
import safetensors.numpy

from kerasgan import DCGAN, GAN
from kerasgan.networks import strided_discriminator, upsampling_generator
from kerasgan.presets import (
    PresetError,
    compile_from_preset_block,
    from_preset,
    list_presets,
    listing,
    load_preset,
    preset_names,
)
from kerasgan.presets.skeleton import named_variables
from kerasgan.registry import network_spec, register_network

LATENTS = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")


@register_network("test-numbered-generator")
def numbered_generator(*, latent_dim=4, image_shape=(8, 8, 1), units=6):
    """Layers that Keras names, and one variable that it names as well."""
    inputs = keras.Input((latent_dim,))
    x = keras.layers.Dense(units, activation="relu")(inputs)
    x = keras.Sequential([keras.layers.Dense(units), keras.layers.ReLU()])(x)
    x = Offset()(x)
    x = keras.layers.Dense(64, activation="tanh")(x)
    return keras.Model(inputs, keras.layers.Reshape(image_shape)(x))


class Offset(keras.layers.Layer):
    def build(self, shape):
        self.first = self.add_weight(shape=(shape[-1],), initializer="zeros")
        self.second = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + self.first + self.second


def tiny_discriminator(**arguments):
    sizes = {"filters": (4, 8), "kernel_sizes": (4, 4), "strides": (2, 2)}
    return strided_discriminator(
        **{"image_shape": (8, 8, 1), "dropout_rate": 0.3, **sizes, **arguments}
    )


def tiny_gan(generator=None, **arguments):
    generator = generator or upsampling_generator(
        latent_dim=4, image_shape=(8, 8, 1), filters=(4, 4)
    )
    discriminator = tiny_discriminator()
    gan = DCGAN(generator=generator, discriminator=discriminator, seed=1, **arguments)
    # Initial offsets and statistics are all 0 or 1, and would hide a mix-up.
    rng = np.random.default_rng(1)
    networks = [generator, discriminator, gan.ema_generator]
    for variable in [v for n in networks if n is not None for v in n.weights]:
        variable.assign(rng.uniform(0.1, 0.9, tuple(variable.shape)).astype("float32"))
    return gan


def arrays(model):
    return [keras.ops.convert_to_numpy(v) for v in model.weights]


def assert_same_weights(model, other):
    for value, expected in zip(arrays(model), arrays(other), strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.fixture
def preset(tmp_path):
    tiny_gan().save_to_preset(tmp_path / "tiny", description="A tiny one.")
    return tmp_path / "tiny"


@pytest.fixture
def built_in(tmp_path, monkeypatch):
    """A root of built-in presets with one that has weights and one without."""
    root = tmp_path / "presets"
    tiny_gan().save_to_preset(root / "dcgan" / "trained")
    tiny_gan().save_to_preset(root / "dcgan" / "untrained", description="Bare.")
    path = root / "dcgan" / "untrained" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "weights": None}))
    (root / "dcgan" / "untrained" / "model.safetensors").unlink()
    monkeypatch.setattr(listing, "_ROOT", root)
    return root / "dcgan"


# Round trips -----------------------------------------------------------------


def test_round_trip_keeps_weights_and_config(preset):
    original, loaded = tiny_gan(), DCGAN.from_preset(preset)
    assert type(loaded) is DCGAN and not loaded.compiled
    assert_same_weights(loaded.generator, original.generator)
    assert_same_weights(loaded.discriminator, original.discriminator)
    assert network_spec(loaded.generator) == network_spec(original.generator)
    assert loaded.preset == json.loads((preset / "config.json").read_text())


def test_round_trip_twice_writes_the_same_bytes(preset, tmp_path):
    DCGAN.from_preset(preset).save_to_preset(tmp_path / "again")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (preset / name).read_bytes()


def test_round_trip_keeps_the_moving_average(tmp_path):
    gan = tiny_gan(ema_decay=0.9)
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "ema"))
    assert loaded.ema_decay == 0.9
    assert_same_weights(loaded.ema_generator, gan.ema_generator)
    assert_same_weights(loaded.generator, gan.generator)
    np.testing.assert_array_equal(loaded.generate(2, seed=0), gan.generate(2, seed=0))


def test_round_trip_keeps_compile_arguments(tmp_path):
    gan = tiny_gan()
    gan.compile(
        keras.optimizers.RMSprop(3e-4, rho=0.8, clipvalue=1.0),
        keras.optimizers.Adam(1e-4, beta_1=0.4),
        real_label=0.8,
        discriminator_steps=2,
        reuse_fake_images=True,
    )
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "compiled"))
    block = loaded.preset["compile"]
    assert block["generator_optimizer"]["name"] == "rmsprop"
    assert block["real_label"] == 0.8 and block["discriminator_steps"] == 2
    assert block["reuse_fake_images"] is True
    arguments = compile_from_preset_block(block)
    assert isinstance(arguments["generator_optimizer"], keras.optimizers.RMSprop)
    assert arguments["generator_optimizer"].rho == 0.8
    assert arguments["generator_optimizer"].clipvalue == 1.0
    assert arguments["discriminator_optimizer"].beta_1 == 0.4
    np.testing.assert_allclose(arguments["generator_optimizer"].learning_rate, 3e-4)
    loaded.compile(**arguments)


@pytest.mark.parametrize(
    "optimizer, words",
    [
        (lambda: keras.optimizers.Lion(), "Received: Lion"),
        (lambda: keras.optimizers.Adam(use_ema=True), "use_ema=True"),
        (
            lambda: keras.optimizers.Adam(
                keras.optimizers.schedules.CosineDecay(1e-3, 10)
            ),
            "a schedule",
        ),
        (lambda: keras.optimizers.Adam(20.0), "learning_rate: must be a number"),
    ],
)
def test_save_refuses_an_optimizer_outside_the_table(tmp_path, optimizer, words):
    gan = tiny_gan()
    gan.compile(optimizer(), keras.optimizers.Adam())
    with pytest.raises(PresetError, match=words):
        gan.save_to_preset(tmp_path / "tiny")


def test_round_trip_keeps_augmentation(tmp_path):
    path = tiny_gan().save_to_preset(tmp_path / "plain")
    wanted = {"horizontal_flip": True, "crop_padding": 1}
    gan = DCGAN.from_preset(path, augmentation=wanted)
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "augmented"))
    assert loaded.preset["augmentation"] == {**wanted, "rotation": 0.0}
    assert loaded.augmentation is not None


def outputs(gan):
    images = gan.generator(LATENTS)
    scores = gan.discriminator(images)
    return [keras.ops.convert_to_numpy(x) for x in (images, scores)]


_LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np, kerasgan, test_presets
gans = [kerasgan.DCGAN.from_preset(path) for path in sys.argv[3:]]
np.savez(sys.argv[2], *[x for gan in gans for x in test_presets.outputs(gan)])
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_round_trip_to_another_process_and_backend(backend, tmp_path):
    pytest.importorskip(backend)
    gans = [tiny_gan(), tiny_gan(numbered_generator())]
    paths = [gan.save_to_preset(tmp_path / str(i)) for i, gan in enumerate(gans)]
    folder = pathlib.Path(__file__).parent
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = str(folder.parent)
    out = tmp_path / "out.npz"
    command = [sys.executable, "-c", _LOAD, str(folder), str(out), *map(str, paths)]
    subprocess.run(command, env=environment, check=True)
    here = [output for gan in gans for output in outputs(gan)]
    with np.load(out) as got:
        for value, expected in zip(got.values(), here, strict=True):
            np.testing.assert_allclose(value, expected, rtol=2e-4, atol=2e-5)


# Tensor names ----------------------------------------------------------------


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


# Dtypes ----------------------------------------------------------------------


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


# Overrides -------------------------------------------------------------------


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


def test_override_ema_decay_does_not_drop_a_moving_average(tmp_path):
    path = tiny_gan(ema_decay=0.9).save_to_preset(tmp_path / "ema")
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


# Names -----------------------------------------------------------------------


def test_built_in_names_and_ids(built_in):
    assert preset_names("dcgan") == ["trained", "untrained"]
    assert list_presets(DCGAN)["untrained"] == "Bare."
    assert list_presets()["dcgan/trained"].endswith("(trained weights)")
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
    gan.compile(**compile_from_preset_block(gan.preset["compile"]))


# Nothing left behind ---------------------------------------------------------


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


# Saving ----------------------------------------------------------------------


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
