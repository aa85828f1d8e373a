"""DCGAN on CIFAR-10 with RMSprop: 10,000 steps of 20 images, looked at every 100.

The network of Chollet's Deep Learning with Python (first edition, section 8.5): no
batch norm, large convolutions, noisy labels, gradients clipped at 1. Every 100 steps a
5x10 grid and the weights are written; a discriminator whose accuracy leaves 50 to 95%
is reported once. At the end come a history of three panels, a walk of 10 steps between
two latents, and the last grid.

    pip install 'kerasgan[plots]'
    python cifar10_32_rmsprop.py

How long: 200,000 images, but the slowest of the five presets: on two cores four and a
quarter hours on TensorFlow and PyTorch, five on JAX, at the rates of
docs/performance.md (AMD EPYC, float32, 2026-11-22); one core took 6 s a step, 17
hours (PyTorch, Intel Xeon, float32, 2026-11-30). `--steps` stops earlier.

What to expect: blurred colours for the first thousand steps, then coarse scenes. Ten
classes are hard for so few images; the book trains on frogs alone, as `--label 6` does.
"""

import argparse
import json
import pathlib

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks, latent

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="cifar10", help="cifar10 or shapes-32")
parser.add_argument("--label", type=int, help="one class alone: 6 are the frogs")
parser.add_argument("--steps", type=int, default=10_000)
parser.add_argument("--out", default="runs/cifar10-32-rmsprop")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images
if options.smoke:
    images, labels = kerasgan.datasets.shapes(64)
    steps, every, batch_size = 4, 2, 8
    small = {
        "generator_base_filters": 8,
        "generator_filters": 8,
        "discriminator_filters": (8, 8, 8, 8),
    }
else:
    images, labels = kerasgan.datasets.load(options.data)
    steps, every, batch_size, small = options.steps, 100, 20, {}
if options.label is not None:
    images = images[np.ravel(labels) == options.label]

# %% RMSprop at 0.0008 for the discriminator, half of that for the generator
keras.utils.set_random_seed(0)
gan = kerasgan.DCGAN.from_preset("cifar10-32-rmsprop", seed=0, **small)
print(gan.preset["compile"])

# %% Training. A verdict that turns bad is a warning.
band = callbacks.Thresholds(
    loss_range=None, accuracy_range=(0.5, 0.95), weak_accuracy=0.5, ratio_range=None
)
gan.fit(
    images,
    batch_size=batch_size,
    steps_per_epoch=every,
    epochs=steps // every,
    verbose=2,
    callbacks=[
        callbacks.TrainingMonitor(out, window=every, thresholds=band, figure=False),
        callbacks.SampleGrid(
            out / "samples", every_steps=every, rows=5, columns=10, zoom=2
        ),
        # The newest alone: a hundred of them would be three gigabytes.
        keras.callbacks.ModelCheckpoint(
            out / "gan.weights.h5", save_weights_only=True, save_freq=every
        ),
    ],
)

# %% Three panels: losses, accuracies, and which of the two networks is ahead
rows = [json.loads(line) for line in (out / "steps.jsonl").read_text().splitlines()]
taken = [row["step"] for row in rows]
try:
    from matplotlib.figure import Figure
except ImportError:
    print("Without matplotlib there is no figure: pip install 'kerasgan[plots]'")
else:
    figure = Figure(figsize=(12, 3.5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for name in ("d_loss", "g_loss"):
        left.plot(taken, [row[name] for row in rows], label=name)
    for name in ("d_real_accuracy", "d_fake_accuracy"):
        middle.plot(taken, [row[name] for row in rows], label=name)
    middle.axhspan(0.5, 0.95, alpha=0.1)
    ratio = [row["g_loss"] / max(row["d_loss"], 1e-6) for row in rows]
    right.plot(taken, ratio, label="g_loss / d_loss")
    for panel in (left, middle, right):
        panel.set_xlabel("step")
        panel.legend()
    figure.savefig(out / "history.png", dpi=110)

# %% A walk from one latent to another, in 10 steps
start, end = np.random.default_rng(1).standard_normal((2, gan.latent_dim))
walk = latent.interpolate(start, end, steps=10)
kerasgan.save_grid(latent.images_of(gan, walk), out / "walk.png", columns=10, zoom=3)

# %% And 5 rows of 10
gan.save_grid(out / "grid.png", 50, columns=10, seed=0, zoom=2)
print(f"history.png, walk.png and grid.png are in {out}")
