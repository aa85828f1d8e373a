"""The benchmarks: both sides do the same work, and the page says what was measured."""

import copy
import importlib
import json
import os
import pathlib
import subprocess
import sys

import keras
import pytest

ROOT = pathlib.Path(__file__).parents[1]
BACKEND = keras.backend.backend()
PRESETS = ("mnist-28", "mnist-28-book", "cifar10-32-rmsprop")


@pytest.fixture
def load(monkeypatch):
    """A module of `benchmarks/` by name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def narrow_recipe(load, preset):
    recipe = load("recipe")
    return recipe.read_recipe(preset, recipe.NARROW[preset])


@pytest.mark.parametrize("preset", PRESETS)
def test_hand_written_loop_has_the_losses_of_fit(preset, load):
    native = load(f"native_{BACKEND}")
    load("agreement").check_same_work(narrow_recipe(load, preset), native.Loop)


def other_rate(recipe):
    recipe["compile"]["discriminator_optimizer"]["learning_rate"] *= 3


def other_slope(recipe):
    recipe["discriminator"]["arguments"]["leaky_slope"] = 0.3


def other_passes(recipe):
    recipe["one_pass"] = not recipe["one_pass"]


def test_a_loop_that_does_other_work_is_caught(load):
    agreement, native = load("agreement"), load(f"native_{BACKEND}")
    recipe = narrow_recipe(load, "cifar10-32")
    weights, losses = agreement.our_losses(recipe)
    agreement.compare_losses(recipe, native.Loop, weights, losses)
    for change in (other_rate, other_slope, other_passes):

        def changed(recipe, change=change):
            recipe = copy.deepcopy(recipe)
            change(recipe)
            return native.Loop(recipe)

        with pytest.raises(agreement.DifferentWork, match="do different work"):
            agreement.compare_losses(recipe, changed, weights, losses)


def test_bare_generator_makes_the_pictures_of_generate(load):
    native = load(f"native_{BACKEND}")
    recipe = narrow_recipe(load, "cifar10-32")
    assert load("agreement").check_same_pictures(recipe, native.Loop) <= 1


def test_smoke_run_writes_the_page(tmp_path):
    subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "throughput.py"),
            "--smoke",
            "--sections",
            "presets",
            "--backends",
            BACKEND,
            "--out",
            str(tmp_path),
        ],
        check=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    (machine, sections), *others = json.loads(
        (tmp_path / "performance.json").read_text()
    ).items()
    assert not others
    (entry,) = sections["presets"].values()
    assert [side["steps"] for side in entry["answer"]["sides"]] == [2, 2]
    page = (tmp_path / "performance.md").read_text()
    assert machine in page
    assert f"| {BACKEND} | mnist-28 | 64 | float32 |" in page


def side(kind, steps, seconds):
    return {
        "kind": kind,
        "dtype": "float32",
        "steps": steps,
        "round_seconds": seconds,
        "images_per_second": 1.0,
    }


def test_ratio_counts_each_sides_own_steps(load):
    # Ours does 8 steps in 2, 4 and 1 seconds (4, 2, 8 a second), the other 4 in 2, 1
    # and 1 (2, 4, 4 a second).
    answer = {"sides": [side("fit", 8, [2, 4, 1]), side("native", 4, [2, 1, 1])]}
    assert load("tables").ratios(answer) == [2.0, 0.5, 2.0]
    assert load("tables").spread([2.0, 0.5, 2.0]) == "2.00 (0.50 to 2.00)"


def test_targets_say_what_is_missed(load):
    task = {
        "backend": "torch",
        "preset": "mnist-28",
        "batch_size": 64,
        "sides": [{"kind": "fit", "dtype": "float32"}],
    }
    slow = {"sides": [side("fit", 1, [2.0]), side("native", 1, [1.0])]}
    fast = {"sides": [side("fit", 1, [1.0]), side("native", 1, [2.0])]}
    sections = {
        "presets": {
            "a": {"task": task, "answer": slow},
            "b": {"task": {**task, "backend": "jax"}, "answer": fast},
        }
    }
    rows = load("targets").render(sections).splitlines()
    assert "| 0.50 | torch, mnist-28, batch 64 | **missed** |" in rows[2]
    assert "| 2.00 | jax, mnist-28, batch 64 | met |" in rows[3]


def test_later_results_replace_their_own_entry_only(load, tmp_path):
    results, path = load("results"), tmp_path / "performance.json"
    results.merge(path, "cpu", "presets", "torch", 1)
    results.merge(path, "cpu", "presets", "jax", 2)
    results.merge(path, "gpu", "presets", "torch", 3)
    results.merge(path, "cpu", "presets", "torch", 4)
    assert results.read(path) == {
        "cpu": {"presets": {"torch": 4, "jax": 2}},
        "gpu": {"presets": {"torch": 3}},
    }
