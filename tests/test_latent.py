"""Walks through latents, and images of them."""

import io

import numpy as np
import pytest
from methods_small import conditional_gan
from PIL import Image
from small import small_gan

from kerasgan import ImageGrid, latent


def unit(degrees, length=1.0):
    angle = np.deg2rad(degrees)
    return length * np.array([np.cos(angle), np.sin(angle)])


# Paths ---------------------------------------------------------------------------


def test_interpolate_goes_straight():
    walk = latent.interpolate([0.0, 2.0], [4.0, 0.0], steps=5, method="linear")
    assert walk.dtype == np.float32
    np.testing.assert_allclose(
        walk, [[0, 2], [1, 1.5], [2, 1], [3, 0.5], [4, 0]], atol=1e-6
    )


def test_interpolate_goes_along_the_arc():
    walk = latent.interpolate(unit(0), unit(90), steps=4)
    np.testing.assert_allclose(walk, [unit(a) for a in (0, 30, 60, 90)], atol=1e-6)


def test_interpolate_weighs_lengths_as_the_formula_says():
    # sin(60 degrees - 20) / sin(60) and sin(20) / sin(60), a third of the way.
    start, end = unit(0, 2.0), unit(60, 3.0)
    walk = latent.interpolate(start, end, steps=4)
    expected = 0.742227 * start + 0.394931 * end
    np.testing.assert_allclose(walk[1], expected, atol=1e-5)
    np.testing.assert_allclose(walk[[0, 3]], [start, end], atol=1e-6)


