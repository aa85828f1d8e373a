"""ConditionalGAN against its paper, its preset against its sources."""

import keras
import numpy as np
import pytest
from keras import ops
from methods_small import CLASSES, conditional_generator, projection_discriminator
from presets_small import narrow
from published import (
    adam,
    batch_norm,
    check_arguments_reach_the_layers,
    check_parameters,
    check_published,
)
from small import plain_discriminator, plain_generator, small_images

import kerasgan

_PAPER = "arXiv:1411.1784"
_RADFORD = "arXiv:1511.06434"

PUBLISHED = {
    "mnist-28": {
        **adam(2e-4, 0.5, 1e-8, f"{_RADFORD}, section 4; epsilon: Torch's port of it"),
        **batch_norm(0.9, 1e-5, "Torch's port of the code of arXiv:1511.06434"),
        "arguments.num_classes": (10, f"{_PAPER}, section 4.1: the ten digits"),
        "generator.arguments.num_classes": (10, f"{_PAPER}, section 4.1"),
        "generator.arguments.latent_dim": (100, f"{_PAPER}, section 4.1"),
        "generator.arguments.kernel_initializer": ("normal", f"{_RADFORD}, section 4"),
        "generator.arguments.leaky_slope": (0.0, f"{_RADFORD}, section 3: ReLU"),
        "discriminator.arguments.num_classes": (10, f"{_PAPER}, section 4.1"),
        "discriminator.arguments.kernel_initializer": ("normal", f"{_RADFORD}"),
        "discriminator.arguments.leaky_slope": (0.2, f"{_RADFORD}, section 4"),
        "discriminator.arguments.dropout_rate": (0.5, f"{_PAPER}, section 4.1"),
        "compile.discriminator_steps": (1, "arXiv:1406.2661, algorithm 1: k = 1"),
        "training.batch_size": (100, f"{_PAPER}, section 4.1"),
    },
    # Made for two cores and two minutes: few values are a source's.
    "glyphs-28": {
        "arguments.num_classes": (10, "datasets.glyphs: ten digits"),
        "generator.arguments.num_classes": (10, "datasets.glyphs: ten digits"),
        "generator.arguments.kernel_initializer": ("normal", f"{_RADFORD}, section 4"),
        "generator.arguments.leaky_slope": (0.0, f"{_RADFORD}, section 3: ReLU"),
        "discriminator.arguments.num_classes": (10, "datasets.glyphs: ten digits"),
        "discriminator.arguments.kernel_initializer": ("normal", f"{_RADFORD}"),
        "discriminator.arguments.leaky_slope": (0.2, f"{_RADFORD}, section 4"),
        "compile.generator_optimizer.beta_1": (0.5, f"{_RADFORD}, section 4"),
        "compile.discriminator_optimizer.beta_1": (0.5, f"{_RADFORD}, section 4"),
        "compile.discriminator_steps": (1, "arXiv:1406.2661, algorithm 1: k = 1"),
    },
}

# Weights x inputs x outputs and a bias an output; batch norm has four a channel.
PARAMETERS = {
    "mnist-28": (
        # 10 vectors of 10, dense 110 -> 7*7*256 with norm, transposed 4x4 256 -> 128
        # -> 64 with norms, conv 3x3 64 -> 1
        100 + (1_392_384 + 1_024) + (524_416 + 512) + (131_136 + 256) + 577,
        # 10 maps of 28*28, conv 4x4 2 -> 64 -> 128 -> 256 with two norms,
        # dense 4*4*256 -> 1
        7_840 + 2_112 + (131_200 + 512) + (524_544 + 1_024) + 4_097,
    ),
    "glyphs-28": (
        # 10 vectors of 10, dense 74 -> 7*7*128 with norm, transposed 4x4 128 -> 64
        # -> 32 with norms, conv 3x3 32 -> 1
        100 + (470_400 + 512) + (131_136 + 256) + (32_800 + 128) + 289,
        # 10 maps of 28*28, conv 4x4 2 -> 32 -> 64 -> 128 with two norms,
        # dense 4*4*128 -> 1
        7_840 + 1_056 + (32_832 + 256) + (131_200 + 512) + 2_049,
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"conditional-gan/{preset}", PUBLISHED[preset])
    check_arguments_reach_the_layers(f"conditional-gan/{preset}")


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"conditional-gan/{preset}", PARAMETERS[preset])


def small_conditional(**arguments):
    keras.utils.set_random_seed(0)
    gan = kerasgan.ConditionalGAN(
        conditional_generator(),
        projection_discriminator(),
        **{"num_classes": CLASSES, "seed": 1, **arguments},
    )
    gan.compile()
    return gan


def test_losses_equal_numpy():
    gan = small_conditional()
    images = small_images(8, dtype="float32")
    real_images, fake_images = images[:4], images[4:]
    labels = np.array([0, 1, 2, 0], "int32")
    scores = [
        ops.convert_to_numpy(gan.discriminator([part, labels])).astype("float64")
        for part in (real_images, fake_images)
    ]
    real_chance, fake_chance = (1 / (1 + np.exp(-s)) for s in scores)
    d_loss, logs = gan.discriminator_loss(
        real_images, fake_images, labels, training=False
    )
    g_loss, _ = gan.generator_loss(real_images, fake_images, labels, training=False)
    expected = -np.log(real_chance).mean() - np.log(1 - fake_chance).mean()
    np.testing.assert_allclose(float(d_loss), expected, rtol=1e-5)
    np.testing.assert_allclose(float(g_loss), -np.log(fake_chance).mean(), rtol=1e-5)
    assert float(logs["d_real_accuracy"]) == (scores[0] > 0).mean()
    assert float(logs["d_fake_accuracy"]) == (scores[1] < 0).mean()


@pytest.mark.once
def test_labels_reach_both_networks_of_the_preset():
    gan = narrow("conditional-gan/mnist-28", seed=1)
    latents = np.zeros((10, gan.latent_dim), "float32")
    labels = np.arange(10, dtype="int32")
    images = ops.convert_to_numpy(gan.generator([latents, labels], training=False))
    assert len(np.unique(images, axis=0)) == 10
    same = np.repeat(images[:1], 10, axis=0)
    scores = ops.convert_to_numpy(gan.discriminator([same, labels], training=False))
    assert len(np.unique(scores)) == 10


def test_num_classes_changes_the_model_and_both_networks():
    gan = narrow("conditional-gan/mnist-28", num_classes=3)
    assert gan.num_classes == 3
    assert gan.generator.get_layer("label_vectors").input_dim == 3
    assert gan.discriminator.get_layer("label_maps").input_dim == 3


def test_a_gan_without_classes_is_refused():
    with pytest.raises(ValueError, match="how many classes.*Received: num_classes=Non"):
        kerasgan.ConditionalGAN(plain_generator(), plain_discriminator())


@pytest.mark.parametrize("network", ("generator", "discriminator"))
def test_a_network_of_other_classes_is_refused(network):
    words = f"contradicts `{network}`.* for 7 classes. Received: num_classes=10"
    with pytest.raises(ValueError, match=words):
        narrow("conditional-gan/mnist-28", **{f"{network}_num_classes": 7})


def test_an_own_embedding_of_fewer_classes_is_refused():
    words = "contradicts `generator`.* for 3 classes. Received: num_classes=4"
    with pytest.raises(ValueError, match=words):
        small_conditional(num_classes=4)
