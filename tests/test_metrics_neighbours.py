"""By hand, and the same figures by scikit-learn and by the paper's package."""

import tracemalloc

import keras
import numpy as np
import pytest
from PIL import Image
from prdc import compute_prdc
from sklearn.neighbors import NearestNeighbors

from kerasgan.metrics import (
    density_coverage,
    nearest_neighbours,
    precision_recall,
    save_nearest_neighbours,
)

pytestmark = pytest.mark.once


def features(n, width=6, *, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(size=(n, width)) + shift


@pytest.mark.parametrize("shift", [0.0, 1.0])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_figures_equal_the_papers_package(k, shift):
    real, fake = features(300), features(250, seed=1, shift=shift)
    wanted = compute_prdc(real, fake, nearest_k=k)
    precision, recall = precision_recall(real, fake, k=k, block_size=70)
    density, coverage = density_coverage(real, fake, k=k, block_size=70)
    found = [precision, recall, density, coverage]
    names = ("precision", "recall", "density", "coverage")
    assert found == pytest.approx([wanted[name] for name in names])


def test_precision_recall_is_by_hand():
    # k=1: balls around 0, 1 (radius 1) and 5 (radius 4) cover [-1, 9]; those around
    # the fakes 8.9 (radius 0.6), 9.5 and 20 (radius 10.5) cover [8.3, 30.5].
    real, fake = [[0.0], [1.0], [5.0]], [[8.9], [9.5], [20.0]]
    found = precision_recall(real, fake, k=1)
    assert found == (pytest.approx(1 / 3), 0.0)


def test_density_coverage_is_by_hand():
    # k=1: 0.5 and 0.7 lie in the ball [-1, 1] of 0, these and 1.1 in [0, 2] of 1, and
    # 8.9 and 1.1 in [1, 9] of 5.
    found = density_coverage([[0.0], [1.0], [5.0]], [[0.5], [0.7], [8.9], [1.1]], k=1)
    assert found.density == pytest.approx((2 + 3 + 2) / 4)
    assert found.coverage == 1.0


def test_equal_sets_are_all_inside():
    real = features(50)
    assert precision_recall(real, real) == (1.0, 1.0)
    assert density_coverage(real, real).coverage == 1.0


def test_duplicates_are_at_distance_zero():
    # Each row has three copies: radii are exactly zero for k=3, and only copies hit.
    real = np.repeat(features(20) * 1e3 + 1e5, 4, axis=0)
    assert precision_recall(real, real[::4].repeat(5, axis=0), k=3) == (1.0, 1.0)
    assert precision_recall(real, real + 1e-3, k=3) == (0.0, 0.0)


def test_distributions_apart_score_nothing():
    real, fake = features(100), features(100, seed=1, shift=100.0)
    assert precision_recall(real, fake) == (0.0, 0.0)
    assert density_coverage(real, fake) == (0.0, 0.0)


def test_block_size_changes_nothing():
    real, fake = features(101), features(99, seed=1)
    assert precision_recall(real, fake, block_size=7) == precision_recall(real, fake)
    assert density_coverage(real, fake, block_size=7) == density_coverage(real, fake)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="NumPy: once will do")
def test_ten_thousand_by_ten_thousand_fit_two_gibibytes():
    real, fake = features(10_000, 2), features(10_000, 2, seed=1)
    tracemalloc.start()
    precision_recall(real, fake)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 2**30


@pytest.mark.parametrize("k", [1, 4])
def test_nearest_neighbours_equal_scikit_learn(k):
    fake, real = features(40, 16), features(200, 16, seed=1)
    found = nearest_neighbours(fake, real, k=k, block_size=13)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(real)
    distances, indices = search.kneighbors(fake)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-9)


def test_nearest_neighbours_find_copies():
    real = features(30, 8) * 1e3
    found = nearest_neighbours(real[[7, 3]], real)
    np.testing.assert_array_equal(found.indices, [[7], [3]])
    np.testing.assert_array_equal(found.distances, 0.0)


@pytest.mark.parametrize("function", [precision_recall, density_coverage])
@pytest.mark.parametrize("k", [0, 1.5, True, 9])
def test_bad_neighbour_counts_are_refused(function, k):
    with pytest.raises(ValueError, match=f"Received: k={k}"):
        function(np.ones((9, 3)), np.ones((9, 3)), k=k)


@pytest.mark.parametrize(
    "function", [precision_recall, density_coverage, nearest_neighbours]
)
def test_bad_features_are_refused(function):
    with pytest.raises(ValueError, match="equally wide. Received"):
        function(np.ones((9, 3)), np.ones((9, 4)))
    with pytest.raises(ValueError, match="the first is row 0"):
        function(np.full((9, 3), np.nan), np.ones((9, 3)))


def test_picture_shows_each_fake_before_its_neighbours(tmp_path):
    real = np.arange(4, dtype="uint8")[:, None, None, None] * np.full(
        (1, 6, 5, 1), 10, "uint8"
    )
    fake = np.full((2, 6, 5, 1), 200, "uint8")
    path = tmp_path / "new" / "neighbours.png"
    save_nearest_neighbours(fake, real, [[3, 1], [0, 2]], path, zoom=1)
    picture = np.asarray(Image.open(path))
    assert picture.shape == (2 + 2 * 8, 2 + 3 * 7)
    centers = picture[5::8, 4::7]
    np.testing.assert_array_equal(centers, [[200, 30, 10], [200, 0, 20]])


@pytest.mark.parametrize(
    "fake, indices, message",
    [
        (np.zeros((2, 6, 6, 1), "uint8"), [[0], [1]], "must be of one size"),
        (np.zeros((2, 6, 5, 1), "uint8"), [[0]], "a row for each fake image"),
        (np.zeros((2, 6, 5, 1), "uint8"), [[0.0], [1.0]], "dtype=float64"),
        (np.zeros((2, 6, 5, 1), "uint8"), [[0], [4]], "from 0 to 3. Received: from 0"),
        (np.zeros((0, 6, 5, 1), "uint8"), np.zeros((0, 1), int), "for 0 images"),
    ],
)
def test_picture_refuses_what_does_not_fit(tmp_path, fake, indices, message):
    real = np.zeros((4, 6, 5, 1), "uint8")
    with pytest.raises(ValueError, match=message):
        save_nearest_neighbours(fake, real, indices, tmp_path / "grid.png")
