"""Fine-tune a shipped preset: from MNIST's digits to other ones in minutes.

`mnist-28` comes with trained weights, of both networks. Training that begins with them
needs a fraction of the steps: the generator makes strokes already, and learns other
ones. Smaller learning rates keep what is known; the first layers of the discriminator,
which see edges, can be frozen for a while.

    python fine_tune.py
    python fine_tune.py --data fashion_mnist --epochs 5

How long: two epochs of 10,000 drawn digits are 314 steps. At the rates of
docs/performance.md (two cores, AMD EPYC, float32, 2026-11-22) those take about a
minute.

What to expect: `before.png` shows handwriting of MNIST, `grid.png` pen strokes of even
width, as the drawn set has them. Sneakers and shirts are further from digits, and take
more epochs.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="glyphs-28", help="or fashion_mnist")
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--out", default="runs/fine-tune")
parser.add_argument("--smoke", action="store_true", help="seconds: two steps")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Other images of the same size and colours
if options.smoke:
    images, epochs, batch_size = kerasgan.datasets.glyphs(16)[0], 1, 8
else:
    images, _ = kerasgan.datasets.load(options.data)
    epochs, batch_size = options.epochs, 64

# %% The trained networks
gan = kerasgan.DCGAN.from_preset("mnist-28", load_weights=True, seed=0)
gan.save_grid(out / "before.png", 64, seed=0, zoom=2)

# %% Freeze the discriminator's first convolution: before compile, and not all of it
first = next(layer for layer in gan.discriminator.layers if layer.weights)
first.trainable = False
print(f"Frozen: {first.name}")
gan.compile(
    **{
        **gan.preset["compile"],
        "generator_optimizer": keras.optimizers.Adam(1e-4, beta_1=0.5),
        "discriminator_optimizer": keras.optimizers.Adam(1e-4, beta_1=0.5),
    }
)

# %% Training
gan.fit(
    images,
    batch_size=batch_size,
    epochs=epochs,
    verbose=2,
    callbacks=[
        callbacks.TrainingMonitor(out, figure=False),
        callbacks.SampleGrid(out / "samples", every_steps=50, zoom=2),
    ],
)

# %% The same latents as before
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"Compare {out / 'before.png'} with {out / 'grid.png'}")
