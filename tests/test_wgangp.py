"""WGAN-GP: its presets against their sources, its losses against hand calculations."""

import keras
import numpy as np
import pytest
from keras import ops
from published import (
    check_arguments_reach_the_layers,
    check_parameters,
    check_published,
)
from small import plain_discriminator, plain_generator, small_images

import kerasgan
from kerasgan import WGANGP

_PAPER = "arXiv:1704.00028"
_CODE = "improved_wgan_training, gan_cifar_resnet.py"
_MNIST = "improved_wgan_training, gan_mnist.py"


def _adam(where):
    values = {"name": "adam", "beta_1": 0.0, "beta_2": 0.9, "epsilon": 1e-8}
    return {
        f"compile.{network}_optimizer.{name}": (value, where)
        for network in ("generator", "discriminator")
        for name, value in values.items()
    }


def _linear_decay(rate, steps, updates, where):
    """To zero, in the generator's updates and in the discriminator's."""
    values = {"name": "polynomial_decay", "power": 1.0, "initial_learning_rate": rate}
    values |= {"end_learning_rate": 0.0}
    networks = {"generator": steps, "discriminator": steps * updates}
    return {
        f"compile.{network}_optimizer.learning_rate": (
            {**values, "decay_steps": decay_steps},
            where,
        )
        for network, decay_steps in networks.items()
    }


_ALGORITHM = {
    "compile.gradient_penalty_weight": (10.0, f"{_PAPER}, algorithm 1: lambda"),
    "compile.discriminator_steps": (5, f"{_PAPER}, algorithm 1: n_critic"),
    "compile.fresh_real_images": (True, f"{_PAPER}, algorithm 1: x ~ P_r inside"),
    "compile.reuse_fake_images": (False, f"{_PAPER}, algorithm 1: new z"),
    "training.batch_size": (64, f"{_CODE}: BATCH_SIZE"),
    "generator.arguments.latent_dim": (128, f"{_PAPER}, appendix; {_MNIST}"),
    "ema_decay": (None, f"{_PAPER} has none"),
    "augmentation": (None, f"{_CODE} has none but noise of a grey level"),
}

# What a preset has instead of its source's stands in its `deviations`, not here.
PUBLISHED = {
    "mnist-28": {
        **_ALGORITHM,
        **_adam(f"{_CODE}: AdamOptimizer; epsilon: TensorFlow's default"),
        "discriminator.arguments.normalization": ("none", f"{_MNIST}: no batch norm"),
        "discriminator.arguments.strides": ([2, 2, 2], f"{_MNIST}: Discriminator"),
        "discriminator.arguments.leaky_slope": (0.2, f"{_MNIST}: LeakyReLU"),
        "generator.arguments.leaky_slope": (0.0, f"{_MNIST}: relu"),
    },
    "cifar10-32": {
        **_ALGORITHM,
        **_adam(f"{_PAPER}, appendix; epsilon: TensorFlow's default"),
        **_linear_decay(2e-4, 100_000, 5, f"{_PAPER}, appendix; {_CODE}: DECAY"),
        "generator.arguments.filters": ([128] * 4, f"{_PAPER}, appendix"),
        "generator.arguments.batch_norm_epsilon": (1e-5, f"{_CODE}: batchnorm.py"),
        "discriminator.arguments.filters": ([128] * 4, f"{_PAPER}, appendix"),
        "discriminator.arguments.downsamplings": (2, f"{_PAPER}, appendix"),
        "discriminator.arguments.normalization": ("none", f"{_PAPER}, appendix"),
        "discriminator.arguments.pooling": ("mean", f"{_PAPER}, appendix"),
        "training.steps": (100_000, f"{_PAPER}, appendix"),
    },
}

# A dense or convolutional layer has inputs x outputs (x kernel area) weights and one
# bias an output; batch norm has four values a channel, two of them statistics.
_CONV_128 = 9 * 128 * 128 + 128
_SHORTCUT_128 = 128 * 128 + 128
PARAMETERS = {
    "mnist-28": (
        # dense 128 -> 7*7*128, norm, conv 3x3 128 -> 64 -> 32 with norms, 32 -> 1
        809_088 + 512 + (73_792 + 256) + (18_464 + 128) + 289,
        # conv 4x4 1 -> 32 -> 64 -> 128, dense 4*4*128 -> 1
        544 + 32_832 + 131_200 + 2_049,
    ),
    "cifar10-32": (
        # dense 128 -> 4*4*128, three blocks, norm, conv 3x3 128 -> 3
        264_192 + 3 * (2 * 512 + 2 * _CONV_128 + _SHORTCUT_128) + 512 + 3_459,
        # a block from 3, one that halves, two that do not, dense 128 -> 1
        (3_584 + _CONV_128 + 512) + (6 * _CONV_128 + _SHORTCUT_128) + 129,
    ),
}

