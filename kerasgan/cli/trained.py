"""The trained model that a name on the command line means."""

import pathlib

import keras

from kerasgan.callbacks.checkpoint_files import MODEL, newest_checkpoint
from kerasgan.cli.folder import CHECKPOINTS, OLD_CHECKPOINT, PRESET
from kerasgan.cli.record import SUMMARY
from kerasgan.gan import GAN
from kerasgan.presets import from_preset
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset


def trained_gan(name: str) -> GAN:
    """The model of a preset with weights, or of a training's folder.

    Raises:
        ValueError: if it has no trained weights, or they cannot be read.
    """
    run = pathlib.Path(name)
    if (run / SUMMARY).exists():
        return _of_run(run)
    directory, _ = find_preset(None, name)
    if read_metadata(directory)["weights"] is None:
        raise ValueError(
            f"The preset {name!r} comes without trained weights. Train it, for example "
            f"with `kerasgan train {name} --data DATA --out runs/mine`, and generate "
            "from that folder: `kerasgan generate runs/mine`."
        )
    return from_preset(name, load_weights=True)


def _of_run(run):
    if (run / PRESET).is_dir():
        return from_preset(run / PRESET, load_weights=True)
    found = newest_checkpoint(run / CHECKPOINTS)
    if found is not None:
        return load_gan(found[0] / MODEL)
    if (run / OLD_CHECKPOINT).exists():
        return load_gan(run / OLD_CHECKPOINT)
    raise ValueError(f"The run in {run} has kept nothing yet. Go on with it.")


def load_gan(path: pathlib.Path) -> GAN:
    """A model from a `.keras` file.

    Raises:
        ValueError: if it cannot be read or holds something else.
    """
    try:
        gan = keras.models.load_model(path)
    # Whatever a damaged or foreign file makes Keras, zipfile and h5py raise.
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ValueError(
            f"{path} must be a file that kerasgan saved. Received: one that cannot be "
            f"read ({reason}). Put back a good copy, or use the run's {PRESET}/."
        ) from error
    if not isinstance(gan, GAN):
        raise ValueError(
            f"{path} must hold a GAN. Received: a {type(gan).__name__}. Use a file "
            "that `kerasgan train` wrote."
        )
    return gan
