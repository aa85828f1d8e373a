"""Each recipe runs, in seconds, on this backend, and says what a reader must know."""

import ast
import json
import os
import pathlib
import re
import subprocess
import sys

import keras
import pytest
from cli_runs import one_line_error
from export_models import BACKEND, only_on

from kerasgan.cli import main
from kerasgan.cli.recipes import list_recipes, recipes_folder

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
import notebooks  # noqa: E402

RECIPES = {recipe.name: recipe for recipe in list_recipes()}
PYTHON = {name: r for name, r in RECIPES.items() if r.path.suffix == ".py"}
TEXTS = {name: r.path.read_text() for name, r in PYTHON.items()}
# tests/test_recipes_serving.py runs this one, and asks what it served.
TRAINING = [
    name
    for name, text in TEXTS.items()
    if '"--smoke"' in text and name != "tensorflow_serving"
]
# Compiling takes longest on JAX, and tracing on TensorFlow: in `make test` these run on
# all backends, and on torch all but the longest; in `make test-all` each on each.
LONG = {"cifar10_32", "cifar10_32_instance_norm", "projection_gan"}
QUICK = {"conditional_gan", "custom_loss", "own_networks"}
# What is not on the index of every machine.
NEEDED = {"keras_hub": "keras_hub", "keras_cv": "keras_cv"}


def runs(name):
    slow = name in LONG if BACKEND == "torch" else name not in QUICK
    return pytest.param(name, marks=[pytest.mark.long] if slow else [])


@pytest.mark.once
@pytest.mark.parametrize("name", [runs(name) for name in TRAINING])
def test_recipe_runs_and_leaves_what_it_says(name, tmp_path, monkeypatch, capsys):
    for prefix, package in NEEDED.items():
        if name.startswith(prefix):
            pytest.importorskip(package, reason="an optional package")
    monkeypatch.chdir(tmp_path)
    assert main(["recipes", name, "--smoke"]) in (0, None)
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    named = set(re.findall(r'out / "([\w-]+\.\w+)"', TEXTS[name]))
    if BACKEND == "jax":
        named -= {"step.png"}  # KerasCV inside the step, which JAX cannot.
    assert named <= files
    assert capsys.readouterr().out


@pytest.mark.parametrize("name", TRAINING)
@only_on("torch")
def test_recipe_tells_a_reader_how_long_and_what_to_expect(name):
    docstring = ast.get_docstring(ast.parse(TEXTS[name]))
    title = docstring.splitlines()[0]
    assert title.endswith(".") and len(title) <= 88
    assert f"python {name}.py" in docstring
    for heading in ("\nHow long: ", "\nWhat to expect: "):
        assert heading in docstring
    assert "\n# %% " in TEXTS[name]


# Switching backends ----------------------------------------------------------


@pytest.mark.once
def test_training_goes_on_from_its_own_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for taken in (4, 8):
        assert main(["recipes", "switch_backends", "--smoke"]) in (0, None)
        printed = capsys.readouterr().out
        assert f"{taken} steps are in" in printed
    assert "before: 0 grey level(s)" in printed


