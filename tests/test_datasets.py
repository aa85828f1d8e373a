import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from kerasgan import datasets

pytestmark = pytest.mark.once


def write_npz(folder, name, *, image_shape=(28, 28), n=6, **changed):
    rng = np.random.default_rng(5)
    arrays = {
        "x_train": rng.integers(0, 256, (n, *image_shape), dtype=np.uint8),
        "y_train": rng.integers(0, 10, n).astype(np.uint8),
        "x_test": rng.integers(0, 256, (2, *image_shape), dtype=np.uint8),
        "y_test": np.array([3, 9], np.uint8),
    }
    arrays.update(changed)
    arrays = {key: value for key, value in arrays.items() if value is not None}
    np.savez(folder / f"{name}.npz", **arrays)
    return arrays


@pytest.fixture(autouse=True)
def _no_data_folder_set(monkeypatch):
    monkeypatch.delenv("KERASGAN_DATA_DIR", raising=False)


def test_datasets_public_names_are_pinned():
    assert datasets.__all__ == [
        "class_names",
        "glyphs",
        "image_folder",
        "load",
        "shapes",
    ]
    assert all(callable(getattr(datasets, name)) for name in datasets.__all__)


@pytest.mark.parametrize("split", ["train", "test"])
def test_load_mnist_file_gains_a_channel_axis(tmp_path, split):
    arrays = write_npz(tmp_path, "mnist")
    images, labels = datasets.load("mnist", split=split, data_dir=tmp_path)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(images, arrays[f"x_{split}"][:, :, :, None])
    np.testing.assert_array_equal(labels, arrays[f"y_{split}"])


def test_load_cifar10_file_flattens_column_labels(tmp_path):
    column = np.array([[0], [9], [4]], np.uint8)
    images = np.full((3, 32, 32, 3), 7, np.uint8)
    write_npz(tmp_path, "cifar10", x_train=images, y_train=column)
    loaded, labels = datasets.load("cifar10", data_dir=str(tmp_path))
    np.testing.assert_array_equal(loaded, images)
    np.testing.assert_array_equal(labels, [0, 9, 4])
    assert labels.dtype == np.int64


def test_load_takes_the_folder_from_the_environment(tmp_path, monkeypatch):
    arrays = write_npz(tmp_path, "fashion_mnist")
    monkeypatch.setenv("KERASGAN_DATA_DIR", str(tmp_path))
    images, _ = datasets.load("fashion_mnist")
    np.testing.assert_array_equal(images[..., 0], arrays["x_train"])


def test_load_prefers_data_dir_to_the_environment(tmp_path, monkeypatch):
    arrays = write_npz(tmp_path, "mnist")
    monkeypatch.setenv("KERASGAN_DATA_DIR", str(tmp_path / "absent"))
    images, _ = datasets.load("mnist", data_dir=tmp_path)
    assert len(images) == len(arrays["x_train"])


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("minst", "'mnist'"),
        ("cifar-10", "'cifar10'"),
        ("glyph28", "'glyphs-28'"),
        ("Fashion-MNIST", "'fashion_mnist'"),
    ],
)
@pytest.mark.parametrize("function", [datasets.load, datasets.class_names])
def test_unknown_name_is_answered_with_near_names(function, name, near):
    with pytest.raises(ValueError, match="no dataset of that name") as caught:
        function(name)
    assert f"Did you mean {near}" in str(caught.value)
    assert "'shapes-32'" in str(caught.value)
    assert f"Received: name={name!r}" in str(caught.value)


def test_unknown_name_without_a_near_one_lists_all():
    with pytest.raises(ValueError, match="must be one of") as caught:
        datasets.load("zzz")
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", ["mnist", "glyphs-28"])
def test_load_rejects_an_unknown_split(name):
    with pytest.raises(ValueError, match=r"\['train', 'test'\].*'valid'"):
        datasets.load(name, split="valid")


def test_load_rejects_a_data_dir_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match="`data_dir` must name.*absent"):
        datasets.load("mnist", data_dir=tmp_path / "absent")


def test_load_rejects_an_environment_folder_that_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASGAN_DATA_DIR", str(tmp_path / "absent"))
    with pytest.raises(FileNotFoundError, match=r"variable KERASGAN_DATA_DIR.*absent"):
        datasets.load("mnist")


