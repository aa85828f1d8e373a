"""What both sides of a comparison are told: a preset as plain values, and images.

Nothing here imports Keras, so that a hand-written loop alone can be weighed
without it.
"""

import copy
import json
import pathlib

import numpy as np

PRESETS = pathlib.Path(__file__).parents[1] / "kerasgan" / "presets" / "dcgan"

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


def read_recipe(preset, overrides=None, *, dtype="float32"):
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


def quiet(recipe):
    """The recipe without what each framework does by a rule of its own: random
    numbers, and the place of an optimizer's epsilon."""
    recipe = copy.deepcopy(recipe)
    still = {"spatial_dropout_rate": 0.0, "dropout_rate": 0.0}
    recipe["overrides"] = {**recipe["overrides"], **still}
    recipe["discriminator"]["arguments"].update(still)
    recipe["compile"].update(label_noise=0.0, label_flip_rate=0.0)
    for name in ("generator_optimizer", "discriminator_optimizer"):
        recipe["compile"][name]["epsilon"] = NO_EPSILON
        recipe["compile"][name]["learning_rate"] *= RATE
    recipe["mirror"] = False
    return recipe


def image_shape(recipe):
    return tuple(recipe["generator"]["arguments"]["image_shape"])


def latent_dim(recipe):
    return recipe["generator"]["arguments"]["latent_dim"]


def draw_images(recipe, n, seed=0):
    """Coarse coloured patches as uint8: nothing to download, and not mere noise,
    which a discriminator tells at once from anything a generator makes."""
    height, width, channels = image_shape(recipe)
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (n, -(-height // 4), -(-width // 4), channels))
    return (
        patches.astype("uint8").repeat(4, axis=1).repeat(4, axis=2)[:, :height, :width]
    )


def draw_latents(recipe, n, seed=None):
    """The latents that `gan.generate(n, seed=seed)` takes."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, latent_dim(recipe)), dtype="float32")


class Batches:
    """Rows of an endless stream of shuffled passes over the data."""

    def __init__(self, n, batch_size, *, shuffle=True, seed=0):
        self.n, self.batch_size, self.shuffle = n, batch_size, shuffle
        self.rng = np.random.default_rng(seed)
        self.stream = self._rows()

    def _rows(self):
        while True:
            order = self.rng.permutation(self.n) if self.shuffle else np.arange(self.n)
            for start in range(0, self.n - self.batch_size + 1, self.batch_size):
                yield order[start : start + self.batch_size]

    def __next__(self):
        return next(self.stream)
