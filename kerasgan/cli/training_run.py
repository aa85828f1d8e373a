"""One run of `kerasgan train`: a folder that can be looked at and gone on with."""

import csv
import json
import math
import os
import pathlib
import time
import zlib

import keras

import kerasgan
from kerasgan.checks import check_positive_int
from kerasgan.cli.stopping import Stop
from kerasgan.files import atomic_path
from kerasgan.presets.files import read_config
from kerasgan.presets.listing import find_preset
from kerasgan.training.data import training_data
from kerasgan.training.machine import describe_machine

CHECKPOINT = "checkpoint.keras"
HISTORY = "history.csv"
SUMMARY = "summary.json"
PRESET = "preset"

STOPPED_BY_USER = 130


class TrainingRun:
    """Trains a preset into a folder.

    The folder holds `summary.json` and, written after each epoch, `checkpoint.keras`
    (all state), a row of `history.csv` and a picture in `samples/`; at the end, or
    where the run was stopped, also `grid.png` and `preset/`.

    Args:
        options: the parsed arguments of `kerasgan train`.

    Raises:
        ValueError: if an option is out of its range, or the folder is not new, empty
            or, with `--resume`, a run's.
    """

    def __init__(self, options):
        self.options = options
        self.out = pathlib.Path(options.out)
        _check_numbers(options)
        self.earlier = self._earlier_summary()
        resumes = self.earlier is not None and (self.out / CHECKPOINT).exists()
        # What a run settled at its start, so that --resume need not be told again.
        self.settled = self.earlier if resumes else {}
        self.seconds_before = self.settled.get("seconds", 0.0)

    def execute(self):
        """Trains, prints where everything is, and gives the exit status."""
        self._prepare()
        done = steps_taken(self.gan)
        if done >= self.target and self.settled.get("finished"):
            print(
                f"The run in {self.out} is finished: {done} steps "
                f"({done / self.per_epoch:.1f} epochs) are done. Pass a larger "
                "--epochs or --steps to train on."
            )
            return 0
        self._make_folder()
        self._announce(done)
        self.began = time.monotonic()
        self._write_summary()
        stop = Stop(self.began + 60 * (self.options.minutes or math.inf))
        with stop.on_interrupt():
            self._fit(stop)
        self._finish(stop.reason)
        return STOPPED_BY_USER if stop.reason == Stop.INTERRUPTED else 0

    # Before -------------------------------------------------------------------

    def _earlier_summary(self):
        if not self.out.is_dir():
            return None
        if (self.out / SUMMARY).exists():
            if self.options.resume:
                return json.loads((self.out / SUMMARY).read_text())
            raise ValueError(
                f"--out holds a run already. Received: {self.out}. Pass --resume to go "
                "on with it, or choose another --out."
            )
        if any(not path.name.startswith(".") for path in self.out.iterdir()):
            raise ValueError(
                "--out must be a new or empty folder, or with --resume one that "
                f"`kerasgan train` wrote. Received: {self.out}, which holds other "
                "files."
            )
        return None

    def _prepare(self):
        """Everything that can go wrong, before anything is written."""
        if self.options.resume and not self.settled:
            print(f"There is no checkpoint in {self.out} to resume: starting fresh.")
        self.seed = self._settle("seed", 0)
        dtype = self._settle("dtype", None)
        self.gan = self._load_gan() if self.settled else self._new_gan(dtype)
        self.dtype = self.gan.generator.dtype_policy.name
        self.batch_size = self._settle(
            "batch_size", self.gan.training_arguments()["batch_size"]
        )
        self.images = load_images(
            self.options.data, self.gan.image_shape, data_dir=self.options.data_dir
        )
        self._check_same_images()
        if not self.gan.compiled:
            self.gan.compile_from_preset()
        batches, _ = training_data(
            self.gan, self.images, None, self.batch_size, shuffle=True, steps=None
        )
        self.per_epoch = len(batches)
        self.target = self._target_steps()

    def _settle(self, name, default):
        """An option's value: the run's own where it has one, which must agree."""
        option = getattr(self.options, name)
        if not self.settled:
            return default if option is None else option
        settled = self.settled[name]
        if option not in (None, settled):
            raise ValueError(
                f"The run in {self.out} began with --{name.replace('_', '-')} "
                f"{settled}, and goes on with that. Received: {option}. Leave the "
                "option out, or choose another --out."
            )
        return settled

    def _new_gan(self, dtype):
        overrides = {"seed": self.seed}
        if dtype:
            overrides["dtype"] = dtype
        # The seed names the initial weights too, so that a run can be repeated.
        keras.utils.set_random_seed(self.seed)
        return kerasgan.from_preset(
            self.options.preset, load_weights=False, **overrides
        )

    def _load_gan(self):
        directory, _ = find_preset(None, self.options.preset)
        asked = read_config(directory)
        gan = keras.models.load_model(self.out / CHECKPOINT)
        if {**asked, "dtype": None} != {**gan.preset, "dtype": None}:
            raise ValueError(
                f"The run in {self.out} trains the preset {self.settled['preset']!r}. "
                f"Received: {self.options.preset!r}, which is another. Pass that "
                "preset, or choose another --out."
            )
        return gan

    def _check_same_images(self):
        self.images_crc32 = zlib.crc32(self.images)
        settled = self.settled.get("images_crc32", self.images_crc32)
        if settled != self.images_crc32:
            raise ValueError(
                f"The run in {self.out} trains on {self.settled['images']} images of "
                f"{self.settled['data']!r}. Received: {len(self.images)} images of "
                f"{self.options.data!r}, which are not the same. Pass those, or choose "
                "another --out."
            )

    def _target_steps(self):
        if self.options.steps:
            return self.options.steps
        if self.options.epochs:
            return self.options.epochs * self.per_epoch
        if self.settled:
            return self.settled["target_steps"]
        training = self.gan.training_arguments()
        return training.get("steps") or training["epochs"] * self.per_epoch

    def _make_folder(self):
        try:
            (self.out / "samples").mkdir(parents=True, exist_ok=True)
            with atomic_path(self.out / ".write-test") as path:
                pathlib.Path(path).touch()
            (self.out / ".write-test").unlink()
        except OSError as error:
            raise ValueError(
                "--out must be a folder that can be written to. Received: "
                f"{self.out} ({error.strerror})."
            ) from error

    def _announce(self, done):
        print(
            f"Training {self.options.preset} on {len(self.images)} images of "
            f"{self.options.data}: {self.target} steps "
            f"({self.target / self.per_epoch:.1f} epochs), batch {self.batch_size}, "
            f"{self.dtype}, Keras on {keras.backend.backend()}, "
            f"{describe_machine()}." + (f" {done} steps are done." if done else ""),
            flush=True,
        )

    # Training -----------------------------------------------------------------

    def _fit(self, stop):
        """Whole epochs, and the part of one that a stop or `--steps` leaves."""
        callbacks = [
            keras.callbacks.TerminateOnNaN(raise_error=True),
            _Keep(self),
            stop,
        ]
        while (done := steps_taken(self.gan)) < self.target and not stop.reason:
            epoch, into = divmod(done, self.per_epoch)
            left = self.target - done
            whole = into == 0 and left >= self.per_epoch
            try:
                self.gan.fit(
                    self.images,
                    batch_size=self.batch_size,
                    initial_epoch=epoch,
                    epochs=self.target // self.per_epoch if whole else epoch + 1,
                    steps_per_epoch=min(self.per_epoch - into, left),
                    callbacks=callbacks,
                    verbose="auto" if os.isatty(1) else 2,
                )
            except RuntimeError as error:
                raise RuntimeError(f"{error}. {self._what_is_kept()}") from error

    def _what_is_kept(self):
        if not (self.out / CHECKPOINT).exists():
            return f"No epoch was complete, so nothing is kept in {self.out}."
        return f"The last whole epoch is kept in {self.out}."

    def keep(self, logs):
        """Writes what an epoch made; the checkpoint first, which all else follows."""
        steps = steps_taken(self.gan)
        self.gan.save(self.out / CHECKPOINT)
        row = {
            "epoch": round(steps / self.per_epoch, 3),
            "steps": steps,
            "seconds": self._seconds(),
            **logs,
        }
        _add_row(self.out / HISTORY, row)
        self._write_summary()
        epoch, into = divmod(steps, self.per_epoch)
        if into == 0 and epoch % self.options.grid_every == 0:
            self._save_grid(self.out / "samples" / f"epoch-{epoch:04d}.png")

    # After --------------------------------------------------------------------

    def _finish(self, reason):
        self._save_grid(self.out / "grid.png")
        facts = self._facts(finished=steps_taken(self.gan) >= self.target)
        self.gan.save_to_preset(
            self.out / PRESET, overwrite=True, metadata={"training": facts}
        )
        self._write_summary(facts)
        self._report(facts, reason)

    def _save_grid(self, path):
        # The same latents each time, so that the pictures show what changes.
        self.gan.save_grid(path, 64, seed=0, zoom=2)

    def _facts(self, *, finished=False):
        steps = steps_taken(self.gan)
        return {
            "preset": self.options.preset,
            "data": self.options.data,
            "images": len(self.images),
            "images_crc32": self.images_crc32,
            "steps": steps,
            "target_steps": self.target,
            "epochs": round(steps / self.per_epoch, 2),
            "batch_size": self.batch_size,
            "seed": self.seed,
            "dtype": self.dtype,
            "backend": keras.backend.backend(),
            "keras": keras.__version__,
            "kerasgan": kerasgan.__version__,
            "machine": describe_machine(),
            "date": time.strftime("%Y-%m-%d"),
            "seconds": self._seconds(),
            "finished": finished,
        }

    def _seconds(self):
        return round(self.seconds_before + time.monotonic() - self.began, 1)

    def _write_summary(self, facts=None):
        with atomic_path(self.out / SUMMARY) as path:
            text = json.dumps(facts or self._facts(), indent=2)
            pathlib.Path(path).write_text(text + "\n")

    def _report(self, facts, reason):
        taken = f"{facts['steps']} steps in {facts['seconds']:.0f} s"
        if facts["finished"]:
            print(f"Done: {taken}. In {self.out}:")
        else:
            print(
                f"Stopped ({reason}): {taken}, of {facts['target_steps']}; the same "
                f"command with --resume goes on. In {self.out}:"
            )
        for name, what in (
            ("grid.png", "64 images"),
            ("samples/", "the same 64 after each epoch"),
            (HISTORY, "losses and accuracies"),
            (CHECKPOINT, "all state, for --resume"),
            (PRESET + "/", f"the model, for kerasgan generate {self.out / PRESET}"),
            (SUMMARY, "what was run, where and for how long"),
        ):
            print(f"  {name:18}{what}")


