"""What a training is to be, settled and checked before anything is written."""

import argparse
import dataclasses
import pathlib
import warnings
import zlib

import keras
import numpy as np

from kerasgan.callbacks.checkpoint import Checkpoint
from kerasgan.callbacks.checkpoint_archive import (
    ArchiveError,
    check_archive,
    saved_preset,
)
from kerasgan.callbacks.checkpoint_files import (
    MODEL,
    list_checkpoints,
    newest_checkpoint,
)
from kerasgan.checks import Argument
from kerasgan.cli.folder import CHECKPOINTS, HISTORY, OLD_CHECKPOINT
from kerasgan.cli.images import check_data, load_images, load_labels
from kerasgan.cli.record import RunRecord
from kerasgan.cli.rows import read_rows
from kerasgan.gan import GAN
from kerasgan.presets import from_preset
from kerasgan.presets.schema import check_dtype
from kerasgan.training.data import training_data
from kerasgan.training.resuming import Position, steps_taken


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """A training that can begin.

    Args:
        out: the folder.
        preset, data, seed, dtype, batch_size: as given, or as the run began with.
        images: uint8 array of all images.
        labels: int array of their classes, or `None` for a model without classes.
        images_crc32: of all their bytes.
        gan: the compiled model, set to where the run stopped.
        checkpoint: the callback that keeps its state.
        steps_per_epoch: batches of a pass over the images.
        target_steps: to take in all.
        finished: whether that was done and written.
        seconds: spent training so far.
    """

    out: pathlib.Path
    preset: str
    data: str
    seed: int
    dtype: str
    batch_size: int
    images: np.ndarray
    labels: np.ndarray | None
    images_crc32: int
    gan: GAN
    checkpoint: Checkpoint
    steps_per_epoch: int
    target_steps: int
    finished: bool
    seconds: float

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return steps_taken(self.gan)


def settle(
    options: argparse.Namespace, out: pathlib.Path, earlier: RunRecord | None
) -> Run:
    """Everything that can go wrong, before anything is written.

    Args:
        options: the parsed arguments of `kerasgan train`.
        out: its folder.
        earlier: the record of the run to go on with.

    Raises:
        ValueError: if options, data and the earlier run do not fit together.
    """
    if earlier is None or not _has_checkpoint(out):
        if options.resume:
            print(f"There is no checkpoint in {out} to resume: starting fresh.")
        earlier = None
    check_data(options.data)
    seed = _settled("seed", options, out, earlier, 0)
    dtype = _settled("dtype", options, out, earlier, None)
    gan = _new_gan(options.preset, seed, dtype)
    gan.compile_from_preset()
    if earlier is not None:
        _check_same_preset(options, out, earlier, gan)
    default = gan.training_arguments()["batch_size"]
    batch_size = _settled("batch_size", options, out, earlier, default)
    source = options.data, gan.image_shape
    images = load_images(*source, data_dir=options.data_dir)
    _check_size(options, gan.image_shape, images)
    labels = None
    if gan.num_classes is not None:
        labels = load_labels(*source, data_dir=options.data_dir)
    images_crc32 = zlib.crc32(images.data)
    if earlier is not None and earlier.images_crc32 != images_crc32:
        raise _other_images(options, out, earlier, images)
    steps_per_epoch = _steps_per_epoch(gan, images, labels, batch_size)
    target_steps = _target_steps(options, gan, earlier, steps_per_epoch)
    checkpoint = Checkpoint(out / CHECKPOINTS, every_minutes=options.checkpoint_minutes)
    if earlier is not None:
        _restore(gan, checkpoint, out, steps_per_epoch)
    return Run(
        out=out,
        preset=options.preset,
        data=options.data,
        seed=seed,
        dtype=gan.generator.dtype_policy.name,
        batch_size=batch_size,
        images=images,
        labels=labels,
        images_crc32=images_crc32,
        gan=gan,
        checkpoint=checkpoint,
        steps_per_epoch=steps_per_epoch,
        target_steps=target_steps,
        finished=bool(earlier and earlier.finished)
        and steps_taken(gan) >= target_steps,
        seconds=_seconds_before(out, earlier),
    )


def _has_checkpoint(out):
    return list_checkpoints(out / CHECKPOINTS) or (out / OLD_CHECKPOINT).exists()