BAD_ARRAYS = {
    "missing key": ({"y_train": None}, r"\['y_train'\] are missing"),
    "wrong size": ({"x_train": np.zeros((6, 27, 28), np.uint8)}, r"\(6, 27, 28\)"),
    "floats": ({"x_train": np.zeros((6, 28, 28))}, "must be uint8.*float64"),
    "no image": ({"x_train": np.zeros((0, 28, 28), np.uint8)}, "no image"),
    "too few labels": ({"y_train": np.zeros(5, np.uint8)}, r"\(6,\) or \(6, 1\)"),
    "float labels": ({"y_train": np.zeros(6)}, "must be integers"),
    "label 10": ({"y_train": np.full(6, 10)}, r"lie in \[0, 9\], not in \[10, 10\]"),
    "pickled": ({"x_train": np.array([{}] * 6)}, "allow_pickle"),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_load_names_the_file_and_its_fault(tmp_path, case):
    changed, message = BAD_ARRAYS[case]
    write_npz(tmp_path, "mnist", **changed)
    with pytest.raises(ValueError, match=message) as caught:
        datasets.load("mnist", data_dir=tmp_path)
    assert str(tmp_path / "mnist.npz") in str(caught.value)
    assert "Replace the file, or remove it" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"half"])
def test_load_rejects_a_file_that_is_no_npz(tmp_path, content):
    path = tmp_path / "mnist.npz"
    if content == b"half":
        write_npz(tmp_path, "mnist")
        content = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a zip archive") as caught:
        datasets.load("mnist", data_dir=tmp_path)
    assert str(path) in str(caught.value)
    assert caught.value.__cause__ is not None


