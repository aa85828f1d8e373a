"""Extractors from networks that others trained."""

import types

import keras
import numpy as np

from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.naming import register_extractor


def application_extractor(
    name: str,
    *,
    image_size: tuple[int, int] = (224, 224),
    feature_layer: str | None = None,
    weights: str | None = "imagenet",
) -> Extractor:
    """An extractor from `keras.applications`, with its own preprocessing.

    Args:
        name: of the network there, such as `"MobileNetV2"`.
        image_size: (height, width) that images are resized to. Defaults to (224, 224);
            the network's documentation says what it was trained with.
        feature_layer: with it, the network has its classes on top, which the Inception
            score needs. Defaults to `None`: the average of the last feature maps.
        weights: as the network's own argument: `"imagenet"`, fetched by Keras on first
            use, a path, or `None` for random weights. Defaults to `"imagenet"`.

    Returns:
        An `Extractor` whose name is `name`.

    Raises:
        ValueError: if there is no such network.
    """
    module = _application_module(name)
    top = feature_layer is not None
    arguments = {"classifier_activation": None} if top else {"pooling": "avg"}
    model = getattr(module, name)(
        include_top=top, weights=weights, input_shape=(*image_size, 3), **arguments
    )
    return Extractor(
        model,
        name=name,
        feature_layer=feature_layer,
        # Some write into the array they are given.
        preprocess=lambda pixels: module.preprocess_input(np.array(pixels)),
    )


def _application_module(name: str) -> types.ModuleType:
    modules = [m for m in vars(keras.applications).values() if _is_module(m)]
    found = {n: m for m in modules for n in vars(m) if n[0].isupper()}
    if name not in found:
        raise ValueError(
            "There is no such network in keras.applications. `name` must be one of "
            f"{sorted(found)}. Received: name={name!r}."
        )
    return found[name]


def _is_module(value: object) -> bool:
    return isinstance(value, types.ModuleType) and "preprocess_input" in vars(value)


@register_extractor("inception-v3")
def inception_v3() -> Extractor:
    """Inception v3 as `keras.applications` has it: its pool layer and its classes.

    Its distance is not the FID of papers, which takes another training of the same
    network, from TensorFlow's 2015 models; `kerasgan evaluate --fidelity` gives that.
    """
    extractor = application_extractor(
        "InceptionV3", image_size=(299, 299), feature_layer="avg_pool"
    )
    extractor.name = "inception-v3"
    return extractor


def hub_extractor(
    preset: str, *, image_size: tuple[int, int] | None = None
) -> Extractor:
    """An extractor from a backbone of KerasHub, with its own preprocessing.

    Needs KerasHub: `pip install keras-hub`. Backbones of KerasCV, which KerasHub took
    over, are Keras models: give them to `Extractor`, see recipes/keras_cv_scores.py.

    Args:
        preset: name or folder of a preset of an image backbone, such as
            `"resnet_50_imagenet"`; fetched by KerasHub on first use.
        image_size: (height, width) that images are resized to, bicubic and
            antialiased. Defaults to what the preset's converter says.

    Returns:
        An `Extractor` of the preset's name; the features are the last feature maps'
        averages.

    Raises:
        ImportError: if KerasHub is not installed.
        ValueError: if neither `image_size` nor the preset says a size.
    """
    try:
        import keras_hub
    except ImportError as error:
        raise ImportError(
            "`hub_extractor` needs KerasHub. Install it with pip install keras-hub, or "
            f"give any Keras model to `Extractor`. Received: preset={preset!r}."
        ) from error
    backbone = keras_hub.models.Backbone.from_preset(preset)
    converter = keras_hub.layers.ImageConverter.from_preset(preset)
    image_size = image_size or converter.image_size
    if image_size is None:
        raise ValueError(
            "The preset says no image size. Received: image_size=None. Give the size "
            "that the backbone was trained with."
        )
    # Images come in that size: the converter's own resizing has nothing to do.
    converter.image_size = image_size
    return Extractor(
        backbone, name=str(preset), image_size=image_size, preprocess=converter
    )
