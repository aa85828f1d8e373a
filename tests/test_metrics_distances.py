"""Closed forms, and the same figures by torchmetrics."""

import numpy as np
import pytest
import torch
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from kerasgan.metrics import (
    frechet_distance,
    frechet_distance_of_gaussians,
    kernel_distance,
)
from kerasgan.metrics.distances import check_subsets

pytestmark = pytest.mark.once


def features(n, width, *, seed=0, shift=0.0):
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(100).normal(size=(width, width))
    return random.normal(size=(n, width)) @ mixing + shift


def test_frechet_distance_of_shifted_features_is_the_squared_shift():
    real = features(50, 4)
    assert frechet_distance(real, real + [3, 0, 4, 0]) == pytest.approx(25.0)


def test_frechet_distance_of_scaled_features_follows_the_closed_form():
    # Equal directions: sum of (standard deviations' difference)^2.
    real = np.random.default_rng(0).normal(size=(1000, 3))
    real -= real.mean(axis=0)
    wanted = np.cov(real, rowvar=False).trace()
    assert frechet_distance(real, 2 * real) == pytest.approx(wanted)
    assert frechet_distance(real, 4 * real) == pytest.approx(9 * wanted)


def test_frechet_distance_of_diagonal_gaussians_is_by_hand():
    # (1 - 2)^2 + (3 - 5)^2 for the roots, 1 + 4 for the means.
    value = frechet_distance_of_gaussians(
        [0, 0], np.diag([1.0, 9.0]), [1, 2], np.diag([4.0, 25.0])
    )
    assert value == pytest.approx(10.0)


def test_frechet_distance_of_rotated_gaussians_is_by_hand():
    # C1 = diag(4, 1), C2 = diag(1, 4): C1 C2 = 4I, whose root has the trace 4.
    value = frechet_distance_of_gaussians(
        [0, 0], np.diag([4.0, 1.0]), [0, 0], np.diag([1.0, 4.0])
    )
    assert value == pytest.approx(10 - 2 * 4)


def test_frechet_distance_is_zero_for_equal_features_and_symmetric():
    real, fake = features(200, 8), features(150, 8, seed=1, shift=0.2)
    assert frechet_distance(real, real) == pytest.approx(0.0, abs=1e-10)
    assert frechet_distance(real, fake) == pytest.approx(frechet_distance(fake, real))


@pytest.mark.parametrize("width", [1, 8, 64])
def test_frechet_distance_equals_torchmetrics(width):
    real, fake = features(500, width), features(400, width, seed=1, shift=0.3)
    moments = [
        torch.as_tensor(value)
        for x in (real, fake)
        for value in (x.mean(axis=0), np.cov(x, rowvar=False).reshape(width, width))
    ]
    wanted = float(_compute_fid(*moments))
    assert frechet_distance(real, fake) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.filterwarnings("ignore:50 images are too few")
def test_frechet_distance_of_singular_covariances_stays_exact():
    # Rank 1 of 100: all features lie on one line, at positions that differ by 2.
    line = np.random.default_rng(0).normal(size=(50, 1)) @ np.full((1, 100), 0.1)
    assert frechet_distance(line, line) == pytest.approx(0.0, abs=1e-12)
    assert frechet_distance(line, line + 0.2) == pytest.approx(4.0, rel=1e-12)


def test_frechet_distance_of_nearly_singular_covariances_stays_exact():
    # Scales from 1 to 1e-9, where the square root of a product loses all digits.
    scales = 10.0 ** -np.arange(10)
    real = np.random.default_rng(0).normal(size=(1000, 10)) * scales
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(10, 10)))
    value = frechet_distance(real @ rotation, (real + 1e-3 * scales) @ rotation)
    assert value == pytest.approx(1e-6 * (scales**2).sum(), rel=1e-6)


def test_frechet_distance_takes_float16_in_float64():
    real = (features(100, 4) * 100).astype("float16")
    wanted = frechet_distance(real.astype("float64"), 2 * real.astype("float64"))
    assert frechet_distance(real, (2 * real.astype("float32"))) == wanted


