"""Records a run of `kerasgan train` under docs/results/.

    python docs/record_run.py RUN_FOLDER NAME "COMMAND"

Writes docs/results/NAME/: README.md (command, machine, time), losses.png,
grid.png and history.csv, all from what the run left in its folder.
"""

import csv
import json
import pathlib
import shutil
import sys

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

RESULTS = pathlib.Path(__file__).parent / "results"


def record(run, name, command):
    run, target = pathlib.Path(run), RESULTS / name
    target.mkdir(parents=True, exist_ok=True)
    for file in ("grid.png", "history.csv", "summary.json"):
        shutil.copyfile(run / file, target / file)
    summary = json.loads((run / "summary.json").read_text())
    with open(run / "history.csv", newline="") as file:
        history = list(csv.DictReader(file))
    draw(history, target / "losses.png")
    (target / "README.md").write_text(page(name, command, summary, history))


def draw(history, path):
    epochs = range(1, len(history) + 1)
    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(9, 3.2))
    for axis, names in (
        (losses, ("d_loss", "g_loss")),
        (accuracies, ("d_real_accuracy", "d_fake_accuracy")),
    ):
        for key in names:
            values = [float(row[key]) for row in history]
            axis.plot(epochs, values, marker=".", label=key)
        axis.set_xlabel("epoch")
        axis.legend()
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def page(name, command, summary, history):
    last = history[-1]
    rate = summary["steps"] * summary["batch_size"] / summary["seconds"]
    rows = {
        "Data": summary["data"],
        "Length": f"{summary['steps']} steps of {summary['batch_size']} images, "
        f"{summary['epochs']:g} epochs",
        "Backend": f"{summary['backend']}, Keras {summary['keras']}, "
        f"{summary['dtype']}",
        "Machine": summary["machine"],
        "Date": summary["date"],
        "Wall time": f"{summary['seconds']:.0f} s, {rate:.0f} images/s",
        "Last epoch": ", ".join(
            f"{key} {float(last[key]):.3f}"
            for key in ("d_loss", "g_loss", "d_real_accuracy", "d_fake_accuracy")
        ),
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return (
        f"# {name}\n\n```\n{command}\n```\n\n| | |\n|---|---|\n{table}\n\n"
        "64 images from seed 0, not chosen:\n\n![grid](grid.png)\n\n"
        "Means over each epoch:\n\n![losses](losses.png)\n"
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    record(*sys.argv[1:])
