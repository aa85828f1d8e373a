"""StyleGAN2 against its papers: presets, sizes, losses and layers."""

import math

import keras
import numpy as np
import pytest
from keras import ops
from published import check_parameters, check_published
from small import plain_discriminator, plain_generator, small_images

import kerasgan
from kerasgan.layers import LearnedMap, ModulatedConv2D, NoiseInjection
from kerasgan.networks import stylegan2_discriminator, stylegan2_generator

_ADA = "arXiv:2006.06676, the settings for CIFAR-10"
_PAPER = "arXiv:1912.04958"

_ADAM = {
    f"compile.{network}_optimizer.{name}": (value, _ADA)
    for network in ("generator", "discriminator")
    for name, value in (
        ("learning_rate", 2.5e-3),
        ("beta_1", 0.0),
        ("beta_2", 0.99),
        ("epsilon", 1e-8),
    )
}
_LAZY = {"compile.gradient_penalty_every": (16, f"{_PAPER}, appendix B")}
PUBLISHED = {
    "cifar10-32": {
        **_ADAM,
        **_LAZY,
        "generator.arguments.latent_dim": (512, _ADA),
        "generator.arguments.style_dim": (512, _ADA),
        "generator.arguments.mapping_layers": (2, _ADA),
        "generator.arguments.mapping_rate": (0.01, f"{_PAPER}, appendix B"),
        "generator.arguments.filters": ([512] * 4, _ADA),
        "discriminator.arguments.filters": ([512] * 4, _ADA),
        "discriminator.arguments.residual": (False, f"{_ADA}: orig"),
        "discriminator.arguments.group_size": (32, _ADA),
        "compile.gradient_penalty_weight": (0.01, _ADA),
        "compile.path_length_weight": (0.0, _ADA),
        "compile.ema_half_life": (5e5, _ADA),
        "compile.ema_ramp": (0.05, _ADA),
        "arguments.discriminator_augmentation": (
            {
                "name": "adaptive",
                "policy": ["blit", "geometry", "color"],
                "target": 0.6,
                "adjustment_images": 500_000,
            },
            f"{_ADA}: bgc",
        ),
        "training.batch_size": (64, _ADA),
        "training.steps": (1_562_500, f"{_ADA}: 100,000 kimg"),
    },
    "flowers-64-small": {**_ADAM, **_LAZY},
}


def _dense(inputs, outputs):
    return (inputs + 1) * outputs


def _styled(style, inputs, outputs):
    """A style's dense layer, a 3x3 convolution with bias, a strength of noise."""
    return _dense(style, inputs) + _dense(9 * inputs, outputs) + 1


def _to_image(style, channels):
    return _dense(style, channels) + _dense(channels, 3)


def _block(style, inputs, outputs):
    layers = _styled(style, inputs, outputs) + _styled(style, outputs, outputs)
    return layers + _to_image(style, outputs)


def _halving(inputs, outputs):
    return _dense(9 * inputs, inputs) + _dense(9 * inputs, outputs)


PARAMETERS = {
    "cifar10-32": (
        # mapping twice, map 4x4x512, one convolution and image, three doublings
        2 * _dense(512, 512)
        + 8_192
        + _styled(512, 512, 512)
        + _to_image(512, 512)
        + 3 * _block(512, 512, 512),
        # 1x1 3 -> 512, three halvings, 3x3 513 -> 512, dense 8192 -> 512 -> 1
        _dense(3, 512)
        + 3 * _halving(512, 512)
        + _dense(9 * 513, 512)
        + _dense(8_192, 512)
        + 513,
    ),
    "flowers-64-small": (
        # mapping twice, map 4x4x128, one convolution and image, four doublings
        2 * _dense(128, 128)
        + 2_048
        + _styled(128, 128, 128)
        + _to_image(128, 128)
        + _block(128, 128, 128)
        + _block(128, 128, 64)
        + _block(128, 64, 32)
        + _block(128, 32, 16),
        # 1x1 3 -> 16, four halvings, 3x3 129 -> 128, dense 2048 -> 128 -> 1
        _dense(3, 16)
        + _halving(16, 32)
        + _halving(32, 64)
        + _halving(64, 128)
        + _halving(128, 128)
        + _dense(9 * 129, 128)
        + _dense(2_048, 128)
        + 129,
    ),
}


def test_published_sizes():
    assert PARAMETERS["cifar10-32"] == (19_947_539, 20_720_641)


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"stylegan2/{preset}", PUBLISHED[preset])


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"stylegan2/{preset}", PARAMETERS[preset])


