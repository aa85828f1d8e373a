"""The scores of papers, by torch-fidelity where it is installed."""

import pathlib
import tempfile
import types
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from kerasgan.metrics.cache import images_sha256
from kerasgan.metrics.evaluation import versions
from kerasgan.metrics.scores import Score

EXTRACTOR = "torch-fidelity/inception-v3-compat"
# The start of the SHA-256 of its weights, as their published file is named.
EXTRACTOR_SHA256 = "6726825d"
_KERNEL_SUBSET = 1000


class _Figure(NamedTuple):
    """Our name, torch-fidelity's for the value and its spread, and what it is."""

    name: str
    value: str
    spread: str | None
    higher_is_better: bool
    needs_real: bool
    settings: tuple[str, ...] = ()


_FIGURES = (
    _Figure(
        "is",
        "inception_score_mean",
        "inception_score_std",
        higher_is_better=True,
        needs_real=False,
        settings=("isc_splits",),
    ),
    _Figure(
        "fid",
        "frechet_inception_distance",
        None,
        higher_is_better=False,
        needs_real=True,
    ),
    _Figure(
        "kid",
        "kernel_inception_distance_mean",
        "kernel_inception_distance_std",
        higher_is_better=False,
        needs_real=True,
        settings=("kid_subsets", "kid_subset_size"),
    ),
)


def fidelity_scores(
    fake_images: ArrayLike,
    real_images: ArrayLike,
    *,
    seed: int = 0,
    batch_size: int = 64,
    cuda: bool = False,
    data: str | None = None,
    split: str | None = None,
    preset: str | None = None,
    step: int | None = None,
) -> dict[str, Score]:
    """FID, KID and Inception score by torch-fidelity.

    Its network is TensorFlow's Inception of 2015, with that program's resizing: the
    figures compare with those of papers for equal numbers of images and the same split.

    Args:
        fake_images, real_images: uint8 (n, height, width, channels), channels 1 or 3;
            grey images become colour ones with equal channels.
        seed: of subsets and splits. Defaults to 0.
        batch_size: images at a time. Defaults to 64.
        cuda: whether to use a GPU. Defaults to `False`.
        data, split, preset, step: what scores say of both sets. Default to `None`.

    Returns:
        A dict of `"is"`, `"fid"` and `"kid"` to `Score`.

    Raises:
        ImportError: if torch-fidelity is not installed.
        ValueError: if images are not such arrays.

    Source: Obukhov et al. 2020, "High-fidelity performance metrics for generative
    models in PyTorch" (doi:10.5281/zenodo.4957738).
    """
    fidelity = import_fidelity()
    fake = _check("fake_images", fake_images)
    real = _check("real_images", real_images)
    settings = {
        "rng_seed": seed,
        "batch_size": batch_size,
        "cuda": cuda,
        "isc_splits": 10,
        "kid_subsets": 100,
        "kid_subset_size": min(_KERNEL_SUBSET, len(fake), len(real)),
    }
    found = _measure(fidelity, fake, real, settings)
    shared: dict[str, Any] = {
        "num_fake": len(fake),
        "extractor": EXTRACTOR,
        "extractor_sha256": EXTRACTOR_SHA256,
        "resize": "torch-fidelity's, 299x299",
        "seed": seed,
        "preset": preset,
        "step": step,
        "versions": {**versions(), "torch-fidelity": fidelity.__version__},
    }
    of_real: dict[str, Any] = {
        "num_real": len(real),
        "data": data,
        "split": split,
        "real_sha256": images_sha256(real),
    }
    return {
        figure.name: Score(
            metric=figure.name,
            value=float(found[figure.value]),
            spread=None if figure.spread is None else float(found[figure.spread]),
            higher_is_better=figure.higher_is_better,
            settings={name: settings[name] for name in figure.settings},
            **shared,
            **(of_real if figure.needs_real else {}),
        )
        for figure in _FIGURES
    }


def _measure(fidelity, fake: NDArray, real: NDArray, settings: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        folders = [pathlib.Path(folder) / name for name in ("fake", "real")]
        for images, path in zip((fake, real), folders):
            _write(images, path)
        return fidelity.calculate_metrics(
            input1=str(folders[0]),
            input2=str(folders[1]),
            isc=True,
            fid=True,
            kid=True,
            cache=False,
            verbose=False,
            **settings,
        )


def import_fidelity() -> types.ModuleType:
    """torch-fidelity, or an error that says how to install it."""
    try:
        import torch_fidelity
    except (ImportError, RuntimeError) as error:
        # Beside another build of PyTorch, torchvision raises RuntimeError.
        raise ImportError(
            "The papers' FID needs torch-fidelity, which cannot be imported: "
            f"{error}. Install it with pip install torch-fidelity, or leave "
            "`--fidelity` away."
        ) from error
    return torch_fidelity


def _check(name: str, images: ArrayLike) -> NDArray:
    images = np.asarray(images)
    right = images.ndim == 4 and images.dtype == np.uint8
    if not right or images.shape[-1] not in (1, 3) or len(images) < 2:
        raise ValueError(
            f"`{name}` must be a uint8 array (n, height, width, channels) with 1 or 3 "
            "channels and at least 2 images. Received: "
            f"shape={images.shape}, dtype={images.dtype}."
        )
    return images


def _write(images: NDArray, folder: pathlib.Path) -> None:
    """One picture a file: the one form that brings no framework in here."""
    folder.mkdir()
    for i, image in enumerate(images):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        picture.save(folder / f"{i:06d}.png")