def test_too_few_samples_warn_with_the_number_needed():
    with pytest.warns(
        UserWarning, match="16 images are too few for 16 .* least 17, better 160,"
    ):
        frechet_distance(features(16, 16), features(40, 16))


def test_kernel_distance_of_whole_sets_equals_torchmetrics():
    real, fake = features(60, 8), features(60, 8, seed=1, shift=0.5)
    # Subsets of all rows are the sets themselves.
    value, spread = kernel_distance(real, fake, subsets=3, subset_size=60)
    wanted = float(poly_mmd(torch.as_tensor(real), torch.as_tensor(fake)))
    assert value == pytest.approx(wanted, rel=1e-9)
    assert spread == pytest.approx(0.0, abs=1e-9 * abs(value))


def test_kernel_distance_is_by_hand_for_two_rows():
    # k(0, 0) = 1, k(1, 1) = 8: within sets the off-diagonal pairs alone.
    value, _ = kernel_distance([[0.0], [0.0]], [[1.0], [1.0]], subset_size=2)
    assert value == pytest.approx(1 + 8 - 2 * 1)


def test_kernel_distance_is_unbiased():
    # The population's value for N(0, 1) and N(m, 1), width 1: expectations of the
    # kernel's monomials, sum over p of binomial(3, p) (E x^p - E y^p)^2.
    m = 0.5
    normal = np.array([0, 1, 0])
    shifted = np.array([m, 1 + m**2, m**3 + 3 * m])
    wanted = (np.array([3, 3, 1]) * (normal - shifted) ** 2).sum()
    random = np.random.default_rng(0)
    small = [
        kernel_distance(
            random.normal(size=(20, 1)),
            random.normal(m, 1, size=(20, 1)),
            subsets=1,
            subset_size=20,
        ).value
        for _ in range(4000)
    ]
    error = np.std(small) / np.sqrt(len(small))
    assert abs(np.mean(small) - wanted) < 4 * error
    assert error < 0.1 * wanted


def test_kernel_distance_says_how_subsets_vary():
    real, fake = features(400, 8), features(400, 8, seed=1)
    one = kernel_distance(real, fake, subsets=20, subset_size=50, seed=1)
    assert one.spread > 0
    assert one == kernel_distance(real, fake, subsets=20, subset_size=50, seed=1)
    assert one != kernel_distance(real, fake, subsets=20, subset_size=50, seed=2)


@pytest.mark.parametrize("function", [frechet_distance, kernel_distance])
@pytest.mark.parametrize(
    "real, fake, message",
    [
        (np.ones((9, 3)), np.ones((9, 4)), "equally wide. Received: 3 and 4"),
        (np.ones((9, 3)), np.full((9, 3), np.nan), "NaN or infinity in 9 of 9 rows"),
        (np.full((9, 3), np.inf), np.ones((9, 3)), "`real_features` must hold finite"),
        (np.ones((9, 3)), np.ones(9), r"Received: shape=\(9,\)"),
        (np.ones((1, 3)), np.ones((9, 3)), "at least 2 rows. Received: 1"),
        (np.ones((9, 3)), np.full((9, 3), "a"), "real numbers. Received: dtype=<U1"),
    ],
)
def test_bad_features_are_refused(function, real, fake, message):
    with pytest.raises(ValueError, match=message):
        function(real, fake)


@pytest.mark.parametrize("arguments", [{"subsets": 0}, {"subset_size": 10}])
def test_bad_subsets_are_refused(arguments):
    with pytest.raises(ValueError, match="Take more images, or smaller subsets"):
        kernel_distance(np.ones((9, 3)), np.ones((9, 3)), **arguments)


@pytest.mark.parametrize(("images", "size"), [(5000, 1000), (1000, 500), (3, 2)])
def test_subsets_hold_a_thousand_or_half_of_the_images(images, size):
    assert check_subsets(1, None, images) == size
