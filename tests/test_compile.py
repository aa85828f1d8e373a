"""Each way to run, each precision and each kind of optimizer trains as it says."""

import keras
import numpy as np
import pytest
from small import same_weights, small_gan, small_images, weights_of

from kerasgan import _backends

BACKEND = keras.backend.backend()

# Four steps.
DATA = {"x": small_images(16), "batch_size": 4, "verbose": 0}


def trained(gan=None, *, epochs=1, **arguments):
    # SGD: Adam makes whole steps of a gradient that is nothing but rounding.
    sgd = {
        "generator_optimizer": keras.optimizers.SGD(0.1),
        "discriminator_optimizer": keras.optimizers.SGD(0.1),
    }
    gan = small_gan(plain=True) if gan is None else gan
    gan.compile(**{**sgd, **arguments})
    gan.fit(epochs=epochs, **DATA)
    assert all(np.isfinite(w).all() for w in weights_of(gan))
    return gan


@pytest.fixture(scope="module")
def usual():
    return weights_of(trained())


@pytest.fixture
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def snapshots(gan, network, steps):
    """A network's trainable weights before, and after each of some single steps."""
    variables = getattr(gan, network).trainable_variables
    answer = []
    for i in range(steps + 1):
        if i:
            gan.fit(DATA["x"], batch_size=4, steps_per_epoch=1, verbose=0)
        answer.append([np.array(keras.ops.convert_to_numpy(v)) for v in variables])
    return answer


# Ways to run -----------------------------------------------------------------


def test_run_eagerly_trains_the_same(usual):
    assert same_weights(weights_of(trained(run_eagerly=True)), usual, tolerance=1e-5)


@pytest.mark.skipif(BACKEND == "torch", reason="Inductor compiles for minutes")
@pytest.mark.parametrize("jit_compile", [True, False])
def test_jit_compile_trains(jit_compile):
    gan = small_gan(plain=True)
    before = weights_of(gan)
    after = weights_of(trained(gan, jit_compile=jit_compile))
    assert not any(np.array_equal(a, b) for a, b in zip(before, after))


@pytest.mark.skipif(BACKEND == "torch", reason="refused there")
def test_steps_per_execution_trains_the_same(usual):
    # Two executions, of three steps and of one.
    weights = weights_of(trained(steps_per_execution=3))
    assert same_weights(weights, usual, tolerance=1e-5)


@pytest.mark.skipif(BACKEND != "torch", reason="possible there")
def test_steps_per_execution_is_refused_on_torch():
    with pytest.raises(ValueError, match="`steps_per_execution` must be 1.*Received"):
        small_gan(plain=True).compile(steps_per_execution=2)


# Precision -------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["mixed_bfloat16"], indirect=True)
def test_bfloat16_trains_with_losses_in_float32(policy):
    gan = small_gan()
    before = weights_of(gan)
    after = weights_of(trained(gan, generator_optimizer="adam"))
    assert gan.discriminator.get_layer("conv_1").compute_dtype == "bfloat16"
    assert not any(np.array_equal(a, b) for a, b in zip(before, after))
    assert_float32(gan)


@pytest.mark.parametrize("policy", ["mixed_float16"], indirect=True)
def test_float16_trains_with_losses_in_float32(policy):
    # PyTorch's CPU has no float16 convolutions.
    gan = small_gan(plain=not _backends.float16_convolves())
    before = weights_of(gan)
    after = weights_of(trained(gan, generator_optimizer="adam"))
    assert not any(np.array_equal(a, b) for a, b in zip(before, after))
    for optimizer in gan.optimizer.optimizers:
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    assert_float32(gan)


def assert_float32(gan):
    images = keras.ops.convert_to_tensor(small_images(4, dtype="float32"))
    for loss in (gan.discriminator_loss, gan.generator_loss):
        value, logs = loss(images, images, None, training=False)
        for part in (value, *logs.values()):
            assert keras.backend.standardize_dtype(part.dtype) == "float32"
    assert gan(np.zeros((1, 4), "float32")).shape == (1, 8, 8, 1)
    assert {w.dtype for w in weights_of(gan)[1:]} <= {np.dtype("float32")}


