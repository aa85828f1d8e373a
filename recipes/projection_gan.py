"""Projection GAN: SNGAN for classes, in colour.

What the discriminator knows of an image (a vector of features) is multiplied with a
learnt vector of the class: a score for "real" and one for "of this class" in one sum.
The generator's batch norm has a scale and an offset for each class.

    python projection_gan.py
    python projection_gan.py --data shapes-32 --minutes 30     # eight classes

How long: 50,000 steps, each of 5 x 64 images: work for a GPU, not measured here.
`--minutes` stops earlier, and the same command goes on.

What to expect: `d_loss` as in `sngan.py`. In the samples a column is a class: watch the
columns come apart, in colour and ground as in form.
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
parser.add_argument("--out", default="runs/projection-gan")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images and labels
if options.smoke:
    images, labels = kerasgan.datasets.shapes(40)
    names = kerasgan.datasets.class_names("shapes-32")
    steps, every, batch_size, small = 2, 1, 4, {"filters": (4, 4, 4, 4)}
else:
    images, labels = kerasgan.datasets.load(options.data)
    names = kerasgan.datasets.class_names(options.data)
    steps, every, batch_size, small = options.steps, 500, 64, {}

# %% Another number of classes is an override: both networks are built for it
keras.utils.set_random_seed(0)
gan = kerasgan.ProjectionGAN.from_preset(
    "cifar10-32", seed=0, num_classes=len(names), **small
)

# %% Training
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
        images,
        labels,
        batch_size=batch_size,
        steps_per_epoch=every,
        epochs=steps // every,
        verbose=2,
        callbacks=[
            callbacks.SampleGrid(
                out / "samples", every_steps=every, columns=len(names), zoom=2
            ),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
            stop,
        ],
    )

# %% A column for each class
gan.save_grid(out / "grid.png", 8 * len(names), columns=len(names), seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"{', '.join(names)}: columns of {out / 'grid.png'}")
