"""Ships the best of a run: a preset's weights, and a page about how they came about.

    python weights/ship.py runs/cifar10-32

gives the built-in preset the weights of the run's best scored step, or of its newest
checkpoint where nothing was scored: generator (its average where there is one) and
discriminator in half precision, and in metadata.json how they were trained and what
they score. Writes docs/results/PRESET/ with 64 images from seed 0, and
the training images that are nearest to eight of them. `--page-only`
records a run without shipping it.
"""

import argparse
import pathlib

import choosing
import judging
import neighbours
import result_page
import run_folders
import score
from keras import ops

import kerasgan
from kerasgan.presets.files import CONFIG_FILE, read_metadata
from kerasgan.presets.listing import find_preset

RESULTS = run_folders.ROOT / "docs" / "results"


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument(
        "--page-only", metavar="NAME", help="record it as docs/results/NAME alone"
    )
    parser.add_argument(
        "--command", help="that trained it, where weights/train.py did not"
    )
    parser.add_argument(
        "--num-images", type=int, help="generated ones (default: half the test images)"
    )
    parser.add_argument("--extractor", help="(default: the set's own)")
    parser.add_argument("--no-score", action="store_true")
    parser.add_argument(
        "--to", type=pathlib.Path, help="preset folder (default: the built-in one)"
    )
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    options = parser.parse_args(arguments)
    run = run_folders.read_run(options.run)
    options.command = options.command or run.plan.get("command")
    if options.command is None:
        parser.error("--command is needed: weights/train.py did not train this run.")
    return options, run


def main(arguments=None):
    options, run = parse(arguments)
    gan, step = trained_model(run)
    facts = training_facts(run, step, options.command)
    if options.page_only:
        result_page.write(options.results / options.page_only, run, facts, gan)
        return
    target = options.to or find_preset(None, run.summary["preset"])[0]
    ship(gan, target, facts)
    # What is shown and scored is what is shipped.
    shipped = kerasgan.from_preset(target, load_weights=True)
    folder = options.results / run.folder.name
    if not options.no_score:
        data = run.summary["data"]
        facts["scores"] = report(shipped, run, step, options)
        ship(gan, target, facts)
        folder.mkdir(parents=True, exist_ok=True)
        extractor = options.extractor or judging.own_extractor(data)
        path = folder / neighbours.PICTURE
        neighbours.save(shipped, data, path, extractor=extractor)
    result_page.write(folder, run, facts, shipped)
    # Pixel by pixel, for the test of the shipped weights.
    result_page.save_grid(shipped, folder / "shipped.png", zoom=1)
    print(f"{target} and {folder}")


def trained_model(run):
    """The model of the best scored step, else of the newest checkpoint, and its step.

    The generator of one with a moving average is that average.
    """
    best = run.kept / run_folders.BEST
    if best.exists():
        gan = kerasgan.from_preset(best, dtype="float32", load_weights=True)
        step = read_metadata(best)["training"]["steps"]
    else:
        gan = score.load_checkpoint(run.folder)
        step = int(ops.convert_to_numpy(gan.step_counter))
    if gan.ema_generator is not None:
        gan.generator.set_weights(gan.ema_generator.get_weights())
    return gan, step


def training_facts(run, step, command):
    """What `metadata.json` tells of the training; `steps` are those of the weights."""
    facts = {
        "command": command,
        **run.summary,
        "steps": step,
        "epochs": round(step / run.steps_per_epoch, 2),
        "trained_steps": run.steps,
        "target_steps": run.target_steps,
        "finished": run.finished,
        "hours": round(run.summary["seconds"] / 3600, 2),
    }
    if restarts := run.plan.get("restarts"):
        facts["restarts"] = restarts
    curve = run.curve("fd")
    if curve:
        facts["curve"] = {
            "metric": "fd",
            "rule": choosing.RULE,
            "steps": list(curve),
            "values": [round(value, 4) for value in curve.values()],
            "end_over_best": round(choosing.end_over_best(curve), 4),
        }
    return facts


def report(shipped, run, step, options):
    """The scores of a shipped model, each with its protocol."""
    judge = judging.Judge(
        run.summary["data"],
        shipped.image_shape,
        report=True,
        num_images=options.num_images,
        extractor=options.extractor,
    )
    found = judge.score(shipped, preset=run.summary["preset"], step=step)
    for one in found:
        print(one, flush=True)
    return [one.to_dict() for one in found]


def ship(gan, target, facts):
    """Writes a preset folder: weights in half precision, the recipe as it was."""
    config = target / CONFIG_FILE
    recipe = config.read_bytes() if config.exists() else None
    before = read_metadata(target) if recipe else {}
    told = {key: before[key] for key in ("source", "deviations") if key in before}
    gan.save_to_preset(
        target,
        overwrite=True,
        weights_dtype="float16",
        description=before.get("description"),
        metadata={**told, "training": facts},
    )
    if recipe:
        # The built-in one, not the one as it was read back.
        config.write_bytes(recipe)


if __name__ == "__main__":
    main()