@pytest.mark.long
@pytest.mark.parametrize("other", ["tensorflow", "torch", "jax"])
def test_training_goes_on_under_another_backend(tmp_path, other):
    for backend in (BACKEND, other):
        done = subprocess.run(
            [sys.executable, RECIPES["switch_backends"].path, "--smoke"],
            cwd=tmp_path,
            env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert f"Keras on {other}" in done.stdout and "8 steps are in" in done.stdout
    difference = re.search(r"before: (\d+) grey", done.stdout)[1]
    assert int(difference) <= 1


# The command -----------------------------------------------------------------


@only_on("torch")
def test_recipes_lists_the_folder(capsys):
    assert main(["recipes"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    files = [p for p in recipes_folder().iterdir() if p.suffix != ".json"]
    assert len(files) == len(RECIPES) > 25
    for recipe in RECIPES.values():
        assert recipe.name in printed
        assert " ".join(recipe.title.split()[:2]) in printed


@only_on("torch")
def test_recipe_is_given_the_arguments_that_follow(capsys):
    for words in (["lsgan", "--help"], ["lsgan", "--", "--help"], ["lsgan.py", "-h"]):
        with pytest.raises(SystemExit) as end:
            main(["recipes", *words])
        assert end.value.code == 0
        assert "--epochs" in capsys.readouterr().out


@only_on("torch")
def test_unknown_recipe_is_named_with_what_is_near(capsys):
    assert main(["recipes", "mnist-27"]) == 1
    assert "Did you mean 'mnist_28'" in one_line_error(capsys)


@only_on("torch")
def test_recipe_is_copied_and_replaces_nothing(tmp_path, capsys):
    for name in ("own-networks", "serve_browser.html"):
        assert main(["recipes", "--copy", str(tmp_path / "mine"), name]) == 0
    held = {path.name for path in (tmp_path / "mine").iterdir()}
    assert held == {"own_networks.py", "serve_browser.html", "package.json"}
    (tmp_path / "mine" / "own_networks.py").write_text("mine")
    capsys.readouterr()
    assert main(["recipes", "--copy", str(tmp_path / "mine"), "own_networks"]) == 1
    assert "replaces nothing" in one_line_error(capsys)
    assert (tmp_path / "mine" / "own_networks.py").read_text() == "mine"


@only_on("torch")
@pytest.mark.parametrize("name", ["serve_onnx.mjs", "serve_browser.html"])
def test_what_is_no_python_is_not_run(name, capsys):
    assert main(["recipes", name]) == 1
    assert f"--copy FOLDER {name}" in one_line_error(capsys)


def unpacked_wheel(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(
        [*command, "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    installed = tmp_path / "installed"
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, installed])
    return installed


@only_on("torch")
def test_wheel_brings_the_recipes_along(tmp_path):
    installed = unpacked_wheel(tmp_path)
    held = {p.name for p in (installed / "kerasgan" / "recipes").iterdir()}
    assert held >= {recipe.path.name for recipe in RECIPES.values()}


@only_on("torch")
@pytest.mark.long
def test_recipe_runs_from_a_wheel(tmp_path):
    installed = unpacked_wheel(tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kerasgan.cli", "recipes", "lsgan", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "LSGAN: least squares" in done.stdout, done.stderr


# Notebooks -------------------------------------------------------------------


@only_on("torch")
@pytest.mark.parametrize("name", PYTHON)
def test_notebook_is_the_recipe_in_cells(name):
    made = json.loads(json.dumps(notebooks.notebook(PYTHON[name].path)))
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])
    codes = [c["source"] for c in made["cells"] if c["cell_type"] == "code"]
    added = (notebooks.INSTALL, notebooks.SHOW)
    joined = "\n\n".join(code for code in codes if code not in added)
    tree = ast.parse(TEXTS[name].replace(notebooks.PARSED, notebooks.HERE))
    assert ast.dump(ast.Module(tree.body[1:], [])) == ast.dump(ast.parse(joined))
    # As Jupyter does, each cell is compiled by itself.
    for code in codes:
        compile(code, name, "exec")
    text = "\n".join(c["source"] for c in made["cells"] if c not in codes)
    assert PYTHON[name].title in text
    for heading in re.findall(r"^# %% (.+)$", TEXTS[name], flags=re.MULTILINE):
        assert f"## {heading}" in text


@only_on("torch")
def test_notebook_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (path,) = [
        p for p in notebooks.write_notebooks(tmp_path / "n") if p.stem == "lsgan"
    ]
    space = {"__name__": "__main__", "__doc__": "A notebook has none of ours."}
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code" and cell["source"] != notebooks.SHOW:
            code = cell["source"].replace("parse_args([])", 'parse_args(["--smoke"])')
            exec(compile(code, "cell", "exec"), space)
    assert (tmp_path / "runs" / "lsgan" / "grid.png").exists()
    assert keras.backend.backend() == BACKEND
