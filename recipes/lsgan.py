"""LSGAN: least squares for a loss, where the discriminator is too sure.

Cross-entropy hardly moves a generator whose images the discriminator is sure about:
its gradient vanishes there. Least squares pull scores towards a number, 1 for real and
0 for fake, and the further off, the harder. Networks and data are those of
`mnist_28.py`, with a small discriminator.

    python lsgan.py

How long: 1.8 million images. One core took 150 s an epoch of 60,000 in bfloat16, so an
hour and a quarter (TensorFlow, Intel Xeon with AMX, 2026-11-30). After four epochs half
of the images were digits, after eleven four in five.

What to expect: losses are halved mean squares now. `d_loss` is 0.25 for a discriminator
that says 0.5 to everything, and 0 for one that knows; `g_loss` is 0.125 where it says
0.5 to fakes, and 0.5 where it says 0 and is not fooled at all.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--out", default="runs/lsgan")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Digits
if options.smoke:
    images, _ = kerasgan.datasets.glyphs(32)
    epochs, batch_size = 1, 8
    small = {"generator_filters": (8, 8, 4), "discriminator_filters": (4, 4, 8, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    epochs, batch_size, small = options.epochs, 64, {}

# %% The targets are the method's own arguments of `compile`
keras.utils.set_random_seed(0)
gan = kerasgan.LSGAN.from_preset("mnist-28", load_weights=False, seed=0, **small)
recipe = gan.preset["compile"]
print({name: recipe[name] for name in recipe if name.endswith("target")})

# %% Training. The bands of the assessment are for cross-entropy; these are not.
squares = callbacks.Thresholds(loss_range=None, ratio_range=None)
gan.fit(
    images,
    batch_size=batch_size,
    epochs=epochs,
    verbose=2,
    callbacks=[
        callbacks.TrainingMonitor(out, thresholds=squares),
        callbacks.SampleGrid(out / "samples", every_steps=250, zoom=2),
        callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
    ],
)

# %% 64 digits
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 digits in {out / 'grid.png'}")
