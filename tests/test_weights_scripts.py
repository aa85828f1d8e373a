"""The scripts that train, choose and ship weights: `weights/`."""

import importlib
import json
import pathlib

import keras
import numpy as np
import pytest
import safetensors
from PIL import Image
from presets_small import narrow

import kerasgan
from kerasgan.cli.record import read_record
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).parents[1]
SUMMARY = {
    "preset": "mnist-28",
    "data": "glyphs-28",
    "images": 640,
    "steps": 30,
    "target_steps": 100,
    "epochs": 3.0,
    "batch_size": 64,
    "seed": 0,
    "dtype": "float32",
    "backend": "torch",
    "keras": "3.15.1",
    "kerasgan": "0.1.0",
    "machine": "a machine",
    "date": "2026-01-01",
    "seconds": 60.0,
    "finished": False,
}
# 10 steps of 64 images in 10, 20 and 30 seconds.
HISTORY = """epoch,steps,seconds,d_loss,g_loss
1.0,10,10.0,0.7,0.8
2.0,20,30.0,0.6,0.9
3.0,30,60.0,0.5,1.0
"""


@pytest.fixture
def load(monkeypatch, tmp_path):
    """A module of `weights/` by name."""
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(ROOT / "weights"))
    return importlib.import_module


@pytest.fixture
def folder(tmp_path):
    """A run's folder with the records that a training leaves."""
    folder = tmp_path / "runs" / "digits"
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps(SUMMARY))
    (folder / "history.csv").write_text(HISTORY)
    return folder


def keep(folder, **files):
    kept = folder.with_name(folder.name + ".kept")
    kept.mkdir(exist_ok=True)
    for name, content in files.items():
        (kept / f"{name}.json").write_text(json.dumps(content))


def distances(**values):
    """What scores.json holds of a curve: step10=5.0 and so on."""
    return [
        {"metric": "fd", "step": int(step.removeprefix("step")), "value": value}
        for step, value in values.items()
    ]


def test_a_run_tells_speed_and_time_left(load, folder):
    run = load("run_folders").read_run(folder)
    assert run.images_per_second() == pytest.approx(30 * 64 / 60)
    assert run.images_per_second(recent=1) == pytest.approx(10 * 64 / 30)
    assert run.images_per_second(recent=9) == pytest.approx(30 * 64 / 60)
    # 70 steps of 64 images at 32 images a second.
    assert run.hours_left == pytest.approx(70 * 64 / 32 / 3600)
    assert not run.finished


def test_a_plan_counts_the_whole_recipe_and_not_a_part(load, folder):
    keep(folder, plan={"epochs": 50})
    assert load("run_folders").read_run(folder).target_steps == 500
    keep(folder, plan={"steps": 30})
    assert load("run_folders").read_run(folder).finished


def test_status_tells_of_a_run_and_writes_nothing(load, folder, capsys):
    keep(folder, scores=distances(step30=6.0, step10=8.0, step20=5.0))
    before = sorted(folder.parent.rglob("*"))
    load("status").main(["--runs", str(folder.parent)])
    told = capsys.readouterr().out
    assert "step 30 of 100 (30.0%)" in told
    assert "images/s 32 (on the whole 32)" in told
    assert "fd 10: 8, 20: 5, 30: 6" in told
    assert "best 5 at step 20; last 6 (+20%)" in told
    assert sorted(folder.parent.rglob("*")) == before


def test_status_tells_of_a_run_that_has_just_begun(load, folder, capsys):
    (folder / "history.csv").unlink()
    load("status").main(["--runs", str(folder.parent)])
    told = capsys.readouterr().out
    assert "no epoch is complete" in told
    assert "hours left unknown" in told
    assert "not scored" in told


def test_a_damaged_row_is_left_out(load, folder):
    with open(folder / "history.csv", "a") as file:
        file.write("4.0,40")
    assert len(load("run_folders").read_run(folder).rows) == 3


