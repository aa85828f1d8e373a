"""R3GAN against its paper: presets, sizes, losses and schedules."""

import math

import keras
import numpy as np
import pytest
from published import check_parameters, check_published
from small import plain_discriminator, plain_generator, small_images

import kerasgan
from kerasgan.networks import r3gan_discriminator, r3gan_generator
from kerasgan.training.schedules import cosine, half_life_decay

_PAPER = "arXiv:2501.05441"
_TABLE = f"{_PAPER}, the table of CIFAR-10's settings"


def _adam(where):
    values = {"name": "adam", "beta_1": 0.0, "beta_2": 0.99}
    return {
        f"compile.{network}_optimizer.{name}": (value, where)
        for network in ("generator", "discriminator")
        for name, value in values.items()
    }


_RATE = {
    "name": "cosine_decay",
    "initial_learning_rate": 2e-4,
    # 20 million images in batches of 512, down to 5e-5.
    "decay_steps": 39063,
    "alpha": 0.25,
}
_ADAPTIVE = {"name": "adaptive", "policy": ["blit", "geometry", "color"]}
_SMALL = {
    **_adam(f"{_TABLE}: beta_1 0, the later beta_2"),
    "generator.arguments.latent_dim": (64, _TABLE),
    "generator.arguments.leaky_slope": (0.2, _TABLE),
    "discriminator.arguments.leaky_slope": (0.2, _TABLE),
    "compile.discriminator_steps": (1, f"{_PAPER}: one of each"),
}
PUBLISHED = {
    "cifar10-32": {
        **_SMALL,
        "generator.arguments.filters": ([768] * 4, _TABLE),
        "generator.arguments.blocks": ([2] * 4, _TABLE),
        "generator.arguments.expansion": (2, _TABLE),
        "generator.arguments.group_size": (16, f"{_TABLE}: 2 * 768 / 96 groups"),
        "generator.arguments.num_classes": (10, f"{_TABLE}: conditional"),
        "generator.arguments.class_embedding_dim": (64, _TABLE),
        "discriminator.arguments.filters": ([768] * 4, _TABLE),
        "discriminator.arguments.blocks": ([2] * 4, _TABLE),
        "discriminator.arguments.expansion": (2, _TABLE),
        "discriminator.arguments.group_size": (16, _TABLE),
        "compile.generator_optimizer.learning_rate": (_RATE, _TABLE),
        "compile.discriminator_optimizer.learning_rate": (_RATE, _TABLE),
        "compile.gradient_penalty_weight": (0.05, _TABLE),
        "compile.final_gradient_penalty_weight": (0.005, _TABLE),
        "compile.ema_half_life": (5e6, _TABLE),
        "compile.augmentation_strength": (0.55, _TABLE),
        "compile.schedule_steps": (39063, f"{_TABLE}: 20 million images"),
        "compile.reuse_fake_images": (False, f"{_PAPER}: new latents"),
        "arguments.num_classes": (10, "CIFAR-10"),
        "augmentation.horizontal_flip": (True, _TABLE),
        "training.batch_size": (512, _TABLE),
    },
    "cifar10-32-small": _SMALL,
    "mnist-28-small": _SMALL,
}


def _block(channels, expansion, group_size):
    """1x1 with bias, 3x3 with bias, 1x1 without."""
    inner = channels * expansion
    grouped = 9 * inner * (group_size or inner)
    return (channels + 1) * inner + grouped + inner + inner * channels