def test_load_explains_a_download_that_fails(tmp_path):
    code = (
        "from kerasgan import datasets\n"
        "try:\n"
        "    datasets.load('mnist')\n"
        "except RuntimeError as error:\n"
        "    assert error.__cause__ is not None\n"
        "    print('caught', error)\n"
    )
    # Nothing listens on port 9, so each connection is refused at once.
    proxy = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}
    environment = {
        key: value for key, value in os.environ.items() if "proxy" not in key.lower()
    }
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **environment,
            **proxy,
            "KERAS_HOME": str(tmp_path),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    message = result.stdout[result.stdout.index("caught") :]
    assert "could not download the dataset 'mnist'" in message
    assert "mnist.npz" in message
    assert "KERASGAN_DATA_DIR" in message
    assert "'glyphs-28' or 'shapes-32', which need no network" in message


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [("glyphs-28", (28, 28, 1), 10), ("shapes-32", (32, 32, 3), 8)],
)
def test_drawn_set_has_balanced_splits_of_known_size(name, shape, classes):
    for split, n in (("train", 10_000), ("test", 2_000)):
        images, labels = datasets.load(name, split=split)
        assert images.shape == (n, *shape)
        assert images.dtype == np.uint8
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(np.bincount(labels), [n // classes] * classes)
    assert len(datasets.class_names(name)) == classes


def test_drawn_set_ignores_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASGAN_DATA_DIR", str(tmp_path / "absent"))
    images, _ = datasets.load("shapes-32", split="test")
    assert len(images) == 2_000


def test_load_test_split_is_drawn_from_seed_one():
    images, labels = datasets.load("glyphs-28", split="test")
    again, again_labels = datasets.glyphs(2_000, seed=1)
    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(labels, again_labels)


# The sets are part of published figures, so their bytes must not change unnoticed.
PINNED = {
    datasets.glyphs: "6d9d6130907f6cc710accdcfca0c6319c073b0df64967435afd13e0893e9ab6e",
    datasets.shapes: "c7ea7a97288d02fb3028c71417280e6ae24622f2dd0aedeee2f6abbe5c779f0e",
}


@pytest.mark.parametrize("draw", PINNED)
def test_drawn_images_are_the_same_bytes_each_time(draw):
    images, labels = draw(200, seed=3)
    digest = hashlib.sha256(images.tobytes() + labels.astype("<i8").tobytes())
    assert digest.hexdigest() == PINNED[draw]
    other, _ = draw(200, seed=4)
    assert not np.array_equal(images, other)


@pytest.mark.parametrize("draw", PINNED)
def test_drawn_images_of_a_class_all_differ(draw):
    images, labels = draw(400)
    firsts = images[labels == 0].reshape(np.sum(labels == 0), -1)
    assert len(np.unique(firsts, axis=0)) == len(firsts)


@pytest.mark.parametrize("draw", PINNED)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "`n` .* at least 1. Received: n=0"),
        ({"n": 2.5}, "`n` .* integer"),
        ({"n": True}, "`n` .* integer"),
        ({"seed": -1}, "`seed` .* at least 0. Received: seed=-1"),
        ({"seed": None}, "`seed` .* integer"),
    ],
)
def test_drawing_rejects_bad_counts_and_seeds(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(**arguments)


def test_drawing_one_image_works():
    assert datasets.glyphs(1)[0].shape == (1, 28, 28, 1)
    assert datasets.shapes(1)[0].shape == (1, 32, 32, 3)


def test_glyphs_are_white_ink_centred_on_black():
    images, _ = datasets.glyphs(1_000, seed=2)
    ink = images[..., 0] > 127
    assert images[:, 0].max() == images[:, -1].max() == 0
    assert images[:, :, 0].max() == images[:, :, -1].max() == 0
    rows = ink.any(axis=2)
    heights = 28 - rows[:, ::-1].argmax(axis=1) - rows.argmax(axis=1)
    assert 17 <= np.median(heights) <= 22
    # MNIST's mean is 0.13 of full white.
    assert 0.10 < images.mean() / 255 < 0.16


def holes(image):
    """Counts background regions of 3 or more pixels that the border does not touch."""
    free = ~np.pad(image, 1)
    regions = 0
    while free.any():
        seen = np.zeros_like(free)
        seen[tuple(np.argwhere(free)[0])] = True
        size = 0
        while size != seen.sum():
            size = seen.sum()
            spread = seen.copy()
            spread[1:] |= seen[:-1]
            spread[:-1] |= seen[1:]
            spread[:, 1:] |= seen[:, :-1]
            spread[:, :-1] |= seen[:, 1:]
            seen = spread & free
        free &= ~seen
        regions += size > 2
    return regions - 1


def test_glyphs_have_the_holes_of_their_digits():
    images, labels = datasets.glyphs(400, seed=6)
    expected = {0: 1, 1: 0, 3: 0, 5: 0, 7: 0, 8: 2, 9: 1}
    for digit, count in expected.items():
        found = [holes(image[..., 0] > 100) for image in images[labels == digit]]
        assert np.mean(np.array(found) == count) > 0.8, (digit, found)


def shape_masks(images):
    """True where a pixel differs from the background in the corner."""
    away = np.abs(images.astype(int) - images[:, :1, :1].astype(int)).max(axis=3)
    return away > away.max(axis=(1, 2), keepdims=True) / 2


def test_shapes_fill_the_share_of_their_box_that_geometry_says():
    images, labels = datasets.shapes(400, seed=6)
    names = datasets.class_names("shapes-32")
    # A disc pi/4; the others unrotated at least; a square turned by 0.3 rad 0.63.
    expected = {"circle": (0.72, 0.86), "square": (0.6, 1.0), "star": (0.2, 0.45)}
    expected |= {"triangle": (0.4, 0.62), "cross": (0.35, 0.62)}
    for name, (low, high) in expected.items():
        for mask in shape_masks(images[labels == names.index(name)]):
            box = mask[np.ix_(mask.any(axis=1), mask.any(axis=0))]
            assert low <= box.mean() <= high, (name, box.mean())


def test_shapes_only_rings_have_a_hole():
    images, labels = datasets.shapes(200, seed=6)
    ring = datasets.class_names("shapes-32").index("ring")
    found = np.array([holes(mask) for mask in shape_masks(images)])
    np.testing.assert_array_equal(found, (labels == ring).astype(int))


def test_class_names_follow_the_label_order():
    assert datasets.class_names("mnist")[7] == "7"
    assert datasets.class_names("fashion_mnist")[9] == "ankle boot"
    assert datasets.class_names("cifar10")[3] == "cat"
    assert datasets.class_names("shapes-32")[2] == "triangle"