def test_the_rule_takes_the_smallest_distance_and_of_equal_ones_the_first(load):
    best_step = load("choosing").best_step
    assert best_step({30: 4.0, 10: 5.0, 20: 4.0}) == 20
    assert best_step({}) is None


def test_the_halves_share_no_image_and_leave_none_out(load):
    choosing = load("choosing")
    images = np.arange(11)
    first, second = images[choosing.FIRST_HALF], images[choosing.SECOND_HALF]
    assert not set(first) & set(second)
    assert set(first) | set(second) == set(images)


@pytest.mark.parametrize(
    "done, expected", [(0, 5), (2.5, 5), (5, 10), (95, 98), (96, 98)]
)
def test_a_part_ends_at_the_next_score_or_the_end(done, expected, load):
    assert load("train").next_stop(done, 5, 98) == expected


def test_a_recipes_length_is_read_from_the_preset(load):
    recipe = load("train").recipe
    assert recipe("mnist-28-book") == ("steps", 20_000)
    assert recipe("dcgan/cifar10-32") == ("epochs", 100)


def test_the_newest_checkpoint_is_found_in_both_layouts(load, folder):
    newest = load("run_folders").newest_checkpoint
    assert newest(folder) is None
    old = folder / "checkpoint.keras"
    old.touch()
    assert newest(folder) == old
    for step in ("step-000000900", "step-000001000"):
        (folder / "checkpoints" / step).mkdir(parents=True)
        (folder / "checkpoints" / step / "model.keras").touch()
    assert newest(folder).parent.name == "step-000001000"


def trained(folder, *, steps=30, **arguments):
    """A model that says it took so many steps, as the run's checkpoint."""
    keras.utils.set_random_seed(0)
    gan = narrow("mnist-28", **arguments)
    gan.compile_from_preset()
    gan.step_counter.assign(steps)
    gan.save(folder / "checkpoint.keras")
    return gan


def test_scoring_keeps_the_best_step_and_leaves_the_run_alone(load, folder):
    score, run_folders = load("score"), load("run_folders")
    judge = load("judging").Judge("glyphs-28", (28, 28, 1), num_images=200)
    best = run_folders.kept_folder(folder) / "best" / "metadata.json"
    gan = trained(folder, steps=10)
    before = (folder / "checkpoint.keras").read_bytes()
    score.score(run_folders.read_run(folder), gan, judge)
    assert (folder / "checkpoint.keras").read_bytes() == before
    # Far from any glyph: worse, and not kept.
    for weight in gan.ema_generator.weights:
        weight.assign(np.ones(weight.shape))
    gan.step_counter.assign(20)
    gan.save(folder / "checkpoint.keras")
    score.score(run_folders.read_run(folder), gan, judge)
    curve = run_folders.read_run(folder).curve("fd")
    assert list(curve) == [10, 20] and curve[10] < curve[20]
    assert json.loads(best.read_text())["training"]["steps"] == 10


def test_a_judge_takes_the_distance_to_its_own_half(load):
    judging = load("judging")
    images = kerasgan.datasets.load("glyphs-28", split="test")[0]
    gan = narrow("mnist-28")
    found = {}
    for report, half, seed in ((False, images[::2], 1), (True, images[1::2], 2)):
        judge = judging.Judge("glyphs-28", (28, 28, 1), report=report, num_images=200)
        found[report] = judge.score(gan)[0]
        expected = kerasgan.metrics.evaluate(
            gan, half, extractor="mnist-classifier", num_images=200, seed=seed
        )
        assert found[report].value == pytest.approx(expected["fd"].value)
        assert found[report].real_sha256 == expected["fd"].real_sha256
    assert found[True].real_sha256 != found[False].real_sha256


def test_a_set_without_an_extractor_is_refused(load):
    with pytest.raises(ValueError, match="Pass one with --extractor"):
        load("judging").Judge("fashion_mnist", (28, 28, 1))


