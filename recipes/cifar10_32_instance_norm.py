"""A fully convolutional DCGAN with instance norm in the discriminator.

No dense layer anywhere: the generator begins with a 1x1 map and doubles it, the
discriminator ends in a convolution over the whole last map. Its instance norm looks at
each image by itself, so that a batch of fakes cannot be told from one of reals by the
batch's statistics, and a batch may be as small as one.

    python cifar10_32_instance_norm.py
    python cifar10_32_instance_norm.py --data shapes-32 --minutes 20

How long: nobody has measured it here. It is 5 million images through 15 million
weights, where `cifar10_32.py` has 4 million and takes five and a half hours on two
cores, so think of a GPU. `--minutes` stops earlier, and the same command goes on.

What to expect: as `cifar10_32.py`. Instance norm takes an image's own contrast away
from what the discriminator sees after its first layer: look whether generated images
are flatter or more garish than real ones.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="cifar10", help="cifar10 or shapes-32")
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/cifar10-32-instance-norm")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images
if options.smoke:
    images, _ = kerasgan.datasets.shapes(32)
    epochs, batch_size = 1, 8
    small = {"generator_filters": (16, 8, 8, 4), "discriminator_filters": (4, 8, 8, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    epochs, batch_size, small = 100, 64, {}

# %% Networks: look for layers that are neither convolutions nor norms
keras.utils.set_random_seed(0)
gan = kerasgan.DCGAN.from_preset("cifar10-32-instance-norm", seed=0, **small)
for network in (gan.generator, gan.discriminator):
    kinds = sorted({type(layer).__name__ for layer in network.layers})
    print(f"{network.name}: {', '.join(kinds)}")

# %% Training
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
        images,
        batch_size=batch_size,
        epochs=epochs,
        verbose=2,
        callbacks=[
            callbacks.TrainingMonitor(out),
            callbacks.SampleGrid(out / "samples", every_steps=500, zoom=2),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
            stop,
        ],
    )

# %% 64 images
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 images in {out / 'grid.png'}")