# No convolution between stages of equal channels; 1x1 ones without bias else.
PARAMETERS = {
    "cifar10-32": (
        # classes 10 -> 64, dense 128 -> 768, map 4x4x768, 8 blocks, 1x1 768 -> 3
        640 + 98_304 + 12_288 + 8 * 2_583_552 + 2_304,
        # 1x1 3 -> 768, 8 blocks, map 4x4x768, dense 768 -> 768, classes 10 x 768
        2_304 + 8 * 2_583_552 + 12_288 + 589_824 + 7_680,
    ),
    "cifar10-32-small": (
        # dense 64 -> 192, map 4x4x192, 192 -> 96 -> 48 -> 32, blocks, 1x1 32 -> 3
        12_288
        + 3_072
        + (18_432 + 4_608 + 1_536)
        + (405_888 + 101_568 + 25_440 + 11_328)
        + 96,
        # 1x1 3 -> 16 -> 48 -> 96 -> 192, blocks, map 4x4x192, dense 192 -> 1
        48
        + (768 + 4_608 + 18_432)
        + (2_848 + 25_440 + 101_568 + 405_888)
        + 3_072
        + 192,
    ),
    "mnist-28-small": (
        # dense 64 -> 128, map 7x7x128, 128 -> 64 -> 32, blocks, 1x1 32 -> 1
        8_192 + 6_272 + (8_192 + 2_048) + (180_480 + 45_184 + 11_328) + 32,
        # 1x1 1 -> 16 -> 64 -> 128, blocks, map 7x7x128, dense 128 -> 1
        16 + (1_024 + 8_192) + (2_848 + 45_184 + 180_480) + 6_272 + 128,
    ),
}


def test_published_sizes():
    assert PARAMETERS["cifar10-32"] == (20_781_952, 21_280_512)
    assert _block(768, 2, 16) == 2_583_552
    assert [_block(c, 1, 0) for c in (16, 32, 48, 64, 96, 128, 192)] == [
        2_848,
        11_328,
        25_440,
        45_184,
        101_568,
        180_480,
        405_888,
    ]


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"r3gan/{preset}", PUBLISHED[preset])


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"r3gan/{preset}", PARAMETERS[preset])


def linear_gan(**arguments):
    """A discriminator whose slope is its kernel, the same everywhere."""
    keras.utils.set_random_seed(0)
    networks = plain_generator(), plain_discriminator()
    return kerasgan.R3GAN(*networks, seed=1, **arguments)


def batches():
    real, fake = (small_images(4, dtype="float32", seed=seed) for seed in (0, 1))
    return keras.ops.convert_to_tensor(real), keras.ops.convert_to_tensor(fake)


def scores(gan, images):
    kernel, bias = (np.float64(w) for w in gan.discriminator.get_weights())
    images = np.float64(keras.ops.convert_to_numpy(images))
    return images.reshape(4, -1) @ kernel + bias, np.sum(kernel**2)


def test_losses_are_the_papers():
    gan = linear_gan()
    gan.compile(gradient_penalty_weight=0.7)
    (real, fake), gamma = batches(), 0.7
    (real_scores, slope), (fake_scores, _) = scores(gan, real), scores(gan, fake)
    # Equation 2 with f(t) = -log(1 + exp(-t)); equation 3 and 4: gamma / 2 each.
    expected = np.log1p(np.exp(fake_scores - real_scores)).mean() + gamma * slope
    loss, logs = gan.discriminator_loss(real, fake, None, training=True)
    np.testing.assert_allclose(float(loss), expected, rtol=1e-4)
    for name in ("r1", "r2"):
        np.testing.assert_allclose(float(logs[name]), 0.5 * slope, rtol=1e-4)
    paired = (real_scores > fake_scores).mean()
    assert float(logs["d_pair_accuracy"]) == pytest.approx(paired)
    loss, _ = gan.generator_loss(real, fake, None, training=True)
    expected = np.log1p(np.exp(real_scores - fake_scores)).mean()
    np.testing.assert_allclose(float(loss), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.05), (25, 0.05 - 0.045 * (0.5 - 8**-0.5)), (50, 0.0275), (200, 0.005)],
)
def test_gamma_follows_half_a_cosine(step, expected):
    gan = linear_gan()
    gan.compile(
        gradient_penalty_weight=0.05,
        final_gradient_penalty_weight=0.005,
        schedule_steps=100,
    )
    real, fake = batches()
    gan.step_counter.assign(step)
    loss, logs = gan.discriminator_loss(real, fake, None, training=True)
    bare, _ = gan.generator_loss(fake, real, None, training=True)
    penalties = float(logs["r1"]) + float(logs["r2"])
    received = (float(loss) - float(bare)) / penalties
    np.testing.assert_allclose(received, expected, rtol=1e-3)


