"""Every number that a preset may hold has a range: each schema is walked to show it."""

import copy
import inspect
import json
import pathlib

import pytest
from export_models import only_on

from kerasgan.presets.errors import Place, PresetError
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import list_presets, models_with_presets
from kerasgan.presets.schema import check_config, check_metadata, check_network
from kerasgan.presets.skeleton import build_skeletons
from kerasgan.registry import get_network, network_names, registered_models
from kerasgan.training.optimizers import OPTIMIZERS, SCHEDULES

pytestmark = only_on("torch")

ROOT = pathlib.Path(__file__).parents[1] / "kerasgan" / "presets"
RANGES = pathlib.Path(__file__).parent / "data" / "ranges.json"
PLACE = Place("config.json")
# No number of any field may be one of these.
BEYOND = (1e308, -1e308, 10**400, -(10**400), float("nan"), float("inf"))
ADAM = {"name": "adam", "learning_rate": 0.1}


def config_of(preset):
    return json.loads((ROOT / preset / "config.json").read_text())


def numbers_in(value, path=()):
    """The paths to all numbers inside a JSON value."""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [p for key, item in items for p in numbers_in(item, (*path, key))]
    return [path] if type(value) in (int, float) else []


def replaced(value, path, new):
    value = copy.deepcopy(value)
    target = value
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = new
    return value


def refused(check, value):
    with pytest.raises(PresetError) as raised:
        check(value)
    assert "config.json, field" in str(raised.value)


@pytest.mark.parametrize("preset", list_presets())
def test_numbers_of_presets_have_ranges(preset):
    config = config_of(preset)
    check_config(config, PLACE)
    paths = numbers_in(config)
    assert len(paths) > 10
    for path in paths:
        for beyond in BEYOND:
            refused(lambda c: check_config(c, PLACE), replaced(config, path, beyond))


def test_numbers_of_metadata_have_ranges():
    metadata = read_metadata(ROOT / "dcgan" / "mnist-28")
    paths = numbers_in(metadata)
    assert ("weights", "bytes") in paths and ("parameters", "generator") in paths
    for path in paths:
        for beyond in BEYOND:
            wrong = replaced(metadata, path, beyond)
            refused(lambda m: check_metadata(m, PLACE), wrong)


@pytest.mark.parametrize("model", models_with_presets())
def test_fields_of_each_method_refuse_what_is_beyond(model):
    cls = registered_models()[model]
    preset = next(name for name in list_presets() if name.startswith(f"{model}/"))
    config = {**config_of(preset), "arguments": config_of(preset).get("arguments", {})}
    paths = [("compile", name) for name in cls.Recipe.defaults()]
    paths += [("arguments", name) for name in cls.preset_arguments]
    for path in paths:
        for beyond in BEYOND:
            refused(lambda c: check_config(c, PLACE), replaced(config, path, beyond))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_numbers_of_optimizers_have_ranges(optimizer):
    config = config_of("dcgan/mnist-28")
    path = ("compile", "generator_optimizer")
    for field in ("learning_rate", *OPTIMIZERS[optimizer][1]):
        for beyond in BEYOND:
            block = {**ADAM, "name": optimizer, field: beyond}
            refused(lambda c: check_config(c, PLACE), replaced(config, path, block))


def test_what_all_optimizers_take_is_allowed():
    config = config_of("dcgan/mnist-28")
    block = {**ADAM, "weight_decay": 0.01, "gradient_accumulation_steps": 2}
    path = ("compile", "generator_optimizer")
    check_config(replaced(config, path, block), PLACE)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_numbers_of_schedules_have_ranges(schedule):
    config = config_of("dcgan/mnist-28")
    _, required, optional = SCHEDULES[schedule]
    several = {"boundaries": [1], "values": [1, 1]}
    right = {"name": schedule, **{name: several.get(name, 1) for name in required}}
    path = ("compile", "generator_optimizer")
    check_config(replaced(config, path, {**ADAM, "learning_rate": right}), PLACE)
    for field in ("name", *required, *optional):
        for beyond in BEYOND:
            block = {**ADAM, "learning_rate": {**right, field: beyond}}
            if field in several:
                block["learning_rate"][field] = [*several[field][1:], beyond]
            refused(lambda c: check_config(c, PLACE), replaced(config, path, block))


def test_schedules_go_down_to_zero_and_no_further():
    config = config_of("dcgan/mnist-28")
    path = ("compile", "generator_optimizer")
    common = {"initial_learning_rate": 0.1, "decay_steps": 10}
    for schedule, field, lowest in (
        ("exponential_decay", "decay_rate", 0.01),
        ("polynomial_decay", "end_learning_rate", 0),
        ("polynomial_decay", "power", 0.01),
        ("cosine_decay", "alpha", 0),
    ):
        right = {"name": schedule, **common, field: lowest}
        block = {**ADAM, "learning_rate": right}
        check_config(replaced(config, path, block), PLACE)
        wrong = {**ADAM, "learning_rate": {**right, field: -0.01}}
        refused(lambda c: check_config(c, PLACE), replaced(config, path, wrong))


