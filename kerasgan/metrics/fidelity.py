"""The scores of papers, by torch-fidelity where it is installed."""

import pathlib
import tempfile
import types

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
# Ours: theirs, its spread, whether higher is better, whether it looks at real images.
_FIGURES = {
    "is": ("inception_score_mean", "inception_score_std", True, False),
    "fid": ("frechet_inception_distance", None, False, True),
    "kid": (
        "kernel_inception_distance_mean",
        "kernel_inception_distance_std",
        False,
        True,
    ),
    "precision": ("precision", None, True, True),
    "recall": ("recall", None, True, True),
}


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
    """FID, KID, Inception score, precision and recall by torch-fidelity.

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
        A dict of `"is"`, `"fid"`, `"kid"`, `"precision"` and `"recall"` to `Score`.

    Raises:
        ImportError: if torch-fidelity is not installed.
        ValueError: if images are not such arrays.

    Source: Obukhov et al. 2020, "High-fidelity performance metrics for generative
    models in PyTorch" (doi:10.5281/zenodo.4957738).
    """
    fidelity = import_fidelity()
    fake, real = (
        _check(name, images)
        for name, images in (("fake_images", fake_images), ("real_images", real_images))
    )
    subset_size = min(_KERNEL_SUBSET, len(fake), len(real))
    with tempfile.TemporaryDirectory() as folder:
        folders = [pathlib.Path(folder) / name for name in ("fake", "real")]
        for images, path in zip((fake, real), folders):
            _write(images, path)
        found = fidelity.calculate_metrics(
            input1=str(folders[0]),
            input2=str(folders[1]),
            isc=True,
            fid=True,
            kid=True,
            prc=True,
            kid_subset_size=subset_size,
            batch_size=batch_size,
            rng_seed=seed,
            cuda=cuda,
            cache=False,
            verbose=False,
        )
    settings = {
        "is": {"splits": 10},
        "fid": {},
        "kid": {"subsets": 100, "subset_size": subset_size},
        "precision": {"k": 3},
        "recall": {"k": 3},
    }
    shared = {
        "num_fake": len(fake),
        "extractor": EXTRACTOR,
        "extractor_sha256": EXTRACTOR_SHA256,
        "resize": "torch-fidelity's, 299x299",
        "seed": seed,
        "preset": preset,
        "step": step,
        "versions": {**versions(), "torch-fidelity": fidelity.__version__},
    }
    of_real = {
        "num_real": len(real),
        "data": data,
        "split": split,
        "real_sha256": images_sha256(real),
    }
    return {
        name: Score(
            metric=name,
            value=float(found[key]),
            spread=None if spread is None else float(found[spread]),
            higher_is_better=higher,
            settings=settings[name],
            **shared,
            **(of_real if needs_real else {}),
        )
        for name, (key, spread, higher, needs_real) in _FIGURES.items()
    }


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
