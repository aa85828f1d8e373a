"""ACGAN against its paper, its preset against its sources."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from methods_small import CLASSES, conditional_generator, labelled_images
from presets_small import data_for, narrow
from published import (
    adam,
    batch_norm,
    check_arguments_reach_the_layers,
    check_parameters,
    check_published,
)
from small import plain_discriminator, small_images

import kerasgan

_PAPER = "arXiv:1610.09585"
_TABLE = f"{_PAPER}, appendix A, CIFAR-10"
_EXAMPLE = "Keras 2, examples/mnist_acgan.py"

PUBLISHED = {
    "mnist-28": {
        **adam(2e-4, 0.5, 1e-8, f"{_TABLE}; epsilon: arXiv:1412.6980"),
        **batch_norm(0.9, 1e-5, "Torch's port of the code of arXiv:1511.06434"),
        "arguments.num_classes": (10, f"{_EXAMPLE}: num_classes"),
        "generator.arguments.num_classes": (10, f"{_EXAMPLE}: num_classes"),
        "generator.arguments.latent_dim": (100, f"{_EXAMPLE}: latent_size"),
        "generator.arguments.label_dim": (10, f"{_TABLE}: z of 100 and ten classes"),
        "generator.arguments.leaky_slope": (0.0, f"{_TABLE}: ReLU"),
        "generator.arguments.kernel_initializer": ("normal", f"{_TABLE}: N(0, 0.02)"),
        "discriminator.arguments.num_classes": (10, f"{_EXAMPLE}: num_classes"),
        "discriminator.arguments.filters": ([32, 64, 128, 256], _EXAMPLE),
        "discriminator.arguments.kernel_sizes": ([3] * 4, f"{_TABLE}; {_EXAMPLE}"),
        "discriminator.arguments.strides": ([2, 1, 2, 1], f"{_TABLE}; {_EXAMPLE}"),
        "discriminator.arguments.padding": ("same", _EXAMPLE),
        "discriminator.arguments.leaky_slope": (0.2, f"{_TABLE}; {_EXAMPLE}"),
        "discriminator.arguments.dropout_rate": (0.5, _TABLE),
        "discriminator.arguments.kernel_initializer": ("normal", _TABLE),
        "compile.discriminator_class_weight": (1.0, f"{_PAPER}: L_S + L_C"),
        "compile.fake_class_weight": (
            0.0,
            "Keras 2's examples/mnist_acgan.py: fakes weigh 0 in the classes' loss",
        ),
        "compile.generator_class_weight": (1.0, f"{_PAPER}: L_C - L_S"),
        "compile.discriminator_steps": (1, _EXAMPLE),
        "training.batch_size": (100, f"{_TABLE}; {_EXAMPLE}"),
    },
}

# Weights x inputs x outputs and a bias an output; batch norm has four a channel.
PARAMETERS = {
    "mnist-28": (
        # 10 vectors of 10, dense 110 -> 7*7*192 with norm, transposed 4x4 192 -> 96
        # -> 48 with norms, conv 3x3 48 -> 1
        100 + (1_044_288 + 768) + (295_008 + 384) + (73_776 + 192) + 433,
        # conv 3x3 1 -> 32 -> 64 -> 128 -> 256 with three norms, dense 7*7*256 -> 1
        # and -> 10
        320 + (18_496 + 256) + (73_856 + 512) + (295_168 + 1_024) + 12_545 + 125_450,
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"acgan/{preset}", PUBLISHED[preset])
    check_arguments_reach_the_layers(f"acgan/{preset}")


@pytest.mark.once
@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"acgan/{preset}", PARAMETERS[preset])


def two_headed(*, scores=1, classes=CLASSES, activation=None, as_list=False):
    images = keras.Input((8, 8, 1))
    x = layers.Flatten()(images)
    score, logits = layers.Dense(scores)(x), layers.Dense(classes, activation)(x)
    if as_list:
        return keras.Model(images, [score, logits])
    return keras.Model(images, {"scores": score, "class_logits": logits})


def small_acgan(discriminator=None, **arguments):
    keras.utils.set_random_seed(0)
    discriminator = discriminator or two_headed()
    gan = kerasgan.ACGAN(
        conditional_generator(), discriminator, num_classes=CLASSES, seed=1
    )
    gan.compile(**arguments)
    return gan


def cross_entropy(labels, logits):
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(chances[np.arange(len(labels)), labels]).mean()


@pytest.mark.parametrize("as_list", [False, True])
def test_losses_equal_numpy(as_list):
    gan = small_acgan(
        two_headed(as_list=as_list),
        discriminator_class_weight=2.0,
        fake_class_weight=0.5,
        generator_class_weight=0.1,
    )
    images = small_images(8, dtype="float32")
    labels = np.array([0, 1, 2, 0], "int32")
    flat = images.reshape(8, -1).astype("float64")
    weights = gan.discriminator.get_weights()
    kernels = sorted(weights[::2], key=lambda kernel: kernel.shape[1])
    scores, logits = (flat @ kernel for kernel in kernels)
    (real, fake), (real_logits, fake_logits) = (
        (part[:4], part[4:]) for part in (1 / (1 + np.exp(-scores)), logits)
    )
    d_loss, d_logs = gan.discriminator_loss(
        images[:4], images[4:], labels, training=False
    )
    g_loss, g_logs = gan.generator_loss(images[:4], images[4:], labels, training=False)
    real_class, fake_class = (
        cross_entropy(labels, part) for part in (real_logits, fake_logits)
    )
    expected = -np.log(real).mean() - np.log(1 - fake).mean()
    expected += 2.0 * real_class + 0.5 * fake_class
    np.testing.assert_allclose(float(d_loss), expected, rtol=1e-4)
    expected = -np.log(fake).mean() + 0.1 * fake_class
    np.testing.assert_allclose(float(g_loss), expected, rtol=1e-4)
    np.testing.assert_allclose(float(d_logs["d_class_loss"]), real_class, rtol=1e-4)
    np.testing.assert_allclose(float(g_logs["g_class_loss"]), fake_class, rtol=1e-4)
    assert float(d_logs["d_class_accuracy"]) == np.mean(
        real_logits.argmax(axis=1) == labels
    )
    assert float(g_logs["g_class_accuracy"]) == np.mean(
        fake_logits.argmax(axis=1) == labels
    )


@pytest.mark.long
def test_the_classifier_learns():
    """Two classes that a mean tells apart are told apart after some steps."""
    keras.utils.set_random_seed(0)
    gan = narrow("acgan/mnist-28", num_classes=2, seed=1, image_shape=(8, 8, 1))
    gan.compile(discriminator_optimizer={"name": "adam", "learning_rate": 0.01})
    labels = np.arange(64) % 2
    images = small_images(64) // 2 + 127 * labels[:, None, None, None].astype("uint8")
    history = gan.fit(images, labels, batch_size=16, epochs=15, verbose=0).history
    assert np.mean(history["d_class_accuracy"][-3:]) > 0.8


def test_rejection_reads_the_score_alone():
    gan = small_acgan()
    kept = kerasgan.latent.rejection_sample(gan, 3, label=1, seed=0)
    assert kept.images.shape == (3, 8, 8, 1)


# What is refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"scores": 2}, "'class_logits' \\(batch, 3\\).*Received.*\\(None, 2\\)"),
        ({"classes": 4}, "'class_logits' \\(batch, 3\\).*Received.*\\(None, 4\\)"),
        ({"activation": "softmax"}, "must give logits.*Received.*softmax"),
        ({"classes": 2, "as_list": True}, "Dense\\(3\\) on the same features"),
    ],
)
def test_other_outputs_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        small_acgan(two_headed(**arguments))


def test_a_discriminator_of_one_output_is_refused():
    with pytest.raises(ValueError, match="'scores'.*Received: output shape"):
        small_acgan(plain_discriminator())


def test_a_gan_without_classes_is_refused():
    with pytest.raises(ValueError, match="how many classes.*Received: num_classes=Non"):
        kerasgan.ACGAN(conditional_generator(), two_headed())


@pytest.mark.parametrize("network", ("generator", "discriminator"))
def test_a_network_of_other_classes_is_refused(network):
    words = f"contradicts `{network}`.* for 7 classes. Received: num_classes=10"
    with pytest.raises(ValueError, match=words):
        narrow("acgan/mnist-28", **{f"{network}_num_classes": 7})


def test_labels_are_not_given_to_the_discriminator():
    gan = small_acgan()
    images, labels = labelled_images(4)
    assert list(gan.discriminator_inputs(images, labels)) == ["images"]
    assert data_for(gan, 4)[1].max() == CLASSES - 1
    scores = ops.convert_to_numpy(
        gan.scores(images.astype("float32"), labels, training=False)
    )
    assert scores.shape == (4, 1)
