"""A person's own pictures, as one array."""

import operator
import os
import warnings
from pathlib import Path

import numpy as np

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
_CHANNELS = {"rgb": 3, "grayscale": 1}
_ON_ERROR = ("skip", "raise")
_NAMED_IN_A_WARNING = 10


def image_folder(
    path, *, image_size=64, color_mode="rgb", on_error="skip", labels=False
):
    """Reads all pictures under a folder, cropped and resized to one size.

    PNG, JPEG, WebP, GIF and BMP files are found in the folder and all folders below
    it, in the sorted order of their paths; of an animation the first frame is read.
    Other files, hidden files and hidden folders are passed over, and links to folders
    are not followed. Each picture is turned as its EXIF orientation says, put on
    white where it is transparent, cropped around its centre to the aspect of
    `image_size`, and resized with a Lanczos filter. 16-bit grey is scaled to 8.

    Args:
        path: The folder.
        image_size: Side of the square result in pixels, or `(height, width)`; at
            least 1. Defaults to 64.
        color_mode: `"rgb"` (3 channels) or `"grayscale"` (1). Defaults to `"rgb"`.
        on_error: What to do about files that cannot be read, pipes and those that
            Pillow refuses as decompression bombs among them: `"skip"` leaves them out
            and warns once, `"raise"` reads on and then raises one error that names
            them all. Defaults to `"skip"`.
        labels: Whether to return labels too: the class of a picture is the folder
            directly under `path` that it is in. Defaults to False.

    Returns:
        `images`, uint8 of shape (n, height, width, channels) in [0, 255]; or, with
        `labels=True`, `(images, labels, class_names)` with int64 labels of shape
        (n,), and the sorted folder names as a list.

    Raises:
        FileNotFoundError: If `path` does not exist.
        NotADirectoryError: If `path` is a file.
        ValueError: If an argument is not one of those above, if there is no picture
            or none that can be read, if there are broken files and `on_error` is
            `"raise"`, or if `labels` is True and a picture is in no subfolder.

    Example:

    >>> images = kerasgan.datasets.image_folder("photos", image_size=32)
    >>> gan.fit(images, batch_size=64)
    """
    height, width = _check_size(image_size)
    _check_choice("color_mode", color_mode, tuple(_CHANNELS))
    _check_choice("on_error", on_error, _ON_ERROR)
    root = _check_folder(path)
    files = _find_pictures(root)
    classes, class_of_file = _classes(root, files) if labels else (None, None)
    images = np.empty((len(files), height, width, _CHANNELS[color_mode]), np.uint8)
    kept, broken = [], []
    for index, file in enumerate(files):
        try:
            images[len(kept)] = _read(file, height, width, color_mode)
        except MemoryError:
            raise
        # Pillow's decoders raise nearly any exception on a damaged file.
        except Exception as error:  # noqa: BLE001
            name = _printable(str(file.relative_to(root)))
            broken.append(f"{name} ({error or type(error).__name__})")
        else:
            kept.append(index)
    _report(root, broken, total=len(files), on_error=on_error)
    images = images[: len(kept)]
    if not labels:
        return images
    return images, class_of_file[kept], classes


def _check_size(image_size):
    pair = image_size if isinstance(image_size, (tuple, list)) else (image_size,) * 2
    try:
        if len(pair) != 2 or any(isinstance(side, (bool, np.bool_)) for side in pair):
            raise TypeError
        height, width = (operator.index(side) for side in pair)
    except TypeError:
        height = width = 0
    if min(height, width) < 1:
        raise ValueError(
            "`image_size` must be an integer of at least 1, or two of them as "
            f"(height, width). Received: image_size={image_size!r}"
        )
    return height, width


def _check_choice(name, value, allowed):
    if value not in allowed:
        raise ValueError(
            f"`{name}` must be one of {list(allowed)}. Received: {name}={value!r}"
        )


