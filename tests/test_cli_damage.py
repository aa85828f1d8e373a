"""The command line on a run whose files are damaged, old or left over."""

import csv
import json
import shutil
import zipfile

import keras
import pytest
from cli_runs import BATCH, STEPS, contents, newest, one_line_error, summary

from kerasgan.cli import main
from kerasgan.cli.rows import read_rows
from kerasgan.cli.trained import load_gan

pytestmark = pytest.mark.once

pytest_plugins = ["cli_fixtures"]

HEADER = "epoch,steps,seconds,d_loss,g_loss"


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished run."""
    return shutil.copytree(finished, tmp_path / "run")


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ('{"preset": "small", "da', "Unterminated"),
        ("[1, 2]", "holds no object"),
        ('{"preset": "small"}', "'data' is missing"),
        ("\udc80\udc80 {}", "decode"),
        ("[" * 100_000, "summary.json is damaged"),
    ],
    ids=range(6),
)
def test_damaged_summary_names_the_file_and_the_mend(run, train, capsys, text, words):
    (run / "summary.json").write_bytes(text.encode(errors="surrogateescape"))
    before = contents(run)
    assert train(run, "--resume") == 1
    error = one_line_error(capsys)
    assert str(run / "summary.json") in error and words in error
    assert "Put back a good copy" in error
    assert contents(run) == before


@pytest.mark.parametrize("value", ['"7"', "true", "null", "7.5"])
def test_summary_with_a_value_of_another_type_is_refused(run, train, capsys, value):
    text = (run / "summary.json").read_text()
    (run / "summary.json").write_text(text.replace('"steps": 7,', f'"steps": {value},'))
    assert train(run, "--resume") == 1
    assert "'steps' must be of type int" in one_line_error(capsys)


@pytest.mark.parametrize("name", ["batch_size", "seed", "target_steps", "data"])
def test_summary_whose_values_were_changed_is_refused(run, train, capsys, name):
    values = summary(run)
    values[name] = "x" if name == "data" else values[name] + 1
    (run / "summary.json").write_text(json.dumps(values))
    assert train(run, "--resume") == 1
    assert "sha256 is" in one_line_error(capsys)


def test_summary_of_an_older_version_is_read(run, train):
    values = {k: v for k, v in summary(run).items() if k != "sha256"}
    (run / "summary.json").write_text(json.dumps(values))
    assert train(run, "--resume") == 0


def test_damaged_summary_is_named_by_evaluate(run, capsys):
    (run / "summary.json").write_text("{")
    words = ["evaluate", str(run), "--data", "glyphs-28", "--extractor", "none"]
    assert main(words) == 1
    error = one_line_error(capsys)
    assert str(run / "summary.json") in error and "Put back a good copy" in error


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"window": 0, "thresholds": {}}', '{"window": 1}']
)
def test_damaged_settings_of_a_monitor_are_named(run, capsys, text):
    path = run / "monitor" / "monitor.json"
    path.write_text(text)
    assert main(["report", str(run), "--no-figure"]) == 1
    assert f"{path} is damaged. Received: " in one_line_error(capsys)


def test_damaged_steps_are_left_out_of_the_report(run, capsys):
    path = run / "monitor" / "steps.jsonl"
    first, *rest = path.read_bytes().splitlines(keepends=True)
    more = [b'{"step": 2, "d_loss": "x"}\n', b"[" * 100_000 + b"\n", b"\xff\xfe\n"]
    path.write_bytes(b"".join([first, *more, *rest]))
    assert main(["report", str(run), "--no-figure"]) == 0
    assert f"Steps 1 to {STEPS}:" in capsys.readouterr().out


def test_damaged_picture_is_left_out_of_the_animation(run, train):
    for path in (run / "samples").glob("step-*.png"):
        path.write_bytes(path.read_bytes()[:100])
    (run / "samples" / "training.gif").unlink()
    assert train(run, "--resume", "--steps", STEPS + 1) == 0
    assert (run / "samples" / "training.gif").exists()


def test_leftovers_of_a_start_that_was_killed_are_removed(train, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / ".write-test-12.x1y2").write_text("x")
    (out / ".summary-12.abcdefgh.json").write_text("x")
    assert train(out, "--batch-size", BATCH, "--steps", 1) == 0
    assert not [p for p in out.rglob("*") if p.name.startswith(".")]


def test_run_goes_on_from_an_older_checkpoint(run, finished, train, capsys):
    flip(newest(run))
    assert train(run, "--resume") == 0
    error = one_line_error(capsys)
    assert "warning: A damaged checkpoint" in error and "step-000000007" in error
    for name in ("preset/model.safetensors", "grid.png"):
        assert (run / name).read_bytes() == (finished / name).read_bytes(), name


def test_run_without_a_whole_checkpoint_says_what_to_do(run, train, capsys):
    for path in (run / "checkpoints").glob("*/model.keras"):
        flip(path)
    before = contents(run)
    assert train(run, "--resume") == 1
    error = one_line_error(capsys)
    assert "step-000000007: the SHA-256" in error and "to start from the begin" in error
    assert contents(run) == before


def old_folder(run):
    """The folder as version 0.1.0 left it: one checkpoint file, rows appended."""
    shutil.copy(newest(run), run / "checkpoint.keras")
    shutil.rmtree(run / "checkpoints")
    return run / "checkpoint.keras"


def test_run_of_an_older_version_goes_on(run, train, tmp_path, capsys):
    expected = tmp_path / "expected"
    assert train(expected, "--batch-size", BATCH, "--steps", STEPS + 4) == 0
    old_folder(run)
    shutil.rmtree(run / "preset")
    grid = tmp_path / "grid.png"
    assert main(["generate", str(run), "--out", str(grid)]) == 0
    assert train(run, "--resume", "--steps", STEPS + 4) == 0
    assert not (run / "checkpoint.keras").exists()
    name = "preset/model.safetensors"
    assert (run / name).read_bytes() == (expected / name).read_bytes()


@pytest.mark.parametrize("cut", [0, 1000, None])
def test_damaged_checkpoint_of_an_older_version_is_named(run, train, capsys, cut):
    path = old_folder(run)
    if cut is None:
        flip(path)
    else:
        path.write_bytes(path.read_bytes()[:cut])
    assert train(run, "--resume") == 1
    error = one_line_error(capsys)
    assert f"{path} is damaged" in error and "remove it to start" in error


def test_file_of_another_model_is_refused(tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(
        tmp_path / "model.keras"
    )
    with pytest.raises(ValueError, match="must hold a GAN .* holds 'Sequential'"):
        load_gan(tmp_path / "model.keras")


def test_damaged_rows_are_mended(run, train):
    path = run / "history.csv"
    lines = path.read_text().splitlines()
    joined = lines[2][:9] + lines[2]
    path.write_text("\n".join([lines[0], lines[1], joined, lines[3], lines[3][:12]]))
    assert train(run, "--resume", "--epochs", 3) == 0
    rows = list(csv.DictReader(path.open()))
    assert [row["steps"] for row in rows] == ["3", "7", "9"]
    assert ",".join(rows[0].values()) == lines[1]
    assert all(0 < float(row["d_loss"]) < 10 for row in rows)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", []),
        (HEADER, []),
        (f"{HEADER}\n1.0,3,0.5,0.7,0.8\n2.0,6,", [3]),
        (f"{HEADER}\n1.0,3,0.5,0.7,0.8\n2.0,6,1.1,0.7,0.8", [3, 6]),
        (f"{HEADER}\n2.0,6,1.1,0.7,0.8\n1.0,3,0.5,0.7,0.8\n2.0,6,2,1,1\n", [3, 6]),
        (f"{HEADER}\nx,3,0.5,0.7,0.8\n1,nan,1,1,1\n1,2.5,1,1,1\n", []),
        (f"{HEADER}\n1.0,3,0.5,,0.8\n\0\0\0\0", [3]),
        ("steps\n3\n", []),
    ],
)
def test_whole_rows_are_read(tmp_path, text, steps):
    (tmp_path / "history.csv").write_text(text)
    assert [row["steps"] for row in read_rows(tmp_path / "history.csv")] == steps


def test_leftovers_of_a_killed_training_are_removed(run, train):
    (run / ".checkpoints").write_text("not ours")
    for name in (".summary-12.json", ".history-12.csv", ".grid-7.png", ".write-test"):
        (run / name).write_text("x")
    (run / ".preset.0123456789ab.new").mkdir()
    (run / "samples" / ".epoch-0001-12.png").write_text("x")
    (run / "checkpoints" / ".step-000000009.0123456789ab.new").mkdir()
    # Death between the two renames that replace the preset.
    (run / "preset").rename(run / ".preset.ba9876543210.old")
    assert train(run, "--resume") == 0
    hidden = [p for p in run.rglob("*") if p.name.startswith(".")]
    assert [p.name for p in hidden] == [".checkpoints"]
    assert (run / "preset" / "model.safetensors").exists()


def test_checkpoints_are_whole_models(run):
    with zipfile.ZipFile(newest(run)) as archive:
        assert "config.json" in archive.namelist()
    assert load_gan(newest(run)).compiled