@pytest.mark.parametrize("policy", ["mixed_float16"], indirect=True)
def test_float16_halves_the_scale_of_the_network_that_overflows(policy):
    gan = small_gan(plain=True)
    # 2**60 is more than any float16 gradient can bear.
    gan.compile(
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), 2.0**60),
        keras.optimizers.SGD(0.1),
    )
    generator = snapshots(gan, "generator", 2)
    assert same_weights(generator[0], generator[2])
    scales = [float(o.dynamic_scale) for o in gan.optimizer.optimizers]
    assert scales == [2.0**58, 2.0**15]
    discriminator = snapshots(gan, "discriminator", 1)
    assert not same_weights(discriminator[0], discriminator[1])


@pytest.mark.skipif(_backends.float16_convolves(), reason="possible here")
@pytest.mark.parametrize("policy", ["mixed_float16"], indirect=True)
def test_float16_convolutions_are_refused_where_they_cannot_train(policy):
    with pytest.raises(ValueError, match="float16 conv.*Received.*mixed_bfloat16"):
        small_gan().compile()


# Optimizers ------------------------------------------------------------------


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_gradient_accumulation_waits_for_its_steps(network):
    gan = small_gan(plain=True)
    optimizer = keras.optimizers.Adam(0.01, gradient_accumulation_steps=3)
    gan.compile(**{f"{network}_optimizer": optimizer})
    weights = snapshots(gan, network, 4)
    assert same_weights(weights[0], weights[2])
    assert not same_weights(weights[2], weights[3])
    assert same_weights(weights[3], weights[4])


@pytest.mark.parametrize("policy", ["mixed_float16"], indirect=True)
def test_gradient_accumulation_waits_in_float16_as_well(policy):
    gan = small_gan(plain=True)
    gan.compile(keras.optimizers.Adam(0.01, gradient_accumulation_steps=2))
    weights = snapshots(gan, "generator", 2)
    assert same_weights(weights[0], weights[1])
    assert not same_weights(weights[1], weights[2])


def test_optimizer_ema_replaces_the_weights_when_training_ends():
    gan, plain = small_gan(plain=True), small_gan(plain=True)
    average = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.75)
    gan.compile(average, keras.optimizers.SGD(0.1))
    plain.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    (_, usual), (_, averaged) = (snapshots(g, "generator", 1) for g in (plain, gan))
    # Keras begins the average at zero, and has its first step take the weights.
    for value, expected in zip(averaged, usual):
        np.testing.assert_allclose(value, expected, atol=1e-6)
    before = averaged
    plain.set_weights(weights_of(gan))
    (_, usual), (_, averaged) = (snapshots(g, "generator", 1) for g in (plain, gan))
    for value, old, new in zip(averaged, before, usual):
        np.testing.assert_allclose(value, 0.75 * old + 0.25 * new, atol=1e-5)


def test_learning_rate_schedules_count_each_optimizers_steps():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.5, 0.0])
    gan = small_gan(plain=True)
    gan.compile(keras.optimizers.SGD(schedule), keras.optimizers.SGD(0.1))
    weights = snapshots(gan, "generator", 3)
    assert not same_weights(weights[0], weights[2])
    # Steps 0 and 1 are taken at 0.5, step 2 at 0.
    assert not same_weights(weights[1], weights[2])
    assert same_weights(weights[2], weights[3])


def test_clipnorm_bounds_the_step():
    gan = small_gan(plain=True)
    gan.compile(keras.optimizers.SGD(1.0, clipnorm=1e-3), keras.optimizers.SGD(0.1))
    before, after = snapshots(gan, "generator", 1)
    for old, new in zip(before, after):
        assert 0 < np.linalg.norm(new - old) < 1.01e-3