def small_stylegan2(**arguments):
    keras.utils.set_random_seed(0)
    sizes = {"image_shape": (8, 8, 3), "filters": (6, 4)}
    return kerasgan.StyleGAN2(
        stylegan2_generator(latent_dim=4, style_dim=5, **sizes),
        stylegan2_discriminator(**sizes),
        seed=1,
        **arguments,
    )


def linear_gan(**arguments):
    """A discriminator whose slope is its kernel, the same everywhere."""
    keras.utils.set_random_seed(0)
    networks = plain_generator(), plain_discriminator()
    return kerasgan.StyleGAN2(*networks, seed=1, **arguments)


@pytest.mark.parametrize("step", [0, 1, 16])
def test_losses_are_the_papers(step):
    gan = linear_gan()
    gan.compile(gradient_penalty_weight=0.3, path_length_weight=0.0)
    gan.step_counter.assign(step)
    real, fake = (small_images(4, dtype="float32", seed=seed) for seed in (0, 1))
    kernel, bias = (np.float64(w) for w in gan.discriminator.get_weights())
    real_scores, fake_scores = (
        np.float64(x).reshape(4, -1) @ kernel + bias for x in (real, fake)
    )
    expected = np.log1p(np.exp(-real_scores)) + np.log1p(np.exp(fake_scores))
    # gamma / 2 times the squared slope, sixteen-fold in every sixteenth step.
    penalty = 16 * 0.5 * 0.3 * np.sum(kernel**2) if step % 16 == 0 else 0.0
    real, fake = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    loss, _ = gan.discriminator_loss(real, fake, None, training=True)
    np.testing.assert_allclose(float(loss), expected.mean() + penalty, rtol=1e-4)
    loss, _ = gan.discriminator_loss(real, fake, None, training=False)
    np.testing.assert_allclose(float(loss), expected.mean(), rtol=1e-4)
    loss, _ = gan.generator_loss(real, fake, None, training=True)
    expected = np.log1p(np.exp(-fake_scores)).mean()
    np.testing.assert_allclose(float(loss), expected, rtol=1e-4)


def test_path_lengths_are_penalised_in_their_steps():
    gan = small_stylegan2()
    gan.compile(path_length_weight=2.0, path_length_every=2)
    real = ops.convert_to_tensor(small_images(4, (8, 8, 3), "float32"))
    received = []
    for step in (0, 1):
        gan.step_counter.assign(step)
        _, logs = gan.generator_loss(real, real, None, training=True)
        received.append(float(logs["path_length_penalty"]))
    assert received[0] > 0.0
    assert received[1] == 0.0
    assert float(gan.mean_path_length) > 0.0


def test_path_lengths_need_styles():
    gan = linear_gan()
    gan.compile()
    real = ops.convert_to_tensor(small_images(4, dtype="float32"))
    with pytest.raises(ValueError, match=r"layer of that name.*Received"):
        gan.generator_loss(real, real, None, training=True)


def test_average_ramps_up():
    gan = linear_gan(ema_decay=0.9)
    gan.compile(ema_half_life=1000.0, ema_ramp=0.05)
    rates = []
    for step in (0, 20, 10_000):
        gan.step_counter.assign(step)
        rates.append(float(gan.ema_rate(50)))
    # At first none; after 1000 images a half-life of 50; in the end 1000.
    np.testing.assert_allclose(rates, [0.0, 0.5, 0.5**0.05], atol=1e-5)


def test_augmentation_follows_the_real_scores():
    policy = {"name": "adaptive", "policy": ["blit"], "adjustment_images": 8}
    gan = linear_gan(discriminator_augmentation=policy)
    gan.compile(path_length_weight=0.0)
    kernel, _ = gan.discriminator.get_weights()
    gan.discriminator.set_weights([0.0 * kernel, np.ones(1, "float32")])
    real = ops.convert_to_tensor(small_images(4, dtype="float32"))
    _, logs = gan.discriminator_loss(real, real, None, training=True)
    assert float(logs["augmentation_strength"]) == 0.5


