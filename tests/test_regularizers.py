"""Penalties: their values and gradients against float64 in NumPy."""

import keras
import numpy as np
import pytest
from compiled import compiled, stepped
from float64 import central_differences, input_gradient, normalized
from keras import ops

from kerasgan import _backends, layers, regularizers

BATCH, SHAPE = 4, (2, 3, 2)
# float32 against float64, as a share of the largest gradient.
TOLERANCE = 2e-4


def tensor(array):
    return ops.convert_to_tensor(array, "float32")


def images(seed, batch=BATCH):
    return np.random.default_rng(seed).uniform(-1, 1, (batch, *SHAPE))


class Scores(keras.layers.Layer):
    """Dense, batch norm, tanh, dropout, dense: all that couples samples or draws."""

    def __init__(self, *, dropout=0.4, norm=True, **kwargs):
        super().__init__(**kwargs)
        self.first = keras.layers.Dense(5)
        self.norm = layers.BatchNormalization(momentum=0.5) if norm else None
        self.dropout = keras.layers.Dropout(dropout, seed=3)
        self.last = keras.layers.Dense(1, use_bias=False)

    def call(self, x, training=True):
        x = self.first(ops.reshape(x, (-1, int(np.prod(SHAPE)))))
        if self.norm is not None:
            x = self.norm(x, training=training)
        return self.last(self.dropout(ops.tanh(x), training=training))


@pytest.fixture
def scores():
    """The network, its weights in float64, and the formula of both."""
    network = Scores()
    network(tensor(images(0)))
    return prepared(network)


def prepared(network):
    rng = np.random.default_rng(7)
    for weight in network.trainable_variables:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape) * rng.choice([-1, 1]))
    values = [np.float64(ops.convert_to_numpy(w)) for w in network.trainable_variables]
    mask = next_mask(network.dropout)

    def formula(x):
        kernel, bias, gamma, beta, last = values
        x = x.reshape(*x.shape[: -len(SHAPE)], -1) @ kernel + bias
        # Over the batch: one axis before the last.
        x = normalized(x, (x.ndim - 2,), 1e-3)[0] * gamma + beta
        return (np.tanh(x) * mask) @ last

    return network, values, formula


def next_mask(dropout):
    """What the layer's next call multiplies with, which it will still draw."""
    state = dropout.seed_generator.state
    kept = ops.convert_to_numpy(state).copy()
    mask = ops.convert_to_numpy(dropout(ops.ones((BATCH, 5)), training=True))
    state.assign(kept)
    assert 0 < (mask == 0).mean() < 1
    return np.float64(mask)


def draws(seed, *shapes, draw=keras.random.uniform):
    """What a new generator of this seed gives."""
    seed = keras.random.SeedGenerator(seed)
    return [np.float64(ops.convert_to_numpy(draw(s, seed=seed))) for s in shapes]


def check(penalty, exact, variables, values):
    """Compares the penalty and its gradients for all variables with `exact`'s."""
    (loss, _), gradients = compiled(
        lambda: _backends.value_and_gradients(lambda: (penalty(), None), variables),
        variables,
    )
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    np.testing.assert_allclose(float(loss), exact(), rtol=TOLERANCE)
    expected = central_differences(exact, values)
    largest = max(np.abs(gradient).max() for gradient in expected)
    for received, gradient in zip(gradients, expected, strict=True):
        received = 0.0 if received is None else ops.convert_to_numpy(received)
        np.testing.assert_allclose(received, gradient, rtol=0, atol=TOLERANCE * largest)


def squared_norms(formula, x):
    return np.sum(input_gradient(formula, x) ** 2, axis=(1, 2, 3))


def test_gradient_penalty_equals_float64(scores):
    network, values, formula = scores
    real, fake = images(1), images(2)
    (mixing,) = draws(11, (BATCH, 1, 1, 1))
    assert 0 < mixing.min() < mixing.max() < 1

    def exact():
        norms = np.sqrt(squared_norms(formula, mixing * fake + (1 - mixing) * real))
        return np.mean((norms - 1.0) ** 2)

    seed = keras.random.SeedGenerator(11)
    check(
        lambda: regularizers.gradient_penalty(
            network, tensor(real), tensor(fake), seed=seed
        ),
        exact,
        network.trainable_variables,
        values,
    )


