"""Per-image normalisation: pictures of different exposure on one scale.

Scans, microscope and telescope pictures come bright and dark. A GAN then spends itself
on exposure. Here each picture is brought to the same contrast by its own mean and
deviation, squeezed into [-1, 1] so that the generator's tanh can make it, and what was
taken away is kept, to be put back.

    python per_image_normalization.py
    python per_image_normalization.py --plain               # to compare

How long: six epochs of 10,000 drawn digits are 942 steps of a small network: some
minutes on two cores.

What to expect: with `--plain` faint and strong digits side by side, as in the data;
without it digits of one strength in `grid.png`, and `exposed.png` with exposures drawn
from the data's own.
"""

import argparse
import pathlib

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--plain", action="store_true", help="without normalisation")
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--out", default="runs/per-image-normalization")
parser.add_argument("--smoke", action="store_true", help="seconds, with 32 digits")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Digits of different exposure, to have some
images, labels = kerasgan.datasets.glyphs(32 if options.smoke else 10_000)
rng = np.random.default_rng(0)
strength = rng.uniform(0.2, 1.0, (len(images), 1, 1, 1))
images = (images * strength).astype("uint8")


# %% Three deviations around each image's own mean become [-1, 1]
def normalized(images, width=3.0):
    images = images.astype("float32")
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    # A picture of one colour has no deviation.
    deviation = np.maximum(images.std(axis=(1, 2, 3), keepdims=True), 1.0)
    return np.clip((images - mean) / (width * deviation), -1, 1), mean, deviation


def exposed(normal, mean, deviation, width=3.0):
    pixels = normal.astype("float32") / 127.5 - 1
    return np.clip(pixels * width * deviation + mean, 0, 255).astype("uint8")


training_images, mean, deviation = normalized(images)
if options.plain:
    training_images = images
print(f"From {training_images.min():.2f} to {training_images.max():.2f}")

# %% Training
keras.utils.set_random_seed(0)
gan = kerasgan.ConditionalGAN.from_preset("glyphs-28", load_weights=False, seed=0)
gan.fit(
    training_images,
    labels,
    batch_size=8 if options.smoke else 64,
    epochs=1 if options.smoke else options.epochs,
    verbose=2,
    callbacks=[callbacks.SampleGrid(out / "samples", every_steps=100, zoom=2)],
)

# %% Normalised images, and with exposures of real ones put back
fakes = gan.generate(64, seed=0)
kerasgan.save_grid(fakes, out / "grid.png", zoom=2)
if not options.plain:
    drawn = rng.integers(len(images), size=len(fakes))
    pictures = exposed(fakes, mean[drawn], deviation[drawn])
    kerasgan.save_grid(pictures, out / "exposed.png", zoom=2)
print(f"Pictures in {out}")
