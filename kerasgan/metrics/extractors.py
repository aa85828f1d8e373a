"""Networks that turn images into features."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from kerasgan._backends import resolve_jit
from kerasgan.metrics.resizing import resize_bicubic
from kerasgan.training.image_checks import check_images

Progress = Callable[[int, int], None]


class Features(NamedTuple):
    """What an `Extractor` makes of images.

    Attributes:
        features: float32 (n, width).
        probabilities: float32 (n, classes), `None` without class outputs.
        labels: int32 (n,), the classes that were asked for, `None` without.
    """

    features: NDArray
    probabilities: NDArray | None
    labels: NDArray | None = None


def to_unit_range(pixels: NDArray) -> NDArray:
    """Pixels in [0, 255] as the networks of this package take them: [-1, 1]."""
    return pixels / np.float32(127.5) - np.float32(1.0)


class Extractor:
    """A network and all that decides on what it sees.

    Args:
        model: Keras model from images to features (n, width), or to feature maps,
            which are averaged over their positions. It is not changed.
        name: what scores call it. Defaults to the model's name.
        feature_layer: name of the layer whose output are the features; the model's own
            output are then classes. Defaults to `None`: the output are the features.
        from_logits: whether class outputs still need a softmax. Defaults to `True`.
        preprocess: function from float32 pixels (n, height, width, channels) in
            [0, 255] to the model's input. Defaults to a scaling to [-1, 1].
        image_size: (height, width) the model gets; other images are resized, bicubic
            and antialiased. Defaults to the size of the model's input, and where that
            is open, no resizing.
        sha256: of a file that holds the weights. Defaults to that of the weights'
            names, shapes and values.

    Raises:
        TypeError: if `model` is no Keras model.
        ValueError: if the model has other than one input and one output, or no such
            layer.

    Example:

    >>> extractor = kerasgan.metrics.Extractor(my_classifier, feature_layer="pool")
    >>> extractor(images).features.shape
    (1000, 128)
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        name: str | None = None,
        feature_layer: str | None = None,
        from_logits: bool = True,
        preprocess: Callable[[NDArray], ArrayLike] | None = None,
        image_size: tuple[int, int] | None = None,
        sha256: str | None = None,
    ):
        if not isinstance(model, keras.Model):
            raise TypeError(
                "`model` must be a keras.Model. Received: "
                f"{model!r} of type {type(model).__name__}."
            )
        self.name = name or model.name
        height, width, self.channels = _input_shape(model)
        open_size = height is None or width is None
        self.image_size = image_size or (None if open_size else (height, width))
        self.has_classes = feature_layer is not None
        self._from_logits = from_logits
        self._preprocess = preprocess or to_unit_range
        self._sha256 = sha256
        self._weights = model.weights
        self._network = _with_features(model, feature_layer)
        self._network.compile(jit_compile=resolve_jit("auto"))

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights, in hexadecimal digits."""
        if self._sha256 is None:
            self._sha256 = weights_sha256(self._weights)
        return self._sha256

    def resize(self, images: NDArray) -> str:
        """How images of this shape are resized, in words."""
        if self.image_size in (None, images.shape[1:3]):
            return "none"
        height, width = self.image_size
        return f"antialiased bicubic, {height}x{width}"

    def __call__(
        self,
        images: ArrayLike,
        *,
        batch_size: int = 100,
        on_progress: Progress | None = None,
    ) -> Features:
        """The images' features.

        Args:
            images: (n, height, width, channels), uint8 in [0, 255] or float in
                [-1, 1]; grey ones are repeated where the model takes colour.
            batch_size: images at a time. Defaults to 100.
            on_progress: function of the images done and all, called after each batch.

        Returns:
            `Features(features, probabilities)`.

        Raises:
            ValueError: if there are no images, or not such ones.
        """
        images = self._check(np.asarray(images))
        batch_size = min(batch_size, len(images))
        batches, done = [], 0
        while done < len(images):
            batch = images[done : done + batch_size]
            batches.append(self._extract(batch, batch_size))
            done += len(batch)
            if on_progress:
                on_progress(done, len(images))
        features, probabilities = zip(*batches)
        return Features(
            np.concatenate(features),
            np.concatenate(probabilities) if self.has_classes else None,
        )

    def _check(self, images: NDArray) -> NDArray:
        if images.ndim != 4 or 0 in images.shape:
            raise ValueError(
                "`images` must be an array (n, height, width, channels) with at least "
                f"one image. Received: shape={images.shape}, dtype={images.dtype}."
            )
        channels = images.shape[3]
        if self.channels not in (None, channels) and channels != 1:
            raise ValueError(
                f"The extractor {self.name!r} takes images with {self.channels} "
                f"channel(s). Received: shape={images.shape}. Choose an extractor for "
                "such images."
            )
        check_images(images, images.shape[1:], name="images")
        return images

    def _extract(self, images: NDArray, batch_size: int):
        n = len(images)
        inputs = self._inputs(images)
        if n < batch_size:
            # The last batch is filled up: another size would be compiled again.
            filling = inputs[:1].repeat(batch_size - n, axis=0)
            inputs = np.concatenate([inputs, filling])
        outputs = self._network.predict_on_batch(inputs)
        features, classes = outputs if self.has_classes else (outputs, None)
        features = np.asarray(features, "float32")[:n]
        if features.ndim > 2:
            features = features.mean(axis=tuple(range(1, features.ndim - 1)))
        if classes is not None:
            classes = np.asarray(classes, "float32")[:n]
            classes = _softmax(classes) if self._from_logits else classes
        return features, classes

    def _inputs(self, images: NDArray) -> NDArray:
        pixels = images.astype("float32")
        if images.dtype != np.uint8:
            pixels = (pixels + 1.0) * 127.5
        if self.channels and self.channels != pixels.shape[-1]:
            pixels = pixels.repeat(self.channels, axis=-1)
        pixels = resize_bicubic(pixels, self.image_size or pixels.shape[1:3])
        return ops.convert_to_numpy(self._preprocess(pixels))


def _input_shape(model: keras.Model) -> tuple:
    """(height, width, channels), each `None` where it is open or unknown."""
    # A subclassed model has no `input_shape`.
    try:
        shape = model.input_shape
    except AttributeError:
        return (None, None, None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(
            "An extractor must take one batch of images (n, height, width, channels). "
            f"Received: {model.name!r} with input shape {shape}."
        )
    return shape[1:]


def _with_features(model: keras.Model, feature_layer: str | None) -> keras.Model:
    # Each extractor compiles a model of its own: `model` may be in training.
    if feature_layer is None:
        inputs = keras.Input(_input_shape(model), dtype="float32")
        outputs = model(inputs, training=False)
        if not isinstance(outputs, keras.KerasTensor):
            raise ValueError(
                "An extractor must give one tensor. Received: "
                f"{model.name!r} with outputs {keras.tree.map_structure(str, outputs)}."
                " Name the layer to take with `feature_layer=`."
            )
        return keras.Model(inputs, outputs)
    names = [layer.name for layer in model.layers]
    if feature_layer not in names:
        raise ValueError(
            f"`feature_layer` must be a layer of {model.name!r}, one of {names}. "
            f"Received: {feature_layer!r}."
        )
    (inputs,) = model.inputs
    return keras.Model(inputs, [model.get_layer(feature_layer).output, *model.outputs])


def _softmax(logits: NDArray) -> NDArray:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def weights_sha256(variables) -> str:
    """SHA-256 of Keras variables' shapes and values, in hexadecimal digits."""
    digest = hashlib.sha256()
    for variable in variables:
        value = np.ascontiguousarray(ops.convert_to_numpy(variable))
        digest.update(f"{value.shape} {value.dtype}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()