@pytest.mark.parametrize("end", [[2.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
def test_interpolate_along_one_line_is_a_line(end):
    walk = latent.interpolate([1.0, 1.0], end, steps=3)
    np.testing.assert_allclose(walk[1], (np.ones(2) + end) / 2, atol=1e-5)


def test_path_passes_each_latent():
    points = np.array([unit(0), unit(90), unit(180)])
    walk = latent.path(points, steps=3)
    expected = [unit(a) for a in (0, 30, 60, 90, 120, 150, 180)]
    np.testing.assert_allclose(walk, expected, atol=1e-6)
    closed = latent.path(points, steps=2, method="linear", closed=True)
    ends = [points[0], points[1], points[2], points[0]]
    expected = [p for a, b in zip(ends, ends[1:]) for p in (a, (a + b) / 2)]
    np.testing.assert_allclose(closed, expected, atol=1e-6)


def test_truncate_moves_towards_the_mean():
    latents = np.array([[1.0, 3.0], [-1.0, 5.0]])
    halved = latent.truncate(latents, 0.5, mean=[1.0, 1.0])
    np.testing.assert_allclose(halved, [[1.0, 2.0], [0.0, 3.0]])
    np.testing.assert_allclose(latent.truncate(latents, 0.0), np.zeros((2, 2)))


def test_truncated_normal_has_its_spread():
    latents = latent.truncated_normal(20_000, 2, threshold=0.5, seed=0)
    assert np.abs(latents).max() <= 0.5
    # 1 - 2 t f(t) / (2 F(t) - 1), with the normal's f(0.5) and F(0.5) from a table.
    variance = 1 - 2 * 0.5 * 0.352065 / (2 * 0.691462 - 1)
    np.testing.assert_allclose(latents.var(), variance, rtol=0.02)
    again = latent.truncated_normal(20_000, 2, threshold=0.5, seed=0)
    assert np.array_equal(latents, again)


def test_combine_adds_and_subtracts_means():
    smiling = [[1.0, 2.0], [3.0, 4.0]]
    neutral = [[1.0, 1.0]]
    man = [[0.0, 6.0], [0.0, 2.0], [3.0, 1.0]]
    found = latent.combine([smiling, man], [neutral])
    np.testing.assert_allclose(found, [2 + 1 - 1, 3 + 3 - 1])


def test_traversal_changes_one_number_in_each():
    grid = latent.traversal([7.0, 8.0, 9.0], [2, 0], [-1.0, 1.0])
    expected = [[7, 8, -1], [7, 8, 1], [-1, 8, 9], [1, 8, 9]]
    np.testing.assert_array_equal(grid, expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: latent.interpolate([0.0], [0.0, 1.0]), r"shapes \(1,\) and \(2,\)"),
        (lambda: latent.interpolate([0.0], [1.0], steps=1), "`steps` must be at least"),
        (lambda: latent.interpolate([0.0], [1.0], method="cubic"), "linear, spherical"),
        (lambda: latent.path([[0.0]]), r"at least 2 latents.*Received: shape \(1, 1\)"),
        (
            lambda: latent.truncate([[0.0]], 1.5),
            "`truncation_psi` must be a number at least 0",
        ),
        (lambda: latent.truncated_normal(2, 2, threshold=0), "`threshold` must be"),
        (lambda: latent.combine([]), "at least one group"),
        (lambda: latent.traversal([0.0, 1.0], [2]), r"0 to 1. Received: \[2\]"),
    ],
)
def test_paths_refuse_what_they_cannot_walk(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Pictures ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gan():
    gan = small_gan(plain=True, ema_decay=0.5)
    # Far apart: no two images are the same.
    for network in (gan.generator, gan.ema_generator):
        network.set_weights([4 * w for w in network.get_weights()])
    return gan


def test_images_of_are_the_generators(gan):
    latents = np.random.default_rng(2).standard_normal((3, 4), "float32")
    images = latent.images_of(gan, latents, batch_size=2)
    kernel, bias = gan.ema_generator.get_weights()
    floats = np.tanh(latents @ kernel + bias).reshape(3, 8, 8, 1)
    np.testing.assert_allclose(images, (floats + 1) * 127.5, atol=0.51)
    with pytest.raises(ValueError, match=r"shape \(n, 4\). Received: \(3, 2\)"):
        latent.images_of(gan, latents[:, :2])


def test_save_interpolation_writes_a_strip_and_an_animation(gan, tmp_path):
    animation, strip = latent.save_interpolation(
        gan, tmp_path / "walk.webp", n=3, steps=4, seed=1, columns=6, zoom=2
    )
    with Image.open(animation) as picture:
        assert (picture.n_frames, picture.size) == (12, (16, 16))
    with Image.open(strip) as picture:
        assert picture.size == (2 * (6 * 10 + 2), 2 * 12)
        pixels = np.array(picture)[::2, ::2]
    latents = np.random.default_rng(1).standard_normal((3, 4), "float32")
    first = latent.images_of(gan, latents[:1])[0, ..., 0]
    assert np.array_equal(pixels[2:10, 2:10], first)


def test_save_interpolation_refuses_another_format(gan, tmp_path):
    with pytest.raises(ValueError, match=r"\.gif or a \.webp"):
        latent.save_interpolation(gan, tmp_path / "walk.png")


def test_save_traversal_writes_a_row_for_each_dimension(gan, tmp_path):
    path = tmp_path / "grid.png"
    grid = latent.save_traversal(gan, path, np.zeros(4), [0, 3], values=[-1, 0, 1])
    assert grid.shape == (2 * 10 + 2, 3 * 10 + 2, 1)
    # In the middle column both rows show the unchanged latent.
    assert np.array_equal(grid[2:10, 12:20], grid[12:20, 12:20])
    with Image.open(path) as picture:
        assert np.array_equal(np.array(picture)[::2, ::2], grid[..., 0])


@pytest.mark.parametrize("channels", [1, 3])
def test_image_grid_shows_itself(channels, tmp_path):
    images = np.arange(3 * 16 * channels, dtype="uint8").reshape(3, 4, 4, channels)
    grid = ImageGrid(images, columns=2, zoom=3)
    assert repr(grid) == "<ImageGrid of 3 images, 4x4>"
    with Image.open(io.BytesIO(grid._repr_png_())) as picture:
        shown = np.array(picture).reshape(42, 42, channels)
    assert np.array_equal(shown[6:18:3, 24:36:3], images[1])
    with Image.open(grid.save(tmp_path / "grid.png")) as picture:
        assert np.array_equal(np.array(picture).reshape(shown.shape), shown)


# Classes -------------------------------------------------------------------------


def test_images_of_a_class_are_those_that_generate_gives():
    gan = conditional_gan()
    latents = np.random.default_rng(7).standard_normal((3, gan.latent_dim), "float32")
    images = latent.images_of(gan, latents, 1)
    np.testing.assert_array_equal(images, gan.generate(3, 1, seed=7))
    turns = latent.images_of(gan, latents)
    np.testing.assert_array_equal(turns, gan.generate(3, [0, 1, 2], seed=7))
    with pytest.raises(ValueError, match="from 0 to 2"):
        latent.images_of(gan, latents, 3)


def test_save_interpolation_stays_in_one_class(tmp_path):
    gan = conditional_gan()
    point = np.ones((2, gan.latent_dim), "float32")
    path, strip = latent.save_interpolation(
        gan, tmp_path / "a.gif", point, steps=2, columns=4, zoom=1, label=2
    )
    with Image.open(strip) as picture:
        pixels = np.array(picture).reshape(12, -1, 1)
    image = latent.images_of(gan, point[:1], 2)[0]
    for left in (2, 12, 22, 32):
        np.testing.assert_array_equal(pixels[2:10, left : left + 8], image)
