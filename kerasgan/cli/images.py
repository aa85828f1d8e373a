"""The images that `--data` means."""

import contextlib
import os

import numpy as np

from kerasgan import datasets

# The library's words in the command line's.
_WORDS = {
    "no dataset of that name": "no dataset and no folder of that name",
    "`name` must": "`--data` must",
    "For pictures of your own use `datasets.image_folder(path)`": "For pictures of "
    "your own name their folder, such as ./photos",
    "name the folder in `data_dir` or": "name the folder in --data-dir or",
    "With labels=True each": "For a model with classes each",
    "or pass labels=False": "or choose a preset without classes",
    "`split` must": "`--split` must",
    "split=": "--split ",
    "name=": "--data ",
    "path=": "--data ",
}


def check_data(data: str) -> None:
    """Raises ValueError at once where `--data` names neither a set nor a folder."""
    with _in_words():
        if not is_folder(data):
            datasets.class_names(data)
        elif not os.path.isdir(data):
            _folder(data, (1, 1, 1))


def load_images(
    data: str,
    image_shape: tuple[int, int, int],
    *,
    split: str = "train",
    data_dir: str | None = None,
) -> np.ndarray:
    """A named set, or a folder of pictures in the size and colours of a model.

    Args:
        data: a name that `datasets.load` takes, or a path; a name comes first, and
            what holds a separator is a path.
        image_shape: (height, width, channels) of the model.
        split: `"train"` or `"test"`; a folder has none. Defaults to `"train"`.
        data_dir: as in `datasets.load`.

    Returns:
        A uint8 array (n, height, width, channels).

    Raises:
        ValueError, OSError: as `datasets.load` and `datasets.image_folder`.
    """
    with _in_words():
        if is_folder(data):
            return _folder(data, image_shape)
        return datasets.load(data, split=split, data_dir=data_dir)[0]


def load_labels(
    data: str, image_shape: tuple[int, int, int], *, data_dir: str | None = None
) -> np.ndarray:
    """The labels of such images: a named set's, or each picture's subfolder.

    Raises:
        ValueError: if a picture is in no subfolder.
    """
    with _in_words():
        if is_folder(data):
            return _folder(data, image_shape, labels=True)[1]
        return datasets.load(data, data_dir=data_dir)[1]


@contextlib.contextmanager
def _in_words():
    """Errors within speak of options and not of arguments."""
    try:
        yield
    except (ValueError, OSError) as error:
        text = str(error)
        for ours, theirs in _WORDS.items():
            text = text.replace(ours, theirs)
        raise ValueError(text) from error


def is_folder(data: str) -> bool:
    """Whether it means a folder of pictures and no named set."""
    return os.sep in data or (os.path.isdir(data) and not _is_named(data))


def _folder(data, image_shape, **arguments):
    height, width, channels = image_shape
    return datasets.image_folder(
        data,
        image_size=(height, width),
        color_mode="grayscale" if channels == 1 else "rgb",
        **arguments,
    )


def _is_named(data):
    try:
        datasets.class_names(data)
    except ValueError:
        return False
    return True
