"""LSGAN against its paper, its presets against their sources."""

import keras
import numpy as np
import pytest
from keras import ops
from published import (
    adam,
    batch_norm,
    check_arguments_reach_the_layers,
    check_parameters,
    check_published,
)
from small import plain_discriminator, plain_generator, small_images

import kerasgan

_PAPER = "arXiv:1611.04076, equation 9"
_CODE = "PyTorch-GAN, implementations/lsgan/lsgan.py"
_STUDIO = "PyTorch-StudioGAN, configs/CIFAR10/LSGAN.yaml"
_DEFAULTS = "PyTorch-StudioGAN, config.py"
_BACKBONE = "PyTorch-StudioGAN, models/deep_conv.py"
_TORCH = "PyTorch's default, which the source leaves as it is"

_TARGETS = {
    "compile.real_target": (1.0, f"{_PAPER}: b"),
    "compile.fake_target": (0.0, f"{_PAPER}: a"),
    "compile.generator_target": (1.0, f"{_PAPER}: c"),
}

PUBLISHED = {
    "mnist-28": {
        **_TARGETS,
        **adam(2e-4, 0.5, 1e-8, f"{_CODE}: --lr, --b1, --b2; epsilon: {_TORCH}"),
        **batch_norm(0.9, 1e-5, f"{_TORCH}: momentum 0.1, that is Keras's 0.9"),
        "generator.builder": ("upsampling-generator", f"{_CODE}: nn.Upsample"),
        "generator.arguments.latent_dim": (100, f"{_CODE}: --latent_dim"),
        "generator.arguments.filters": ([128, 128, 64], f"{_CODE}: Generator"),
        "generator.arguments.leaky_slope": (0.2, f"{_CODE}: Generator"),
        "generator.arguments.kernel_initializer": ("normal", f"{_CODE}: weights_init"),
        "discriminator.arguments.filters": ([16, 32, 64, 128], f"{_CODE}: layers"),
        "discriminator.arguments.kernel_sizes": ([3] * 4, f"{_CODE}: nn.Conv2d"),
        "discriminator.arguments.strides": ([2] * 4, f"{_CODE}: nn.Conv2d"),
        "discriminator.arguments.padding": ("one", f"{_CODE}: nn.Conv2d"),
        "discriminator.arguments.leaky_slope": (0.2, f"{_CODE}: nn.LeakyReLU"),
        "discriminator.arguments.spatial_dropout_rate": (0.25, f"{_CODE}: Dropout2d"),
        "discriminator.arguments.dropout_rate": (0.0, f"{_CODE} has none"),
        "discriminator.arguments.head": ("dense", f"{_CODE}: adv_layer"),
        "compile.reuse_fake_images": (True, f"{_CODE}: gen_imgs.detach()"),
        "compile.discriminator_steps": (1, f"{_CODE}: one optimizer_D.step()"),
        "training.batch_size": (64, f"{_CODE}: --batch_size"),
    },
    "cifar10-32": {
        **_TARGETS,
        **adam(2e-4, 0.5, 1e-6, f"{_DEFAULTS}: g_lr, d_lr, beta1, beta2, eps"),
        **batch_norm(0.9, 1e-4, "PyTorch-StudioGAN, utils/ops.py: batchnorm_2d"),
        "generator.arguments.latent_dim": (128, f"{_DEFAULTS}: z_dim"),
        "generator.arguments.filters": ([512, 256, 128, 64], f"{_BACKBONE}: in_dims"),
        "generator.arguments.strides": ([2, 2, 2], f"{_BACKBONE}: deconv0"),
        "generator.arguments.kernel_size": (4, f"{_BACKBONE}: deconv0"),
        "generator.arguments.last_stride": (1, f"{_BACKBONE}: the last is 3x3"),
        "generator.arguments.project_norm": (False, f"{_BACKBONE}: linear0"),
        "generator.arguments.leaky_slope": (0.0, f"{_DEFAULTS}: g_act_fn"),
        "generator.arguments.kernel_initializer": ("orthogonal", f"{_DEFAULTS}"),
        "discriminator.arguments.filters": (
            [64, 64, 128, 128, 256, 256, 512],
            f"{_BACKBONE}: DiscBlock, conv",
        ),
        "discriminator.arguments.kernel_sizes": ([3, 4, 3, 4, 3, 4, 3], _BACKBONE),
        "discriminator.arguments.strides": ([1, 2, 1, 2, 1, 2, 1], _BACKBONE),
        "discriminator.arguments.padding": ("same", f"{_BACKBONE}: padding=1"),
        "discriminator.arguments.leaky_slope": (0.0, f"{_DEFAULTS}: d_act_fn"),
        "discriminator.arguments.head": ("sum", f"{_BACKBONE}: torch.sum, linear1"),
        "discriminator.arguments.kernel_initializer": ("orthogonal", _DEFAULTS),
        "discriminator.arguments.spatial_dropout_rate": (0.0, f"{_BACKBONE} has none"),
        "discriminator.arguments.dropout_rate": (0.0, f"{_BACKBONE} has none"),
        "augmentation.horizontal_flip": (True, f"{_DEFAULTS}: apply_rflip"),
        "compile.discriminator_steps": (2, f"{_STUDIO}: d_updates_per_step"),
        "compile.fresh_real_images": (True, "PyTorch-StudioGAN, worker.py: train_D"),
        "compile.reuse_fake_images": (False, "PyTorch-StudioGAN, worker.py: train_G"),
        "training.batch_size": (64, f"{_DEFAULTS}: batch_size"),
        "training.steps": (200_000, f"{_STUDIO}: total_steps"),
    },
}

