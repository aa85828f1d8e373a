"""Fine-tune a shipped preset: to a few of your own pictures, in minutes.

Some presets come with trained weights, of both networks. Training that begins with
them needs a fraction of the steps: the generator makes strokes or shapes already, and
learns other ones. Halved learning rates keep what is known; the first layer of the
discriminator, which sees edges, is frozen.

    python fine_tune.py                         # MNIST's digits to drawn ones
    python fine_tune.py photos                  # cifar10-32 to pictures of your own
    python fine_tune.py photos --from-scratch   # untrained, at the preset's own rates

How many: with 200 pictures of one kind of thing begin with 500 steps. The
discriminator sees them augmented alone (DiffAugment, arXiv:2006.10738), as it would
know so few by heart; `neighbours.png` shows whether the generator copies them.

How long: 500 steps on pictures of 32x32 pixels were five minutes on two cores (AMD
EPYC, PyTorch, float32, 2026-11-30).

What to expect: in `grid.png` pictures of before stand above what became of the same
latents. After 300 steps handwriting is bolder, and little else; horses and ships take
the colours and textures of your pictures, not yet their forms. From 200 tulips and
500 steps came images at a Frechet distance of 1.6 from 599 other tulips
(cifar10-classifier), where `cifar10-32`, then of 50 epochs, began at 3.5 and
`--from-scratch` came to 10.0. Longer is not always better: look at `samples`.
"""

import argparse
import pathlib
import tempfile

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks, metrics

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("folder", nargs="?", help="pictures; without it, --data")
parser.add_argument("--preset", help="mnist-28, or with a folder cifar10-32")
parser.add_argument("--data", default="glyphs-28", help="or fashion_mnist")
parser.add_argument("--steps", type=int, help="in fifties: 300, with a folder 500")
parser.add_argument("--from-scratch", action="store_true", help="to compare")
parser.add_argument("--out", default="runs/fine-tune")
parser.add_argument("--smoke", action="store_true", help="seconds: two steps")
options = parser.parse_args()
out = pathlib.Path(options.out)

steps, batch_size = options.steps or (500 if options.folder else 300), 64
if options.smoke:
    steps, batch_size = 2, 8
    options.folder = tempfile.mkdtemp()
    for i, picture in enumerate(kerasgan.datasets.shapes(16)[0]):
        keras.utils.save_img(f"{options.folder}/{i}.png", picture)

# %% The trained networks
keras.utils.set_random_seed(0)
preset = options.preset or ("cifar10-32" if options.folder else "mnist-28")
arguments = {"load_weights": not options.from_scratch, "seed": 0}
gan = kerasgan.from_preset(preset, **arguments)
if options.folder and gan.discriminator_augmentation is None:
    augmented = {"name": "diffaugment", "policy": ["color", "translation", "cutout"]}
    arguments["discriminator_augmentation"] = augmented
    gan = kerasgan.from_preset(preset, **arguments)
before = gan.generate(32, seed=0)

# %% Other pictures, of the size and colours that the networks have
height, width, channels = gan.image_shape
if options.folder:
    images = kerasgan.datasets.image_folder(
        options.folder,
        image_size=(height, width),
        color_mode="rgb" if channels == 3 else "grayscale",
    )
else:
    images, _ = kerasgan.datasets.load(options.data)
print(f"{len(images)} pictures of {width}x{height} pixels")

# %% Freeze the discriminator's first layer: before compile, and not all of it
if not options.from_scratch:
    first = next(layer for layer in gan.discriminator.layers if layer.weights)
    first.trainable = False
    print(f"Frozen: {first.name}")
    settings = gan.preset["compile"]
    for optimizer in ("generator_optimizer", "discriminator_optimizer"):
        settings[optimizer]["learning_rate"] /= 2
    gan.compile(**settings)

# %% Training, with a picture every 50 steps
gan.fit(
    images,
    batch_size=min(batch_size, gan.preset["training"]["batch_size"], len(images)),
    steps_per_epoch=min(50, steps),
    epochs=max(1, steps // 50),
    verbose=2,
    callbacks=[
        callbacks.TrainingMonitor(out, figure=False),
        callbacks.SampleGrid(out / "samples", every_steps=50, zoom=2),
    ],
)

# %% Four rows of before, and what became of the same latents below them
fakes = gan.generate(32, seed=0)
kerasgan.save_grid(np.concatenate([before, fakes]), out / "grid.png", zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)

# %% Are they new? Eight of them, each beside the five of yours that are nearest.
real, fake = (pixels.reshape(len(pixels), -1) / 255.0 for pixels in (images, fakes[:8]))
found = metrics.nearest_neighbours(fake, real, k=5)
metrics.save_nearest_neighbours(
    fakes[:8], images, np.asarray(found.indices), out / "neighbours.png"
)
print(f"Before and after: {out / 'grid.png'}; nearest of yours: neighbours.png")
