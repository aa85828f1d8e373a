"""The recipes serve exported files without kerasgan and Keras."""

import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from export_models import labelled_gan, only_on
from keras import ops
from PIL import Image
from recipes_node import install_onnxruntime_web, javascript_normals
from running import slow

from kerasgan.images import to_uint8

RECIPES = pathlib.Path(__file__).parents[1] / "recipes"

pytestmark = only_on("torch")

# Runs a recipe with `import keras` and `import kerasgan` failing, as where neither is
# installed.
WITHOUT_KERAS = """
import runpy, sys
sys.modules["keras"] = sys.modules["kerasgan"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print("IMPORTED", [m for m in ("keras", "kerasgan") if sys.modules[m]])
"""


# In turn, as the recipes take them.
LABELS = [4, 0, 2]


@pytest.fixture(scope="module")
def labelled():
    return labelled_gan()


@pytest.fixture(scope="module")
def labelled_onnx(labelled, tmp_path_factory):
    path = tmp_path_factory.mktemp("labelled") / "g.onnx"
    return labelled.export(path, output="uint8", verbose=False).path


def labelled_row(gan, latents):
    labels = np.array([4, 0, 2, 4, 0], "int32")
    images = gan.generator({"latents": latents, "labels": labels}, training=False)
    return row_of(images)


def expected_row(gan, latents):
    return row_of(gan.ema_generator(latents, training=False))


def row_of(images):
    return np.concatenate(list(to_uint8(ops.convert_to_numpy(images))), axis=1)


def assert_same_pixels(picture, expected):
    assert picture.shape == expected.shape
    # A value between two levels may round to either.
    difference = np.abs(picture.astype(int) - expected.astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize(
    "recipe, format, arguments",
    [
        ("serve_onnx", "onnx", {"output": "uint8"}),
        # Float images: the recipe makes pixels of them.
        ("serve_pt2", "torch", {}),
        *slow(
            ("serve_saved_model", "tf_saved_model", {}),
            ("serve_litert", "litert", {"output": "uint8"}),
        ),
    ],
)
def test_python_recipe_makes_the_generators_pictures(
    gans, export, tmp_path, recipe, format, arguments
):
    path = export("own", format, **arguments).path
    picture = run_python(recipe, path, tmp_path)
    latents = np.random.default_rng(3).standard_normal((5, 32), "float32")
    assert_same_pixels(picture, expected_row(gans["own"], latents))


@pytest.mark.parametrize(
    "recipe, name",
    [
        ("serve_onnx", None),
        *slow(
            ("serve_saved_model", "g"),
            ("serve_pt2", "g.pt2"),
            ("serve_litert", "g.tflite"),
        ),
    ],
)
def test_python_recipe_takes_labels(labelled, labelled_onnx, tmp_path, recipe, name):
    path = labelled_onnx
    if name:
        path = labelled.export(tmp_path / name, verbose=False, verify=False).path
    picture = run_python(recipe, path, tmp_path, "--labels", *LABELS)
    latents = np.random.default_rng(3).standard_normal((5, 8), "float32")
    assert_same_pixels(picture, labelled_row(labelled, latents)[..., 0])


def run_python(recipe, path, folder, *more):
    """The picture that a recipe makes of five images."""
    out = folder / "images.png"
    arguments = [RECIPES / f"{recipe}.py", path, "--out", out, "-n", 5, "--seed", 3]
    done = subprocess.run(
        [sys.executable, "-P", "-c", WITHOUT_KERAS, *map(str, [*arguments, *more])],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "IMPORTED []" in done.stdout
    return np.asarray(Image.open(out))


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Runs the Node.js recipe on five images; gives its picture."""
    folder = tmp_path_factory.mktemp("node")
    for file in ("serve_onnx.mjs", "package.json"):
        shutil.copyfile(RECIPES / file, folder / file)
    install_onnxruntime_web(folder)

    def run(path, *more):
        command = ["node", "serve_onnx.mjs", path, "images.ppm", "5", "3", *more]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return np.asarray(Image.open(folder / "images.ppm"))

    return run


@pytest.mark.long
def test_node_recipe_makes_the_generators_pictures(gans, export, node):
    picture = node(export("own", "onnx", output="uint8").path)
    latents = np.array(javascript_normals(5 * 32, 3), "float32").reshape(5, 32)
    assert_same_pixels(picture, expected_row(gans["own"], latents))


@pytest.mark.long
def test_node_recipe_takes_labels(labelled, labelled_onnx, node):
    picture = node(labelled_onnx, ",".join(map(str, LABELS)))
    latents = np.array(javascript_normals(5 * 8, 3), "float32").reshape(5, 8)
    assert_same_pixels(picture, labelled_row(labelled, latents)[..., 0])
