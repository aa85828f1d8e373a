"""WGAN-GP: a loss that says how far the images are from real ones.

The critic gives no verdict but a height, as steep as possible, and a penalty keeps its
slope near 1: then the difference of heights is the Wasserstein distance between real
and generated images. Five critic steps go before each generator step, each on images
of its own.

    python wgangp.py

How long: 20,000 steps, each of 5 x 64 images, with second derivatives. One core took
140 steps a minute in bfloat16, so two and a half hours (TensorFlow, Intel Xeon with
AMX, 2026-11-30); after 7,000, seven in eight images were digits. `--minutes` stops
earlier, and the same command goes on.

What to expect: `wasserstein_distance` rises while the critic learns, and then falls as
the images get better: the one loss of a GAN that is meant to be read as progress.
`g_loss` by itself means nothing; it may drift far from 0. There is no batch norm in the
critic; put none into your own.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--steps", type=int, default=20_000)
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/wgangp")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Digits
if options.smoke:
    images, _ = kerasgan.datasets.glyphs(80)
    steps, every, batch_size = 4, 2, 8
    small = {"generator_filters": (8, 4, 4), "discriminator_filters": (4, 4, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    steps, every, batch_size, small = options.steps, 500, 64, {}

# %% Generator and critic
keras.utils.set_random_seed(0)
gan = kerasgan.WGANGP.from_preset("mnist-28", load_weights=False, seed=0, **small)

# %% Training: the last column of each line is the penalty, which stays small
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    history = gan.fit(
        images,
        batch_size=batch_size,
        steps_per_epoch=every,
        epochs=steps // every,
        verbose=2,
        callbacks=[
            callbacks.SampleGrid(out / "samples", every_steps=every, zoom=2),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
            stop,
        ],
    ).history

# %% The distance, every 500 steps
for distance in history.get("wasserstein_distance", []):
    print(f"{distance:8.3f} {'#' * int(abs(distance) * 4)}")
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 digits in {out / 'grid.png'}")
