"""The benchmark of what both sides reach in the same minutes."""

import importlib
import json
import pathlib

import pytest
from PIL import Image

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).parents[1]
TRIAL = ["--narrow", "--data", "shapes-32", "--limit", "64", "--num-images", "8"]


@pytest.fixture
def load(monkeypatch, tmp_path):
    """A module of `benchmarks/` by name."""
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


@pytest.mark.filterwarnings("ignore:8 images are too few")
def test_both_sides_are_trained_scored_and_shown(load, tmp_path):
    # Any epoch takes longer than that: one of each side.
    options = ["--minutes", "1e-9", "--results", str(tmp_path)]
    load("same_minutes").main(["cifar10-32", *TRIAL, *options])
    folder = tmp_path / "cifar10-32-same-minutes"
    curves = json.loads((folder / "curves.json").read_text())["curves"]
    assert {name: [p["epochs"] for p in points] for name, points in curves.items()} == {
        "kerasgan": [1],
        "hand-written": [1],
    }
    # From the same weights, by one step of the same recipe.
    distances = [points[0]["fd"] for points in curves.values()]
    assert distances[0] == pytest.approx(distances[1], rel=0.05)
    for name in ("curves.png", "pictures.png"):
        Image.open(folder / name).verify()
    text = (folder / "README.md").read_text()
    assert "64 images of shapes-32" in text
    assert all(f"| {name} | 1 |" in text for name in curves)


def test_loop_sees_the_images_in_another_order_at_each_call(load):
    settings = load("loops.settings")
    narrow = settings.read_settings("cifar10-32", settings.NARROW["cifar10-32"])
    loop = load("loops.torch_loop").Loop(narrow)
    images = load("loops.inputs").draw_images(narrow, 32)
    seen = []
    loop.step = lambda batch, draws: seen.append(batch.float().mean()) or seen[-1]
    for _ in range(2):
        loop.train(loop.prepare(images), 4, 8)
    assert sorted(seen[:8]) != sorted(seen[8:])
