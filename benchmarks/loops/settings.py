"""What both sides of a comparison are told: a preset as plain values.

Nothing here imports Keras, so that a hand-written loop alone can be weighed
without it.
"""

import copy
import json
import pathlib

PRESETS = pathlib.Path(__file__).parents[2] / "kerasgan" / "presets"

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
    "wgangp/mnist-28": {
        "generator_filters": [8, 8, 4],
        "discriminator_filters": [4, 8, 8],
    },
    "sngan/cifar10-32": {
        "generator_filters": [8, 8, 8, 8],
        "discriminator_filters": [4, 8, 8, 8],
    },
    "r3gan/mnist-28-small": {
        "generator_filters": [16, 8, 8],
        "discriminator_filters": [4, 8, 16],
    },
    "stylegan2/flowers-64-small": {
        "style_dim": 16,
        "generator_filters": [16, 16, 8, 8, 4],
        "discriminator_filters": [4, 8, 8, 16, 16],
    },
}


def read_settings(preset, overrides=None, *, dtype="float32"):
    """A preset's config with `from_preset`'s overrides applied.

    Args:
        preset: its id; DCGAN's may lack the first part.

    Returns:
        A dict: `preset`, `overrides`, `dtype`, `generator` and `discriminator`
        (`builder`, `arguments`), `mirror`, `compile`, `one_pass`, `batch_size`,
        `ema_decay`, and `augment`, the arguments of adaptive augmentation, or `None`.
    """
    folder = PRESETS / (preset if "/" in preset else f"dcgan/{preset}")
    config = json.loads((folder / "config.json").read_text())
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
        "ema_decay": config["ema_decay"],
        "augment": _adaptive(config),
    }


def _adaptive(config):
    block = config.get("arguments", {}).get("discriminator_augmentation")
    if block is None:
        return None
    return {name: value for name, value in block.items() if name != "name"}


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
    arguments, recipe = settings["discriminator"]["arguments"], settings["compile"]
    still = {name: 0.0 for name in arguments if name.endswith("dropout_rate")}
    settings["overrides"] = {**settings["overrides"], **still}
    arguments.update(still)
    recipe.update({n: 0.0 for n in ("label_noise", "label_flip_rate") if n in recipe})
    for name in ("generator_optimizer", "discriminator_optimizer"):
        recipe[name]["epsilon"] = NO_EPSILON
        rate = recipe[name]["learning_rate"]
        if isinstance(rate, dict):
            rate["initial_learning_rate"] *= RATE
        else:
            recipe[name]["learning_rate"] = RATE * rate
    settings["mirror"] = False
    return settings


def average_rate(settings, step, least=min):
    """The decay of a DCGAN's moving average after so many steps.

    `least`: the framework's minimum of two scalars.
    """
    decay = settings["ema_decay"]
    if not settings["compile"].get("ema_warmup", True):
        return decay
    return least(decay, (1 + step) / (10 + step))


def image_shape(settings):
    return tuple(settings["generator"]["arguments"]["image_shape"])


def latent_dim(settings):
    return settings["generator"]["arguments"]["latent_dim"]
