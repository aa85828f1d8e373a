"""What `kerasgan evaluate` does."""

import argparse
import contextlib
import pathlib

from rich.console import Console
from rich.progress import Progress

from kerasgan.checks import check_positive_int
from kerasgan.cli.images import is_folder, load_images
from kerasgan.cli.record import SUMMARY, read_record
from kerasgan.cli.trained import trained_gan
from kerasgan.metrics.evaluation import Evaluator, take_evenly
from kerasgan.metrics.fidelity import fidelity_scores, import_fidelity
from kerasgan.metrics.naming import OWN_EXTRACTORS
from kerasgan.metrics.scores import save_scores
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import built_in_preset, find_preset

_STAGES = {
    "real": "Features of real images",
    "generate": "Generating",
    "fake": "Features of generated images",
    "metrics": "Scores",
}


def evaluate_command(options: argparse.Namespace) -> None:
    """Scores a preset's or a run's images, prints the scores and keeps them.

    Args:
        options: the parsed arguments of `kerasgan evaluate`.

    Raises:
        ValueError: if an option is out of its range, or a name is unknown.
        ImportError: if `--fidelity` is asked for and torch-fidelity is missing.
    """
    check_positive_int("--num-images", options.num_images, minimum=2)
    check_positive_int("--batch-size", options.batch_size)
    check_positive_int("--seed", options.seed, minimum=0)
    if options.fidelity:
        # Before any work is lost.
        import_fidelity()
    gan = trained_gan(options.preset)
    origin = _origin(gan, options)
    images = load_images(
        options.data, gan.image_shape, split=options.split, data_dir=options.data_dir
    )
    score = _fidelity if options.fidelity else _score
    with _progress() as on_progress:
        scores = list(score(gan, images, options, origin, on_progress).values())
    for one in scores:
        print(one)
    if options.out:
        pathlib.Path(options.out).absolute().parent.mkdir(parents=True, exist_ok=True)
        save_scores(scores, options.out)


def _score(gan, images, options, origin, on_progress):
    evaluator = Evaluator(
        images,
        metrics=[name.strip() for name in options.metrics.split(",") if name.strip()],
        extractor=options.extractor or OWN_EXTRACTORS.get(options.data, "inception-v3"),
        num_images=options.num_images,
        batch_size=options.batch_size,
        cache=options.cache,
        **_real_set(options),
    )
    return evaluator.score(gan, seed=options.seed, on_progress=on_progress, **origin)


def _fidelity(gan, images, options, origin, on_progress):
    n = options.num_images
    on_progress("generate", 0, n)
    fakes = gan.generate(n, seed=options.seed, batch_size=options.batch_size)
    on_progress("generate", n, n)
    on_progress("metrics", 0, 1)
    scores = fidelity_scores(
        fakes,
        take_evenly(images, n),
        seed=options.seed,
        batch_size=options.batch_size,
        **origin,
        **_real_set(options),
    )
    on_progress("metrics", 1, 1)
    return scores


def _real_set(options):
    if is_folder(options.data):
        return {"data": pathlib.Path(options.data).absolute().name, "split": None}
    return {"data": options.data, "split": options.split}


def _origin(gan, options):
    return {
        "preset": built_in_preset(gan.preset)[0] or options.preset,
        "step": _steps(options.preset),
    }


def _steps(name):
    """As the run or the preset says: presets' weights come without a count."""
    summary = pathlib.Path(name) / SUMMARY
    if summary.exists():
        return read_record(pathlib.Path(name)).steps
    directory, _ = find_preset(None, name)
    return (read_metadata(directory).get("training") or {}).get("steps")


@contextlib.contextmanager
def _progress():
    """A bar for each stage, on stderr: stdout holds scores alone."""
    tasks = {}
    with Progress(console=Console(stderr=True), transient=True) as bars:

        def on_progress(stage, done, total):
            if stage not in tasks:
                tasks[stage] = bars.add_task(_STAGES[stage], total=total)
            bars.update(tasks[stage], completed=done)

        yield on_progress
