"""One run of `kerasgan train`: a folder that can be looked at and gone on with."""

import json
import os
import pathlib
import time

import keras

import kerasgan
from kerasgan.atomic import atomic_path
from kerasgan.checks import check_positive_int
from kerasgan.machine import describe_machine

CHECKPOINT = "checkpoint.keras"
HISTORY = "history.csv"
SUMMARY = "summary.json"


class TrainingRun:
    """Trains a preset into a folder.

    The folder holds `checkpoint.keras` (all state, written after each epoch),
    `history.csv`, `samples/`, and at the end `preset/`, `grid.png` and
    `summary.json`.

    Args:
        options: the parsed arguments of `kerasgan train`.
    """

    def __init__(self, options):
        self.options = options
        self.out = pathlib.Path(options.out)
        for name in ("epochs", "steps", "batch_size"):
            if getattr(options, name) is not None:
                check_positive_int(name, getattr(options, name))
        check_positive_int("grid_every", options.grid_every)
        self._check_out()

    def execute(self):
        """Trains, and prints where everything is."""
        images, gan = self._images_and_gan()
        batch_size = self.options.batch_size or gan.training_arguments()["batch_size"]
        per_epoch = -(-len(images) // batch_size)
        steps = self._steps(gan, per_epoch)
        done = _steps_taken(gan)
        print(
            f"Training {self.options.preset} on {len(images)} images of "
            f"{self.options.data}: {steps} steps ({steps / per_epoch:.1f} epochs), "
            f"batch {batch_size}, Keras on {keras.backend.backend()}, "
            f"{describe_machine()}." + (f" {done} steps are done." if done else "")
        )
        began = time.time()
        self._fit(gan, images, batch_size, per_epoch, steps)
        self._finish(gan, batch_size, per_epoch, time.time() - began)

    def _fit(self, gan, images, batch_size, per_epoch, steps):
        """Whole epochs, then what is left of `steps`."""
        callbacks = self._callbacks()
        while (done := _steps_taken(gan)) < steps:
            whole = steps // per_epoch * per_epoch
            size = per_epoch if done < whole else steps - done
            gan.fit(
                images,
                batch_size=batch_size,
                epochs=steps // per_epoch if done < whole else done // per_epoch + 1,
                initial_epoch=done // per_epoch,
                steps_per_epoch=size,
                callbacks=callbacks,
                verbose="auto" if os.isatty(1) else 2,
            )
            if gan.stop_training:
                return

    def _check_out(self):
        there = self.out / CHECKPOINT
        if there.exists() and not self.options.resume:
            raise ValueError(
                f"{there} is there already. Pass --resume to go on with it, or choose "
                "another --out."
            )
        try:
            (self.out / "samples").mkdir(parents=True, exist_ok=True)
            with atomic_path(self.out / ".write-test") as path:
                pathlib.Path(path).write_text("")
            (self.out / ".write-test").unlink()
        except OSError as error:
            raise ValueError(
                f"--out must be a folder that can be written to. Received: {self.out} "
                f"({error.strerror})."
            ) from error

    def _images_and_gan(self):
        if (self.out / CHECKPOINT).exists():
            gan = keras.models.load_model(self.out / CHECKPOINT)
        else:
            overrides = {"seed": self.options.seed}
            if self.options.dtype:
                overrides["dtype"] = self.options.dtype
            # The seed names the initial weights too, so that a run can be repeated.
            keras.utils.set_random_seed(self.options.seed)
            gan = kerasgan.from_preset(
                self.options.preset, load_weights=False, **overrides
            )
        return self._images(gan.image_shape), gan

    def _images(self, image_shape):
        height, width, channels = image_shape
        if os.path.isdir(self.options.data):
            return kerasgan.datasets.image_folder(
                self.options.data,
                image_size=(height, width),
                color_mode="grayscale" if channels == 1 else "rgb",
            )
        images, _ = kerasgan.datasets.load(
            self.options.data, data_dir=self.options.data_dir
        )
        return images

    def _steps(self, gan, per_epoch):
        if self.options.steps:
            return self.options.steps
        training = gan.training_arguments()
        if self.options.epochs is None and "steps" in training:
            return training["steps"]
        return (self.options.epochs or training["epochs"]) * per_epoch

    def _callbacks(self):
        callbacks = [
            keras.callbacks.ModelCheckpoint(str(self.out / CHECKPOINT)),
            keras.callbacks.CSVLogger(str(self.out / HISTORY), append=True),
            keras.callbacks.TerminateOnNaN(),
            _Samples(self.out / "samples", self.options.grid_every),
        ]
        if self.options.minutes:
            callbacks.append(_TimeLimit(self.options.minutes))
        return callbacks

    def _finish(self, gan, batch_size, per_epoch, seconds):
        steps = _steps_taken(gan)
        facts = {
            "preset": self.options.preset,
            "data": self.options.data,
            "steps": steps,
            "epochs": round(steps / per_epoch, 2),
            "batch_size": batch_size,
            "seed": self.options.seed,
            "dtype": gan.generator.dtype_policy.name,
            "backend": keras.backend.backend(),
            "keras": keras.__version__,
            "kerasgan": kerasgan.__version__,
            "machine": describe_machine(),
            "date": time.strftime("%Y-%m-%d"),
            "seconds": round(seconds + self._seconds_before(), 1),
        }
        with atomic_path(self.out / SUMMARY) as path:
            pathlib.Path(path).write_text(json.dumps(facts, indent=2) + "\n")
        if not (self.out / CHECKPOINT).exists():
            gan.save(self.out / CHECKPOINT)
        gan.save_to_preset(
            self.out / "preset", overwrite=True, metadata={"training": facts}
        )
        gan.save_grid(self.out / "grid.png", 64, seed=0, zoom=2)
        self._report(facts)

    def _seconds_before(self):
        path = self.out / SUMMARY
        return json.loads(path.read_text())["seconds"] if path.exists() else 0.0

    def _report(self, facts):
        print(
            f"Done: {facts['steps']} steps in {facts['seconds']:.0f} s. In {self.out}:"
        )
        for name, what in (
            ("grid.png", "64 images"),
            ("samples/", "a grid for each epoch"),
            (HISTORY, "losses and accuracies"),
            (CHECKPOINT, "everything, to go on with --resume"),
            ("preset/", "to use: kerasgan generate " + str(self.out / "preset")),
            (SUMMARY, "what was run, where and for how long"),
        ):
            print(f"  {name:18}{what}")


def _steps_taken(gan):
    return int(keras.ops.convert_to_numpy(gan.step_counter))


class _Samples(keras.callbacks.Callback):
    def __init__(self, folder, every):
        super().__init__()
        self.folder, self.every = folder, every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            path = self.folder / f"epoch-{epoch + 1:04d}.png"
            self.model.save_grid(path, 64, seed=0, zoom=2)


class _TimeLimit(keras.callbacks.Callback):
    """Stops at the end of the first epoch that ends after `minutes`."""

    def __init__(self, minutes):
        super().__init__()
        self.minutes = minutes

    def on_train_begin(self, logs=None):
        self.began = time.time()

    def on_epoch_end(self, epoch, logs=None):
        if time.time() - self.began > 60 * self.minutes:
            self.model.stop_training = True
