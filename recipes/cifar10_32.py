"""DCGAN on CIFAR-10: augmented, scored while it trains, saved and deployed.

`cifar10-32` is the paper's network scaled to 32x32 pixels, with the real images
mirrored at random. Every five epochs 2,048 generated images are compared with the test
images: the Frechet and the kernel distance of the features of a classifier that the
package ships. The best model by that distance is kept, and at the end the generator is
exported for programs that have no Keras.

    pip install 'kerasgan[export,plots]'
    python cifar10_32.py
    python cifar10_32.py --minutes 50          # and again, to go on

How long: 5 million images. On two cores that is five and a half hours on TensorFlow and
PyTorch and seven and a half on JAX, at the rates of docs/performance.md (AMD EPYC,
float32, 2026-11-22). Let it run overnight, or stop it with `--minutes`.

What to expect: coloured patches in the first epochs; after six, skies, grounds and
things on them, of which few can be named; after twenty, horses, cars, ships and birds
among them (docs/results/cifar10-32 shows those). The distance falls quickly at first,
then slowly; it is lower for better and more varied images, and says more than both
losses.
"""

import argparse
import importlib.util
import pathlib

import keras

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="cifar10", help="cifar10 or shapes-32")
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/cifar10-32")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

# %% Images, and other images to compare with
if options.smoke:
    images, _ = kerasgan.datasets.shapes(48)
    test_images, _ = kerasgan.datasets.shapes(32, seed=1)
    epochs, batch_size, every, num_images = 1, 24, 1, 32
    small = {"generator_filters": (16, 8, 8, 4), "discriminator_filters": (4, 8, 8)}
else:
    images, _ = kerasgan.datasets.load(options.data)
    test_images, _ = kerasgan.datasets.load(options.data, split="test")
    epochs, batch_size, every, num_images = options.epochs, 64, 5, 2048
    small = {}

# %% Augmentation is of real images in training, on the device, the same on each backend
keras.utils.set_random_seed(0)
gan = kerasgan.DCGAN.from_preset(
    "cifar10-32",
    load_weights=False,
    seed=0,
    augmentation={"horizontal_flip": True},
    **small,
)

# %% Training. QualityMetrics comes first: those after it see its scores.
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
        images,
        batch_size=batch_size,
        epochs=epochs,
        verbose=2,
        callbacks=[
            callbacks.QualityMetrics(
                ("fd", "kd"),
                extractor="cifar10-classifier",
                real_images=test_images,
                num_images=num_images,
                every_epochs=every,
                directory=out,
            ),
            callbacks.TrainingMonitor(out),
            callbacks.SampleGrid(out / "samples", zoom=2),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10, best="fd:min"),
            stop,
        ],
    )

# %% Save: the whole model, to go on with, and a grid
gan.save(out / "gan.keras")
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)

# %% Deploy: the generator alone, checked in its own runtime before the call returns
has_onnx = importlib.util.find_spec("onnxruntime") is not None
suffix = ".onnx" if has_onnx and not options.smoke else ".keras"
result = gan.export(out / f"generator{suffix}", output="uint8", overwrite=True)
print(f"Serve {result.path} with recipes/serve_onnx.py, which needs no kerasgan")