@pytest.mark.once
def test_generated_images_have_moderate_size_at_first():
    """Demodulation keeps deviations: three images of about 1 are added up."""
    network = stylegan2_generator(filters=(32, 32, 32, 32))
    latents = np.random.default_rng(0).standard_normal((16, 512)).astype("float32")
    images = ops.convert_to_numpy(network(latents, training=True))
    assert 0.5 < images.std() < 4.0


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_modulated_convolution_equals_its_stock_layer(transposed, demodulate):
    layer = ModulatedConv2D(
        3, demodulate=demodulate, transposed=transposed, gain=math.sqrt(2.0)
    )
    rng = np.random.default_rng(0)
    x, styles = rng.standard_normal((2, 5, 4, 6)), rng.uniform(0.5, 2.0, (2, 6))
    x, styles = (ops.convert_to_tensor(v, "float32") for v in (x, styles))
    layer(x, styles)
    layer.bias.assign([1.0, -2.0, 3.0])
    stock = layer.stock_layer()
    stock.set_weights(layer.stock_weights())
    expected = ops.convert_to_numpy(layer(x, styles))
    received = ops.convert_to_numpy(stock([x, styles]))
    np.testing.assert_allclose(received, expected, atol=1e-5)
    if transposed:
        assert expected.shape == (2, 11, 9, 3)
        assert layer.compute_output_shape(x.shape) == expected.shape


def test_gain_outlasts_demodulation():
    rng = np.random.default_rng(0)
    images, styles = rng.standard_normal((2, 32, 32, 16)), rng.uniform(1, 50, (2, 16))
    layer = ModulatedConv2D(32, 3, padding="valid", gain=3.0)
    outputs = layer(*(ops.convert_to_tensor(v, "float32") for v in (images, styles)))
    np.testing.assert_allclose(ops.convert_to_numpy(outputs).std(), 3.0, rtol=0.05)


def test_transposed_modulated_convolution_is_the_sum_written_out():
    layer = ModulatedConv2D(2, transposed=True, use_bias=False, demodulate=False)
    rng = np.random.default_rng(0)
    x, styles = rng.standard_normal((1, 3, 3, 2)), rng.uniform(0.5, 2.0, (1, 2))
    outputs = layer(*(ops.convert_to_tensor(v, "float32") for v in (x, styles)))
    kernel = np.float64(ops.convert_to_numpy(layer.kernel)) / math.sqrt(18)
    expected = np.zeros((1, 7, 7, 2))
    for i in range(3):
        for j in range(3):
            pixel = x[0, i, j] * styles[0]
            expected[0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += pixel @ kernel
    np.testing.assert_allclose(ops.convert_to_numpy(outputs), expected, atol=1e-5)


def test_noise_is_new_in_training_and_fixed_outside_it():
    x = np.random.default_rng(0).standard_normal((3, 4, 4, 2)).astype("float32")
    layer = NoiseInjection(fixed_seed=3, seed=1)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x, training=True)), x)
    layer.strength.assign(0.5)
    noise = [ops.convert_to_numpy(layer(x, training=True)) - x for _ in range(2)]
    assert np.abs(noise[0] - noise[1]).max() > 0.1
    np.testing.assert_allclose(noise[0][..., 0], noise[0][..., 1], atol=1e-6)
    fixed = ops.convert_to_numpy(layer(x)) - x
    drawn = np.random.default_rng(3).standard_normal((4, 4, 1))
    np.testing.assert_allclose(fixed, 0.5 * np.tile(drawn, (3, 1, 1, 2)), atol=1e-5)
    stock = layer.stock_layer()
    stock.set_weights(layer.stock_weights())
    np.testing.assert_allclose(ops.convert_to_numpy(stock(x)) - x, fixed, atol=1e-5)
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == layer.get_config()


@pytest.mark.once
def test_learned_map_is_the_same_for_all():
    layer = LearnedMap((2, 3, 4))
    received = ops.convert_to_numpy(layer(ops.ones((5, 6))))
    expected = np.tile(ops.convert_to_numpy(layer.map), (5, 1, 1, 1))
    np.testing.assert_array_equal(received, expected)
    stock = layer.stock_layer()
    stock.set_weights(layer.stock_weights())
    np.testing.assert_array_equal(
        ops.convert_to_numpy(stock(ops.ones((5, 6)))), expected
    )
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("build", [stylegan2_generator, stylegan2_discriminator])
def test_networks_refuse_other_sides(build):
    with pytest.raises(ValueError, match=r"must be \(8, 8, channels\).*Received"):
        build(image_shape=(16, 16, 3), filters=(4, 4))


@pytest.mark.once
def test_residual_discriminator_adds_shortcuts():
    arguments = {"image_shape": (8, 8, 3), "filters": (4, 6)}
    plain = stylegan2_discriminator(**arguments)
    residual = stylegan2_discriminator(residual=True, **arguments)
    assert residual.count_params() - plain.count_params() == 4 * 6
