"""One process: trains a preset and scores its images, or what they are scored by.

python benchmarks/quality.py TASK.json ANSWER.json

The score is by the features of a small classifier, not by Inception's: it compares
runs that one classifier scored, and nothing else.
"""

import importlib
import json
import pathlib
import sys
import zlib

import keras
import numpy as np
import ours
from keras import layers
from recipe import read_recipe
from worker import versions

from kerasgan import datasets
from kerasgan._backends import resolve_jit

SURE = 0.9
CLASSIFIER_SEED = 0


def measure(task):
    """The answer to a task.

    Args:
        task: of `bfloat16_quality.make_task`, and `out`, `picture` (path in `out`, or
            `None`) and `classifier` (path).
    """
    native = importlib.import_module(f"native_{task['backend']}")
    work = reference if task["dtype"] is None else train
    answer = work(task)
    return {
        **answer,
        "device": native.device_name(),
        "versions": versions(task["backend"]),
    }


def load(task, split):
    """Images and labels, or the first of them in a smoke run."""
    images, labels = datasets.load(task["data"], split=split)
    return images[: task["limit"]], labels[: task["limit"]]


def train(task):
    """Trains the preset in a dtype and scores the images it then makes."""
    gan = make_gan(task, dtype=task["dtype"])
    weights = checksum([gan.generator, gan.discriminator])
    images, _ = load(task, "train")
    history = gan.fit(
        images,
        epochs=task["epochs"],
        callbacks=[keras.callbacks.TerminateOnNaN(raise_error=True)],
        verbose=2,
    ).history
    if task["picture"]:
        gan.save_grid(pathlib.Path(task["out"]) / task["picture"], seed=0, zoom=2)
    classifier = keras.models.load_model(task["classifier"])
    return {
        "classifier": checksum([classifier]),
        "initial_weights": weights,
        "picture": task["picture"],
        "dtypes": dtypes(gan),
        "last_epoch": {name: values[-1] for name, values in history.items()},
        "score": Scorer(classifier, task).score(generated(gan, task)),
    }


def reference(task):
    """Trains the classifier and scores what bounds the scores of generators."""
    images, labels = load(task, "train")
    classifier = train_classifier(images, labels, epochs=task["classifier_epochs"])
    classifier.save(task["classifier"])
    scorer = Scorer(classifier, task)
    noise = np.random.default_rng(0).integers(0, 256, images[: task["n"]].shape)
    made = {
        "training images": images[: task["n"]],
        "untrained generator": generated(make_gan(task, dtype="float32"), task),
        "noise": noise.astype("uint8"),
    }
    return {
        "classifier": checksum([classifier]),
        "accuracy": scorer.accuracy,
        "scores": {name: scorer.score(images) for name, images in made.items()},
    }


def make_gan(task, *, dtype):
    # As `kerasgan train` does: the seed names the initial weights too.
    keras.utils.set_random_seed(task["seed"])
    recipe = read_recipe(task["preset"], task["overrides"], dtype=dtype)
    return ours.build(recipe, seed=task["seed"])


def generated(gan, task):
    """Images in the dtype that the model trained in, from the same latents always."""
    return gan.generate(task["n"], seed=0, batch_size=250)


def checksum(networks):
    """CRC-32 of all weights."""
    crc = 0
    for values in (v for network in networks for v in network.get_weights()):
        crc = zlib.crc32(np.ascontiguousarray(values), crc)
    return crc


# Dtypes ---------------------------------------------------------------------------


def dtypes(gan):
    """What is in which dtype, looked up in the model."""
    networks = [n for n in (gan.generator, gan.discriminator, gan.ema_generator) if n]
    # A symbolic tensor: what follows is traced and not computed.
    images = gan.generator.outputs[0]
    losses = [
        loss(images, images, None, training=False)[0]
        for loss in (gan.discriminator_loss, gan.generator_loss)
    ]
    return {
        "layers' computation": names(
            layer.compute_dtype for n in networks for layer in n.layers
        ),
        "weights, batch-norm statistics": names(
            v.dtype for n in networks for v in n.weights
        ),
        "optimizers' state": names(v.dtype for v in gan.optimizer.variables),
        "images": names([images.dtype]),
        "scores": names([gan.scores(images, None, training=False).dtype]),
        "losses": names(loss.dtype for loss in losses),
    }


def names(dtypes):
    """Floating dtypes by name: counters and random states are integers."""
    found = {keras.backend.standardize_dtype(d) for d in dtypes}
    return sorted(name for name in found if "float" in name)


# Scores ---------------------------------------------------------------------------


def train_classifier(images, labels, *, epochs):
    """A small convolutional network in float32 on uint8 images."""
    keras.utils.set_random_seed(CLASSIFIER_SEED)
    classifier = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="features"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    classifier.compile(
        "adam", "sparse_categorical_crossentropy", jit_compile=resolve_jit("auto")
    )
    classifier.fit(images, labels, batch_size=128, epochs=epochs, verbose=2)
    return classifier


class Scorer:
    """Scores images by a classifier, against the test images.

    Args:
        classifier: from `train_classifier`.
        task: `data`, `n` (how many test images), `limit`.
    """

    def __init__(self, classifier, task):
        features = classifier.get_layer("features").output
        self.network = keras.Model(classifier.inputs, [features, *classifier.outputs])
        self.network.compile(jit_compile=resolve_jit("auto"))
        images, labels = load(task, "test")
        images, labels = images[: task["n"]], labels[: task["n"]]
        self.features, shares = self.network.predict(images, batch_size=250, verbose=0)
        self.accuracy = float((shares.argmax(axis=1) == labels).mean())

    def score(self, images):
        """`frechet_distance`, `sure` (share of images with one class at 90% or more)
        and `least_common` (share of the class that is found least often)."""
        features, shares = self.network.predict(images, batch_size=250, verbose=0)
        counts = np.bincount(shares.argmax(axis=1), minlength=shares.shape[1])
        return {
            "frechet_distance": frechet_distance(features, self.features),
            "sure": float((shares.max(axis=1) >= SURE).mean()),
            "least_common": float(counts.min() / counts.sum()),
        }


def frechet_distance(first, second):
    """Squared distance of the Gaussians with the means and covariances of two sets.

    Args:
        first, second: arrays (n, features), n at least 2.

    Returns:
        A float, 0 for equal means and covariances.

    Source: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule"
    (arXiv:1706.08500), equation 6. The trace of the square root of C1 C2 is taken
    from the eigenvalues of the symmetric C1^1/2 C2 C1^1/2, which has the same ones.
    """
    first, second = (np.asarray(x, dtype="float64") for x in (first, second))
    c1, c2 = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (first, second))
    values, vectors = np.linalg.eigh(c1)
    # Rounding makes a zero eigenvalue slightly negative.
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c2 @ root), 0)).sum()
    difference = first.mean(axis=0) - second.mean(axis=0)
    return float(difference @ difference + np.trace(c1) + np.trace(c2) - 2 * shared)


if __name__ == "__main__":
    task = json.loads(pathlib.Path(sys.argv[1]).read_text())
    pathlib.Path(sys.argv[2]).write_text(json.dumps(measure(task)))
