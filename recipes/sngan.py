"""SNGAN: spectral normalisation, the hinge loss, residual networks.

Every layer of the discriminator is divided by its largest singular value, so that the
whole cannot be steeper than 1: stable as WGAN-GP, with no penalty to compute. The hinge
loss leaves alone what is scored well enough already.

    python sngan.py
    python sngan.py --data shapes-32 --minutes 30

How long: 50,000 steps, each of 5 x 64 images, through the paper's residual networks:
work for a GPU. One core takes 11 steps a minute in bfloat16, three days for all
(PyTorch, Intel Xeon with AMX, 2026-11-30). `--minutes` stops earlier, and the same
command goes on.

What to expect: `d_loss` is 2 for a discriminator that knows nothing and 0 for one that
always wins by its margin; a working training stays between. `g_loss` is the mean score
of fakes with its sign turned, and has no fixed range.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="cifar10", help="cifar10 or shapes-32")
parser.add_argument("--steps", type=int, default=50_000)
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/sngan")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images
if options.smoke:
    images, _ = kerasgan.datasets.shapes(40)
    steps, every, batch_size, small = 2, 1, 4, {"filters": (4, 4, 4, 4)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    steps, every, batch_size, small = options.steps, 500, 64, {}

# %% The normalised layers are kerasgan.layers.Spectral*: they work in any Keras model
keras.utils.set_random_seed(0)
gan = kerasgan.SNGAN.from_preset("cifar10-32", seed=0, **small)
kinds = sorted({type(layer).__name__ for layer in gan.discriminator.layers})
print("The discriminator's layers:", ", ".join(kinds))

# %% Training
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
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
    )

# %% 64 images
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 images in {out / 'grid.png'}")
