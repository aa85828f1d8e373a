"""Sets by name: from a file, from Keras's downloader, or drawn."""

import difflib
import os
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kerasgan.datasets import embedded

DATA_DIR_VARIABLE = "KERASGAN_DATA_DIR"
_SPLITS = ("train", "test")


class _Downloaded(NamedTuple):
    image_shape: tuple
    classes: tuple


class _Drawn(NamedTuple):
    draw: object
    classes: tuple


_DOWNLOADED = {
    "mnist": _Downloaded((28, 28, 1), tuple("0123456789")),
    "fashion_mnist": _Downloaded(
        (28, 28, 1),
        (
            "t-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
    ),
    "cifar10": _Downloaded(
        (32, 32, 3),
        (
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
    ),
}
_DRAWN = {
    "glyphs-28": _Drawn(embedded.glyphs, embedded.GLYPH_CLASSES),
    "shapes-32": _Drawn(embedded.shapes, embedded.SHAPE_CLASSES),
}
# Images and seed: the splits share no seed, so they share no image.
_DRAWN_SPLITS = {"train": (10_000, 0), "test": (2_000, 1)}


def load(name, *, split="train", data_dir=None):
    """Loads a named set.

    `"mnist"`, `"fashion_mnist"` and `"cifar10"` are read from `<name>.npz` in
    `data_dir`, or in the folder that the environment variable `KERASGAN_DATA_DIR`
    names. Without such a file Keras's downloader fetches them into its own cache.
    `"glyphs-28"` (28x28 digits) and `"shapes-32"` (32x32 coloured shapes) are drawn
    by this package, the same each time, and need neither file nor network: see
    `glyphs` and `shapes` for what they are.

    Args:
        name: One of `"mnist"`, `"fashion_mnist"`, `"cifar10"`, `"glyphs-28"` and
            `"shapes-32"`.
        split: `"train"` or `"test"`. The drawn sets have 10,000 and 2,000 images.
            Defaults to `"train"`.
        data_dir: Folder with the `.npz` files, each with the arrays `x_train`,
            `y_train`, `x_test` and `y_test` as `keras.datasets` returns them.
            Not looked at for the drawn sets. Defaults to `KERASGAN_DATA_DIR`.

    Returns:
        `(images, labels)`: uint8 of shape (n, height, width, channels) in [0, 255],
        and int64 of shape (n,).

    Raises:
        ValueError: If `name` or `split` is unknown, or a `.npz` file does not hold
            the set that its name says.
        FileNotFoundError: If `data_dir` or `KERASGAN_DATA_DIR` is no folder.
        RuntimeError: If the download fails.

    Example:

    >>> images, labels = kerasgan.datasets.load("glyphs-28")
    >>> images.shape
    (10000, 28, 28, 1)
    """
    _check_name(name)
    if split not in _SPLITS:
        raise ValueError(
            f"`split` must be one of {list(_SPLITS)}. Received: split={split!r}"
        )
    if name in _DRAWN:
        n, seed = _DRAWN_SPLITS[split]
        return _DRAWN[name].draw(n, seed=seed)
    folder = _data_folder(data_dir)
    path = folder / f"{name}.npz" if folder else None
    if path is not None and path.exists():
        return _read_npz(path, name, split)
    return _download(name, split)


def class_names(name):
    """Names of a set's classes: the name of label `i` is at position `i`.

    Args:
        name: A name that `load` takes.

    Returns:
        A tuple of strings.

    Raises:
        ValueError: If `name` is unknown.
    """
    _check_name(name)
    return (_DRAWN[name] if name in _DRAWN else _DOWNLOADED[name]).classes


def _check_name(name):
    known = [*_DOWNLOADED, *_DRAWN]
    if name in known:
        return
    near = difflib.get_close_matches(str(name).lower().replace("-", "_"), known)
    near = near or difflib.get_close_matches(str(name).lower(), known)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"There is no dataset of that name.{hint} `name` must be one of {known}. "
        "For pictures of your own use `datasets.image_folder(path)`. "
        f"Received: name={name!r}"
    )


def _data_folder(data_dir):
    source = "`data_dir`"
    if data_dir is None:
        # An empty variable counts as unset, as shells make it hard to tell apart.
        data_dir = os.environ.get(DATA_DIR_VARIABLE) or None
        source = f"The environment variable {DATA_DIR_VARIABLE}"
    if data_dir is None:
        return None
    folder = Path(data_dir).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{source} must name an existing folder with .npz files; create it, or "
            f"leave it unset to download. Received: {str(data_dir)!r}"
        )
    return folder


def _read_npz(path, name, split):
    try:
        # `np.load` also opens single arrays and pickles; only a zip can be a set.
        if not zipfile.is_zipfile(path):
            raise zipfile.BadZipFile("the file is not a zip archive")
        with np.load(path, allow_pickle=False) as arrays:
            wanted = (f"x_{split}", f"y_{split}")
            missing = [key for key in wanted if key not in arrays.files]
            if missing:
                raise ValueError(
                    f"the arrays {missing} are missing, it has {sorted(arrays.files)}"
                )
            images, labels = (arrays[key] for key in wanted)
        return _standardize(images, labels, name, split)
    except Exception as error:
        raise ValueError(
            f"The file {str(path)!r} does not hold the dataset {name!r}: {error}. "
            "It must be a NumPy .npz file with the arrays x_train, y_train, x_test and "
            f"y_test as `keras.datasets.{name}.load_data()` returns them. Replace the "
            "file, or remove it to download the set."
        ) from error


def _standardize(images, labels, name, split):
    shape, classes = _DOWNLOADED[name]
    allowed = [shape, shape[:2]] if shape[-1] == 1 else [shape]
    if images.dtype != np.uint8 or images.shape[1:] not in allowed:
        raise ValueError(
            f"x_{split} must be uint8 of shape (n, {', '.join(map(str, shape))}), not "
            f"{images.dtype} of shape {images.shape}"
        )
    n = len(images)
    if n == 0:
        raise ValueError(f"x_{split} has no image")
    if labels.shape not in ((n,), (n, 1)) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"y_{split} must be integers of shape ({n},) or ({n}, 1), not "
            f"{labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= len(classes):
        raise ValueError(
            f"y_{split} must lie in [0, {len(classes) - 1}], not in "
            f"[{labels.min()}, {labels.max()}]"
        )
    return images.reshape(n, *shape), labels.reshape(n).astype(np.int64)


def _download(name, split):
    # Keras is imported here so that the other sets load without it.
    import keras

    try:
        train, test = getattr(keras.datasets, name).load_data()
    # Keras's downloader raises a plain Exception where the network fails.
    except Exception as error:
        raise RuntimeError(
            f"Keras could not download the dataset {name!r}: {error}. Either put the "
            f"file {name}.npz (arrays x_train, y_train, x_test, y_test) into a folder "
            f"and name the folder in `data_dir` or the environment variable "
            f"{DATA_DIR_VARIABLE}, or use {' or '.join(map(repr, _DRAWN))}, which need "
            "no network."
        ) from error
    return _standardize(*(train if split == "train" else test), name, split)
