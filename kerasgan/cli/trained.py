"""The trained model that a name on the command line means."""

import pathlib

from kerasgan.callbacks.checkpoint_archive import check_archive, saved_preset
from kerasgan.callbacks.checkpoint_files import MODEL, newest_checkpoint
from kerasgan.cli.folder import CHECKPOINTS, OLD_CHECKPOINT, PRESET
from kerasgan.cli.record import SUMMARY
from kerasgan.gan import GAN
from kerasgan.presets import from_preset
from kerasgan.presets.errors import Place, PresetError
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset
from kerasgan.presets.loading import build_config


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
    """A compiled model from a run's `.keras` file, of which only data is believed.

    Networks come from the preset inside, by the closed schema of presets, and arrays
    from the weights: no class or function that the file names is looked up.

    Raises:
        ValueError: if it cannot be read or holds something else.
    """
    action = f"Put back a good copy, or use the run's {PRESET}/."
    try:
        check_archive(path)
        place = Place(f"The preset in {path}", action=action)
        # Values of two bytes and more; none is allocated for a file that is smaller.
        gan = build_config(saved_preset(path), place, largest=path.stat().st_size // 2)
        gan.compile_from_preset()
        gan.load_weights(path)
    except PresetError:
        raise
    # Whatever h5py and Keras raise for arrays that are other ones.
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ValueError(
            f"{path} must be a file that kerasgan saved. Received: {reason}. {action}"
        ) from error
    return gan
