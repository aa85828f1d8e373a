"""Losses against hand calculations."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import _backends, losses

REAL, FAKE = np.array([[2.0], [-1.0]]), np.array([[0.5], [-3.0]])
# log(1 + e^x) at the values below, from tables.
SOFTPLUS = {
    -3.0: 0.048587352,
    -2.0: 0.126928011,
    -1.5: 0.201413278,
    -0.5: 0.474076984,
    0.5: 0.974076984,
    1.0: 1.313261688,
    1.5: 1.701413278,
    2.0: 2.126928011,
    3.0: 3.048587352,
}


def mean(*values):
    return sum(values) / len(values)


CROSS_ENTROPY = mean(SOFTPLUS[-2.0], SOFTPLUS[1.0]) + mean(
    SOFTPLUS[0.5], SOFTPLUS[-3.0]
)
EXPECTED = {
    "saturating_discriminator_loss": CROSS_ENTROPY,
    "saturating_generator_loss": -mean(SOFTPLUS[0.5], SOFTPLUS[-3.0]),
    "non_saturating_discriminator_loss": CROSS_ENTROPY,
    "non_saturating_generator_loss": mean(SOFTPLUS[-0.5], SOFTPLUS[3.0]),
    # ((1 + 4) / 2 + (0.25 + 9) / 2) / 2
    "least_squares_discriminator_loss": 3.5625,
    # ((0.25 + 16) / 2) / 2
    "least_squares_generator_loss": 4.0625,
    # (0 + 2) / 2 + (1.5 + 0) / 2
    "hinge_discriminator_loss": 1.75,
    "hinge_generator_loss": 1.25,
    "wasserstein_discriminator_loss": -1.25 - 0.5,
    "wasserstein_generator_loss": 1.25,
    # Differences real - fake: 1.5 and 2.
    "relativistic_discriminator_loss": mean(SOFTPLUS[-1.5], SOFTPLUS[-2.0]),
    "relativistic_generator_loss": mean(SOFTPLUS[1.5], SOFTPLUS[2.0]),
}


def test_every_loss_is_expected():
    others = {"binary_crossentropy", "class_crossentropy"}
    assert {*EXPECTED, *others} == set(losses.__all__)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", EXPECTED)
def test_loss_is_what_a_hand_calculates(name, dtype):
    # The scores are exact in each dtype: so is the loss, in float32.
    scores = [ops.cast(ops.convert_to_tensor(s), dtype) for s in (REAL, FAKE)]
    loss = getattr(losses, name)(*scores)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    assert tuple(loss.shape) == ()
    np.testing.assert_allclose(ops.convert_to_numpy(loss), EXPECTED[name], rtol=1e-6)


def test_least_squares_takes_other_targets():
    # Equation 8 of the paper: a = -1, b = 1, c = 0.
    scores = [ops.convert_to_tensor(s, "float32") for s in (REAL, FAKE)]
    loss = losses.least_squares_discriminator_loss(*scores, fake_target=-1.0)
    # ((1 + 4) / 2 + (2.25 + 4) / 2) / 2
    np.testing.assert_allclose(float(loss), 2.8125)
    loss = losses.least_squares_generator_loss(*scores, target=0.0)
    np.testing.assert_allclose(float(loss), 2.3125)


@pytest.mark.parametrize("name", EXPECTED)
def test_losses_of_extreme_scores_are_finite_and_so_are_their_gradients(name):
    scores = [keras.Variable([[1e4], [-1e4]]), keras.Variable([[-1e4], [1e4]])]
    (loss, _), gradients = _backends.value_and_gradients(
        lambda: (getattr(losses, name)(*map(ops.convert_to_tensor, scores)), None),
        scores,
    )
    assert np.isfinite(float(loss))
    for gradient in gradients:
        assert gradient is None or np.isfinite(ops.convert_to_numpy(gradient)).all()


def test_pairs_are_by_position():
    turned = [ops.convert_to_tensor(s, "float32") for s in (REAL, FAKE[::-1])]
    # Differences: 5 and -1.5.
    expected = mean(np.log1p(np.exp(-5.0)), SOFTPLUS[1.5])
    loss = losses.relativistic_discriminator_loss(*turned)
    np.testing.assert_allclose(float(loss), expected, rtol=1e-6)


def test_binary_crossentropy_takes_noisy_labels():
    labels, scores = ops.convert_to_tensor([[1.05], [0.0]]), ops.convert_to_tensor(REAL)
    expected = mean(SOFTPLUS[2.0] - 2.1, SOFTPLUS[1.0] - 1.0)
    loss = losses.binary_crossentropy(labels, scores)
    np.testing.assert_allclose(float(loss), expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_class_crossentropy_is_what_a_hand_calculates(dtype):
    logits = ops.cast(ops.convert_to_tensor([[0.0, 0.0], [3.0, 1.0]]), dtype)
    labels = ops.convert_to_tensor([0, 1], "int32")
    # log 2, and log(1 + e^2).
    expected = mean(0.693147181, SOFTPLUS[2.0])
    loss = losses.class_crossentropy(labels, logits)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    np.testing.assert_allclose(float(loss), expected, rtol=1e-6)


def test_class_crossentropy_of_extreme_logits_is_finite_and_so_is_its_gradient():
    logits = keras.Variable([[1e4, -1e4], [-1e4, 1e4]])
    labels = ops.convert_to_tensor([1, 1], "int32")
    (loss, _), (gradient,) = _backends.value_and_gradients(
        lambda: (
            losses.class_crossentropy(labels, ops.convert_to_tensor(logits)),
            None,
        ),
        [logits],
    )
    np.testing.assert_allclose(float(loss), 1e4)
    np.testing.assert_allclose(
        ops.convert_to_numpy(gradient), [[0.5, -0.5], [0.0, 0.0]], atol=1e-6
    )