@pytest.mark.parametrize("policy", ["diffaugment", "adaptive"])
def test_numbers_of_augmentations_have_ranges(policy):
    config = config_of("sngan/flowers-64")
    block = {"name": policy, "policy": ["color"]}
    path = ("arguments", "discriminator_augmentation")
    check_config(replaced(config, path, block), PLACE)
    for field in ("name", "policy", "target", "adjustment_images"):
        for beyond in (*BEYOND, [], {}):
            wrong = replaced(config, path, {**block, field: beyond})
            refused(lambda c: check_config(c, PLACE), wrong)


# Networks --------------------------------------------------------------------


def numbers_of(builder):
    """(argument, whether in a tuple) of each number that a builder takes."""
    for name, parameter in inspect.signature(get_network(builder)).parameters.items():
        default = parameter.default
        if isinstance(default, tuple) and all(type(item) is int for item in default):
            yield name, default
        elif type(default) in (int, float) or default is None:
            yield name, None


# Other tests register builders as well.
OURS = [b for b in network_names() if get_network(b).__module__.startswith("kerasgan.")]
CASES = [(b, *case) for b in OURS for case in numbers_of(b)]


def network_refused(builder, arguments):
    spec = {"builder": builder, "arguments": arguments}

    def build(spec):
        check_network(spec, PLACE)
        build_skeletons({"generator": spec, "discriminator": spec}, "float32", PLACE)

    refused(build, spec)


@pytest.mark.parametrize(
    ("builder", "argument", "items"), CASES, ids=[f"{b}-{a}" for b, a, _ in CASES]
)
def test_numbers_of_networks_have_ranges(builder, argument, items):
    # -1 and -0.5 are below all sizes and rates.
    for beyond in (*BEYOND, -1, -0.5):
        if items is None:
            network_refused(builder, {argument: beyond})
        for i in range(len(items or ())):
            network_refused(builder, {argument: [*items[:i], beyond, *items[i + 1 :]]})


# The ranges themselves -------------------------------------------------------


def said(check, value):
    with pytest.raises(PresetError) as raised:
        check(value)
    return str(raised.value).partition(": ")[2].partition(" Received")[0]


def ranges():
    """What an error says of each number of a method or optimizer, and lengths."""
    found = {}
    for model, cls in registered_models().items():
        if cls.__module__.startswith("kerasgan."):
            home = next((p for p in list_presets() if p.startswith(f"{model}/")), None)
            config = config_of(home or "dcgan/mnist-28")
            config = {**config, "arguments": config.get("arguments", {})}
            for block, names in (
                ("compile", cls.Recipe.defaults()),
                ("arguments", cls.preset_arguments),
            ):
                for name in names:
                    wrong = replaced(config, (block, name), 1e308)
                    words = said(lambda c: check_config(c, PLACE), wrong)
                    found[f"{model}.{block}.{name}"] = words
            alone = {"compile": cls.Recipe.defaults(), **cls.default_training()}
            found[f"{model} without a preset"] = alone
    config, path = config_of("dcgan/mnist-28"), ("compile", "generator_optimizer")
    for schedule, (_, required, optional) in SCHEDULES.items():
        several = {"boundaries": [1], "values": [1, 1]}
        right = {"name": schedule, **{n: several.get(n, 1) for n in required}}
        for field in {**required, **optional}.keys() - several.keys():
            block = {**ADAM, "learning_rate": {**right, field: 1e308}}
            wrong = replaced(config, path, block)
            found[f"{schedule}.{field}"] = said(lambda c: check_config(c, PLACE), wrong)
    adaptive = {"name": "adaptive", "policy": ["color"]}
    for field in ("target", "adjustment_images"):
        place = ("arguments", "discriminator_augmentation")
        wrong = config_of("sngan/flowers-64")
        wrong = replaced(wrong, place, {**adaptive, field: 1e308})
        found[f"adaptive.{field}"] = said(lambda c: check_config(c, PLACE), wrong)
    for optimizer, (_, fields) in OPTIMIZERS.items():
        for field in ("learning_rate", *fields):
            block = {**ADAM, "name": optimizer, field: 1e308}
            wrong = replaced(config, path, block)
            found[f"{optimizer}.{field}"] = said(
                lambda c: check_config(c, PLACE), wrong
            )
    return found


def test_ranges_are_those_that_presets_were_written_for():
    """A narrower range refuses people's presets; a wider one is a decision.

    `KERAS_BACKEND=torch python tests/test_preset_numbers.py` writes them anew.
    """
    assert ranges() == json.loads(RANGES.read_text())


if __name__ == "__main__":
    RANGES.write_text(json.dumps(ranges(), indent=1, sort_keys=True) + "\n")
