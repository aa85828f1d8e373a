"""What a small training by the command line leaves, for the tests."""

import json

from kerasgan.callbacks.checkpoint_files import newest_checkpoint

IMAGES, BATCH, STEPS = 24, 8, 7  # 3 batches a pass: STEPS is two passes and a batch


def contents(folder):
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder): p.read_bytes() for p in files}


def summary(out):
    return json.loads((out / "summary.json").read_text())


def newest(run):
    return newest_checkpoint(run / "checkpoints")[0] / "model.keras"


def one_line_error(capsys):
    captured = capsys.readouterr().err
    lines = [line for line in captured.splitlines() if line.startswith("kerasgan: ")]
    lines = [line for line in lines if "warning: Step" not in line]
    assert len(lines) == 1 and "Traceback" not in captured
    return lines[0]
