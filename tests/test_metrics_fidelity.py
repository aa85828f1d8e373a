"""Without torch-fidelity: what is handed to it, and the error where it is missing."""

import sys

import numpy as np
import pytest
from PIL import Image

from kerasgan.metrics.fidelity import _FIGURES, _write, fidelity_scores

pytestmark = pytest.mark.once


def images(n=4, channels=3):
    shape = (n, 6, 5, channels)
    return np.random.default_rng(0).integers(0, 256, shape).astype("uint8")


def test_without_the_package_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(ImportError, match="pip install torch-fidelity"):
        fidelity_scores(images(), images())


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_handed_over_without_loss(tmp_path, channels):
    _write(images(channels=channels), tmp_path / "fake")
    names = sorted(path.name for path in (tmp_path / "fake").iterdir())
    assert names == ["000000.png", "000001.png", "000002.png", "000003.png"]
    for name, image in zip(names, images(channels=channels)):
        found = np.asarray(Image.open(tmp_path / "fake" / name).convert("RGB"))
        np.testing.assert_array_equal(found, np.broadcast_to(image, found.shape))


def test_bad_images_are_refused():
    pytest.importorskip("torch_fidelity", reason="an optional package")
    with pytest.raises(ValueError, match="`fake_images` must be a uint8 array"):
        fidelity_scores(images() / 255.0, images())
    with pytest.raises(ValueError, match="`fake_images` must be a uint8 array"):
        fidelity_scores(images() > 9, images())


def test_more_is_better_for_the_inception_score_alone():
    assert {f.name for f in _FIGURES if f.higher_is_better} == {"is"}
