"""One process: trains a preset and scores its images, or what they are scored by.

python -m measuring.quality TASK.json ANSWER.json
"""

import pathlib
import zlib

import keras
import numpy as np
from loops.fit import build
from loops.settings import read_settings

from measuring import devices, processes
from measuring.scores import Scorer, load, train_classifier


def measure(task):
    """The answer to a task.

    Args:
        task: of `quality_runs.make_task`, and `out`, `picture` (path in `out`, or
            `None`) and `classifier` (path).
    """
    work = reference if task["dtype"] is None else train
    answer = work(task)
    device, _ = devices.gpu(task["backend"])
    versions = processes.versions(task["backend"])
    return {**answer, "device": device, "versions": versions}


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
    settings = read_settings(task["preset"], task["overrides"], dtype=dtype)
    return build(settings, seed=task["seed"])


def generated(gan, task):
    """Images in the dtype that the model trained in, from the same latents always."""
    return gan.generate(task["n"], seed=0, batch_size=250)


def checksum(networks):
    """CRC-32 of all weights."""
    crc = 0
    for values in (v for network in networks for v in network.get_weights()):
        crc = zlib.crc32(np.ascontiguousarray(values), crc)
    return crc


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


if __name__ == "__main__":
    processes.answer(measure)
