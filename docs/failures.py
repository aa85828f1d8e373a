"""Provokes real failures, for docs/pages/guides/failures.md.

    python docs/failures.py             # all, some minutes on two cores
    python docs/failures.py collapse    # one

Each is a training on digits that the package draws, with one thing wrong. Its losses
and its images become a picture; what `TrainingMonitor` says of its end, with machine
and date, goes into failures.json.
"""

import argparse
import datetime
import json
import pathlib
import tempfile

import keras
import numpy as np
from PIL import Image

import kerasgan
from kerasgan import networks
from kerasgan.callbacks import Thresholds, TrainingMonitor
from kerasgan.callbacks.plotting import BLUE, ORANGE, new_figure
from kerasgan.images import make_grid
from kerasgan.training.machine import describe_machine

PICTURES = pathlib.Path(__file__).parent / "pages" / "guides" / "failures"
FACTS = PICTURES / "failures.json"
STEPS, BATCH_SIZE, LATENT_DIM = 1000, 32, 32
OTHER = Thresholds(loss_range=None, ratio_range=None)


def adam(learning_rate, beta_1=0.5):
    return {"name": "adam", "learning_rate": learning_rate, "beta_1": beta_1}


def convolutional():
    """What all have but the one that collapses."""
    return networks.upsampling_generator(latent_dim=LATENT_DIM, filters=(64, 64, 32))


def dense():
    """A generator without any normalisation."""
    hidden = [keras.layers.Dense(256, activation="relu") for _ in range(2)]
    pixels = keras.layers.Dense(784, activation="tanh")
    images = keras.layers.Reshape((28, 28, 1))
    return keras.Sequential([keras.Input((LATENT_DIM,)), *hidden, pixels, images])


# Name -> the method, its generator, and what `compile` is given.
CASES = {
    "healthy": (kerasgan.DCGAN, convolutional, {"real_label": 0.9}),
    "collapse": (
        kerasgan.DCGAN,
        dense,
        {
            "generator_optimizer": adam(1e-3, beta_1=0.9),
            "discriminator_optimizer": adam(2e-4, beta_1=0.9),
        },
    ),
    "strong-discriminator": (
        kerasgan.DCGAN,
        convolutional,
        {"generator_optimizer": adam(2e-5), "discriminator_optimizer": adam(1e-3)},
    ),
    "exploding-losses": (
        kerasgan.WGANGP,
        convolutional,
        {
            "gradient_penalty_weight": 0.0,
            "discriminator_steps": 1,
            "generator_optimizer": adam(2e-3),
            "discriminator_optimizer": adam(2e-3),
        },
    ),
}


def provoke(name):
    """Trains one; gives `(rows, images, findings)`."""
    method, generator, arguments = CASES[name]
    keras.utils.set_random_seed(1)
    discriminator = networks.strided_discriminator(
        image_shape=(28, 28, 1),
        filters=(32, 64),
        kernel_sizes=(4, 4),
        strides=(2, 2),
        dropout_rate=0.0,
    )
    gan = method(generator=generator(), discriminator=discriminator, seed=1)
    gan.compile(**arguments)
    images = kerasgan.datasets.glyphs(5000)[0]
    # The bands are for cross-entropy.
    bands = Thresholds() if method is kerasgan.DCGAN else OTHER
    with tempfile.TemporaryDirectory() as folder:
        monitor = TrainingMonitor(folder, figure=False, thresholds=bands)
        epochs = -(-STEPS * BATCH_SIZE // len(images))
        gan.fit(images, None, BATCH_SIZE, epochs, verbose=0, callbacks=[monitor])
        lines = pathlib.Path(folder, "steps.jsonl").read_text().splitlines()
        findings = [str(finding) for finding in monitor.assess()]
    rows = [json.loads(line) for line in lines]
    return rows, gan.generate(36, seed=0), findings


def draw(rows, images, path):
    """Losses on the left, images on the right."""
    figure, axes = new_figure(1, 2, size=(7.2, 3.0), title="")
    left, right = axes[0]
    steps = [row["step"] for row in rows]
    for name, color in (("d_loss", BLUE), ("g_loss", ORANGE)):
        left.plot(steps, [row[name] for row in rows], color=color, lw=0.7, label=name)
    left.set_xlabel("step")
    left.legend(frameon=False)
    right.imshow(make_grid(images, columns=6, padding=1), cmap="gray")
    right.set_axis_off()
    figure.savefig(path, dpi=100)
    # A palette is enough, and a fifth of the bytes.
    picture = Image.open(path).convert("RGB").quantize(64)
    picture.save(path, optimize=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CASES))
    names = parser.parse_args(arguments).names or list(CASES)
    PICTURES.mkdir(parents=True, exist_ok=True)
    facts = json.loads(FACTS.read_text()) if FACTS.exists() else {}
    for name in names:
        rows, images, findings = provoke(name)
        draw(rows, images, PICTURES / f"{name}.png")
        facts[name] = {
            "steps": len(rows),
            # Of a pixel over images, of 255: what falls when all become alike.
            "spread": round(float(np.std(images.astype("float32"), axis=0).mean()), 1),
            "findings": findings,
            "backend": keras.backend.backend(),
            "keras": keras.__version__,
            "machine": describe_machine(),
            "date": str(datetime.date.today()),
        }
        print(name, *findings, sep="\n  ")
        FACTS.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