def test_a_folder_is_split_and_scored_by_the_pictures_beside_it(load, tmp_path):
    photos, flowers = tmp_path / "photos", tmp_path / "flowers"
    images, labels = kerasgan.datasets.shapes(40)
    for number, (image, label) in enumerate(zip(images, labels)):
        path = photos / str(label % 4) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        keras.utils.save_img(path, image)
    split = load("split_folder").main
    split([str(photos), str(flowers), "--leave-out", "3", "--every", "2"])
    for kind in "0123":
        names = sorted(path.name for path in (photos / kind).iterdir())
        for part, expected in (("train", names[::2]), ("test", names[1::2])):
            found = sorted(path.name for path in (flowers / part).glob(f"{kind}/*"))
            assert found == (expected if kind != "3" else [])
    gan = narrow("cifar10-32")
    judge = load("judging").Judge(str(flowers / "train"), gan.image_shape)
    found = judge.score(gan)[0]
    shown = kerasgan.datasets.image_folder(flowers / "test", image_size=32)[::2]
    assert found.extractor == "cifar10-classifier"
    assert found.real_sha256 == kerasgan.metrics.cache.images_sha256(shown)
    with pytest.raises(ValueError, match="one called test"):
        load("judging").Judge(str(photos), gan.image_shape)


def test_shipping_writes_half_precision_and_leaves_the_recipe(load, folder, tmp_path):
    gan = trained(folder)
    keep(folder, scores=distances(step30=6.0, step20=7.0))
    target, results = tmp_path / "preset", tmp_path / "results"
    gan.save_to_preset(
        target, metadata={"source": "a paper", "deviations": ["less of it"]}
    )
    recipe = (target / "config.json").read_text().replace("\n", "\n ")
    (target / "config.json").write_text(recipe)
    arguments = [str(folder), "--to", str(target), "--results", str(results)]
    load("ship").main([*arguments, "--command", "make weights", "--no-score"])
    assert (target / "config.json").read_text() == recipe
    with safetensors.safe_open(target / "model.safetensors", "np") as tensors:
        names = list(tensors.keys())
        dtypes = {tensors.get_slice(name).get_dtype() for name in names}
    assert dtypes == {"F16"}
    assert {name.split("/")[0] for name in names} == {"generator", "discriminator"}
    metadata = json.loads((target / "metadata.json").read_text())
    assert metadata["source"] == "a paper"
    assert metadata["deviations"] == ["less of it"]
    training = metadata["training"]
    assert training["command"] == "make weights"
    assert training["steps"] == 30
    assert training["curve"]["values"] == [7.0, 6.0]
    page = (results / "digits" / "README.md").read_text()
    assert "make weights" in page and "That is the last scored step" in page
    for picture in ("grid.png", "shipped.png", "losses.png"):
        assert (results / "digits" / picture).stat().st_size


def test_a_page_leaves_out_what_a_stop_left_of_an_epoch(load, folder):
    told_rows = load("result_page").told_rows
    assert len(told_rows(load("run_folders").read_run(folder))) == 3
    with open(folder / "history.csv", "a") as file:
        file.write("3.1,31,61.0,0.1,9.0\n")
    assert [
        row["steps"] for row in told_rows(load("run_folders").read_run(folder))
    ] == [
        10,
        20,
        30,
    ]
    (folder / "history.csv").write_text("epoch,steps,seconds,d_loss\n0.1,1,1.0,0.7\n")
    assert len(told_rows(load("run_folders").read_run(folder))) == 1


def test_neighbours_are_of_the_training_images(load, folder, tmp_path):
    gan = trained(folder)
    path = tmp_path / "neighbours.png"
    load("neighbours").save(gan, "glyphs-28", path, extractor="mnist-classifier")
    # Eight images of 28 pixels at twice the size and seven beside each, with gaps.
    columns, rows = Image.open(path).size
    assert columns == rows >= 8 * 56


def test_the_table_of_weights_is_not_stale(load):
    table = load("table")
    text = table.PAGE.read_text()
    assert table.BEGIN in text
    assert table.with_table(text) == text, "run `python weights/table.py`"


