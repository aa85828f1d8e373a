"""Scores while a training goes on: in the logs, on disk, and for other callbacks."""

import json

import keras
import numpy as np
import pytest
from small import same_weights, small_gan, small_images, weights_of

from kerasgan.callbacks import QualityMetrics, TrainingMonitor
from kerasgan.metrics import Extractor, frechet_distance

REAL = small_images(24, seed=3)
# Three steps an epoch.
DATA = {"x": small_images(12), "batch_size": 4, "verbose": 0}


def extractor():
    """The means of the rows of each image: eight features."""
    images = keras.Input((8, 8, 1))
    rows = keras.layers.AveragePooling2D((1, 8))(images)
    return Extractor(keras.Model(images, keras.layers.Flatten()(rows)), name="rows")


def features(images):
    return (images.astype("float32") / 127.5 - 1)[..., 0].mean(axis=2)


def quality(*metrics, **arguments):
    return QualityMetrics(
        metrics or ("fd",),
        extractor=extractor(),
        real_images=REAL,
        num_images=24,
        **arguments,
    )


def trained(*callbacks, epochs=2):
    gan = small_gan(plain=True)
    gan.compile()
    return gan, gan.fit(callbacks=list(callbacks), epochs=epochs, **DATA).history


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


# Few images for the size of the features: of no account here.
pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("ignore")]


def test_quality_metrics_adds_scores_to_the_logs():
    callback = quality("fd", "prdc", seed=5)
    gan, history = trained(callback)
    made = gan.generate(24, seed=5)
    expected = frechet_distance(features(REAL), features(made))
    np.testing.assert_allclose(history["fd"][-1], expected, rtol=1e-3)
    assert history["fd"] == [scores["fd"].value for scores in callback.scores]
    assert {"precision", "recall", "density", "coverage"} <= set(history)
    score = callback.scores[-1]["fd"]
    assert (score.step, score.num_fake, score.num_real) == (6, 24, 24)


def test_quality_metrics_counts_steps_and_keeps_the_latest(tmp_path):
    callback = quality(every_steps=2, directory=tmp_path)
    monitor = TrainingMonitor(tmp_path, figure=False)
    _, history = trained(callback, monitor)
    rows = lines(tmp_path / "scores.jsonl")
    assert [row["step"] for row in rows] == [2, 4, 6]
    kept = [rows[0]["fd"], rows[2]["fd"]]
    np.testing.assert_allclose(history["fd"], kept, rtol=1e-6)
    noted = [row for row in lines(tmp_path / "steps.jsonl") if "fd" in row]
    assert noted == [{"step": row["step"], "fd": row["fd"]} for row in rows]


def test_quality_metrics_leaves_the_training_as_it_is():
    alone, watched = trained()[0], trained(quality(every_steps=1))[0]
    assert same_weights(weights_of(alone), weights_of(watched))


def test_quality_metrics_says_which_way_is_better():
    directions = quality().directions
    assert directions["fd"] == directions["kd"] == "min"
    assert directions["precision"] == directions["is"] == "max"


def test_quality_metrics_names_the_metrics_there_are():
    with pytest.raises(ValueError, match="fd.*Received"):
        quality("fid")
