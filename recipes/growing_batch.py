"""Growing the batch during training, where others decay the learning rate.

A small batch makes noisy steps, which is what a beginning needs; a large one makes
steady steps, which is what an end needs. Smith et al. 2018 (arXiv:1711.00489) grow the
batch where others lower the rate. Here each stage is a call of `fit` that goes on with
the same model: networks, optimizers, random state and step counter are kept.

    python growing_batch.py

How long: seven epochs of 10,000 drawn digits in three stages, of a small network:
some minutes on two cores. Larger batches take fewer steps: an epoch is 313 of 32
images, or 79 of 128.

What to expect: losses that swing less from stage to stage. On JAX each new size is
compiled once more, some seconds. Batch norm sees the size too: keep to 16 or more.
"""

import argparse
import pathlib

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="glyphs-28", help="mnist, fashion_mnist")
parser.add_argument("--out", default="runs/growing-batch")
parser.add_argument("--smoke", action="store_true", help="seconds, with 32 digits")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Stages: batch size, and how many epochs of it
if options.smoke:
    (images, labels), stages = kerasgan.datasets.glyphs(32), [(8, 1), (16, 1)]
else:
    images, labels = kerasgan.datasets.load(options.data)
    stages = [(32, 1), (64, 2), (128, 4)]

# %% One model for all of them
keras.utils.set_random_seed(0)
gan = kerasgan.ConditionalGAN.from_preset("glyphs-28", load_weights=False, seed=0)
gan.compile_from_preset()

# %% `initial_epoch` makes each stage go on counting, for callbacks and printed lines
done = 0
for batch_size, epochs in stages:
    history = gan.fit(
        images,
        labels,
        batch_size=batch_size,
        initial_epoch=done,
        epochs=done + epochs,
        verbose=2,
        callbacks=[callbacks.SampleGrid(out / "samples", animation=None, zoom=2)],
    ).history
    done += epochs
    print(f"Batches of {batch_size}: g_loss {np.mean(history['g_loss']):.3f}")

# %% 64 digits
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save(out / "gan.keras")
print(f"{int(gan.step_counter)} steps; 64 digits in {out / 'grid.png'}")