def test_average_forgets_half_in_so_many_images():
    gan = linear_gan(ema_decay=0.9)
    gan.compile(ema_half_life=100.0)
    np.testing.assert_allclose(float(gan.ema_rate(50)), 0.5**0.5, rtol=1e-5)
    gan.compile(ema_warmup=False)
    assert gan.ema_rate(50) == 0.9
    gan.compile(ema_half_life=100.0, schedule_steps=10)
    # From no memory at all to the half-life, half-way at half of the steps.
    rates = []
    for step in (0, 5, 10):
        gan.step_counter.assign(step)
        rates.append(float(gan.ema_rate(50)))
    np.testing.assert_allclose(rates, [0.0, 0.5, 0.5**0.5], atol=1e-5)


def test_strength_of_augmentation_is_scheduled_or_steered():
    gan = linear_gan(discriminator_augmentation={**_ADAPTIVE, "adjustment_images": 8})
    layer, (real, fake) = gan.discriminator_augmentation, batches()
    gan.compile(augmentation_strength=0.55, schedule_steps=100)
    gan.step_counter.assign(50)
    gan.discriminator_loss(real, fake, None, training=True)
    np.testing.assert_allclose(float(layer.strength), 0.275, rtol=1e-5)
    gan.discriminator_loss(real, fake, None, training=False)
    gan.compile()
    for sign, expected in ((1.0, 0.5), (-1.0, 0.0)):
        layer.strength.assign(0.0)
        kernel, bias = gan.discriminator.get_weights()
        gan.discriminator.set_weights([0.0 * kernel, 0.0 * bias + sign])
        gan.discriminator_loss(real, fake, None, training=True)
        # 4 of 8 images: half of the way, and never below 0.
        assert float(layer.strength) == expected


def test_schedules_by_hand():
    np.testing.assert_allclose(
        [float(cosine(step, 8, 1.0, 3.0)) for step in (0, 2, 4, 8, 9)],
        [1.0, 2.0 - math.cos(math.pi / 4), 2.0, 3.0, 3.0],
        rtol=1e-5,
    )
    assert float(half_life_decay(64, 0.0)) == 0.0
    np.testing.assert_allclose(float(half_life_decay(64, 32.0)), 0.25, rtol=1e-6)


@pytest.mark.once
def test_blocks_begin_as_nothing_and_small():
    """The last convolution of a block is zero, the others have Fixup's deviation."""
    arguments = {"filters": (64, 32), "blocks": (3, 5), "group_size": 8}
    network = r3gan_discriminator(image_shape=(8, 8, 3), **arguments)
    shrink = math.sqrt(2.0 / 1.04) * 8**-0.25
    for name, fan_in in (("expand_1_1", 64), ("conv_1_3", 9 * 8), ("expand_2_4", 32)):
        kernel = network.get_layer(name).kernel
        deviation = np.std(keras.ops.convert_to_numpy(kernel))
        np.testing.assert_allclose(deviation, shrink / math.sqrt(fan_in), rtol=0.1)
    kernel = keras.ops.convert_to_numpy(network.get_layer("reduce_2_5").kernel)
    assert kernel.shape == (1, 1, 64, 32)
    assert not kernel.any()


@pytest.mark.parametrize("build", [r3gan_generator, r3gan_discriminator])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"blocks": (1, 1)}, "one entry for each stage"),
        ({"group_size": 7}, "must divide"),
        ({"image_shape": (30, 32, 3)}, "divisible by 8"),
        ({"expansion": 0}, "must be at least 1"),
    ],
)
def test_networks_refuse_what_does_not_fit(build, arguments, message):
    with pytest.raises(ValueError, match=f"{message}.*Received"):
        build(**arguments)