def test_a_row_tells_the_score_and_its_protocol(load):
    score = {
        "metric": "fd",
        "value": 1.8712,
        "num_fake": 5000,
        "num_real": 5000,
        "data": "mnist",
        "split": "test, second half",
        "extractor": "mnist-classifier",
    }
    training = {
        "steps": 300,
        "epochs": 0.5,
        "batch_size": 100,
        "seconds": 1800.0,
        "command": "train it",
        "scores": [score],
    }
    told = {
        "training": training,
        "parameters": {"generator": 1000, "discriminator": 234},
    }
    recipe = {"epochs": 20, "batch_size": 100}
    assert load("table").row("acgan/mnist-28", told, recipe) == (
        "| [`acgan/mnist-28`](acgan-mnist-28/) | 1,234 | 30,000 | 0.5 of 20 epochs "
        "| 0.5 | 1.87 | 5,000 images against 5,000 of mnist (test, second half), "
        "mnist-classifier | `train it` |"
    )


def test_what_ships_of_a_moving_average_is_the_average(load, folder):
    gan = trained(folder, ema_decay=0.9)
    for value in gan.ema_generator.weights:
        value.assign(value + 1.0)
    gan.save(folder / "checkpoint.keras")
    shipped, step = load("ship").trained_model(load("run_folders").read_run(folder))
    assert step == 30
    held, average = shipped.generator.get_weights(), gan.ema_generator.get_weights()
    for value, expected in zip(held, average):
        np.testing.assert_array_equal(value, expected)


@pytest.fixture
def restored(load, tmp_path):
    """The run of shipped weights, made again; they are not of its last step."""
    runs = tmp_path / "again"
    load("restore").main(["lsgan-mnist-28", "--dtype", "float32", "--runs", str(runs)])
    return runs / "lsgan-mnist-28"


def test_a_run_is_restored_from_what_was_shipped(load, restored):
    run = load("run_folders").read_run(restored)
    told = read_metadata(find_preset(None, "lsgan/mnist-28")[0])["training"]
    assert told["trained_steps"] > told["steps"] == run.steps == run.rows[-1]["steps"]
    assert run.summary["dtype"] == "float32" != told["dtype"]
    assert max(run.curve("fd")) == told["steps"]
    assert read_record(restored).target_steps == told["target_steps"]
    gan = kerasgan.from_preset("lsgan/mnist-28", load_weights=False)
    gan.compile_from_preset()
    length = round(run.steps_per_epoch)
    place = kerasgan.callbacks.Checkpoint(restored / "checkpoints").resume(gan, length)
    assert place.epoch == told["steps"] / length and place.batch == 0
    assert int(keras.ops.convert_to_numpy(gan.step_counter)) == told["steps"]
    shipped = kerasgan.from_preset("lsgan/mnist-28", load_weights=True)
    for role in ("generator", "discriminator"):
        values, expected = (getattr(one, role).get_weights() for one in (gan, shipped))
        for value, wanted in zip(values, expected, strict=True):
            np.testing.assert_array_equal(value, wanted)


def test_what_goes_on_from_shipped_weights_says_so(load, restored):
    train, folders = load("train"), load("run_folders")
    arguments = ["lsgan/mnist-28", "--data", "mnist", "--runs", str(restored.parent)]
    train._write_plan(restored, train.parse(arguments), {"epochs": 30})
    run = folders.read_run(restored)
    facts = load("ship").training_facts(run, run.steps, "go on")
    (restart,) = facts["restarts"]
    assert restart["steps"] == run.steps
    page = load("result_page").page("lsgan-mnist-28", run, facts, "")
    assert f"| Restarts | at step {run.steps} from the weights shipped then" in page
    assert restart["command"] in page


def test_a_run_that_is_there_is_not_restored(load, restored, capsys):
    with pytest.raises(SystemExit):
        load("restore").main(["lsgan-mnist-28", "--runs", str(restored.parent)])
    assert "is there: go on with that" in capsys.readouterr().err