@pytest.mark.parametrize("name", ["r1_penalty", "r2_penalty"])
def test_r1_and_r2_equal_float64(scores, name):
    network, values, formula = scores
    x = images(1)
    check(
        lambda: getattr(regularizers, name)(network, tensor(x)),
        lambda: 0.5 * np.mean(squared_norms(formula, x)),
        network.trainable_variables,
        values,
    )


def test_dragan_penalty_equals_float64(scores):
    network, values, formula = scores
    x = images(1)
    far, share = draws(5, x.shape, (BATCH, 1, 1, 1))
    moved = x + 0.5 * x.std() * share * far
    seed = keras.random.SeedGenerator(5)
    check(
        lambda: regularizers.dragan_penalty(network, tensor(x), seed=seed),
        lambda: np.mean((np.sqrt(squared_norms(formula, moved)) - 1.0) ** 2),
        network.trainable_variables,
        values,
    )


def test_consistency_penalty_equals_float64(scores):
    network, values, formula = scores
    # Two passes draw two masks: none here.
    network.dropout.rate = 0.0
    x = images(1)

    def exact():
        def score(x):
            return undropped(formula, network, values, x)

        return np.mean((score(x) - score(x[:, :, ::-1])) ** 2)

    check(
        lambda: regularizers.consistency_penalty(
            network, tensor(x), lambda images: ops.flip(images, axis=2)
        ),
        exact,
        network.trainable_variables,
        values,
    )


def undropped(formula, network, values, x):
    kernel, bias, gamma, beta, last = values
    x = x.reshape(BATCH, -1) @ kernel + bias
    return np.tanh(normalized(x, (0,), 1e-3)[0] * gamma + beta) @ last


@pytest.mark.parametrize("layers_of_latents", [None, 3])
def test_path_length_penalty_equals_float64(layers_of_latents):
    shape = (BATCH, 4) if layers_of_latents is None else (BATCH, layers_of_latents, 4)
    latents = np.random.default_rng(0).standard_normal(shape)
    kernel = np.random.default_rng(1).standard_normal((int(np.prod(shape[1:])), 12))
    weight = keras.Variable(kernel, dtype="float32")
    mean_length = keras.Variable(0.3, dtype="float32")
    (noise,) = draws(2, (BATCH, *SHAPE), draw=keras.random.normal)
    noise = noise / np.sqrt(SHAPE[0] * SHAPE[1])

    def lengths():
        def projected(latents):
            flat = latents.reshape(*latents.shape[: -len(shape) + 1], -1)
            return np.tanh(flat @ kernel).reshape(-1, BATCH, *SHAPE) * noise

        squares = np.sum(input_gradient(projected, latents) ** 2, axis=-1)
        return np.sqrt(squares if squares.ndim == 1 else squares.mean(1))

    # A constant to the gradient.
    target = 0.3 + 0.01 * (lengths().mean() - 0.3)
    seed = keras.random.SeedGenerator(2)

    def network(latents):
        flat = ops.reshape(latents, (BATCH, -1))
        return ops.reshape(ops.tanh(ops.matmul(flat, weight)), (BATCH, *SHAPE))

    check(
        lambda: regularizers.path_length_penalty(
            network, tensor(latents), mean_length, seed=seed
        ),
        lambda: np.mean((lengths() - target) ** 2),
        [weight],
        [kernel],
    )
    regularizers.path_length_penalty(
        network, tensor(latents), mean_length, seed=keras.random.SeedGenerator(2)
    )
    # On JAX the compiled check keeps no assignment.
    once = 0.3 + 0.01 * (lengths().mean() - 0.3)
    twice = once + 0.01 * (lengths().mean() - once)
    expected = once if keras.backend.backend() == "jax" else twice
    np.testing.assert_allclose(float(mean_length), expected, rtol=1e-4)


