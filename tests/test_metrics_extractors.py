import sys

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from kerasgan import metrics
from kerasgan.metrics import Extractor, get_extractor, list_extractors
from kerasgan.metrics.applications import inception_v3
from kerasgan.metrics.resizing import resize_bicubic


def images(n=7, size=8, channels=3, *, seed=0):
    shape = (n, size, size, channels)
    return np.random.default_rng(seed).integers(0, 256, shape).astype("uint8")


def classifier(size=8, channels=3):
    """Features: pixel sums in [-1, 1], a column each. Logits: their first two."""
    return keras.Sequential(
        [
            keras.Input((size, size, channels)),
            layers.Flatten(name="flat"),
            layers.Dense(4, name="features", kernel_initializer="ones"),
            layers.Dense(2, name="logits", kernel_initializer="identity"),
        ],
        name="tiny",
    )


def test_a_keras_model_gives_its_outputs_for_scaled_images():
    pixels = images()
    found = Extractor(classifier())(pixels, batch_size=3)
    sums = (pixels / 127.5 - 1.0).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found.features, np.stack([sums, sums], 1), rtol=1e-4)
    assert found.features.dtype == "float32"
    assert found.probabilities is None


def test_a_feature_layer_gives_features_and_probabilities():
    pixels = images()
    found = Extractor(classifier(), feature_layer="features")(pixels)
    sums = (pixels / 127.5 - 1.0).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found.features, np.stack([sums] * 4, 1), rtol=1e-4)
    # Two equal logits.
    np.testing.assert_allclose(found.probabilities, 0.5, atol=1e-6)


def test_uint8_and_float_images_give_the_same():
    pixels = images()
    extractor = Extractor(classifier())
    floats = pixels.astype("float32") / 127.5 - 1.0
    np.testing.assert_allclose(
        extractor(floats).features, extractor(pixels).features, atol=1e-3
    )


def test_feature_maps_are_averaged_and_preprocessing_sees_pixels():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, layers.AveragePooling2D(2)(inputs))
    extractor = Extractor(model, preprocess=lambda pixels: pixels * 2.0)
    pixels = images()
    wanted = 2.0 * pixels.astype("float32").mean(axis=(1, 2))
    np.testing.assert_allclose(extractor(pixels).features, wanted, rtol=1e-5)
    assert extractor.resize(pixels) == "none"


def test_grey_images_are_repeated_for_a_colour_network():
    grey = images(channels=1)
    extractor = Extractor(classifier())
    np.testing.assert_allclose(
        extractor(grey).features, extractor(grey.repeat(3, axis=-1)).features
    )


def test_other_sizes_are_resized_and_the_extractor_says_so():
    pixels = images(size=16)
    extractor = Extractor(classifier())
    assert extractor.resize(pixels) == "antialiased bicubic, 8x8"
    resized = resize_bicubic(pixels.astype("float32"), (8, 8)) / 127.5 - 1.0
    wanted = resized.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(extractor(pixels).features[:, 0], wanted, rtol=1e-3)


@pytest.mark.parametrize("size", [(5, 7), (24, 20), (13, 40), (16, 12)])
def test_resizing_equals_pillows(size):
    pixels = images(2, 16, 1).astype("float32")[:, :, :12]
    found = resize_bicubic(pixels, size)
    for before, after in zip(pixels, found):
        picture = Image.fromarray(before[..., 0])
        wanted = picture.resize(size[::-1], Image.Resampling.BICUBIC)
        np.testing.assert_allclose(after[..., 0], np.asarray(wanted), atol=1e-3)


def test_progress_counts_images():
    calls = []
    extractor = Extractor(classifier())
    extractor(images(7), batch_size=3, on_progress=lambda *call: calls.append(call))
    assert calls == [(3, 7), (6, 7), (7, 7)]


def test_the_model_is_left_as_it_was():
    model = classifier()
    model.compile("sgd", "mse")
    optimizer = model.optimizer
    Extractor(model, feature_layer="features")(images())
    assert model.optimizer is optimizer
    assert [layer.name for layer in model.layers] == ["flat", "features", "logits"]


def test_sha256_is_the_weights():
    one, same, other = classifier(), classifier(), classifier()
    other.layers[1].bias.assign([0.0, 0.0, 0.0, 1e-6])
    assert Extractor(one).sha256 == Extractor(same).sha256 != Extractor(other).sha256
    assert len(Extractor(one).sha256) == 64


def test_a_subclassed_model_without_input_shape_is_an_extractor():
    class Mean(keras.Model):
        def call(self, x):
            return keras.ops.mean(x, axis=(1, 2))

    found = Extractor(Mean(), name="mean")(images())
    wanted = (images() / 127.5 - 1.0).mean(axis=(1, 2))
    np.testing.assert_allclose(found.features, wanted, atol=1e-5)


