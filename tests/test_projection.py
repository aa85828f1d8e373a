"""Projection GAN: its preset against its source, and what labels do."""

import keras
import numpy as np
import pytest
from keras import ops
from presets_small import narrow
from published import check_parameters, check_published
from small import plain_generator, small_generator, small_images

import kerasgan
from kerasgan import ProjectionGAN
from kerasgan.networks import residual_discriminator, residual_generator

_PAPER = "arXiv:1802.05637"
_SNGAN = "arXiv:1802.05957"
_CODE = "sngan_projection, configs/sn_cifar10_conditional.yml"
_CHAINER = "Chainer's default, which the source leaves as it is"

_TRAINING = {
    f"compile.{network}_optimizer.{name}": (value, where)
    for network in ("generator", "discriminator")
    for name, value, where in (
        ("name", "adam", f"{_PAPER}, section 5"),
        ("beta_1", 0.0, f"{_PAPER}, section 5"),
        ("beta_2", 0.9, f"{_PAPER}, section 5"),
        ("epsilon", 1e-8, _CHAINER),
    )
}
_DECAY = {"name": "polynomial_decay", "power": 1.0, "initial_learning_rate": 2e-4}
_DECAY |= {"end_learning_rate": 0.0}

# What a preset has instead of its source's stands in its `deviations`, not here.
PUBLISHED = {
    "cifar10-32": {
        **_TRAINING,
        "compile.generator_optimizer.learning_rate": (
            {**_DECAY, "decay_steps": 50_000},
            f"{_CODE}: alpha, iteration_decay_start 0",
        ),
        "compile.discriminator_optimizer.learning_rate": (
            {**_DECAY, "decay_steps": 5 * 50_000},
            f"{_CODE}: the same, in its own updates",
        ),
        "compile.discriminator_steps": (5, f"{_PAPER}, section 5: n_dis"),
        "compile.fresh_real_images": (True, f"{_CODE}: updater.py"),
        "arguments.num_classes": (10, "CIFAR-10"),
        "training.batch_size": (64, f"{_SNGAN}, appendix B"),
        "training.steps": (50_000, f"{_SNGAN}, appendix B"),
        "generator.arguments.num_classes": (10, f"{_PAPER}, section 5: conditional"),
        "generator.arguments.filters": ([256] * 4, f"{_SNGAN}, table 4"),
        "generator.arguments.latent_dim": (128, f"{_SNGAN}, table 4"),
        "generator.arguments.batch_norm_momentum": (0.9, f"{_CODE}: decay=0.9"),
        "generator.arguments.batch_norm_epsilon": (2e-5, f"{_CODE}: eps=2e-5"),
        "discriminator.arguments.num_classes": (10, f"{_PAPER}, figure 1d"),
        "discriminator.arguments.filters": ([128] * 4, f"{_SNGAN}, table 4"),
        "discriminator.arguments.normalization": ("spectral", f"{_PAPER}, section 5"),
        "discriminator.arguments.pooling": ("sum", f"{_SNGAN}, table 4"),
        "discriminator.arguments.score_bias": (False, f"{_CODE}: nobias=True"),
    },
}

# As tests/test_sngan.py counts; a norm of ten classes has ten scales and offsets a
# channel, and two statistics.
_CONV_256 = 9 * 256 * 256 + 256
_CONV_128 = 9 * 128 * 128 + 128
PARAMETERS = {
    "cifar10-32": (
        # dense 128 -> 4*4*256, three blocks, norm, conv 3x3 256 -> 3
        528_384 + 3 * (2 * 22 * 256 + 2 * _CONV_256 + 65_792) + 1_024 + 6_915,
        # SNGAN's: ten convolutions and a product, with their vectors; the classes'
        # table 10 x 128, with its own
        (3_584 + 7 * _CONV_128 + 512 + 16_512 + 128)
        + (10 * 128 + 1)
        + (10 * 128 + 128),
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"projection/{preset}", PUBLISHED[preset])


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"projection/{preset}", PARAMETERS[preset])


@pytest.mark.once
def test_as_many_values_are_trained_as_in_the_source():
    gan = kerasgan.from_preset("projection/cifar10-32", load_weights=False)
    counts = [
        sum(int(np.prod(v.shape)) for v in network.trainable_variables)
        for network in (gan.generator, gan.discriminator)
    ]
    assert counts == [4_304_387, 1_055_104]


# Labels ---------------------------------------------------------------------------


def small_projection(**arguments):
    keras.utils.set_random_seed(0)
    sizes = {"image_shape": (8, 8, 1), "num_classes": 3}
    generator = residual_generator(latent_dim=4, filters=(4, 4), **sizes)
    discriminator = residual_discriminator(
        filters=(4, 4), normalization="spectral", pooling="sum", **sizes
    )
    arguments = {"num_classes": 3, "seed": 1, **arguments}
    return ProjectionGAN(generator, discriminator, **arguments)


def test_losses_are_the_hinge_of_scores_with_labels():
    gan = small_projection()
    gan.compile()
    real, fake = (small_images(6, dtype="float32", seed=s) for s in (0, 1))
    labels = np.array([0, 1, 2, 2, 1, 0], "int32")
    scores = {
        name: ops.convert_to_numpy(gan.discriminator([x, labels], training=False))
        for name, x in (("real", real), ("fake", fake))
    }
    expected = np.maximum(1 - scores["real"], 0).mean()
    expected += np.maximum(1 + scores["fake"], 0).mean()
    loss, _ = gan.discriminator_loss(real, fake, labels, training=False)
    np.testing.assert_allclose(float(loss), expected, rtol=1e-5)
    loss, _ = gan.generator_loss(real, fake, labels, training=False)
    np.testing.assert_allclose(float(loss), -scores["fake"].mean(), rtol=1e-4)


def test_the_class_changes_scores_and_images():
    gan = small_projection()
    # At first each class has the scale 1 and the offset 0.
    for layer in gan.generator.layers:
        if hasattr(layer, "gamma") and layer.gamma.shape == (3, 4):
            layer.gamma.assign(np.arange(12.0).reshape(3, 4) / 6)
    images = small_images(4, dtype="float32")
    zero, one = (
        ops.convert_to_numpy(gan.scores(images, np.full(4, k), training=False))
        for k in (0, 1)
    )
    assert np.abs(zero - one).min() > 1e-6
    assert not np.array_equal(*(gan.generate(4, k, seed=0) for k in (0, 1)))


@pytest.mark.parametrize("num_classes", [None, 1, 2.0])
def test_a_method_of_classes_needs_their_number(num_classes):
    match = "`num_classes` must be.*Received"
    with pytest.raises((TypeError, ValueError), match=match):
        small_projection(num_classes=num_classes)


@pytest.mark.once
def test_networks_without_labels_are_refused():
    networks = small_generator(), residual_discriminator(image_shape=(8, 8, 1))
    with pytest.raises(ValueError, match="`generator` cannot be called on.*Received"):
        ProjectionGAN(*networks, num_classes=3)
    with pytest.raises(ValueError, match="cannot be called on.*Received"):
        ProjectionGAN(plain_generator(), networks[1], num_classes=3)


@pytest.mark.once
def test_another_number_of_classes_reaches_both_networks():
    gan = narrow("projection/cifar10-32", num_classes=7)
    assert gan.num_classes == 7
    assert gan.discriminator.get_layer("classes").input_dim == 7
    assert gan.generator.get_layer("block_1_norm_1").num_classes == 7
