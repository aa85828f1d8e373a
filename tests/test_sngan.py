"""SNGAN: its presets against their sources, its losses against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops
from presets_small import data_for, narrow
from published import check_parameters, check_published
from small import plain_discriminator, plain_generator, small_images

import kerasgan
from kerasgan import SNGAN

_PAPER = "arXiv:1802.05957"
_CODE = "sngan_projection, configs/sn_cifar10_unconditional.yml"
_CHAINER = "Chainer's default, which the source leaves as it is"

_TRAINING = {
    f"compile.{network}_optimizer.{name}": (value, where)
    for network in ("generator", "discriminator")
    for name, value, where in (
        ("name", "adam", f"{_PAPER}, section 4"),
        ("beta_1", 0.0, f"{_PAPER}, appendix B"),
        ("beta_2", 0.9, f"{_PAPER}, appendix B"),
        ("epsilon", 1e-8, _CHAINER),
    )
}
_DECAY = {"name": "polynomial_decay", "power": 1.0, "initial_learning_rate": 2e-4}
_DECAY |= {"end_learning_rate": 0.0}
_LINEAR = f"{_CODE}: alpha, iteration_decay_start 0"

# What a preset has instead of its source's stands in its `deviations`, not here.
PUBLISHED = {
    "cifar10-32": {
        **_TRAINING,
        "compile.generator_optimizer.learning_rate": (
            {**_DECAY, "decay_steps": 50_000},
            _LINEAR,
        ),
        "compile.discriminator_optimizer.learning_rate": (
            {**_DECAY, "decay_steps": 5 * 50_000},
            f"{_LINEAR}, in its own updates",
        ),
        "compile.discriminator_steps": (5, f"{_PAPER}, appendix B: n_dis"),
        "compile.fresh_real_images": (True, f"{_CODE}: updater.py"),
        "compile.reuse_fake_images": (False, f"{_CODE}: updater.py"),
        "training.batch_size": (64, f"{_PAPER}, appendix B"),
        "training.steps": (50_000, f"{_PAPER}, appendix B"),
        "generator.arguments.latent_dim": (128, f"{_PAPER}, table 4"),
        "generator.arguments.filters": ([256] * 4, f"{_PAPER}, table 4"),
        "generator.arguments.batch_norm_momentum": (0.9, _CHAINER),
        "generator.arguments.batch_norm_epsilon": (2e-5, _CHAINER),
        "discriminator.arguments.filters": ([128] * 4, f"{_PAPER}, table 4"),
        "discriminator.arguments.downsamplings": (2, f"{_PAPER}, table 4"),
        "discriminator.arguments.normalization": ("spectral", f"{_PAPER}, algorithm 1"),
        "discriminator.arguments.pooling": ("sum", f"{_PAPER}, table 4"),
        "discriminator.arguments.score_bias": (False, f"{_CODE}: nobias=True"),
        "ema_decay": (None, f"{_PAPER} has none"),
        "augmentation": (None, f"{_PAPER} has none"),
    },
    "flowers-64": {
        **_TRAINING,
        "compile.generator_optimizer.learning_rate": (2e-4, f"{_PAPER}, section 4"),
        "compile.discriminator_optimizer.learning_rate": (2e-4, f"{_PAPER}, section 4"),
        "compile.discriminator_steps": (5, f"{_PAPER}, appendix B: n_dis"),
        "compile.fresh_real_images": (True, f"{_CODE}: updater.py"),
        "training.batch_size": (64, f"{_PAPER}, appendix B"),
        "generator.arguments.latent_dim": (128, f"{_PAPER}, table 5"),
        "generator.arguments.filters": ([512, 256, 128, 64], f"{_PAPER}, table 5"),
        "generator.arguments.batch_norm_momentum": (0.9, _CHAINER),
        "generator.arguments.batch_norm_epsilon": (2e-5, _CHAINER),
        "discriminator.arguments.filters": (
            [64, 128, 256, 512, 1024],
            f"{_PAPER}, table 5",
        ),
        "discriminator.arguments.downsamplings": (4, f"{_PAPER}, table 5"),
        "discriminator.arguments.normalization": ("spectral", f"{_PAPER}, algorithm 1"),
        "discriminator.arguments.pooling": ("sum", f"{_PAPER}, table 5"),
        "arguments.discriminator_augmentation": (
            {"name": "diffaugment", "policy": ["color", "translation", "cutout"]},
            "arXiv:2006.10738, section 4: all three for few images",
        ),
    },
}


def _conv(inputs, outputs, side=3):
    return side * side * inputs * outputs + outputs


def _generator_block(inputs, outputs):
    """Two norms, two convolutions, and the one beside them."""
    convolutions = _conv(inputs, outputs) + _conv(outputs, outputs)
    return 4 * (inputs + outputs) + convolutions + _conv(inputs, outputs, 1)


def _discriminator_block(inputs, outputs, first):
    """Three convolutions, with their vectors."""
    inside = _conv(inputs, first) + _conv(first, outputs) + _conv(inputs, outputs, 1)
    return inside + first + 2 * outputs


# A dense or convolutional layer has inputs x outputs (x kernel area) weights and one
# bias an output; batch norm has four values a channel, two of them statistics; a
# spectral layer has a vector of its outputs more.
_CONV_256 = 9 * 256 * 256 + 256
_CONV_128 = 9 * 128 * 128 + 128
_SHORTCUT_128 = 128 * 128 + 128
PARAMETERS = {
    "cifar10-32": (
        # dense 128 -> 4*4*256, three blocks, norm, conv 3x3 256 -> 3
        528_384 + 3 * (2 * 1_024 + 2 * _CONV_256 + 65_792) + 1_024 + 6_915,
        # a block from 3, one that halves, two that do not, dense 128 -> 1; vectors
        (3_584 + _CONV_128 + 512)
        + (6 * _CONV_128 + _SHORTCUT_128)
        + 128
        + (10 * 128 + 1),
    ),
    "flowers-64": (
        # dense 128 -> 8*8*512, three blocks, norm, conv 3x3 64 -> 3
        129 * 8 * 8 * 512
        + _generator_block(512, 256)
        + _generator_block(256, 128)
        + _generator_block(128, 64)
        + 4 * 64
        + _conv(64, 3),
        # a block from 3, four that widen, dense 1024 -> 1 with its vector
        _discriminator_block(3, 64, 64)
        + _discriminator_block(64, 128, 64)
        + _discriminator_block(128, 256, 128)
        + _discriminator_block(256, 512, 256)
        + _discriminator_block(512, 1024, 512)
        + 1024
        + 1,
    ),
}

# Counted in the paper's networks: what is trained.
TRAINED = {"cifar10-32": (4_276_739, 1_053_824)}


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"sngan/{preset}", PUBLISHED[preset])


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"sngan/{preset}", PARAMETERS[preset])


@pytest.mark.once
@pytest.mark.parametrize("preset", TRAINED)
def test_as_many_values_are_trained_as_in_the_source(preset):
    gan = kerasgan.from_preset(f"sngan/{preset}", load_weights=False)
    networks = gan.generator, gan.discriminator
    counts = [
        sum(int(np.prod(v.shape)) for v in network.trainable_variables)
        for network in networks
    ]
    assert tuple(counts) == TRAINED[preset]


# Losses ---------------------------------------------------------------------------


def test_losses_equal_the_hand_calculation():
    keras.utils.set_random_seed(0)
    gan = SNGAN(plain_generator(), plain_discriminator(), seed=1)
    gan.compile()
    real, fake = (small_images(6, dtype="float32", seed=s) for s in (0, 1))
    kernel, bias = map(ops.convert_to_numpy, gan.discriminator.trainable_variables)
    real_scores, fake_scores = (x.reshape(6, -1) @ kernel + bias for x in (real, fake))
    for training in (True, False):
        loss, logs = gan.discriminator_loss(real, fake, None, training=training)
        expected = np.maximum(1 - real_scores, 0).mean()
        expected += np.maximum(1 + fake_scores, 0).mean()
        np.testing.assert_allclose(float(loss), expected, rtol=1e-5)
        assert logs == {}
        loss, logs = gan.generator_loss(real, fake, None, training=training)
        np.testing.assert_allclose(float(loss), -fake_scores.mean(), rtol=1e-4)
        assert logs == {}


def test_the_papers_numbers_are_the_defaults():
    recipe = SNGAN.Recipe()
    assert (recipe.discriminator_steps, recipe.fresh_real_images) == (5, True)
    for optimizer in (recipe.generator_optimizer, recipe.discriminator_optimizer):
        assert (optimizer["beta_1"], optimizer["beta_2"]) == (0.0, 0.9)
        assert optimizer["learning_rate"] == 2e-4


@pytest.mark.long
def test_a_trained_discriminators_layers_keep_their_largest_singular_value_at_one():
    keras.utils.set_random_seed(0)
    gan = narrow("sngan/cifar10-32", seed=1, generator_filters=(4, 4))
    adam = {"name": "adam", "learning_rate": 1e-2, "beta_1": 0.0, "beta_2": 0.9}
    gan.compile(adam, adam, discriminator_steps=2, fresh_real_images=False)
    before = [w.copy() for w in gan.discriminator.get_weights()]
    gan.fit(data_for(gan, 64), batch_size=4, epochs=3, verbose=0)
    after = gan.discriminator.get_weights()
    assert all(np.abs(a - b).max() > 1e-4 for a, b in zip(after, before) if a.ndim > 1)
    for layer in gan.discriminator.layers:
        if layer.weights:
            kernel = layer.stock_weights()[0]
            used = kernel.reshape(-1, kernel.shape[-1])
            largest = np.linalg.svd(used, compute_uv=False)[0]
            assert 0.9 < largest < 1.2, layer.name
