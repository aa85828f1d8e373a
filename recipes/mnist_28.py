"""The stable MNIST run: 30 epochs with smoothed labels, watched all the way.

`mnist-28` is a DCGAN whose generator upsamples and whose discriminator drops whole
feature maps. Real images are called 0.9 and fake ones 0.1: a discriminator that may
never be quite sure leaves the generator something to learn from.

    python mnist_28.py
    python mnist_28.py --data glyphs-28 --epochs 4     # nothing is downloaded

What it leaves in `runs/mnist-28`: the same 64 digits every 100 batches and an animation
of them, a model every 10 epochs, losses and accuracies of each step, and at the end a
figure of six panels (needs matplotlib: `pip install 'kerasgan[plots]'`) with an
assessment in words. Started again after a stop, it goes on where it was.

How long: 1.8 million images. On two cores that is 64 minutes on TensorFlow, 70 on JAX
and 81 on PyTorch, at the rates of docs/performance.md (AMD EPYC, float32, 2026-11-22).

What to expect: strokes after the first epoch, digits after three or four. Both losses
stay near 0.7 and the accuracies between 60 and 75%: neither network wins, and that is
how it should be. A discriminator accuracy that climbs to 100% is a bad sign, a
generator loss that falls is not a good one by itself: look at the pictures.
"""

import argparse
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--out", default="runs/mnist-28", help="folder for what it writes")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Digits: uint8 (60000, 28, 28, 1). fit scales them to [-1, 1] by itself.
if options.smoke:
    images, _ = kerasgan.datasets.glyphs(64)
    epochs, batch_size, every = 2, 16, 1
    small = {"generator_filters": (8, 8, 4), "discriminator_filters": (4, 8, 8, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    epochs, batch_size, every, small = options.epochs, 64, 10, {}

# %% Networks as the preset has them, untrained; the seeds make the run repeatable.
keras.utils.set_random_seed(0)
gan = kerasgan.DCGAN.from_preset("mnist-28", load_weights=False, seed=0, **small)
gan.compile(
    generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    # Smoothed labels. The rest, too, is what the preset says if you do not compile.
    real_label=0.9,
    fake_label=0.1,
    generator_label=0.9,
    discriminator_loss_weight=0.5,
    reuse_fake_images=True,
)
print(gan)

# %% Training
monitor = callbacks.TrainingMonitor(out)
steps_per_epoch = -(-len(images) // batch_size)
gan.fit(
    images,
    batch_size=batch_size,
    epochs=epochs,
    verbose=2,
    callbacks=[
        monitor,
        callbacks.SampleGrid(out / "samples", every_steps=100, zoom=2),
        keras.callbacks.ModelCheckpoint(
            out / "epoch-{epoch:02d}.keras", save_freq=every * steps_per_epoch
        ),
        # All state, for going on after a stop.
        callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
    ],
)

# %% What came of it
print(*monitor.assess(), sep="\n")
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)
print(f"64 digits in {out / 'grid.png'}; more: kerasgan generate {out / 'preset'}")