def load_images(data, image_shape, *, data_dir=None):
    """A named set, or a folder of pictures in the size and colours of a model.

    Args:
        data: a name that `datasets.load` takes, or a path; a name comes first, and
            what holds a separator is a path.
        image_shape: (height, width, channels) of the model.
        data_dir: as in `datasets.load`.

    Returns:
        A uint8 array (n, height, width, channels).

    Raises:
        ValueError, OSError: as `datasets.load` and `datasets.image_folder`.
    """
    if os.sep in data or (os.path.isdir(data) and not _is_named(data)):
        height, width, channels = image_shape
        return kerasgan.datasets.image_folder(
            data,
            image_size=(height, width),
            color_mode="grayscale" if channels == 1 else "rgb",
        )
    return kerasgan.datasets.load(data, data_dir=data_dir)[0]


def steps_taken(gan):
    """How many steps a GAN was trained for."""
    return int(keras.ops.convert_to_numpy(gan.step_counter))


def _is_named(data):
    try:
        kerasgan.datasets.class_names(data)
    except ValueError:
        return False
    return True


def _check_numbers(options):
    for name in ("epochs", "steps", "batch_size", "grid_every"):
        if (value := getattr(options, name)) is not None:
            check_positive_int(f"--{name.replace('_', '-')}", value)
    if options.seed is not None:
        check_positive_int("--seed", options.seed, minimum=0)
    if options.minutes is not None and not options.minutes > 0:
        raise ValueError(f"`--minutes` must be above 0. Received: {options.minutes}.")


def _add_row(path, row):
    new = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)


class _Keep(keras.callbacks.Callback):
    def __init__(self, run):
        super().__init__()
        self.run = run

    def on_epoch_end(self, epoch, logs=None):
        self.run.keep(logs)
