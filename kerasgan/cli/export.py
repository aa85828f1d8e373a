"""`kerasgan export`: the generator as a file for other runtimes."""

import argparse
import sys

from kerasgan import export
from kerasgan.cli import trained

# The library's words in the command line's.
_WORDS = {
    "overwrite=True": "--overwrite",
    "verify=False": "--no-verify",
    "format=, one": "--format, one",
    "format=": "--format ",
    "path=": "--out ",
    "output=": "--output ",
    "weights=": "--weights ",
    "opset=": "--opset ",
    "`format`": "`--format`",
    "`output`": "`--output`",
    "`weights`": "`--weights`",
    "`opset`": "`--opset`",
    "`path`": "`--out`",
}


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    parser = commands.add_parser(
        "export",
        help="write the generator for use without kerasgan",
        description="Writes the generator alone, loads the file in its own runtime and "
        "compares it with the generator. Any backend writes any format: what it cannot "
        "write, a process under another one does.",
    )
    parser.add_argument(
        "preset", help="a preset's name or directory, or the --out of a training"
    )
    parser.add_argument("--out", required=True, help="file or folder to write")
    parser.add_argument(
        "--format",
        help="tf_saved_model, onnx, litert, torch, openvino or keras (default: what "
        "the suffix of --out says)",
    )
    parser.add_argument(
        "--output",
        default="float32",
        help="float32 for images in [-1, 1], uint8 for pixels (default: float32)",
    )
    parser.add_argument(
        "--weights", default="float32", help="float32, float16 or int8, smaller files"
    )
    parser.add_argument("--opset", type=int, help="of ONNX (default: 18)")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what is there"
    )
    parser.add_argument(
        "--no-verify",
        dest="verify",
        action="store_false",
        help="do not compare the file with the generator",
    )
    return parser


def run(options: argparse.Namespace) -> None:
    """Writes and verifies one file or folder."""
    gan = trained.trained_gan(options.preset)
    try:
        gan.export(
            options.out,
            options.format,
            output=options.output,
            weights=options.weights,
            opset=options.opset,
            overwrite=options.overwrite,
            verify=options.verify,
        )
    except export.ExportError as error:
        # All that a failed process printed, in its own lines.
        print(error.output, end="", file=sys.stderr)
        raise RuntimeError(_in_words(error.message)) from error
    except (ValueError, OSError, ImportError) as error:
        raise ValueError(_in_words(str(error))) from error


def _in_words(text):
    for ours, theirs in _WORDS.items():
        text = text.replace(ours, theirs)
    return text
