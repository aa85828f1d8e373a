"""The images that `--data` means."""

import os

import numpy as np

from kerasgan import datasets


def load_images(
    data: str, image_shape: tuple[int, int, int], *, data_dir: str | None = None
) -> np.ndarray:
    """A named set, or a folder of pictures in the size and colours of a model.

    Args:
        data: a name that `datasets.load` takes, or a path; a name comes first, and
            what holds a separator is a path.
        image_shape: (height, width, channels) of the model.
        data_dir: as in `datasets.load`.

    Returns:
        A uint8 array (n, height, width, channels).

    Raises:
        ValueError, OSError: as `datasets.load` and `datasets.image_folder`.
    """
    if os.sep in data or (os.path.isdir(data) and not _is_named(data)):
        height, width, channels = image_shape
        return datasets.image_folder(
            data,
            image_size=(height, width),
            color_mode="grayscale" if channels == 1 else "rgb",
        )
    return datasets.load(data, data_dir=data_dir)[0]


def _is_named(data):
    try:
        datasets.class_names(data)
    except ValueError:
        return False
    return True