def _settled(name, options, out, earlier, default):
    """An option's value: the run's own where it has one, which must agree."""
    option = getattr(options, name)
    if earlier is None:
        return default if option is None else option
    settled = getattr(earlier, name)
    if option not in (None, settled):
        raise ValueError(
            f"The run in {out} began with --{name.replace('_', '-')} {settled}, and "
            f"goes on with that. Received: {option}. Leave the option out, or choose "
            "another --out."
        )
    return settled


def _new_gan(preset, seed, dtype):
    # The seed names the initial weights too, so that a run can be repeated.
    keras.utils.set_random_seed(seed)
    overrides = {"dtype": check_dtype(dtype, Argument("--dtype"))} if dtype else {}
    return from_preset(preset, load_weights=False, seed=seed, **overrides)


def _check_same_preset(options, out, earlier, gan):
    found = newest_checkpoint_quietly(out / CHECKPOINTS)
    path = found or out / OLD_CHECKPOINT
    try:
        saved = saved_preset(path)
    except ArchiveError as error:
        raise damaged(path, error) from error
    if {**saved, "dtype": None} != {**gan.preset, "dtype": None}:
        raise ValueError(
            f"The run in {out} trains the preset {earlier.preset!r}. Received: "
            f"{options.preset!r}, which is another. Pass that preset, or choose "
            "another --out."
        )


def newest_checkpoint_quietly(directory):
    """The file of the newest whole checkpoint; restoring it warns of the others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = newest_checkpoint(directory)
    return found and found[0] / MODEL


def damaged(path, error):
    """What to tell of a checkpoint of one file, which has no other to fall back to."""
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    return ValueError(
        f"{path} is damaged. Received: {reason}. Put back a good copy, or remove it to "
        "start from the beginning."
    )


def _other_images(options, out, earlier, images):
    return ValueError(
        f"The run in {out} trains on {earlier.images} images of {earlier.data!r}. "
        f"Received: {len(images)} images of {options.data!r}, which are not the same. "
        "Pass those, or choose another --out."
    )


def _check_size(options, image_shape, images):
    """A folder's pictures come in the model's size, a named set's in their own."""
    if images.shape[1:] != image_shape:
        raise ValueError(
            f"The preset {options.preset!r} makes images that are "
            f"{_described_size(image_shape)}. Received: --data {options.data}, whose "
            f"are {_described_size(images.shape[1:])}. Choose a preset of that size "
            "(`kerasgan presets` lists them), another set, or a folder of pictures, "
            "which are resized."
        )


def _described_size(image_shape):
    """Such as 28x28 grey, 32x32 colour."""
    height, width, channels = image_shape
    return f"{width}x{height} {'grey' if channels == 1 else 'colour'}"


def _steps_per_epoch(gan, images, labels, batch_size):
    try:
        batches, _ = training_data(
            gan, images, labels, batch_size, shuffle=True, steps=None
        )
    except ValueError as error:
        words = str(error).replace("`batch_size`", "`--batch-size`")
        raise ValueError(words.replace("batch_size=", "--batch-size ")) from error
    return len(batches)


def _target_steps(options, gan, earlier, steps_per_epoch):
    if options.steps:
        return options.steps
    if options.epochs:
        return options.epochs * steps_per_epoch
    if earlier is not None:
        return earlier.target_steps
    training = gan.training_arguments()
    return training.get("steps") or training["epochs"] * steps_per_epoch


def _restore(gan, checkpoint, out, steps_per_epoch):
    if checkpoint.restore(gan) is None:
        _take_over(gan, checkpoint, out / OLD_CHECKPOINT, steps_per_epoch)


def _take_over(gan, checkpoint, path, steps_per_epoch):
    """Sets the model to a checkpoint of version 0.1.0, and keeps it as ours are."""
    try:
        check_archive(path)
        gan.load_weights(path)
    # Whatever zipfile, h5py and Keras raise for damaged bytes.
    except Exception as error:
        raise damaged(path, error) from error
    place = Position(*divmod(steps_taken(gan), steps_per_epoch))
    checkpoint.save(gan, place, steps_per_epoch=steps_per_epoch)
    path.unlink()


def _seconds_before(out, earlier):
    """Of a run that was killed, its last row knows more than its record."""
    if earlier is None:
        return 0.0
    rows = read_rows(out / HISTORY)
    return max([earlier.seconds, *(row["seconds"] for row in rows)])