# Weights x inputs x outputs and a bias an output; batch norm has four a channel.
PARAMETERS = {
    "mnist-28": (
        # dense 100 -> 7*7*128, norm, conv 3x3 128 -> 128 -> 64 with norms, 64 -> 1
        633_472 + 512 + (147_584 + 512) + (73_792 + 256) + 577,
        # conv 3x3 1 -> 16 -> 32 -> 64 -> 128 with three norms, dense 2*2*128 -> 1
        160 + (4_640 + 128) + (18_496 + 256) + (73_856 + 512) + 513,
    ),
    "cifar10-32": (
        # dense 128 -> 4*4*512, transposed 4x4 512 -> 256 -> 128 -> 64 with norms,
        # conv 3x3 64 -> 3: 3.81 million
        1_056_768 + (2_097_408 + 1_024) + (524_416 + 512) + (131_136 + 256) + 1_731,
        # conv 3x3 and 4x4 at 64, 128 and 256, 3x3 to 512, six norms, dense 512 -> 1
        (1_792 + 65_600 + 256)
        + (73_856 + 512 + 262_272 + 512)
        + (295_168 + 1_024 + 1_048_832 + 1_024)
        + (1_180_160 + 2_048)
        + 513,
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"lsgan/{preset}", PUBLISHED[preset])
    check_arguments_reach_the_layers(f"lsgan/{preset}")


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"lsgan/{preset}", PARAMETERS[preset])


def small_lsgan(**arguments):
    keras.utils.set_random_seed(0)
    gan = kerasgan.LSGAN(plain_generator(), plain_discriminator(), seed=1)
    gan.compile(**arguments)
    return gan


# Equation 9, and equation 8's a, b and c.
@pytest.mark.parametrize("fake, real, wanted", [(0.0, 1.0, 1.0), (-1.0, 1.0, 0.0)])
def test_losses_equal_numpy(fake, real, wanted):
    gan = small_lsgan(fake_target=fake, real_target=real, generator_target=wanted)
    images = small_images(12, dtype="float32")
    real_images, fake_images = images[:6], images[6:]
    kernel, bias = gan.discriminator.get_weights()
    scores = images.reshape(12, -1).astype("float64") @ kernel + bias
    real_scores, fake_scores = scores[:6], scores[6:]
    d_loss, logs = gan.discriminator_loss(
        real_images, fake_images, None, training=False
    )
    g_loss, _ = gan.generator_loss(real_images, fake_images, None, training=False)
    expected = ((real_scores - real) ** 2).mean() + ((fake_scores - fake) ** 2).mean()
    np.testing.assert_allclose(float(d_loss), expected / 2, rtol=1e-5)
    expected = ((fake_scores - wanted) ** 2).mean() / 2
    np.testing.assert_allclose(float(g_loss), expected, rtol=1e-5)
    middle = (fake + real) / 2
    np.testing.assert_allclose(
        float(logs["d_real_accuracy"]), (real_scores > middle).mean(), rtol=1e-6
    )
    np.testing.assert_allclose(
        float(logs["d_fake_accuracy"]), (fake_scores < middle).mean(), rtol=1e-6
    )


def test_the_sum_head_adds_a_map_up():
    discriminator = kerasgan.networks.strided_discriminator(
        image_shape=(8, 8, 1),
        filters=(4,),
        kernel_sizes=(4,),
        strides=(2,),
        head="sum",
    )
    images = small_images(3, dtype="float32")
    maps = keras.Model(
        discriminator.input, discriminator.get_layer("activation_1").output
    )(images)
    kernel, bias = discriminator.get_layer("score").get_weights()
    expected = ops.convert_to_numpy(maps).sum(axis=(1, 2)) @ kernel + bias
    scores = ops.convert_to_numpy(discriminator(images))
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_a_target_that_is_none_is_refused():
    with pytest.raises(TypeError, match="`real_target` must be a number.*Received"):
        small_lsgan(real_target="one")
