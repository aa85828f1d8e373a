"""The built-in presets, narrowed so that a test on two cores is quick."""

import numpy as np
import pytest

import kerasgan
from kerasgan.presets.files import read_config, read_metadata
from kerasgan.presets.listing import find_preset

# Ids such as "dcgan/mnist-28": what is added is tested with nothing to add here.
PRESETS = sorted(kerasgan.list_presets())
# In `make test`; all are in `make test-all`. What these methods ask of the engine: a
# plain step; labels; several steps with new images and a penalty; both penalties, an
# average with a half-life and schedules.
QUICK = (
    "dcgan/mnist-28",
    "conditional-gan/mnist-28",
    "wgangp/mnist-28",
    "r3gan/mnist-28-small",
)
# Of each method the preset with the smallest generator.
SMALLEST = sorted(
    min(
        (name for name in PRESETS if name.startswith(f"{method}/")),
        key=lambda name: read_metadata(find_preset(None, name)[0])["parameters"][
            "generator"
        ],
    )
    for method in {name.partition("/")[0] for name in PRESETS}
)
# For `parametrize`.
MARKED = [
    pytest.param(name, marks=[] if name in QUICK else pytest.mark.long)
    for name in PRESETS
]
# A plain step on each backend; what else is in `make test` on one.
MARKED_ONCE = [
    pytest.param(param.values[0], marks=pytest.mark.once)
    if param.values[0] in QUICK[1:]
    else param
    for param in MARKED
]
_FACTOR, _LEAST = 32, 4
# Residual networks are deep: of each kind of block one, on few pixels.
_BUILDERS = {
    "r3gan-generator": {"filters": 2, "side": 8, "blocks": (1, 1)},
    "r3gan-discriminator": {"filters": 2, "side": 8, "blocks": (1, 1)},
    "stylegan2-generator": {"filters": 2, "side": 8},
    "stylegan2-discriminator": {"filters": 2, "side": 8},
    "residual-generator": {"filters": 2, "side": 8},
    "residual-discriminator": {"filters": 2, "side": 8, "downsamplings": 2},
}


def config_of(preset):
    """A built-in preset's config."""
    return read_config(find_preset(None, preset)[0])


def narrowed(preset):
    """Overrides that divide every number of filters."""
    overrides = {}
    for role in ("generator", "discriminator"):
        arguments = {**config_of(preset)[role]["arguments"]}
        fewer = with_fewer_blocks(preset, role)
        overrides |= {f"{role}_{name}": value for name, value in fewer.items()}
        for name, value in {**arguments, **fewer}.items():
            if name.endswith(("filters", "units", "channels")):
                overrides[f"{role}_{name}"] = _divided(value)
    return overrides


def with_fewer_blocks(preset, role):
    """The arguments of a network that say how deep it is, if it is deep."""
    network = config_of(preset)[role]
    if network["builder"] not in _BUILDERS:
        return {}
    fewer, arguments = {**_BUILDERS[network["builder"]]}, network["arguments"]
    blocks, side = fewer.pop("filters"), fewer.pop("side")
    return {
        "filters": tuple(arguments["filters"][-blocks:]),
        "image_shape": (side, side, arguments["image_shape"][2]),
        **fewer,
    }


def compile_small(gan):
    """As the preset says, but of many discriminator updates a step with two."""
    recipe = gan.preset["compile"]
    steps = min(recipe["discriminator_steps"], 2)
    gan.compile(**{**recipe, "discriminator_steps": steps})


def _divided(value):
    if isinstance(value, (list, tuple)):
        return tuple(_divided(item) for item in value)
    return max(_LEAST, value // _FACTOR)


def narrow(preset, **overrides):
    """The preset with few filters and untrained weights."""
    return kerasgan.from_preset(
        preset, load_weights=False, **{**narrowed(preset), **overrides}
    )


def data_for(gan, n, seed=0):
    """Random uint8 images of the model's shape; with classes, a pair with labels."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, *gan.image_shape)).astype("uint8")
    return (
        images if gan.num_classes is None else (images, np.arange(n) % gan.num_classes)
    )
