"""What images and labels must be, with errors that name the mend."""

import numpy as np


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
    # One grey level says nothing; of several, photographs have some below the middle.
    if 0 <= low < high:
        raise ValueError(
            f"Float images must span [-1, 1], in which black is -1. Received: `{name}` "
            f"from {low:g} to {high:g}, which looks like [0, 1]. "
            f"{_scale_mend(low, high, name)} (Images that are so bright: give uint8.)"
        )


def scaled(low, high, name):
    """The expression that brings images from [0, 1] or [0, 255] to [-1, 1].

    Args:
        low, high: of the images' values.
        name: what to call the images in it.

    Returns:
        A string, or `None` for values from another range.
    """
    if low < 0 or high > 255:
        return None
    return f"{name} * 2 - 1" if high <= 1.001 else f"{name} / 127.5 - 1"


def _scale_mend(low, high, name):
    mend = scaled(low, high, name)
    if mend is None:
        return "Scale the images linearly so that they span [-1, 1]."
    if high <= 1.001:
        return f"Scale with {mend}."
    return f"Scale with {mend}, or give {name}.astype('uint8'), which is scaled inside."
