"""What methods learn where it is known: points of the plane."""

import importlib
import pathlib

import numpy as np
import pytest

from kerasgan.registry import registered_models

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).parents[1]
BUILT_IN = sorted(
    name
    for name, cls in registered_models().items()
    if cls.__module__.startswith("kerasgan.")
)


@pytest.fixture
def load(monkeypatch):
    """A module of `benchmarks/` by name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_coverage_counts_modes_and_good_samples(load):
    points = load("toy.points")
    centres = points.ring().centres
    at_three = np.repeat(centres[:3], [60, 39, 1], axis=0)
    assert points.coverage(at_three, centres) == (3, 1.0)
    # 0.9 % of the samples are too few for the third, and 0.0601 off is not near.
    samples = np.concatenate([np.repeat(centres[:2], 495, axis=0), centres[[2] * 9]])
    samples = np.concatenate([samples, [[0.7 + 0.0601, 0.0]]])
    covered, good = points.coverage(samples, centres)
    assert covered == 2
    assert good == 0.999


@pytest.mark.parametrize("toy, modes", [("ring", 8), ("grid", 25)])
def test_real_points_cover_everything(toy, modes, load):
    points = load("toy.points")
    drawn, labels = points.TOYS[toy].draw(20_000, seed=0)
    assert drawn.shape == (20_000, 1, 1, 2) and np.abs(drawn).max() <= 1.0
    covered, good = points.coverage(drawn.reshape(-1, 2), points.TOYS[toy].centres)
    assert covered == modes
    # Within 3 spreads of the mean of a Gaussian of the plane: 1 - exp(-4.5).
    assert abs(good - 0.98889) < 0.004
    own = points.TOYS[toy].centres[labels]
    assert np.linalg.norm(drawn.reshape(-1, 2) - own, axis=1).max() < 0.15


@pytest.mark.parametrize("method", BUILT_IN)
def test_every_method_has_a_toy_and_trains_on_it(method, load):
    found = load("toy.training").train(method, "grid", steps=4, batch=32)
    assert found.points.shape == (5_000, 2)
    assert np.isfinite(found.points).all()


def test_labelled_gan_learns_the_ring(load):
    """The short form: a few seconds; `benchmarks/toy_truth.py` is the long one."""
    found = load("toy.training").train("conditional-gan", "ring", steps=600, batch=128)
    assert found.covered == 8
    assert found.good > 0.3


def test_page_has_a_row_a_method_and_a_column_a_toy(load, tmp_path):
    facts = {
        "method": "lsgan",
        "toy": "ring",
        "backend": "jax",
        "covered": 7,
        "modes": 8,
        "good": 0.914,
        "seconds": 60.0,
        "steps": 2000,
        "seed": 0,
        "machine": "a machine",
        "date": "2026-01-02",
    }
    page = load("toy.page")
    text = page.page([facts], ["jax"])
    assert "| `lsgan` | 7 of 8, 91% |  |" in text
    assert "- 2026-01-02, jax: 1 trainings in 1 minutes; a machine" in text
    points = np.zeros((10, 2), "float32")
    page.write_page(tmp_path, [(facts, points)])
    assert (tmp_path / "toy.png").stat().st_size > 1000
    # Another backend's run leaves this one's on the page, and its own second run not.
    for covered in (5, 6):
        other = {**facts, "backend": "torch", "covered": covered}
        page.write_page(tmp_path, [(other, points)])
    text = (tmp_path / "toy.md").read_text()
    assert "| `lsgan` | 7 of 8, 91% | 6 of 8, 91% |  |  |" in text
    assert "(crosses); on\ntorch.*" in text
    page.write_page(tmp_path, [({**facts, "steps": 9}, points)])
    assert "torch" not in (tmp_path / "toy.md").read_text()
