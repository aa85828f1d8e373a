"""What both sides of a comparison are told: a preset as plain values.

Nothing here imports Keras, so that a hand-written loop alone can be weighed
without it.
"""

import copy
import json
import pathlib

PRESETS = pathlib.Path(__file__).parents[2] / "kerasgan" / "presets" / "dcgan"

# The field of a preset's `compile` block that asks for one generator pass a step.
ONE_PASS = "reuse_fake_images"

# Few filters: for a run that tries the machinery and measures nothing.
NARROW = {
    "mnist-28": {
        "generator_filters": [8, 8, 4],
        "discriminator_filters": [4, 8, 8, 8],
    },
    "mnist-28-book": {
        "generator_filters": [8, 8, 4],
        "discriminator_filters": [4, 8, 8],
    },
    "cifar10-32": {
        "generator_filters": [16, 8, 8, 4],
        "discriminator_filters": [4, 8, 8],
    },
    "cifar10-32-rmsprop": {
        "base_filters": 4,
        "generator_filters": 8,
        "discriminator_filters": [8, 8, 8, 8],
    },
}


def read_settings(preset, overrides=None, *, dtype="float32"):
    """A preset's config with `from_preset`'s overrides applied.

    Returns:
        A dict: `preset`, `overrides`, `dtype`, `generator` and `discriminator`
        (`builder`, `arguments`), `mirror`, `compile`, `one_pass`, `batch_size`.
    """
    config = json.loads((PRESETS / preset / "config.json").read_text())
    overrides = overrides or {}
    for name, value in overrides.items():
        _override(config, name, value)
    augmentation = config["augmentation"] or {}
    return {
        "preset": preset,
        "overrides": overrides,
        "dtype": dtype,
        "generator": config["generator"],
        "discriminator": config["discriminator"],
        "mirror": bool(augmentation.get("horizontal_flip")),
        "compile": config["compile"],
        "one_pass": bool(config["compile"].get(ONE_PASS, False)),
        "batch_size": config["training"]["batch_size"],
    }


def _override(config, name, value):
    for role in ("generator", "discriminator"):
        arguments = config[role]["arguments"]
        key = name.removeprefix(f"{role}_")
        if key in arguments:
            arguments[key] = value


# Keras adds epsilon elsewhere in Adam and RMSprop than PyTorch and optax do.
NO_EPSILON = 1e-20
# At a preset's full rate, Adam's first steps turn rounding into differences of 1e-3
# between two runs of one and the same loop; at a tenth of it, of 1e-5.
RATE = 0.1


def quiet(settings):
    """The settings without what each framework does by a rule of its own: random
    numbers, and the place of an optimizer's epsilon."""
    settings = copy.deepcopy(settings)
    still = {"spatial_dropout_rate": 0.0, "dropout_rate": 0.0}
    settings["overrides"] = {**settings["overrides"], **still}
    settings["discriminator"]["arguments"].update(still)
    settings["compile"].update(label_noise=0.0, label_flip_rate=0.0)
    for name in ("generator_optimizer", "discriminator_optimizer"):
        settings["compile"][name]["epsilon"] = NO_EPSILON
        settings["compile"][name]["learning_rate"] *= RATE
    settings["mirror"] = False
    return settings


def image_shape(settings):
    return tuple(settings["generator"]["arguments"]["image_shape"])


def latent_dim(settings):
    return settings["generator"]["arguments"]["latent_dim"]
