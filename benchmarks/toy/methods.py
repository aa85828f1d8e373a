"""Each registered method with small dense networks for points of the plane.

A point is an image of one pixel with two channels. All methods have the same widths
and, but for StyleGAN2, the same optimizer; what differs is what the method is: its
losses, penalties and steps, the layers of its discriminator, and where its labels go.
"""

import keras
from keras import layers

from kerasgan.layers import (
    EqualizedDense,
    LearnedMap,
    MinibatchStandardDeviation,
    ModulatedConv2D,
    PixelNormalization,
    SpectralDense,
    SpectralEmbedding,
)
from kerasgan.networks.blocks import initializer_named
from kerasgan.networks.stylegan2 import STYLES
from kerasgan.registry import registered_models

LATENT_DIM, UNITS, DEPTH = 16, 128, 2
# A spectrally normalised discriminator rises by 1 over a distance of 1 at most, and the
# hinge loss asks for a rise of 2 between what lies 0.06 apart: it is shown the plane
# enlarged.
REACH = 10.0
# Of LeakyReLU, as in StyleGAN2.
GAIN = 2.0**0.5
ADAM = {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-8}
# Of StyleGAN2's paper: equalised layers take larger steps.
EQUALIZED_ADAM = {"learning_rate": 2.5e-3, "beta_1": 0.0, "beta_2": 0.99}


def generator(num_classes=None):
    """Latents, and labels where there are classes, to points."""
    inputs = {"latents": keras.Input((LATENT_DIM,), name="latents")}
    x = inputs["latents"]
    if num_classes:
        inputs["labels"] = keras.Input((), dtype="int32", name="labels")
        vectors = layers.Embedding(num_classes, LATENT_DIM)(inputs["labels"])
        x = layers.Concatenate()([x, vectors])
    for _ in range(DEPTH):
        x = layers.ReLU()(dense(UNITS)(x))
    points = layers.Reshape((1, 1, 2))(dense(2)(x))
    return keras.Model(list(inputs.values()), points)


def dense(units, kind=layers.Dense):
    """A dense layer with the smaller ones of the usual initial weights."""
    return kind(units, kernel_initializer=initializer_named("pytorch"))


def features(x, kind=layers.Dense):
    """The discriminator's hidden layers on a vector."""
    if kind is SpectralDense:
        x = layers.Rescaling(REACH)(x)
    for _ in range(DEPTH):
        x = layers.LeakyReLU(0.2)(dense(UNITS, kind)(x))
    return x


def discriminator(kind=layers.Dense):
    """Points to scores."""
    points = keras.Input((1, 1, 2), name="images")
    return keras.Model(points, dense(1, kind)(features(layers.Flatten()(points), kind)))


def plain(num_classes):
    """Networks without labels, as arguments of the model."""
    return {"generator": generator(), "discriminator": discriminator()}


def spectral(num_classes):
    """A discriminator of spectrally normalised layers."""
    return {"generator": generator(), "discriminator": discriminator(SpectralDense)}


def joined(num_classes):
    """Labels joined to latents and to points."""
    points = keras.Input((1, 1, 2), name="images")
    labels = keras.Input((), dtype="int32", name="labels")
    vectors = layers.Embedding(num_classes, 4)(labels)
    x = layers.Concatenate()([layers.Flatten()(points), vectors])
    score = dense(1)(features(x))
    return {
        "generator": generator(num_classes),
        "discriminator": keras.Model([points, labels], score),
        "num_classes": num_classes,
    }


def classifying(num_classes):
    """A second head of the discriminator for the classes."""
    points = keras.Input((1, 1, 2), name="images")
    x = features(layers.Flatten()(points))
    heads = {
        "scores": dense(1)(x),
        "class_logits": dense(num_classes)(x),
    }
    return {
        "generator": generator(num_classes),
        "discriminator": keras.Model(points, heads),
        "num_classes": num_classes,
    }


def projecting(num_classes):
    """Features projected on the class's vector, all spectrally normalised."""
    points = keras.Input((1, 1, 2), name="images")
    labels = keras.Input((), dtype="int32", name="labels")
    x = features(layers.Flatten()(points), SpectralDense)
    projected = layers.Dot(1)([x, SpectralEmbedding(num_classes, UNITS)(labels)])
    score = layers.Add()([dense(1, SpectralDense)(x), projected])
    return {
        "generator": generator(num_classes),
        "discriminator": keras.Model([points, labels], score),
        "num_classes": num_classes,
    }


def styled(num_classes):
    """StyleGAN2's layers on maps of one pixel: a mapping to styles that modulate."""
    return {"generator": styled_generator(), "discriminator": equalized()}


def styled_generator():
    latents = keras.Input((LATENT_DIM,), name="latents")
    x = PixelNormalization()(latents)
    for _ in range(DEPTH):
        x = EqualizedDense(UNITS, gain=GAIN, learning_rate_multiplier=0.1)(x)
        x = layers.LeakyReLU(0.2)(x)
    styles = layers.RepeatVector(1, name=STYLES)(x)
    style = layers.Reshape((UNITS,))(styles)
    x = LearnedMap((1, 1, UNITS))(style)
    for _ in range(DEPTH):
        scales = EqualizedDense(UNITS, bias_initializer="ones")(style)
        x = layers.LeakyReLU(0.2)(ModulatedConv2D(UNITS, 1, gain=GAIN)(x, scales))
    scales = EqualizedDense(UNITS, bias_initializer="ones")(style)
    points = ModulatedConv2D(2, 1, demodulate=False)(x, scales)
    return keras.Model(latents, points)


def equalized():
    """Equalised layers, told how the batch varies."""
    points = keras.Input((1, 1, 2), name="images")
    x = layers.Flatten()(points)
    for _ in range(DEPTH):
        x = layers.LeakyReLU(0.2)(EqualizedDense(UNITS, gain=GAIN)(x))
    x = MinibatchStandardDeviation(4)(layers.Reshape((1, 1, UNITS))(x))
    x = layers.LeakyReLU(0.2)(EqualizedDense(UNITS, gain=GAIN)(layers.Flatten()(x)))
    return keras.Model(points, EqualizedDense(1)(x))


def both(values):
    """The same Adam for both networks, as arguments of `compile`."""
    adam = {"name": "adam", **ADAM, **values}
    return {"generator_optimizer": adam, "discriminator_optimizer": adam}


# A method's networks, and what it is compiled with beside `ADAM`, where that is not
# `PLAIN`.
METHODS = {
    # The penalty of the authors' toy code: 0.1, as distances are small in the plane.
    "wgangp": (plain, {"gradient_penalty_weight": 0.1}),
    "sngan": (spectral, {}),
    "conditional-gan": (joined, {}),
    "acgan": (classifying, {}),
    "projection": (projecting, {}),
    "stylegan2": (styled, {"gradient_penalty_weight": 0.1, **both(EQUALIZED_ADAM)}),
}
PLAIN = (plain, {})


def available():
    """The package's own methods, by name."""
    models = registered_models().items()
    return sorted(n for n, cls in models if cls.__module__.startswith("kerasgan."))


def make(name, toy, seed):
    """A compiled GAN of a method for a `Toy`."""
    keras.utils.set_random_seed(seed)
    networks, arguments = METHODS.get(name, PLAIN)
    gan = registered_models()[name](**networks(toy.num_classes), seed=seed + 1)
    gan.compile(**{**both({}), **arguments})
    return gan
