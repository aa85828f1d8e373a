"""The benchmarks: both sides do the same work, and the page says what was measured."""

import copy
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from small import small_gan

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).parents[1]
BACKEND = keras.backend.backend()
PRESETS = ("mnist-28", "mnist-28-book", "cifar10-32-rmsprop")


@pytest.fixture
def load(monkeypatch):
    """A module of `benchmarks/` by name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def narrow_settings(load, preset):
    settings = load("loops.settings")
    return settings.read_settings(preset, settings.NARROW[preset])


@pytest.mark.long
@pytest.mark.parametrize("preset", PRESETS)
def test_hand_written_loop_has_the_losses_of_fit(preset, load):
    native = load(f"loops.{BACKEND}_loop")
    load("measuring.agreement").check_same_work(
        narrow_settings(load, preset), native.Loop
    )


def other_rate(settings):
    settings["compile"]["discriminator_optimizer"]["learning_rate"] *= 3


def other_slope(settings):
    settings["discriminator"]["arguments"]["leaky_slope"] = 0.3


def other_passes(settings):
    settings["one_pass"] = not settings["one_pass"]


@pytest.mark.long
def test_a_loop_that_does_other_work_is_caught(load):
    agreement, native = load("measuring.agreement"), load(f"loops.{BACKEND}_loop")
    settings = narrow_settings(load, "cifar10-32")
    weights, losses = agreement.our_losses(settings)
    agreement.compare_losses(settings, native.Loop, weights, losses)
    for change in (other_rate, other_slope, other_passes):

        def changed(settings, change=change):
            settings = copy.deepcopy(settings)
            change(settings)
            return native.Loop(settings)

        with pytest.raises(agreement.DifferentWork, match="do different work"):
            agreement.compare_losses(settings, changed, weights, losses)


def first_kernels(loop):
    """The first kernel of a loop's generator and of its average, copied."""
    if BACKEND == "jax":
        networks = [loop.state[role]["parameters"] for role in ("generator", "average")]
        found = [network["project"]["kernel"] for network in networks]
    else:
        networks = loop.generator, loop.average
        parameter = {"torch": "parameters", "tensorflow": "weights"}[BACKEND]
        found = [getattr(network, parameter) for network in networks]
        found = [next(iter(f() if callable(f) else f)) for f in found]
    return [np.array(keras.ops.convert_to_numpy(each)) for each in found]


@pytest.mark.everywhere
def test_average_of_a_loop_follows_its_generator(load):
    loop = load(f"loops.{BACKEND}_loop").Loop(narrow_settings(load, "cifar10-32"))
    images = load("loops.inputs").draw_images(loop.settings, 8)
    _, expected = first_kernels(loop)
    for step in range(3):
        loop.train(loop.prepare(images), 8, 1)
        now, average = first_kernels(loop)
        rate = (1 + step) / (10 + step)
        expected = rate * expected + (1 - rate) * now
        np.testing.assert_allclose(average, expected, atol=1e-6)
    # The three steps moved it by more than that.
    assert np.abs(average - now).max() > 1e-5


@pytest.mark.long
def test_bare_generator_makes_the_pictures_of_generate(load):
    native = load(f"loops.{BACKEND}_loop")
    settings = narrow_settings(load, "cifar10-32")
    assert load("measuring.agreement").check_same_pictures(settings, native.Loop) <= 1


@pytest.mark.long
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
    assert load("pages.tables").ratios(answer) == [2.0, 0.5, 2.0]
    assert load("pages.markdown").spread([2.0, 0.5, 2.0]) == "2.00 (0.50 to 2.00)"


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
    rows = load("pages.targets").render(sections).splitlines()
    assert "| 0.50 | torch, mnist-28, batch 64 | **missed** |" in rows[2]
    assert "| 2.00 | jax, mnist-28, batch 64 | met |" in rows[3]


def test_later_results_replace_their_own_entry_only(load, tmp_path):
    results, path = load("measuring.results"), tmp_path / "performance.json"
    results.merge(path, "cpu", "presets", "torch", 1)
    results.merge(path, "cpu", "presets", "jax", 2)
    results.merge(path, "gpu", "presets", "torch", 3)
    results.merge(path, "cpu", "presets", "torch", 4)
    assert results.read(path) == {
        "cpu": {"presets": {"torch": 4, "jax": 2}},
        "gpu": {"presets": {"torch": 3}},
    }