@pytest.mark.long
def test_application_has_its_own_preprocessing():
    extractor = metrics.application_extractor(
        "MobileNetV2", image_size=(32, 32), weights=None
    )
    pixels = images(2, 32)
    application = keras.applications.mobilenet_v2
    model = application.MobileNetV2(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg"
    )
    model.set_weights(extractor._network.get_weights())
    prepared = application.preprocess_input(pixels.astype("float32"))
    wanted = keras.ops.convert_to_numpy(model(prepared, training=False))
    np.testing.assert_allclose(extractor(pixels).features, wanted, atol=1e-4)
    assert extractor.name == "MobileNetV2"


@pytest.mark.long
def test_application_with_its_classes_ends_in_logits():
    extractor = metrics.application_extractor(
        "MobileNetV2",
        image_size=(32, 32),
        feature_layer="global_average_pooling2d",
        weights=None,
    )
    last = extractor._network.layers[-1]
    assert last.get_config()["activation"] == "linear"


def test_inception_sees_what_it_was_trained_with(monkeypatch):
    asked = {}

    def recorded(name, **arguments):
        asked.update(arguments, name=name)
        return Extractor(classifier())

    monkeypatch.setattr("kerasgan.metrics.applications.application_extractor", recorded)
    assert inception_v3().name == "inception-v3"
    assert asked["name"] == "InceptionV3" and asked["image_size"] == (299, 299)
    assert asked["feature_layer"] == "avg_pool"


def test_unknown_application_is_refused():
    with pytest.raises(ValueError, match="one of .*'MobileNetV2'.* Received: name='X'"):
        metrics.application_extractor("X")


def test_hub_extractor_without_the_package_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(ImportError, match="pip install keras-hub"):
        metrics.hub_extractor("resnet_18_imagenet")


def test_hub_backbone_has_its_own_preprocessing(tmp_path):
    keras_hub = pytest.importorskip("keras_hub", reason="an optional package")
    backbone = keras_hub.models.VGGBackbone(
        stackwise_num_repeats=[1], stackwise_num_filters=[4], image_shape=(16, 16, 3)
    )
    converter = keras_hub.layers.VGGImageConverter(
        image_size=(16, 16), scale=1 / 255.0, offset=-0.5
    )
    backbone.save_to_preset(tmp_path / "preset")
    converter.save_to_preset(tmp_path / "preset")
    extractor = metrics.hub_extractor(str(tmp_path / "preset"))
    pixels = images(2, 16)
    maps = backbone(pixels / np.float32(255) - 0.5, training=False)
    wanted = keras.ops.convert_to_numpy(maps).mean(axis=(1, 2))
    np.testing.assert_allclose(extractor(pixels).features, wanted, atol=1e-5)
    assert extractor.resize(images(1, 20)) == "antialiased bicubic, 16x16"


def test_names_are_registered_and_listed(monkeypatch):
    monkeypatch.setattr("kerasgan.metrics.naming._EXTRACTORS", {})
    made = Extractor(classifier(), name="tiny")
    metrics.register_extractor("tiny-one")(lambda: made)
    assert list_extractors() == ["tiny-one"]
    assert get_extractor("tiny-one") is made
    assert get_extractor(made) is made
    assert get_extractor(classifier()).name == "tiny"
    for name in ("tiny-one", "Tiny", "", 3):
        with pytest.raises(ValueError, match=f"Received: {name!r}"):
            metrics.register_extractor(name)


def test_an_unknown_name_is_refused_with_the_nearest():
    message = "Did you mean 'mnist-classifier'.*Received: 'mnist-clasifier'"
    with pytest.raises(ValueError, match=message):
        get_extractor("mnist-clasifier")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (images()[0], r"Received: shape=\(8, 8, 3\)"),
        (images(0), r"at least one image. Received: shape=\(0, 8, 8, 3\)"),
        (images(channels=4), r"takes images with 3 channel"),
        (images().astype("float32"), "must lie in"),
        (np.full((2, 8, 8, 3), np.nan, "float32"), "finite"),
    ],
)
def test_bad_images_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Extractor(classifier())(wrong)


def test_bad_models_are_refused():
    with pytest.raises(TypeError, match="must be a keras.Model. Received: 'inception'"):
        Extractor("inception")
    with pytest.raises(ValueError, match="one of .*'features'.*Received: 'pool'"):
        Extractor(classifier(), feature_layer="pool")
    latents = keras.Input((4,))
    with pytest.raises(ValueError, match=r"input shape \(None, 4\)"):
        Extractor(keras.Model(latents, layers.Dense(1)(latents)))
    inputs = keras.Input((8, 8, 3))
    with pytest.raises(ValueError, match="Name the layer to take"):
        Extractor(keras.Model(inputs, [inputs, layers.Flatten()(inputs)]))
