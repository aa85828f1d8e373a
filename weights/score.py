"""Scores what a run has reached, and keeps the best.

    python weights/score.py RUN_FOLDER

takes the run's newest checkpoint, adds its scores to RUN_FOLDER.kept/scores.json and,
where it is the best so far (see `choosing.py`), keeps it as RUN_FOLDER.kept/best/. The
run's own folder is read and never written to, so that a run which something else
trains can be scored while it goes on: with `--follow MINUTES`, again after every so
many steps.
"""

import argparse
import pathlib
import shutil
import tempfile
import time

import choosing
import judging
import keras
import run_folders
from keras import ops

from kerasgan import metrics


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument(
        "--num-images", type=int, help="generated ones (default: half the test images)"
    )
    parser.add_argument("--extractor", help="(default: the set's own)")
    parser.add_argument(
        "--follow", type=float, default=0.0, metavar="MINUTES", help="go on so long"
    )
    parser.add_argument(
        "--every", type=int, default=1, metavar="STEPS", help="when following"
    )
    return parser.parse_args(arguments)


def main():
    options = parse()
    deadline = time.monotonic() + 60 * options.follow
    judge = None
    while True:
        run = run_folders.read_run(options.run)
        scored = max(run.curve("fd"), default=-options.every)
        due = run.finished or run.steps - scored >= options.every
        if run.steps > scored and due and run_folders.newest_checkpoint(run.folder):
            gan = load_checkpoint(run.folder)
            judge = judge or judging.Judge(
                run.summary["data"],
                gan.image_shape,
                num_images=options.num_images,
                extractor=options.extractor,
            )
            score(run, gan, judge)
        if run.finished or time.monotonic() > deadline:
            return
        time.sleep(30)


def score(run, gan, judge):
    """Adds the scores of a checkpoint; keeps it if it is the best."""
    step = int(ops.convert_to_numpy(gan.step_counter))
    path = run.kept / run_folders.SCORES
    scores = metrics.load_scores(path) if path.exists() else []
    found = judge.score(gan, preset=run.summary["preset"], step=step)
    run.kept.mkdir(exist_ok=True)
    scores = [s for s in scores if s.step != step] + found
    curve = {s.step: s.value for s in metrics.rank_scores(_distances(scores))}
    if choosing.best_step(curve) == step:
        training = {**run.summary, "steps": step, "finished": run.finished}
        gan.save_to_preset(
            run.kept / run_folders.BEST, overwrite=True, metadata={"training": training}
        )
    # Last: a step whose scores are there was kept if it was the best.
    metrics.save_scores(scores, path)
    for one in found:
        print(one, flush=True)


def _distances(scores):
    return [s for s in scores if s.metric == "fd"]


def load_checkpoint(folder):
    """The model of a run's newest checkpoint; a training may replace that meanwhile."""
    with tempfile.TemporaryDirectory() as copies:
        copy = pathlib.Path(copies, "model.keras")
        while True:
            try:
                shutil.copyfile(run_folders.newest_checkpoint(folder), copy)
                break
            except FileNotFoundError:
                time.sleep(1)
        return keras.models.load_model(copy)


if __name__ == "__main__":
    main()
