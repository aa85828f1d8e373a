"""Conditional GAN: digits that you name.

Both networks are told the class: the generator has a learnt vector of it beside the
latent, the discriminator a learnt map of it beside the image, and so an eight that was
to be a three is a fake. `fit` takes labels, `generate` too.

    python conditional_gan.py

How long: 1.2 million images (20 epochs of MNIST). One core took 13 minutes an epoch
beside other work (TensorFlow, Intel Xeon, float32, 2026-11-30), so four hours. After
one epoch the classes have come apart.

What to expect: in the grid, a row is a class and a column a latent: the style of a
column (slant, width of the pen) stays while the digit changes.
"""

import argparse
import pathlib

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks, latent

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--out", default="runs/conditional-gan")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images and labels: whole numbers from 0, or one-hot rows
if options.smoke:
    images, labels = kerasgan.datasets.glyphs(40)
    epochs, batch_size = 1, 10
    small = {"generator_filters": (8, 8, 4), "discriminator_filters": (4, 4, 8)}
else:
    images, labels = kerasgan.datasets.load(options.data)
    epochs, batch_size, small = options.epochs, 100, {}

# %% The preset has ten classes; `generate` uses a moving average of the generator
keras.utils.set_random_seed(0)
gan = kerasgan.ConditionalGAN.from_preset(
    "mnist-28", load_weights=False, seed=0, **small
)
print(gan)

# %% Training
gan.fit(
    images,
    labels,
    batch_size=batch_size,
    epochs=epochs,
    verbose=2,
    callbacks=[
        callbacks.TrainingMonitor(out),
        callbacks.SampleGrid(out / "samples", rows=4, columns=10, zoom=2),
        callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
    ],
)

# %% Ten latents, each as every class
latents = np.random.default_rng(0).standard_normal((10, gan.latent_dim))
grid = latent.images_of(
    gan, np.tile(latents, (10, 1)), np.repeat(np.arange(10), len(latents))
)
kerasgan.save_grid(grid, out / "classes.png", columns=10, zoom=2)
gan.save_grid(out / "sevens.png", 16, labels=7, seed=0, zoom=3)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"A row for each class in {out / 'classes.png'}, and {out / 'sevens.png'}")
