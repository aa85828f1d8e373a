"""`kerasgan evaluate`: scores of a preset's or a training's images."""

import argparse

from kerasgan.cli import evaluating


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    parser = commands.add_parser(
        "evaluate",
        help="score generated images against real ones",
        description="Generates images, compares their features with those of real "
        "ones, and prints a line for each score that says how it came about.",
    )
    parser.add_argument(
        "preset", help="a preset's name or directory, or the --out of a training"
    )
    parser.add_argument(
        "--data",
        required=True,
        help="the real images: mnist, fashion_mnist, cifar10, glyphs-28, shapes-32, or "
        "a folder of pictures",
    )
    parser.add_argument(
        "--data-dir", help="folder of <name>.npz files (default: KERASGAN_DATA_DIR)"
    )
    parser.add_argument(
        "--split", default="test", help="train or test, of a named set (default: test)"
    )
    parser.add_argument(
        "--metrics",
        default="fd,kd,prdc",
        help="fd, kd, prdc, is, classes, with commas (default: fd,kd,prdc)",
    )
    parser.add_argument(
        "--extractor",
        help="mnist-classifier, cifar10-classifier or inception-v3 (default: the "
        "classifier of --data, else inception-v3)",
    )
    parser.add_argument(
        "--num-images",
        type=int,
        default=10_000,
        help="real and fake images at most (default: 10000)",
    )
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    parser.add_argument(
        "--batch-size", type=int, default=100, help="images at a time (default: 100)"
    )
    parser.add_argument("--out", help="JSON file to write the scores to")
    parser.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        help="do not keep the real images' features in KERASGAN_CACHE_DIR",
    )
    parser.add_argument(
        "--fidelity",
        action="store_true",
        help="the scores of papers (FID, KID ...) by torch-fidelity, which must be "
        "installed, in place of --metrics and --extractor",
    )
    return parser


def run(options: argparse.Namespace) -> None:
    """Prints scores, and writes them where asked."""
    evaluating.evaluate_command(options)
