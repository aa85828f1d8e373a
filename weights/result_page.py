"""The page of a run under docs/results/: what was run, where, and what came out."""

import json
import shutil

import numpy as np
from choosing import end_over_best
from matplotlib.figure import Figure
from neighbours import PICTURE
from run_folders import HISTORY, SUMMARY

# Set -> what it is and its licence.
DATA = {
    "mnist": "MNIST (LeCun, Cortes and Burges), Creative Commons BY-SA 3.0.",
    "cifar10": "CIFAR-10 (Krizhevsky 2009), of 80 Million Tiny Images, which were "
    "collected from the web; its authors state no licence.",
    "flowers/train": "Flowers (the TensorFlow team, `flower_photos`), photographs "
    "under Creative Commons BY 2.0 by those whom its LICENSE.txt names: four in five "
    "of the daisies, dandelions, roses and sunflowers at 64x64, and no tulips.",
    "glyphs-28": "Drawn by kerasgan; Apache 2.0.",
    "shapes-32": "Drawn by kerasgan; Apache 2.0.",
}
_NEAREST = f"""\
Are training images copied? Eight generated images, not chosen, and to the right of each
the training images nearest to it by the features that score:

![neighbours]({PICTURE})

"""
# Images a class in a grid with labels.
OF_EACH = 8


def write(folder, run, facts, gan):
    """Writes README.md, losses.png, grid.png, and copies the run's own records.

    Args:
        folder: of the page; made if it is not there.
        run: a `run_folders.Run`.
        facts: see `ship.training_facts`.
        gan: what the grid is of.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (HISTORY, SUMMARY):
        shutil.copyfile(run.folder / name, folder / name)
    if run.scores:
        text = json.dumps(run.scores, indent=1) + "\n"
        (folder / "scores.json").write_text(text)
    draw(run, folder / "losses.png")
    save_grid(gan, folder / "grid.png")
    nearest = _NEAREST if (folder / PICTURE).exists() else ""
    (folder / "README.md").write_text(page(folder.name, run, facts, nearest))


def save_grid(gan, path, *, zoom=2):
    """64 images from seed 0, that nobody chose; with labels, a row of each class."""
    if gan.num_classes is None:
        gan.save_grid(path, 64, seed=0, zoom=zoom)
        return
    labels = np.repeat(np.arange(gan.num_classes), OF_EACH)
    count = len(labels)
    gan.save_grid(path, count, labels=labels, seed=0, columns=OF_EACH, zoom=zoom)


def draw(run, path):
    """Losses, accuracies where there are any, and distances where there are any."""
    rows = told_rows(run)
    names = [n for n in rows[0] if n not in ("epoch", "steps", "seconds")]
    accuracies = [n for n in names if n.endswith("accuracy")]
    losses = [n for n in names if n not in accuracies]
    curve = run.curve("fd")
    panels = [names for names in (losses, accuracies, curve) if names]
    figure = Figure(figsize=(4.5 * len(panels), 3.2), layout="tight")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    steps = [row["steps"] for row in rows]
    for axis, names in zip(axes, panels):
        if names is curve:
            axis.plot(list(curve), list(curve.values()), marker=".", label="fd")
        else:
            for name in names:
                values = [row.get(name) for row in rows]
                axis.plot(steps, values, marker=".", label=name)
        axis.set_xlabel("step")
        axis.legend()
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def told_rows(run):
    """The rows of at least half an epoch: means over a few steps tell nothing."""
    steps = [0, *(row["steps"] for row in run.rows)]
    least = run.steps_per_epoch / 2
    told = [r for r, before in zip(run.rows, steps) if r["steps"] - before >= least]
    return told or run.rows


def page(name, run, facts, nearest):
    summary, last = run.summary, told_rows(run)[-1]
    rows = {
        "Data": summary["data"],
        "Length": f"{run.steps} steps of {summary['batch_size']} images, "
        f"{run.steps / run.steps_per_epoch:.4g} epochs, of {run.target_steps} steps",
        "Backend": f"{summary['backend']}, Keras {summary['keras']}, "
        f"{summary['dtype']}",
        "Machine": summary["machine"],
        "Date": summary["date"],
        **_restarts(facts),
        "Wall time": f"{summary['seconds']:.0f} s, "
        f"{run.images_per_second():.0f} images/s",
        "Last epoch": ", ".join(
            f"{key} {value:.3f}"
            for key, value in last.items()
            if key not in ("epoch", "steps", "seconds")
        ),
        **_scored(facts),
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return (
        f"# {name}\n\n```\n{facts['command']}\n```\n\n| | |\n|---|---|\n{table}\n\n"
        f"{_choice(run, facts)}Images from seed 0, not chosen:\n\n![grid](grid.png)\n\n"
        "Over the training, losses and accuracies as means over each epoch:\n\n"
        f"![losses](losses.png)\n\n{nearest}{card(run.summary['data'])}"
    )


def _scored(facts):
    scores = facts.get("scores")
    if not scores:
        return {}
    of = next((s for s in scores if s["num_real"]), scores[0])
    return {
        "Scores": ", ".join(f"{s['metric']} {s['value']:.4g}" for s in scores),
        "Protocol": f"{of['num_fake']} images from float16 weights, seed {of['seed']}, "
        f"against {of['num_real']} of {of['data']} ({of['split']}); "
        f"{of['extractor']} {of['extractor_sha256'][:8]}",
    }


def _restarts(facts):
    """Where a run went on from shipped weights, see `restore.py`."""
    parts = [
        f"at step {r['steps']} from the weights shipped then, with new optimizers; "
        f"before it {r['backend']}, {r['dtype']}, {r['machine']}: `{r['command']}`"
        for r in facts.get("restarts", [])
    ]
    return {"Restarts": "; ".join(parts)} if parts else {}


def _choice(run, facts):
    curve = run.curve("fd")
    if not curve:
        return ""
    text = f"The weights are of step {facts['steps']}: {facts['curve']['rule']}. "
    if facts["steps"] == max(curve):
        return text + "That is the last scored step.\n\n"
    return text + (
        f"It is not the last one: at step {max(curve)} the distance lies "
        f"{end_over_best(curve):.0%} above the best.\n\n"
    )


def card(data):
    """What a user of the weights should know."""
    return (
        "## The weights\n\n"
        f"- Data: {DATA.get(data, data + '.')}\n"
        "- Intended use: to try the package, to teach, and to go on from on pictures "
        "of one's own; `from_preset` loads both networks.\n"
        "- Limits: small pictures of the kinds that the training set has, with its "
        "gaps and biases; no likeness of it is promised, and single images may lie "
        "close to training images.\n"
    )