def _check_folder(path):
    root = Path(path).expanduser()
    if not root.exists():
        raise FileNotFoundError(
            "The folder of pictures does not exist. Check the path, which is seen "
            f"from {os.getcwd()!r}. Received: path={str(path)!r}"
        )
    if not root.is_dir():
        raise NotADirectoryError(
            "`path` must be a folder of pictures, and this is a file. Give the folder "
            f"that it is in. Received: path={str(path)!r}"
        )
    return root


def _find_pictures(root):
    files = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        files += [
            Path(folder, name)
            for name in names
            if not name.startswith(".") and name.lower().endswith(SUFFIXES)
        ]
    if not files:
        raise ValueError(
            f"There is no picture in the folder or below it. Files that end in one of "
            f"{list(SUFFIXES)} are read. Received: path={str(root)!r}"
        )
    return sorted(files, key=lambda file: file.relative_to(root).parts)


def _classes(root, files):
    parts = [file.relative_to(root).parts for file in files]
    loose = [names[0] for names in parts if len(names) == 1]
    if loose:
        raise ValueError(
            "With labels=True each picture must be in a subfolder, whose name is its "
            f"class; {len(loose)} are not: {_listing(loose)}. Move them, or pass "
            f"labels=False. Received: path={str(root)!r}"
        )
    classes = sorted({names[0] for names in parts})
    numbers = {name: number for number, name in enumerate(classes)}
    return classes, np.array([numbers[names[0]] for names in parts], np.int64)


def _report(root, broken, *, total, on_error):
    if not broken:
        return
    message = f"{len(broken)} of {total} pictures in {str(root)!r} could not be read"
    if on_error == "raise":
        raise ValueError(
            f"{message}: {', '.join(broken)}. Replace or remove them, or pass "
            'on_error="skip" to leave them out.'
        )
    if len(broken) == total:
        raise ValueError(
            f"{message}, so none is left: {_listing(broken)}. Check that they are "
            f"pictures ({', '.join(SUFFIXES)})."
        )
    # Three calls up is the caller's own line: _report, image_folder, caller.
    warnings.warn(f"{message} and were left out: {_listing(broken)}.", stacklevel=3)


def _printable(name):
    """A name of any bytes as a terminal can show it."""
    return name if name.isprintable() else ascii(name)[1:-1]


def _listing(names):
    more = len(names) - _NAMED_IN_A_WARNING
    text = ", ".join(names[:_NAMED_IN_A_WARNING])
    return f"{text} and {more} more" if more > 0 else text


def _read(file, height, width, color_mode):
    from PIL import Image, ImageOps

    if not file.is_file():
        # A pipe would be waited for, a device might never end.
        raise ValueError("it is no regular file")
    with Image.open(file) as image:
        # A JPEG can be decoded at a half, a quarter or an eighth of its size. The EXIF
        # orientation may swap the sides, so both must stay above the longer one.
        side = 2 * max(height, width)
        image.draft(None, (side, side))
        image = _flatten(ImageOps.exif_transpose(image))
        scale = min(image.height / height, image.width / width)
        crop_height, crop_width = scale * height, scale * width
        left, top = (image.width - crop_width) / 2, (image.height - crop_height) / 2
        resized = image.resize(
            (width, height),
            Image.Resampling.LANCZOS,
            box=(left, top, left + crop_width, top + crop_height),
            reducing_gap=3.0,
        )
    pixels = np.asarray(resized.convert("L" if color_mode == "grayscale" else "RGB"))
    return pixels.reshape(height, width, -1)


def _flatten(image):
    """The picture in 8-bit grey or RGB, on white where it is transparent."""
    from PIL import Image

    if image.mode.startswith("I"):
        # `convert` clips 16-bit values at 255 instead of scaling them.
        values = np.clip(np.asarray(image), 0, 65535)
        return Image.fromarray(np.rint(values / 257.0).astype(np.uint8))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image if image.mode == "L" else image.convert("RGB")
