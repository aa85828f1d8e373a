"""A generator with several inputs, and the ways in which files take them."""

import json

import keras
import numpy as np
import pytest
from export_models import formats_here, labelled_gan, only_on
from keras import ops

from kerasgan.export import FORMATS
from kerasgan.export.reference import reference_inputs
from kerasgan.export.stock import exported_network

INPUTS = [
    {"name": "latents", "shape": [None, 8], "dtype": "float32"},
    {"name": "labels", "shape": [None], "dtype": "int32"},
]


@pytest.fixture(scope="module")
def gan():
    return labelled_gan()


@pytest.fixture(scope="module")
def exported(gan, tmp_path_factory):
    done = {}

    def export(format, **arguments):
        key = (format, *arguments.values())
        if key not in done:
            path = tmp_path_factory.mktemp("export") / f"g{FORMATS[format].suffix}"
            done[key] = gan.export(path, format, verbose=False, **arguments)
        return done[key]

    return export


def inputs_of(n, seed=3):
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((n, 8), "float32")
    return {"latents": latents, "labels": rng.integers(5, size=n, dtype="int32")}


def images_of(gan, inputs):
    return np.array(ops.convert_to_numpy(gan.generator(inputs, training=False)))


def test_the_labels_change_the_images(gan):
    # Else a file that takes no labels would agree with the generator.
    inputs = inputs_of(6)
    others = {**inputs, "labels": (inputs["labels"] + 1) % 5}
    difference = np.abs(images_of(gan, inputs) - images_of(gan, others))
    assert difference.max(axis=(1, 2, 3)).min() > 0.05


@pytest.mark.parametrize(
    "format", formats_here(tensorflow=("onnx", "tf_saved_model", "keras"))
)
def test_format_takes_labels_beside_latents(exported, format):
    result = exported(format)
    assert result.max_difference < 1e-4
    assert result.batches == (1, 7)
    facts = json.loads(result.metadata_path.read_text())
    assert facts["inputs"] == INPUTS
    assert facts["input"] == INPUTS[0]
    assert (facts["latent_dim"], facts["num_classes"]) == (8, 5)


def test_keras_file_takes_a_dict_of_inputs(gan, exported):
    loaded = keras.models.load_model(exported("keras").path)
    inputs = inputs_of(6)
    images = ops.convert_to_numpy(loaded(inputs))
    np.testing.assert_allclose(images, images_of(gan, inputs), atol=1e-5)


@only_on("tensorflow")
@pytest.mark.parametrize("opset", [13, 20])
def test_onnx_has_every_input_in_order_with_a_free_batch(exported, opset):
    import onnx

    inputs = onnx.load(exported("onnx", opset=opset).path).graph.input
    types = [onnx.TensorProto.FLOAT, onnx.TensorProto.INT32]
    assert [i.name for i in inputs] == ["latents", "labels"]
    assert [i.type.tensor_type.elem_type for i in inputs] == types
    for each in inputs:
        assert each.type.tensor_type.shape.dim[0].dim_param == "batch"


@only_on("tensorflow")
def test_saved_model_is_called_as_keras_own_exports_are(gans, export, tmp_path):
    import tensorflow as tf

    network = gans["own"].ema_generator
    network.export(tmp_path / "keras", verbose=False)
    latents = np.random.default_rng(0).standard_normal((5, 32), "float32")
    paths = (export("own", "tf_saved_model").path, tmp_path / "keras")
    # Held: the functions live only as long as what was loaded.
    loaded = [tf.saved_model.load(path) for path in paths]
    images = [each.serve(tf.constant(latents)) for each in loaded]
    assert type(images[0]) is type(images[1])
    np.testing.assert_allclose(*images, atol=1e-6)


@only_on("tensorflow")
def test_saved_model_with_several_inputs_takes_a_dict_or_names(gan, exported):
    import tensorflow as tf

    loaded = tf.saved_model.load(exported("tf_saved_model").path)
    inputs = inputs_of(6)
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    expected = images_of(gan, inputs)
    images = loaded.serve(tensors)
    np.testing.assert_allclose(images, expected, atol=1e-6)
    named = loaded.signatures["serving_default"](**tensors)
    assert list(named) == ["images"]
    np.testing.assert_allclose(named["images"], expected, atol=1e-6)


def test_network_made_of_a_list_of_inputs_is_exported_with_names(gan):
    latents, labels = gan.generator.input["latents"], gan.generator.input["labels"]
    network = keras.Model([labels, latents], gan.generator.output)
    exported = exported_network(network, gan.generator_input_spec)
    inputs = inputs_of(6)
    images = ops.convert_to_numpy(exported(inputs, training=False))
    np.testing.assert_allclose(images, images_of(gan, inputs), atol=1e-6)


def test_reference_inputs_are_normal_and_labels_of_every_class(gan):
    inputs = reference_inputs(gan, 5000, np.random.default_rng(0))
    latents, labels = inputs["latents"], inputs["labels"]
    assert (latents.shape, latents.dtype) == ((5000, 8), np.float32)
    assert abs(latents.mean()) < 0.02 and abs(latents.std() - 1) < 0.02
    assert (labels.shape, labels.dtype) == ((5000,), np.int32)
    assert set(labels) == {0, 1, 2, 3, 4}
