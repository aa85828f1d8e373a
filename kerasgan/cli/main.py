"""The command line: `kerasgan presets`, `train`, `generate` and `export`."""

import argparse
import pathlib
import sys


def main(arguments=None):
    """Runs one command.

    Args:
        arguments: list of strings. Defaults to the process's.

    Returns:
        The exit status: 0, 1 after an error that one line on stderr tells, 130 after
        Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        # PresetError is a ValueError. What a person can mend needs no traceback.
        print("kerasgan:", " ".join(str(error).split()), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("kerasgan: stopped", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="kerasgan",
        description="Train and use GANs with Keras 3. The environment variable "
        "KERAS_BACKEND picks the framework: tensorflow, torch or jax.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    presets = commands.add_parser("presets", help="list the built-in presets")
    presets.set_defaults(run=_presets)
    _train_parser(commands)
    _generate_parser(commands)
    _export_parser(commands)
    return parser


def _version():
    import keras

    import kerasgan

    return (
        f"kerasgan {kerasgan.__version__} "
        f"(Keras {keras.__version__} on {keras.backend.backend()})"
    )


def _train_parser(commands):
    train = commands.add_parser(
        "train",
        help="train a preset on images",
        description="Trains a preset from scratch into a folder: a checkpoint, a row "
        "of history.csv and a picture after each epoch, and at the end a grid and a "
        "preset directory. Ctrl-C stops after the batch at hand and saves.",
    )
    train.add_argument("preset", help="a preset's name or directory")
    train.add_argument(
        "--data",
        required=True,
        help="mnist, fashion_mnist, cifar10, glyphs-28, shapes-32, or a folder of "
        "pictures",
    )
    train.add_argument(
        "--data-dir", help="folder of <name>.npz files (default: KERASGAN_DATA_DIR)"
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=int, help="passes over the images (default: the preset's)"
    )
    length.add_argument("--steps", type=int, help="batches in all")
    train.add_argument(
        "--minutes", type=float, help="stop at the first batch after this much time"
    )
    train.add_argument("--batch-size", type=int, help="(default: the preset's)")
    train.add_argument(
        "--out", required=True, help="new or empty folder for everything written"
    )
    train.add_argument(
        "--resume", action="store_true", help="go on with the run in --out"
    )
    train.add_argument(
        "--dtype",
        help="float32, mixed_bfloat16 or mixed_float16 (default: the preset's)",
    )
    train.add_argument(
        "--seed", type=int, help="for initial weights and all draws (default: 0)"
    )
    train.add_argument(
        "--grid-every", type=int, default=1, help="epochs between pictures (default: 1)"
    )
    train.set_defaults(run=_train)


def _generate_parser(commands):
    generate = commands.add_parser("generate", help="make pictures")
    generate.add_argument(
        "preset", help="a preset's name or directory, or the --out of a training"
    )
    generate.add_argument("-n", type=int, default=64, help="how many (default: 64)")
    generate.add_argument(
        "--out", default="grid.png", help="picture to write (default: grid.png)"
    )
    generate.add_argument("--seed", type=int, help="the same pictures each time")
    generate.add_argument("--columns", type=int, default=8, help="(default: 8)")
    generate.add_argument(
        "--zoom", type=int, default=2, help="enlargement (default: 2)"
    )
    generate.set_defaults(run=_generate)


def _export_parser(commands):
    export = commands.add_parser(
        "export",
        help="write the generator for use without kerasgan",
        description="Writes the generator alone, loads the file in its own runtime and "
        "compares it with the generator. Any backend writes any format: what it cannot "
        "write, a process under another one does.",
    )
    export.add_argument(
        "preset", help="a preset's name or directory, or the --out of a training"
    )
    export.add_argument("--out", required=True, help="file or folder to write")
    export.add_argument(
        "--format",
        help="tf_saved_model, onnx, litert, torch, openvino or keras (default: what "
        "the suffix of --out says)",
    )
    export.add_argument(
        "--output",
        default="float32",
        help="float32 for images in [-1, 1], uint8 for pixels (default: float32)",
    )
    export.add_argument(
        "--weights", default="float32", help="float32, float16 or int8, smaller files"
    )
    export.add_argument("--opset", type=int, help="of ONNX (default: 18)")
    export.add_argument(
        "--overwrite", action="store_true", help="replace what is there"
    )
    export.add_argument(
        "--no-verify",
        dest="verify",
        action="store_false",
        help="do not compare the file with the generator",
    )
    export.set_defaults(run=_export)


def _presets(options):
    from rich.console import Console
    from rich.table import Table

    import kerasgan

    table = Table("preset", "what it is", box=None)
    for name, description in kerasgan.list_presets().items():
        table.add_row(name, description)
    Console().print(table)


def _train(options):
    from kerasgan.cli.training_run import TrainingRun

    return TrainingRun(options).execute()


def _generate(options):
    from kerasgan.checks import check_positive_int

    for name, minimum in (("n", 1), ("seed", 0), ("columns", 1), ("zoom", 1)):
        if (value := getattr(options, name)) is not None:
            check_positive_int(name, value, minimum=minimum)
    _trained_gan(options.preset).save_grid(
        options.out,
        options.n,
        seed=options.seed,
        columns=options.columns,
        zoom=options.zoom,
    )
    print(f"{options.n} images in {options.out}")


def _export(options):
    from kerasgan.export import ExportError

    try:
        _trained_gan(options.preset).export(
            options.out,
            options.format,
            output=options.output,
            weights=options.weights,
            opset=options.opset,
            overwrite=options.overwrite,
            verify=options.verify,
        )
    except ExportError as error:
        # All that a failed process printed, in its own lines.
        print(error.output, end="", file=sys.stderr)
        raise RuntimeError(error.message) from error


def _trained_gan(name):
    """The model of a preset with weights, or of a training's folder."""
    import keras

    import kerasgan
    from kerasgan.cli.training_run import CHECKPOINT, PRESET, SUMMARY
    from kerasgan.presets.files import read_metadata
    from kerasgan.presets.listing import find_preset

    run = pathlib.Path(name)
    if (run / SUMMARY).exists():
        if (run / PRESET).is_dir():
            return kerasgan.from_preset(run / PRESET, load_weights=True)
        if (run / CHECKPOINT).exists():
            return keras.models.load_model(run / CHECKPOINT)
        raise ValueError(f"The run in {run} has completed no epoch. Go on with it.")
    directory, _ = find_preset(None, name)
    if read_metadata(directory)["weights"] is None:
        raise ValueError(
            f"The preset {name!r} comes without trained weights. Train it, for example "
            f"with `kerasgan train {name} --data DATA --out runs/mine`, and generate "
            "from that folder: `kerasgan generate runs/mine`."
        )
    return kerasgan.from_preset(name, load_weights=True)