def test_slopes_of_zero_have_a_gradient():
    weight = keras.Variable(np.zeros(SHAPE), dtype="float32")
    seed = keras.random.SeedGenerator(0)

    def penalty():
        return regularizers.gradient_penalty(
            lambda x: ops.sum(x * weight, axis=(1, 2, 3)),
            tensor(images(1)),
            tensor(images(2)),
            seed=seed,
        )

    (loss, _), (gradient,) = _backends.value_and_gradients(
        lambda: (penalty(), None), [weight]
    )
    np.testing.assert_allclose(float(loss), 1.0, rtol=1e-5)
    assert (ops.convert_to_numpy(gradient) == 0.0).all()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_penalties_are_float32_under_mixed_policies(policy):
    network = Scores(dropout=0.0, dtype=policy)
    real, fake = tensor(images(1)), tensor(images(2))
    network(real)
    seed = keras.random.SeedGenerator(0)
    mean_length = keras.Variable(0.0)
    halves = ops.cast(real, "bfloat16")
    for penalty in (
        regularizers.gradient_penalty(network, halves, fake, seed=seed),
        regularizers.r1_penalty(network, real),
        regularizers.r2_penalty(network, fake),
        regularizers.dragan_penalty(network, halves, seed=seed),
        regularizers.consistency_penalty(network, real, lambda x: ops.flip(x, 1)),
        regularizers.path_length_penalty(
            lambda x: ops.cast(x, policy[6:]) * 2, real, mean_length, seed=seed
        ),
    ):
        assert keras.backend.standardize_dtype(penalty.dtype) == "float32"
        assert np.isfinite(ops.convert_to_numpy(penalty))


def test_a_penalty_is_one_more_pass_to_batch_norm_and_dropout(scores):
    network, _, _ = scores
    moving_mean, _ = network.norm.non_trainable_variables
    state = network.dropout.seed_generator.state
    moving_mean.assign(np.zeros(5))
    x = images(1)
    kernel, bias = network.first.get_weights()
    batch_mean = (x.reshape(BATCH, -1) @ kernel + bias).mean(0)
    before = ops.convert_to_numpy(state).copy()
    regularizers.r1_penalty(network, tensor(x))
    moved = ops.convert_to_numpy(moving_mean)
    np.testing.assert_allclose(moved, 0.5 * batch_mean, rtol=1e-4, atol=1e-5)
    assert (ops.convert_to_numpy(state) != before).any()
    # In inference a pass leaves no trace.
    before = ops.convert_to_numpy(state).copy()
    regularizers.r1_penalty(lambda x: network(x, training=False), tensor(x))
    assert (ops.convert_to_numpy(moving_mean) == moved).all()
    assert (ops.convert_to_numpy(state) == before).all()


def test_lazy_penalties_come_every_nth_step_and_n_times_as_heavy():
    network = Scores()
    network(tensor(images(0)))
    step = keras.Variable(0, dtype="int32", trainable=False)
    seed = keras.random.SeedGenerator(1)
    calls = keras.Variable(0.0, trainable=False)

    def penalty():
        calls.assign_add(1.0)
        return regularizers.gradient_penalty(
            network, tensor(images(1)), tensor(images(2)), seed=seed
        )

    def loss():
        # A penalty stands beside a loss, here of no weight.
        rest = 0.0 * ops.sum(network(tensor(images(0)), training=False))
        return regularizers.lazy(penalty, step, every=3) + rest, None

    def one_step():
        (loss_value, _), gradients = _backends.value_and_gradients(
            loss, network.trainable_variables
        )
        step.assign_add(1)
        return loss_value, gradients

    state = network.non_trainable_variables + [seed.state]
    state += [network.dropout.seed_generator.state]
    run = stepped(one_step, [step, calls, *network.variables, *state[-2:]])
    losses, traces = [], []
    for _ in range(5):
        before = [ops.convert_to_numpy(v).copy() for v in state]
        value, gradients = run()
        losses.append(float(value))
        moved = [(ops.convert_to_numpy(v) != b).any() for v, b in zip(state, before)]
        traces.append(moved)
        nothing = all(
            g is None or (ops.convert_to_numpy(g) == 0).all() for g in gradients
        )
        assert nothing == (losses[-1] == 0.0)
    assert [value > 0 for value in losses] == [True, False, False, True, False]
    assert [all(t) for t in traces] == [True, False, False, True, False]
    assert [any(t) for t in traces] == [True, False, False, True, False]
    assert float(calls) == 2.0


def test_lazy_penalties_weigh_the_same_on_average():
    value = regularizers.lazy(
        lambda: ops.ones(()) * 2.0, ops.zeros((), "int32"), every=8
    )
    assert float(value) == 16.0
    assert float(regularizers.lazy(lambda: ops.ones(()), 5, every=1)) == 1.0


@pytest.mark.parametrize("every", [0, -1, 2.0, True])
def test_lazy_needs_a_number_of_steps(every):
    with pytest.raises((TypeError, ValueError), match=r"`every` must be.*Received"):
        regularizers.lazy(lambda: ops.ones(()), 0, every=every)
