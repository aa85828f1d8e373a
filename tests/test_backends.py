"""The contract that the framework adapters keep."""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops
from small import small_gan, small_images

import kerasgan
from kerasgan import _backends, _kernels


def numbers(tensor):
    return ops.convert_to_numpy(tensor)


def test_value_and_gradients_of_wanted_variables_alone():
    wanted, other = keras.Variable([2.0, 3.0]), keras.Variable([5.0, 7.0])

    def loss():
        return ops.sum(wanted * wanted * other), {"other": ops.sum(other)}

    (value, aux), gradients = _backends.value_and_gradients(loss, [wanted])
    assert numbers(value) == 4 * 5 + 9 * 7
    assert numbers(aux["other"]) == 12
    np.testing.assert_allclose(numbers(gradients[0]), [2 * 2 * 5, 2 * 3 * 7])
    assert len(gradients) == 1


def test_value_and_gradients_keeps_what_the_function_assigns():
    weight, statistic = keras.Variable(3.0), keras.Variable(1.0, trainable=False)

    def loss():
        statistic.assign(0.5 * statistic + 2.0)
        return weight * weight, {}

    _backends.value_and_gradients(loss, [weight])
    assert numbers(statistic) == 2.5
    assert numbers(weight) == 3.0


def test_input_gradient_is_exact_and_differentiable_again():
    weight = keras.Variable(2.0)
    x = ops.convert_to_tensor([[1.0], [3.0]])

    def penalty():
        # d/dx sum(w x^3) = 3 w x^2
        gradient = _backends.input_gradient(lambda x: weight * x**3, x)
        return ops.sum(gradient), {"gradient": gradient}

    (value, aux), gradients = _backends.value_and_gradients(penalty, [weight])
    np.testing.assert_allclose(numbers(aux["gradient"]), [[6.0], [54.0]])
    assert numbers(value) == 60.0
    assert numbers(gradients[0]) == 30.0


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("share", [0.25, "tensor"])
def test_move_goes_a_share_of_the_way(dtype, share):
    share = ops.convert_to_tensor(0.25) if share == "tensor" else share
    moved = keras.Variable([1.0, -3.0], dtype=dtype, trainable=False)
    target = keras.Variable([5.0, 1.0], dtype=dtype)
    for expected in ([2.0, -2.0], [2.75, -1.25]):
        _backends.move(moved, target, share)
        np.testing.assert_allclose(numbers(moved), expected)
    np.testing.assert_allclose(numbers(target), [5.0, 1.0])


def test_value_and_pullback_turns_a_gradient_round():
    weight, statistic = keras.Variable(3.0), keras.Variable(1.0, trainable=False)
    x = ops.convert_to_tensor([1.0, 2.0])

    def images():
        statistic.assign(0.5 * statistic + 2.0)
        return weight * weight * x

    value, pullback = _backends.value_and_pullback(images, [weight])
    np.testing.assert_allclose(numbers(value), [9.0, 18.0])
    assert numbers(statistic) == 2.5
    (gradient,) = pullback(ops.convert_to_tensor([10.0, 1.0]))
    assert numbers(gradient) == 2 * 3 * (10 + 2)


def test_value_and_input_gradient_keeps_what_the_function_assigns():
    statistic = keras.Variable(1.0, trainable=False)

    def loss(x):
        statistic.assign(0.5 * statistic + 2.0)
        return ops.sum(x**3), {"other": ops.sum(x)}

    x = ops.convert_to_tensor([1.0, 2.0])
    (value, aux), gradient = _backends.value_and_input_gradient(loss, x)
    assert numbers(value) == 9.0 and numbers(aux["other"]) == 3.0
    np.testing.assert_allclose(numbers(gradient), [3.0, 12.0])
    assert numbers(statistic) == 2.5


class Penalized(kerasgan.DCGAN):
    """A DCGAN with a gradient penalty, through a discriminator with batch norm."""

    metric_names = (*kerasgan.DCGAN.metric_names, "gradient_penalty")

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        loss, logs = super().discriminator_loss(
            real_images, fake_images, labels, training=training
        )
        gradient = _backends.input_gradient(
            lambda x: self.scores(x, labels, training=training), real_images
        )
        penalty = ops.mean(ops.sum(ops.square(gradient), axis=(1, 2, 3)))
        return loss + penalty, {**logs, "gradient_penalty": penalty}


@pytest.mark.parametrize(
    "discriminator_steps", [1, pytest.param(2, marks=pytest.mark.long)]
)
def test_penalty_through_batch_norm_trains(discriminator_steps):
    parts = small_gan()
    gan = Penalized(generator=parts.generator, discriminator=parts.discriminator)
    gan.compile(discriminator_steps=discriminator_steps)
    before = [numbers(v).copy() for v in gan.discriminator.weights]
    history = gan.fit(small_images(8), batch_size=4, verbose=0).history
    assert np.isfinite(history["gradient_penalty"]).all()
    assert history["gradient_penalty"][0] > 0
    after = [numbers(v) for v in gan.discriminator.weights]
    assert not any(np.array_equal(b, a) for b, a in zip(before, after))
    iterations = gan.optimizer.discriminator_optimizer.iterations
    assert numbers(iterations) == 2 * discriminator_steps


def stateful_step():
    """What a step runs in where tensors carry graphs; elsewhere nothing."""
    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    return torch.no_grad()


def updated(optimizer, apply, steps=3):
    """Two variables, laid out as for training, and their slots after some updates."""
    rng = np.random.default_rng(0)
    kernel = keras.Variable(rng.normal(size=(4, 4, 8, 6)), dtype="float32")
    bias = keras.Variable(np.zeros(6), dtype="float32")
    optimizer.build([kernel, bias])
    _kernels.lay_out([kernel], optimizer.variables)
    for _ in range(steps):
        gradients = [
            ops.convert_to_tensor(rng.normal(size=v.shape).astype("float32"))
            for v in (kernel, bias)
        ]
        with stateful_step():
            apply(optimizer, gradients, [kernel, bias])
    return [numbers(v).copy() for v in (kernel, bias, *optimizer.variables)]


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.Adam(2e-3, beta_1=0.5, epsilon=1e-3),
        lambda: keras.optimizers.Adam(2e-3, amsgrad=True),
        lambda: keras.optimizers.Adam(2e-3, clipnorm=0.1),
        lambda: keras.optimizers.Adam(2e-3, weight_decay=0.1),
        lambda: keras.optimizers.Adam(2e-3, use_ema=True, ema_momentum=0.5),
        lambda: keras.optimizers.AdamW(2e-3),
        lambda: keras.optimizers.RMSprop(2e-3),
        lambda: keras.optimizers.Adam(
            keras.optimizers.schedules.ExponentialDecay(2e-3, 1, 0.5), beta_2=0.9
        ),
    ],
)
def test_updates_are_those_of_the_optimizer(optimizer):
    ours = updated(optimizer(), _backends.apply_gradients)
    keras_own = updated(optimizer(), lambda o, gradients, v: o.apply(gradients, v))
    for got, expected in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
