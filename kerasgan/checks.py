"""Checks of what enters from outside, each with an error that names the mend."""

import numbers

import keras
import numpy as np


def check_positive_int(name, value, *, minimum=1):
    """Raises unless `value` is a whole number of at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"`{name}` must be a whole number, at least {minimum}. "
            f"Received: {name}={value!r} of type {type(value).__name__}."
        )
    if value < minimum:
        raise ValueError(
            f"`{name}` must be at least {minimum}. Received: {name}={value}."
        )
    return int(value)


def check_number(name, value, *, minimum, maximum, ends=True):
    """Raises unless `value` is a number in [minimum, maximum].

    With `ends=False` the two ends themselves are refused.
    """
    allowed = f"{'from' if ends else 'between'} {minimum} {'to' if ends else 'and'} "
    allowed += f"{maximum}" if ends else f"{maximum}, without these two"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"`{name}` must be a number {allowed}. "
            f"Received: {name}={value!r} of type {type(value).__name__}."
        )
    inside = minimum <= value <= maximum if ends else minimum < value < maximum
    if not inside:
        raise ValueError(f"`{name}` must be {allowed}. Received: {name}={value}.")
    return float(value)


def check_images(images, image_shape, *, name="x"):
    """Raises unless `images` can be trained on.

    Args:
        images: NumPy array, all images or the first batch.
        image_shape: (height, width, channels) the discriminator takes.
        name: what to call the array in errors.
    """
    if images.dtype == object:
        raise ValueError(
            f"`{name}` must be one array with images of one size. Received: an array "
            "of objects (a ragged array?). Resize the images to "
            f"{image_shape[0]}x{image_shape[1]} and stack them with np.stack."
        )
    _check_shape(images.shape, tuple(image_shape), name)
    _check_values(images, name)


def _check_shape(shape, image_shape, name):
    mend = _shape_mend(shape, image_shape, name)
    if mend:
        raise ValueError(
            f"`{name}` must have shape (n, {', '.join(map(str, image_shape))}). "
            f"Received: shape={tuple(shape)}. {mend}"
        )


def _shape_mend(shape, image_shape, name):
    height, width, channels = image_shape
    if shape[1:] == image_shape:
        return None
    if shape == image_shape:
        return (
            f"That is one image: add the batch axis with {name}[None], or batch the "
            "dataset."
        )
    if shape == image_shape[:2]:
        return f"Add the batch and the channel axis with {name}[None, ..., None]."
    if shape[1:] == image_shape[:2]:
        return f"Add the channel axis with {name}[..., None]."
    if len(shape) != 4:
        return "Images are (batch, height, width, channels)."
    if shape[1:] == (channels, height, width):
        return (
            "That is channels-first: transpose with "
            f"np.transpose({name}, (0, 2, 3, 1))."
        )
    if shape[1:3] == image_shape[:2]:
        return _channels_mend(shape[3], channels, name)
    return (
        f"Resize the images to {height}x{width}, for example with "
        f"keras.ops.image.resize({name}, ({height}, {width})), or pass "
        "`image_shape=` to `from_preset` where the preset allows it."
    )


def _channels_mend(received, wanted, name):
    if (received, wanted) == (1, 3):
        return (
            "These are grey images for a colour network: repeat the channel with "
            f"np.repeat({name}, 3, axis=-1), or choose a grey preset."
        )
    if (received, wanted) == (3, 1):
        return (
            "These are colour images for a grey network: make them grey, for example "
            "with datasets.image_folder(..., color_mode='grayscale'), or choose a "
            "colour preset."
        )
    return f"Give images with {wanted} channel(s)."


def _check_values(images, name):
    if images.dtype == np.uint8:
        return
    # bfloat16 is no NumPy type.
    if images.dtype.name == "bfloat16":
        images = images.astype("float32")
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"`{name}` must be uint8 in [0, 255] or float in [-1, 1]. Received: "
            f"dtype={images.dtype}. If the values are 0 to 255, give "
            f"{name}.astype('uint8'); if they are 0 and 1, {name} * 2.0 - 1.0."
        )
    low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(images))[0])
        raise ValueError(
            f"`{name}` must hold finite numbers. Received: {name}{list(index)} is "
            f"{images[index]}. Remove or repair image {index[0]}."
        )
    # A little room for what resizing and float16 round.
    if low < -1.001 or high > 1.001:
        raise ValueError(
            f"Float images must lie in [-1, 1]. Received: `{name}` from {low:g} to "
            f"{high:g}. {_scale_mend(low, high, name)}"
        )


def _scale_mend(low, high, name):
    if low >= 0 and high <= 255:
        return (
            f"Scale with {name} / 127.5 - 1, or give {name}.astype('uint8'), which is "
            "scaled inside."
        )
    return "Scale the images linearly so that they span [-1, 1]."


def check_networks(generator, discriminator, latent_dim):
    """Builds both networks if need be and checks that they fit together.

    Args:
        generator: Keras model from (batch, latent_dim) to images.
        discriminator: Keras model from images to (batch, 1) scores.
        latent_dim: int, or `None` to read it off the generator.

    Returns:
        `(latent_dim, image_shape)`.
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        if not isinstance(network, keras.Model):
            raise TypeError(
                f"`{name}` must be a keras.Model. Received: {network!r} of type "
                f"{type(network).__name__}."
            )
    latent_dim = _check_latent_dim(generator, latent_dim)
    shape = _output_shape(generator, (None, latent_dim))
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
        raise ValueError(
            "`generator` must give images (batch, height, width, channels) of a fixed "
            f"size. Received: output shape {shape}. End it with a layer that does, for "
            "example Conv2D(channels, 3, padding='same', activation='tanh')."
        )
    _check_discriminator(discriminator, shape[1:])
    return latent_dim, shape[1:]


