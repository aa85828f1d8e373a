"""`kerasgan train`: a preset trained from scratch into a folder."""

import argparse

from kerasgan.cli import training


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    parser = commands.add_parser(
        "train",
        help="train a preset on images",
        description="Trains a preset from scratch into a folder: a checkpoint, a row "
        "of history.csv and a picture after each epoch, and at the end a grid and a "
        "preset directory. Ctrl-C stops after the batch at hand and saves.",
    )
    parser.add_argument("preset", help="a preset's name or directory")
    parser.add_argument(
        "--data",
        required=True,
        help="mnist, fashion_mnist, cifar10, glyphs-28, shapes-32, or a folder of "
        "pictures, some thousand at best",
    )
    parser.add_argument(
        "--data-dir", help="folder of <name>.npz files (default: KERASGAN_DATA_DIR)"
    )
    parser.add_argument(
        "--out", required=True, help="new or empty folder for everything written"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --out"
    )
    _add_length(parser)
    _add_settings(parser)
    return parser


def _add_length(parser):
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=int, help="passes over the images (default: the preset's)"
    )
    length.add_argument("--steps", type=int, help="batches in all")
    parser.add_argument(
        "--minutes", type=float, help="stop at the first batch after this much time"
    )


def _add_settings(parser):
    parser.add_argument("--batch-size", type=int, help="(default: the preset's)")
    parser.add_argument(
        "--dtype",
        help="float32, mixed_bfloat16 or mixed_float16 (default: the preset's)",
    )
    parser.add_argument(
        "--seed", type=int, help="for initial weights and all draws (default: 0)"
    )
    parser.add_argument(
        "--grid-every", type=int, default=1, help="epochs between pictures (default: 1)"
    )
    parser.add_argument(
        "--checkpoint-minutes",
        type=float,
        default=10.0,
        help="the most minutes of work that a crash can lose (default: 10)",
    )


def run(options: argparse.Namespace) -> int:
    """Trains; gives the exit status."""
    return training.train(options)
