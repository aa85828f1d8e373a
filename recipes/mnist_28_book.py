"""The DCGAN of the book GANs in Action, chapter 4, for today's Keras.

The book's code is for Keras 2 and no longer runs: it freezes the discriminator with
`trainable = False`, compiles it into a second model, and trains the two in turn by
`train_on_batch`. Here `fit` does that. Networks, optimizers, batch and length are the
book's: 20,000 steps of 128 images, and a 4x4 grid every 1,000 steps.

    python mnist_28_book.py

How long: 2.6 million images. On two cores that is 39 minutes on TensorFlow, 52 on
PyTorch and 57 on JAX, at the rates of docs/performance.md (AMD EPYC, float32,
2026-11-22). Without AVX-512 it was two hours (AMD EPYC, PyTorch, 2026-11-30);
`--steps 2000` stops earlier.

What to expect: Adam with Keras's defaults, a learning rate five times that of
`mnist_28.py`, so progress is quick and rough. Watch the accuracies: where both stay
over 95%, the discriminator is far ahead; digits come all the same, half of them
readable after 2,000 steps and some 55 of 64 after 20,000, whose weights
`from_preset("mnist-28-book")` loads. What is not as in the book stands in the preset's
`metadata.json`.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--steps", type=int, default=20_000)
parser.add_argument("--out", default="runs/mnist-28-book")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Digits. The book scales to [-1, 1] by hand; uint8 is scaled inside.
if options.smoke:
    images, _ = kerasgan.datasets.glyphs(64)
    iterations, sample_interval, batch_size = 4, 2, 16
    small = {"generator_filters": (16, 8, 4), "discriminator_filters": (4, 8, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    iterations, sample_interval, batch_size, small = options.steps, 1000, 128, {}

# %% Generator and discriminator of the book, each with its own Adam
keras.utils.set_random_seed(0)
gan = kerasgan.DCGAN.from_preset("mnist-28-book", load_weights=False, seed=0, **small)
gan.summary()

# %% Training: a line of losses and a picture every 1,000 iterations, as in the book
gan.fit(
    images,
    batch_size=batch_size,
    steps_per_epoch=sample_interval,
    epochs=iterations // sample_interval,
    verbose=2,
    callbacks=[
        callbacks.SampleGrid(
            out / "samples", every_steps=sample_interval, rows=4, columns=4, zoom=3
        ),
        callbacks.TrainingMonitor(out),
    ],
)

# %% 16 digits
gan.save_grid(out / "grid.png", 16, columns=4, seed=0, zoom=3)
gan.save(out / "gan.keras")
print(f"16 digits in {out / 'grid.png'}, a picture for each line in {out / 'samples'}")
