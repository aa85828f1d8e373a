"""Switching backends: continue on JAX what began on PyTorch.

Keras takes its framework when it is imported, so a switch is a new process. The file
that `gan.save` writes belongs to none: networks, moving average, both optimizers, the
random state and the place in the data. Run this twice:

    KERAS_BACKEND=torch python switch_backends.py
    KERAS_BACKEND=jax python switch_backends.py

How long: three epochs of 10,000 drawn digits each time, 471 steps of a small network:
about two minutes on one core, on PyTorch as on JAX.

What to expect: the second run prints how far its images are from those that the first
one made before it ended: none, or one grey level where the two round apart. Then it
goes on with the next epochs, and leaves clear digits. On one backend a resumed run
equals, to the bit, one that never stopped; across two it is the same training up to
rounding and to the draws of dropout.
"""

import argparse
import pathlib

import keras
import numpy as np

import kerasgan

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", default="runs/switch-backends")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)
saved, pictures = out / "gan.keras", out / "seen.npy"
print(f"Keras on {keras.backend.backend()}")

# %% A new model, or the one that an earlier process left
if saved.exists():
    gan = keras.models.load_model(saved)
    difference = np.abs(
        gan.generate(16, seed=0).astype(int) - np.load(pictures).astype(int)
    )
    print(f"After {int(gan.step_counter)} steps. Largest difference of its images from")
    print(f"those of the process before: {difference.max()} grey level(s)")
else:
    out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    gan = kerasgan.ConditionalGAN.from_preset("glyphs-28", load_weights=False, seed=0)
    gan.compile_from_preset()

# %% Some epochs more: the same images, in the order that seed and step counter name
images, labels = kerasgan.datasets.glyphs(32 if options.smoke else 10_000)
batch_size, epochs = (8, 1) if options.smoke else (64, 3)
gan.fit(images, labels, batch_size=batch_size, epochs=epochs, verbose=2)

# %% Keep all of it for the next
gan.save(saved)
np.save(pictures, gan.generate(16, seed=0))
gan.save_grid(out / f"step-{int(gan.step_counter):05d}.png", 64, seed=0, zoom=2)
print(f"{int(gan.step_counter)} steps are in {saved}: go on with another KERAS_BACKEND")
