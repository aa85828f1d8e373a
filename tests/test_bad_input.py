"""Each mistake in networks and `compile` is named, with its mend, beforehand."""

import keras
import pytest
from refusals import refused
from small import (
    plain_discriminator,
    plain_generator,
    small_gan,
    small_images,
)

from kerasgan import DCGAN

IMAGES = small_images(8)


@pytest.fixture(scope="module")
def gan():
    gan = small_gan()
    gan.compile()
    return gan


# Networks ---------------------------------------------------------------------


def wrong_pair(*words, error=ValueError, **networks):
    pair = {"generator": plain_generator(), "discriminator": plain_discriminator()}
    with pytest.raises(error) as raised:
        DCGAN(**{**pair, **networks})
    for word in (*words, "Received"):
        assert word in str(raised.value), str(raised.value)


def test_gan_refuses_a_latent_dim_that_contradicts_the_generator():
    wrong_pair("latents have size 4", "latent_dim=5", latent_dim=5)
    wrong_pair("at least 1", "latent_dim=0", latent_dim=0)


def test_gan_asks_for_the_latent_dim_of_an_unbuilt_generator():
    layers = [keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))]
    wrong_pair("`latent_dim=`", generator=keras.Sequential(layers))
    gan = DCGAN(keras.Sequential(layers), plain_discriminator(), latent_dim=3)
    assert gan.generate(2, seed=0).shape == (2, 8, 8, 1)


def test_gan_refuses_networks_that_do_not_fit_each_other():
    other = plain_discriminator((16, 16, 3))
    wrong_pair("(8, 8, 1)", "(16, 16, 3)", "image shape", discriminator=other)
    flat = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64)])
    wrong_pair("(batch, height, width, channels)", "(None, 64)", generator=flat)
    images = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.ReLU()])
    wrong_pair("latents (batch, latent_dim)", "keras.Input", generator=images)


def test_gan_refuses_networks_that_are_no_models():
    wrong_pair("keras.Model", error=TypeError, generator=None)
    wrong_pair("keras.Model", error=TypeError, discriminator=keras.layers.Dense(1))


@pytest.mark.parametrize(
    "head",
    [
        [keras.layers.Dense(2)],
        [keras.layers.Dense(1), keras.layers.Reshape(())],
        [keras.layers.Reshape((8, 8)), keras.layers.Dense(1)],
    ],
    ids=["two scores", "no axis", "patches"],
)
def test_gan_refuses_a_discriminator_without_one_score(head):
    words = ("(batch, 1)", "Dense(1)")
    wrong_pair(*words, discriminator=plain_discriminator((8, 8, 1), *head))


def test_gan_refuses_a_discriminator_with_two_outputs():
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(inputs)
    outputs = [keras.layers.Dense(1)(flat), keras.layers.Dense(10)(flat)]
    two = keras.Model(inputs, outputs)
    wrong_pair("(batch, 1)", "(None, 10)", discriminator=two)


@pytest.mark.parametrize(
    "head",
    [
        lambda: [keras.layers.Dense(1, activation="sigmoid", name="last")],
        lambda: [
            keras.layers.Dense(1),
            keras.layers.Activation("sigmoid", name="last"),
        ],
        lambda: [
            keras.Sequential(
                [
                    keras.layers.Dense(1, activation="sigmoid", name="last"),
                    keras.layers.Flatten(),
                ]
            )
        ],
    ],
    ids=["in Dense", "by itself", "nested"],
)
def test_gan_names_a_sigmoid_at_the_discriminators_end(head):
    words = ("logits", "'last'", "sigmoid", "Remove")
    wrong_pair(*words, discriminator=plain_discriminator((8, 8, 1), *head()))


def test_gan_takes_subclassed_networks():
    class Discriminator(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten, self.score = keras.layers.Flatten(), keras.layers.Dense(1)

        def call(self, images):
            return self.score(self.flatten(images))

    gan = DCGAN(plain_generator(), Discriminator())
    assert gan.image_shape == (8, 8, 1)
    built = Discriminator()
    built(keras.KerasTensor((None, 8, 8, 1)))
    assert DCGAN(plain_generator(), built).latent_dim == 4


# compile ----------------------------------------------------------------------


def test_compile_names_unknown_arguments_and_what_is_allowed(gan):
    words = ("label_nose", "label_noise", "generator_optimizer", "DCGAN")
    refused(gan, *words, error=TypeError, method="compile", label_nose=0.1)
    words = ("optimizer", "metrics", "discriminator_optimizer")
    refused(
        gan, *words, error=TypeError, method="compile", optimizer="adam", metrics=[]
    )


@pytest.mark.parametrize(
    "name",
    ["real_label", "fake_label", "generator_label", "label_noise", "label_flip_rate"],
)
def test_compile_refuses_labels_outside_their_range(name):
    for value in (-0.1, 1.5, float("nan")):
        gan = small_gan(plain=True)
        words = f"`{name}`", "at least 0 and at most 1"
        refused(gan, *words, method="compile", **{name: value})
        refused(gan, f"`{name}`", error=TypeError, method="compile", **{name: "high"})


def test_compile_refuses_losses_that_take_probabilities():
    gan = small_gan(plain=True)
    for loss in ("hinge-ish", keras.losses.BinaryCrossentropy(), None):
        refused(gan, "`loss`", "from_logits=True", method="compile", loss=loss)
    refused(gan, "`discriminator_steps`", method="compile", discriminator_steps=0)
    refused(gan, "`reuse_fake_images`", method="compile", reuse_fake_images="yes")
    refused(gan, "`steps_per_execution`", method="compile", steps_per_execution=0)
    refused(gan, "`jit_compile`", "'yes'", method="compile", jit_compile="yes")


@pytest.mark.parametrize("name", ["generator_optimizer", "discriminator_optimizer"])
def test_compile_refuses_what_is_no_optimizer(name):
    gan = small_gan(plain=True)
    for optimizer in ("adamant", 0.1, keras.optimizers.Adam, {"class_name": "Adamant"}):
        words = (f"`{name}`", "keras.optimizers.Adam")
        refused(gan, *words, method="compile", **{name: optimizer})


@pytest.mark.parametrize("rate", [0.0, -1e-3, float("nan"), float("inf")])
def test_compile_refuses_a_learning_rate_that_cannot_train(rate):
    gan = small_gan(plain=True)
    optimizer = keras.optimizers.SGD(rate)
    words = ("`discriminator_optimizer`", "above 0", f"={float(rate)}")
    refused(gan, *words, method="compile", discriminator_optimizer=optimizer)
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(rate))
    refused(gan, *words[1:], method="compile", generator_optimizer=scaled)


def test_compile_refuses_one_optimizer_for_both():
    gan, one = small_gan(plain=True), keras.optimizers.Adam()
    pair = {"generator_optimizer": one, "discriminator_optimizer": one}
    refused(gan, "same object twice", "Make two", method="compile", **pair)
    pair["generator_optimizer"] = keras.optimizers.LossScaleOptimizer(one)
    refused(gan, "same object twice", "Make two", method="compile", **pair)


def test_compile_refuses_an_optimizer_of_another_model():
    gan, other, used = small_gan(plain=True), small_gan(plain=True), {}
    for name in ("generator_optimizer", "discriminator_optimizer"):
        used[name] = keras.optimizers.Adam()
    other.compile(**used)
    for name, optimizer in used.items():
        words = (f"`{name}`", "another network", "Make a new one")
        refused(gan, *words, method="compile", **{name: optimizer})
    swapped = dict(zip(used, reversed(used.values())))
    refused(other, "another network", method="compile", **swapped)
    other.compile(**used)
