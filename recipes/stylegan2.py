"""StyleGAN2 with adaptive augmentation: few pictures, much time.

Latents become styles, which scale the channels of every convolution. Augmentation of
what the discriminator sees begins at nothing and grows by itself when the discriminator
begins to know the pictures by heart. `flowers-64-small` is sized for two cores and for
some thousand pictures of 64x64 pixels, in a folder:

    python stylegan2.py --pictures photos
    python stylegan2.py --minutes 20            # drawn shapes, without a folder

How long: 200 passes over the pictures: 734,000 images where there are 3,670. One core
took 141 s a pass, so eight hours (PyTorch, Intel Xeon, float32, 2026-11-30).
`--minutes` stops earlier, and the same command goes on.

What to expect: `augmentation_strength` says how much is augmented, from 0 to 1; it
begins at 0 and rises when the discriminator grows too sure of the real pictures.
Truncation, at the end, trades variety for quality: images move towards the mean one.
"""

import argparse
import pathlib

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks, latent

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--pictures", help="folder of pictures (default: drawn shapes)")
parser.add_argument("--epochs", type=int, default=200)
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/stylegan2")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Pictures, cropped and resized to 64x64; or shapes, each pixel as four
if options.smoke:
    images = kerasgan.datasets.shapes(16)[0][:, ::2, ::2]  # 16x16
    epochs, batch_size = 1, 8
    small = {
        "image_shape": (16, 16, 3),
        "generator_filters": (8, 8, 4),
        "discriminator_filters": (4, 8, 8),
    }
elif options.pictures:
    images = kerasgan.datasets.image_folder(options.pictures, image_size=64)
    epochs, batch_size, small = options.epochs, 32, {}
else:
    images = kerasgan.datasets.shapes(4000)[0].repeat(2, axis=1).repeat(2, axis=2)
    epochs, batch_size, small = options.epochs, 32, {}

# %% Networks and augmentation as the preset has them
keras.utils.set_random_seed(0)
gan = kerasgan.StyleGAN2.from_preset(
    "flowers-64-small", load_weights=False, seed=0, **small
)
print(gan.discriminator_augmentation.get_config()["policy"])

# %% Training
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
        images,
        batch_size=batch_size,
        epochs=epochs,
        verbose=2,
        callbacks=[
            callbacks.SampleGrid(out / "samples", every_steps=500, zoom=2),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
            stop,
        ],
    )

# %% The same eight latents at three strengths of truncation, a row each
latents = np.random.default_rng(0).standard_normal((8, gan.latent_dim))
mean = latent.mean_style(gan, 100 if options.smoke else 10_000)
rows = [
    latent.truncated_images(gan, latents, psi, mean=mean) for psi in (1.0, 0.7, 0.4)
]
kerasgan.save_grid(np.concatenate(rows), out / "truncation.png", zoom=2)
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 images in {out / 'grid.png'}; truncation in {out / 'truncation.png'}")