# Counted in the paper's networks: what is trained, without batch norm's statistics.
TRAINED = {"cifar10-32": (1_204_483, 1_053_825)}


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"wgangp/{preset}", PUBLISHED[preset])


@pytest.mark.once
def test_arguments_reach_the_layers():
    check_arguments_reach_the_layers("wgangp/mnist-28")


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"wgangp/{preset}", PARAMETERS[preset])


@pytest.mark.once
@pytest.mark.parametrize("preset", TRAINED)
def test_as_many_values_are_trained_as_in_the_source(preset):
    gan = kerasgan.from_preset(f"wgangp/{preset}", load_weights=False)
    networks = gan.generator, gan.discriminator
    counts = [
        sum(int(np.prod(v.shape)) for v in network.trainable_variables)
        for network in networks
    ]
    assert tuple(counts) == TRAINED[preset]


# Losses ---------------------------------------------------------------------------


def linear_gan(**arguments):
    """Its score is a product with the image: the slope is the same everywhere."""
    keras.utils.set_random_seed(0)
    gan = WGANGP(plain_generator(), plain_discriminator(), seed=1)
    gan.compile(**arguments)
    return gan


@pytest.mark.parametrize("weight", [10.0, 0.5])
def test_losses_equal_the_hand_calculation(weight):
    gan = linear_gan(gradient_penalty_weight=weight)
    real, fake = (small_images(6, dtype="float32", seed=s) for s in (0, 1))
    kernel, bias = map(ops.convert_to_numpy, gan.discriminator.trainable_variables)
    real_scores, fake_scores = (x.reshape(6, -1) @ kernel + bias for x in (real, fake))
    distance = real_scores.mean() - fake_scores.mean()
    penalty = (np.sqrt((kernel**2).sum()) - 1) ** 2
    for training in (True, False):
        loss, logs = gan.discriminator_loss(real, fake, None, training=training)
        np.testing.assert_allclose(float(loss), weight * penalty - distance, rtol=1e-5)
        np.testing.assert_allclose(float(logs["gradient_penalty"]), penalty, rtol=1e-4)
        np.testing.assert_allclose(
            float(logs["wasserstein_distance"]), distance, rtol=1e-4, atol=1e-6
        )
        loss, logs = gan.generator_loss(real, fake, None, training=training)
        np.testing.assert_allclose(float(loss), -fake_scores.mean(), rtol=1e-5)
        assert logs == {}


def test_each_update_mixes_anew():
    keras.utils.set_random_seed(0)
    bent = keras.Sequential([keras.layers.Dense(5, "tanh"), keras.layers.Dense(1)])
    gan = WGANGP(plain_generator(), plain_discriminator((8, 8, 1), bent), seed=1)
    gan.compile()
    real, fake = (small_images(6, dtype="float32", seed=s) for s in (0, 1))
    losses = [
        float(gan.discriminator_loss(real, fake, None, training=True)[0])
        for _ in range(2)
    ]
    assert losses[0] != losses[1]


def test_the_critic_comes_near_slopes_of_one():
    gan = linear_gan(discriminator_optimizer=keras.optimizers.Adam(0.02))
    gan.fit(small_images(200), batch_size=8, epochs=20, verbose=0)
    kernel = ops.convert_to_numpy(gan.discriminator.trainable_variables[0])
    assert abs(np.sqrt((kernel**2).sum()) - 1) < 0.2


def test_the_papers_numbers_are_the_defaults():
    recipe = WGANGP.Recipe()
    assert (recipe.discriminator_steps, recipe.gradient_penalty_weight) == (5, 10.0)
    assert recipe.fresh_real_images
    for optimizer in (recipe.generator_optimizer, recipe.discriminator_optimizer):
        assert (optimizer["beta_1"], optimizer["beta_2"]) == (0.0, 0.9)
        assert optimizer["learning_rate"] == 2e-4


@pytest.mark.parametrize("weight", [-1.0, float("nan"), "10"])
def test_a_wrong_penalty_weight_is_refused(weight):
    with pytest.raises((TypeError, ValueError), match="`gradient_penalty_weight` must"):
        linear_gan(gradient_penalty_weight=weight)
