"""`kerasgan generate`: pictures from a preset or a training's folder."""

import argparse
import itertools

from kerasgan import checks
from kerasgan.cli import trained

# Options that are whole numbers, and the smallest each may be.
_MINIMUM = {"-n": 1, "--seed": 0, "--columns": 1, "--zoom": 1}


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    parser = commands.add_parser("generate", help="make pictures")
    parser.add_argument(
        "preset", help="a preset's name or directory, or the --out of a training"
    )
    parser.add_argument("-n", type=int, default=64, help="how many (default: 64)")
    parser.add_argument(
        "--out", default="grid.png", help="picture to write (default: grid.png)"
    )
    parser.add_argument("--seed", type=int, help="the same pictures each time")
    parser.add_argument(
        "--labels",
        help="for a model with classes: the number of one class, or several with "
        "commas, in turn (default: all in turn)",
    )
    parser.add_argument("--columns", type=int, default=8, help="(default: 8)")
    parser.add_argument("--zoom", type=int, default=2, help="enlargement (default: 2)")
    return parser


def run(options: argparse.Namespace) -> None:
    """Writes one picture of all images."""
    for name, minimum in _MINIMUM.items():
        if (value := getattr(options, name.lstrip("-"))) is not None:
            checks.check_positive_int(name, value, minimum=minimum)
    gan = trained.trained_gan(options.preset)
    gan.save_grid(
        options.out,
        options.n,
        labels=_labels(options, gan.num_classes),
        seed=options.seed,
        columns=options.columns,
        zoom=options.zoom,
    )
    print(f"{options.n} images in {options.out}")


def _labels(options, num_classes):
    """The class of each image, or `None` for what the model does by itself."""
    if options.labels is None:
        return None
    if num_classes is None:
        raise ValueError(
            f"--labels goes with a model that has classes. Received: {options.labels} "
            f"for {options.preset}, which has none. Leave the option out."
        )
    words = options.labels.split(",")
    if not all(w.strip().isdecimal() and int(w) < num_classes for w in words):
        raise ValueError(
            f"`--labels` must be whole numbers from 0 to {num_classes - 1}, with "
            f"commas. Received: {options.labels}."
        )
    return list(itertools.islice(itertools.cycle(map(int, words)), options.n))
