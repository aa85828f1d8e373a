"""ACGAN: the discriminator also says which class it sees.

The discriminator is not told the class: it has a second head that guesses it, and the
generator earns by images whose class is recognised. The accuracies of that head are in
the logs, so a training can be read: is it the realism or the class that is missing?

    python acgan.py

How long: 1.2 million images (20 epochs of MNIST). One core took 0.7 s a step of 100
images (TensorFlow, Intel Xeon, float32, 2026-11-30), so two and a half hours.

What to expect: `d_class_accuracy` (real images) rises as that of any classifier of
digits, `g_class_accuracy` (generated ones) follows it. The generator is paid for what
is easily classified: look for classes whose images are all alike.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--out", default="runs/acgan")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images and labels
if options.smoke:
    images, labels = kerasgan.datasets.glyphs(40)
    epochs, batch_size = 1, 10
    small = {"generator_filters": (8, 8, 4), "discriminator_filters": (4, 4, 8, 8)}
else:
    images, labels = kerasgan.datasets.load(options.data)
    epochs, batch_size, small = options.epochs, 100, {}

# %% Three weights say how much the class counts, each 1 in the paper
keras.utils.set_random_seed(0)
gan = kerasgan.ACGAN.from_preset("mnist-28", load_weights=False, seed=0, **small)
recipe = gan.preset["compile"]
gan.compile(**{**recipe, "generator_class_weight": 1.0})

# %% Training
history = gan.fit(
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
).history

# %% How well each network's classes are recognised, and 100 digits in order
for name in ("d_class_accuracy", "g_class_accuracy"):
    print(name, *(f"{value:.2f}" for value in history.get(name, [])))
gan.save_grid(out / "grid.png", 100, columns=10, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"Ten digits of each class in {out / 'grid.png'}, a column each")
