"""R3GAN: a recent method without tricks to balance.

Each real image is compared with one fake image of the batch (the relativistic loss),
and two penalties keep the discriminator's slopes at both small. With these the training
converges by theory, and batch norm, spectral norm and careful schedules are left out.

    python r3gan.py

How long: 1.2 million images (20 epochs of MNIST) with second derivatives: a long time
on two cores, not measured here. `--minutes` stops earlier; the same command goes on.

What to expect: `d_pair_accuracy` is the share of pairs in which the real image scored
higher: 50% means that the images cannot be told apart. `r1` and `r2` are the penalties;
a jump in them is a warning. `generate` uses a moving average of the generator, so its
images are calmer than the losses.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/r3gan")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Digits
if options.smoke:
    images, _ = kerasgan.datasets.glyphs(16)
    epochs, batch_size = 1, 8
    small = {"generator_filters": (8, 4, 4), "discriminator_filters": (4, 4, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    epochs, batch_size, small = options.epochs, 64, {}

# %% The preset for two cores; "cifar10-32" is the paper's, for GPUs
keras.utils.set_random_seed(0)
gan = kerasgan.R3GAN.from_preset("mnist-28-small", seed=0, **small)

# %% Training
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
        images,
        batch_size=batch_size,
        epochs=epochs,
        verbose=2,
        callbacks=[
            callbacks.SampleGrid(out / "samples", every_steps=250, zoom=2),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
            stop,
        ],
    )

# %% 64 digits
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 digits in {out / 'grid.png'}")
