"""Latents that are none: one text on every backend, before Keras starts."""

import keras
import numpy as np
import pytest
from methods_small import conditional_gan
from small import same_weights, small_gan, weights_of

from kerasgan import latent

NAN = np.zeros((3, 4), "float32")
NAN[1, 2] = np.nan
INFINITE = np.full((2, 4), -np.inf)


@pytest.fixture(scope="module")
def gan():
    gan = small_gan(ema_decay=0.9)
    gan.compile()
    return gan


@pytest.fixture(scope="module")
def labelled():
    return conditional_gan()


def refused(gan, x, message):
    before = weights_of(gan)
    with pytest.raises(ValueError) as raised:
        gan.predict(x, verbose=0)
    assert str(raised.value) == message
    assert same_weights(weights_of(gan), before)
    assert gan.generate(2, seed=0).shape[0] == 2


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            NAN,
            "`latents` must hold finite numbers. Received: latents[1, 2] is nan. Draw "
            "it again, or leave it out.",
        ),
        (
            INFINITE,
            "`latents` must hold finite numbers. Received: latents[0, 0] is -inf. Draw "
            "it again, or leave it out.",
        ),
        (np.zeros((3, 5)), "`latents` must have shape (n, 4). Received: (3, 5)."),
        (np.zeros(4), "`latents` must have shape (n, 4). Received: (4,)."),
        (np.zeros((3, 4, 1)), "`latents` must have shape (n, 4). Received: (3, 4, 1)."),
        (np.zeros((0, 4)), "`latents` must have shape (n, 4). Received: (0, 4)."),
        (
            np.array([["a"] * 4]),
            "`latents` must hold numbers. Received: dtype=<U1. Give "
            "latents.astype('float32').",
        ),
        (
            None,
            "`latents` must be an array of shape (n, 4). Received: NoneType. Make one "
            "with np.asarray.",
        ),
        (
            [[0.0] * 4] * 2,
            "`latents` must be an array of shape (n, 4). Received: list. Make one with "
            "np.asarray.",
        ),
        (
            {"noise": np.zeros((3, 4))},
            "The generator's inputs must be named ['latents']. Received: ['noise']. "
            "Give a dict of arrays by those names.",
        ),
    ],
    ids=range(10),
)
def test_latents_that_are_none_are_refused_in_one_text(gan, x, message):
    refused(gan, x, message)


def test_tensor_of_the_backend_is_looked_at_too(gan):
    tensor = keras.ops.convert_to_tensor(NAN)
    refused(
        gan,
        tensor,
        "`latents` must hold finite numbers. Received: latents[1, 2] is nan. Draw it "
        "again, or leave it out.",
    )


def test_inputs_of_a_model_with_classes_are_refused_in_one_text(labelled):
    latents = np.zeros((3, labelled.latent_dim), "float32")
    refused(
        labelled,
        latents,
        "The generator's inputs must be a dict of arrays named ['labels', 'latents']. "
        "Received: ndarray. Give a dict, or call `generate`.",
    )
    with pytest.raises(ValueError, match="one for each|label for each image.*3 images"):
        labelled.predict({"latents": latents, "labels": np.zeros(2, "int32")})
    with pytest.raises(ValueError, match=r"Received: labels\[2\] is -1"):
        labelled.predict({"latents": latents, "labels": np.array([0, 0, -1])})


def test_latents_that_are_right_pass(gan, labelled):
    zeros = np.zeros((3, 4))
    expected = gan.predict(zeros.astype("float32"), verbose=0)
    for x in (zeros, zeros.astype("int64"), {"latents": zeros}, [zeros]):
        np.testing.assert_array_equal(gan.predict(x, verbose=0), expected)
    latents = np.zeros((3, labelled.latent_dim), "float32")
    made = labelled.predict({"labels": np.arange(3) % 2, "latents": latents}, verbose=0)
    assert len(made) == 3


def test_images_of_latents_that_are_not_finite_are_refused(gan):
    with pytest.raises(ValueError, match=r"Received: latents\[1, 2\] is nan"):
        latent.images_of(gan, NAN)
