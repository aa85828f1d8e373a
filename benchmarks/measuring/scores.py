"""Scores by the features of a small classifier, not by Inception's: they compare images
that one classifier scored, and nothing else."""

import keras
import numpy as np
from keras import layers

from kerasgan import datasets
from kerasgan._backends import resolve_jit
from kerasgan.metrics import frechet_distance

SURE = 0.9
CLASSIFIER_SEED = 0


def load(task, split):
    """Images and labels, or the first of them in a smoke run."""
    images, labels = datasets.load(task["data"], split=split)
    return images[: task["limit"]], labels[: task["limit"]]


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
