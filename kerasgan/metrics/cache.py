"""Features of real images, kept on disk by what the images and the network are."""

import hashlib
import pathlib
import warnings
from collections.abc import Callable

import keras
import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from kerasgan.files import CACHE_DIR_VARIABLE, atomic_path, cache_folder
from kerasgan.metrics.extractors import Extractor, Features


def images_sha256(images: NDArray) -> str:
    """SHA-256 of an array's shape, dtype and values, in hexadecimal digits."""
    digest = hashlib.sha256(f"{images.shape} {images.dtype}\n".encode())
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()


def cached_features(
    extractor: Extractor,
    images: NDArray,
    make: Callable[[], Features],
    *,
    sha256: str,
) -> Features:
    """What `make` returns, from the cache where it was made before.

    Args:
        extractor: gives the features.
        images: whose features they are.
        make: called where the cache has none, or a damaged file.
        sha256: of the images.
    """
    # The backend too: a score must not depend on which one was first.
    parts = (
        sha256,
        extractor.sha256,
        extractor.name,
        extractor.resize(images),
        keras.backend.backend(),
    )
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    path = cache_folder() / "features" / f"{key}.safetensors"
    found = _read(path, len(images), classes=extractor.has_classes)
    if found is None:
        found = make()
        _write(path, found)
    return found


def _read(path: pathlib.Path, n: int, *, classes: bool) -> Features | None:
    try:
        tensors = safetensors.numpy.load_file(path)
    except (OSError, safetensors.SafetensorError):
        return None
    names = {"features", "probabilities"} if classes else {"features"}
    if set(tensors) != names or any(len(t) != n for t in tensors.values()):
        return None
    return Features(tensors["features"], tensors.get("probabilities"))


def _write(path: pathlib.Path, features: Features) -> None:
    tensors = {n: v for n, v in features._asdict().items() if v is not None}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            safetensors.numpy.save_file(tensors, temporary)
    except OSError as error:
        warnings.warn(
            f"The features of the real images could not be kept: {error}. They are "
            f"made anew each time. Name a folder that can be written in "
            f"{CACHE_DIR_VARIABLE}, or pass cache=False.",
            UserWarning,
            stacklevel=3,
        )
