"""Makes a run's folder again from what was shipped of it.

    python weights/restore.py cifar10-32 --dtype float32

so that a training goes on where its folder is gone: `train.py` then takes it up. The
shipped weights stand in for the run's: the generator is its average, in half precision,
the optimizers begin afresh and so do the random draws. Metadata and page of what is
shipped later tell so, as `restarts`.
"""

import argparse
import csv
import json
import pathlib
import time

import keras
import run_folders

import kerasgan
from kerasgan.callbacks.checkpoint import Checkpoint
from kerasgan.cli.folder import CHECKPOINTS
from kerasgan.cli.record import RunRecord, write_record
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset
from kerasgan.training.resuming import Position

RESULTS = run_folders.ROOT / "docs" / "results"
# Of a run, what a restart tells about the part before it.
TOLD = ("steps", "command", "dtype", "backend", "machine", "hours", "date")


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="of its page below docs/results, and of its run")
    parser.add_argument("--dtype", help="to go on in (default: as before)")
    parser.add_argument("--runs", type=pathlib.Path, default=run_folders.RUNS)
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if (options.runs / options.name).exists():
        parser.error(f"{options.runs / options.name} is there: go on with that.")
    return options


def main(arguments=None):
    options = parse(arguments)
    page = options.results / options.name
    shipped = run_folders.read_run(page)
    facts = read_metadata(find_preset(None, shipped.summary["preset"])[0])["training"]
    folder = options.runs / options.name
    folder.mkdir(parents=True)
    gan = restored_model(facts, options.dtype)
    length = round(shipped.steps_per_epoch)
    place = Position(*divmod(facts["steps"], length))
    checkpoint = Checkpoint(folder / CHECKPOINTS)
    checkpoint.save(gan, place, steps_per_epoch=length)
    write_kept(run_folders.kept_folder(folder), page, shipped, facts)
    write_rows(folder / run_folders.HISTORY, shipped.rows, facts["steps"])
    # Last: a folder with a record is a run's.
    write_record(folder, record(shipped, facts, gan, length))
    print(f"{folder}: step {facts['steps']} of {facts['target_steps']}.")


def restored_model(facts, dtype):
    """The shipped model, compiled, at the step that it was shipped of."""
    keras.utils.set_random_seed(facts["seed"])
    gan = kerasgan.from_preset(
        facts["preset"],
        load_weights=True,
        seed=facts["seed"],
        dtype=dtype or facts["dtype"],
    )
    gan.compile_from_preset()
    gan.step_counter.assign(facts["steps"])
    return gan


def write_kept(kept, page, shipped, facts):
    """The scores up to there, the best step, and what a plan tells of restarts."""
    kept.mkdir(parents=True)
    steps = facts["steps"]
    scores = json.loads((page / run_folders.SCORES).read_text())
    scores = [score for score in scores if score["step"] <= steps]
    (kept / run_folders.SCORES).write_text(json.dumps(scores, indent=2) + "\n")
    plan = {"restarts": [*facts.get("restarts", []), {k: facts[k] for k in TOLD}]}
    (kept / run_folders.PLAN).write_text(json.dumps(plan, indent=2) + "\n")
    gan = kerasgan.from_preset(facts["preset"], load_weights=True)
    training = {**shipped.summary, "steps": steps}
    gan.save_to_preset(kept / run_folders.BEST, metadata={"training": training})


def write_rows(path, rows, steps):
    rows = [row for row in rows if row["steps"] <= steps]
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[-1])
        writer.writeheader()
        writer.writerows({**row, "steps": int(row["steps"])} for row in rows)


def record(shipped, facts, gan, length):
    return RunRecord(
        **{
            **shipped.summary,
            "steps": facts["steps"],
            "target_steps": facts["target_steps"],
            "epochs": round(facts["steps"] / length, 2),
            "dtype": gan.generator.dtype_policy.name,
            "date": time.strftime("%Y-%m-%d"),
            "finished": False,
        }
    )


if __name__ == "__main__":
    main()