def _output_shape(network, input_shape):
    output = network(keras.KerasTensor(input_shape))
    if isinstance(output, keras.KerasTensor):
        return tuple(output.shape)
    return keras.tree.map_structure(lambda tensor: tuple(tensor.shape), output)


def _known_input_shape(network):
    # A subclassed model has no `input_shape`, built or not.
    try:
        return network.input_shape if network.built else None
    except AttributeError:
        return None


def _check_latent_dim(generator, latent_dim):
    if latent_dim is not None:
        check_positive_int("latent_dim", latent_dim)
    shape = _known_input_shape(generator)
    if shape is None:
        if latent_dim is None:
            raise ValueError(
                "The latent size of `generator` is unknown. Received: "
                "latent_dim=None and a generator without a keras.Input. Pass "
                "`latent_dim=`, or begin the generator with keras.Input((latent_dim,))."
            )
        return latent_dim
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
        raise ValueError(
            "`generator` must take latents (batch, latent_dim). "
            f"Received: input shape {shape}. Begin it with "
            "keras.Input((latent_dim,))."
        )
    if latent_dim not in (None, shape[1]):
        raise ValueError(
            f"`latent_dim` contradicts the generator, whose latents have size "
            f"{shape[1]}. Received: latent_dim={latent_dim}. Leave `latent_dim` out, "
            "or build the generator with it."
        )
    return shape[1]


def _check_discriminator(discriminator, image_shape):
    wanted = _known_input_shape(discriminator)
    if wanted is not None and not _fits((None, *image_shape), wanted):
        raise ValueError(
            "`discriminator` must take the images that `generator` gives. Received: a "
            f"generator of {image_shape} and a discriminator of {wanted[1:]}. Build "
            "both for one image shape."
        )
    shape = _output_shape(discriminator, (None, *image_shape))
    if shape != (None, 1):
        raise ValueError(
            "`discriminator` must give one score an image, shape (batch, 1). "
            f"Received: output shape {shape}. End it with Flatten and Dense(1)."
        )
    last = _last_layer(discriminator)
    if getattr(last, "activation", None) is keras.activations.sigmoid:
        raise ValueError(
            "`discriminator` must give logits; the loss applies the sigmoid. Received: "
            f"a last layer {last.name!r} with a sigmoid. Remove that activation."
        )


def _last_layer(network):
    """The last layer, inside nested models, that is more than a change of shape."""
    for layer in reversed(network.layers):
        if isinstance(layer, keras.Model):
            return _last_layer(layer)
        if not isinstance(layer, (keras.layers.Flatten, keras.layers.Reshape)):
            return layer
    return None


def _fits(shape, wanted):
    return (
        isinstance(wanted, tuple)
        and len(shape) == len(wanted)
        and all(None in (w, s) or w == s for s, w in zip(shape, wanted))
    )


def has_batch_norm(*networks):
    """Whether any network, at any depth, has a BatchNormalization layer."""
    batch_norm = keras.layers.BatchNormalization
    return any(isinstance(layer, batch_norm) for layer in all_layers(*networks))


def all_layers(*networks):
    """The layers of the networks, those of nested models included."""
    for network in networks:
        for layer in network.layers:
            yield layer
            if isinstance(layer, keras.Model):
                yield from all_layers(layer)
