"""The command line: `kerasgan presets`, `train` and `generate`."""

import argparse
import sys


def main(arguments=None):
    """Runs one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except (ValueError, TypeError, OSError, ImportError) as error:
        # PresetError is a ValueError. What a person can mend needs no traceback.
        print(f"kerasgan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("kerasgan: stopped", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="kerasgan",
        description="Train and use GANs with Keras 3. KERAS_BACKEND picks the "
        "framework: tensorflow, torch or jax.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    presets = commands.add_parser("presets", help="list the built-in presets")
    presets.set_defaults(run=_presets)
    _train_parser(commands)
    _generate_parser(commands)
    return parser


def _train_parser(commands):
    train = commands.add_parser("train", help="train a preset on images")
    train.add_argument("preset", help="a preset's name or directory")
    train.add_argument(
        "--data",
        required=True,
        help="mnist, fashion_mnist, cifar10, glyphs-28, shapes-32, or a folder of "
        "pictures",
    )
    train.add_argument("--data-dir", help="where <name>.npz lies")
    length = train.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, help="passes over the images")
    length.add_argument("--steps", type=int, help="batches in all")
    train.add_argument("--batch-size", type=int)
    train.add_argument("--out", required=True, help="folder for everything written")
    train.add_argument("--resume", action="store_true", help="go on with what is there")
    train.add_argument("--dtype", help="float32, mixed_bfloat16, ...")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument(
        "--grid-every", type=int, default=1, help="epochs between sample grids"
    )
    train.add_argument("--minutes", type=float, help="stop after this much time")
    train.set_defaults(run=_train)


def _generate_parser(commands):
    generate = commands.add_parser("generate", help="make pictures")
    generate.add_argument("preset", help="a preset's name or directory")
    generate.add_argument("-n", type=int, default=64, help="how many")
    generate.add_argument("--out", default="grid.png")
    generate.add_argument("--seed", type=int)
    generate.add_argument("--columns", type=int, default=8)
    generate.add_argument("--zoom", type=int, default=2)
    generate.set_defaults(run=_generate)


def _presets(options):
    from rich.console import Console
    from rich.table import Table

    import kerasgan

    table = Table("preset", "what it is", box=None)
    for name, description in kerasgan.list_presets().items():
        table.add_row(name, description)
    Console().print(table)


def _train(options):
    from kerasgan.training_run import TrainingRun

    TrainingRun(options).execute()


def _generate(options):
    import kerasgan

    gan = kerasgan.from_preset(options.preset, load_weights=True)
    gan.save_grid(
        options.out,
        options.n,
        seed=options.seed,
        columns=options.columns,
        zoom=options.zoom,
    )
    print(f"{options.n} images in {options.out}")


if __name__ == "__main__":
    sys.exit(main())