def test_hidden_modules_are_found_no_more(load, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    assert importlib.util.find_spec("wave")
    load("measuring.processes").hide(["wave"])
    assert importlib.util.find_spec("wave") is None
    assert "wave" not in sys.modules
    assert importlib.util.find_spec("colorsys")


def whitened(rng, n, features):
    """Rows with a mean of zero and exactly the identity for a covariance."""
    rows = rng.normal(size=(n, features))
    rows -= rows.mean(axis=0)
    root = np.linalg.cholesky(np.cov(rows, rowvar=False))
    return np.linalg.solve(root, rows.T).T


def test_frechet_distance_has_its_known_values(load):
    distance = load("measuring.scores").frechet_distance
    rng = np.random.default_rng(0)
    rows = whitened(rng, 200, 3)
    assert distance(rows, rows[::-1]) == pytest.approx(0.0, abs=1e-9)
    assert distance(rows, rows + [3.0, 0.0, 4.0]) == pytest.approx(25.0)
    # Diagonal covariances: the sum of (s1 - s2)^2 over the standard deviations.
    assert distance(rows, rows * [1.0, 2.0, 4.0]) == pytest.approx(1.0 + 9.0)
    # A turned ellipse, by hand: trace([[2, 1], [1, 2]]) = 4, with roots 1 and 3.
    mix = np.linalg.cholesky([[2.0, 1.0], [1.0, 2.0]])
    expected = 2 + 4 - 2 * (1 + 3**0.5)
    plane = whitened(rng, 200, 2)
    assert distance(plane, plane @ mix.T) == pytest.approx(expected)
    # A feature that is always zero, as of a unit that never fires.
    assert distance(rows * [1, 1, 0], rows * [1, 3, 0]) == pytest.approx(4.0)


def test_mixed_bfloat16_keeps_its_state_and_losses_in_float32(load):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = small_gan(ema_decay=0.9)
        gan.compile()
    finally:
        keras.config.set_dtype_policy(before)
    found = load("measuring.quality").dtypes(gan)
    assert found.pop("layers' computation") == ["bfloat16", "float32"]
    assert set(map(tuple, found.values())) == {("float32",)}


def quality_entry(seed, dtype, distance, classifier=7):
    answer = {
        "classifier": classifier,
        "initial_weights": seed,
        "picture": None,
        "dtypes": {"losses": ["float32"]},
        "last_epoch": {"d_loss": 0.5, "g_loss": 0.5},
        "score": {"frechet_distance": distance, "sure": 0.9, "least_common": 0.08},
        "versions": {},
    }
    return {
        "date": "2026-01-01",
        "command": "python",
        "task": {"seed": seed, "dtype": dtype},
        "answer": answer,
    }


@pytest.mark.parametrize(
    "distances, verdict",
    [
        # Means 4 and 5; the float32 seeds lie 2 apart.
        ((3.0, 5.0, 4.5, 5.5), "Of Fréchet distance, sure, least common, d_loss, g_lo"),
        ((4.0, 4.5, 9.0, 9.5), "Of Fréchet distance, they differ by more than"),
    ],
)
def test_quality_page_holds_the_difference_against_the_seeds(distances, verdict, load):
    page = load("pages.bfloat16")
    reference = {
        **quality_entry(0, None, 0.0),
        "task": {"n": 100, "classifier_epochs": 1},
    }
    reference["answer"].update(accuracy=0.5, scores={})
    runs = [
        quality_entry(seed, dtype, distance)
        for (dtype, seed), distance in zip(
            ((d, s) for d in ("float32", "mixed_bfloat16") for s in (1, 2)), distances
        )
    ]
    # Scored by another classifier: not to be compared.
    runs.append(quality_entry(3, "float32", 99.0, classifier=8))
    entries = {"reference": reference, **dict(enumerate(runs))}
    text = page.render("mnist-28", entries)
    assert verdict in text
    assert "in 2 of 2 seeds" in text
    assert "99.000" not in text
