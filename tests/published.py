"""What a preset's source says, against the preset and the networks that it builds.

A method's test holds two tables by preset. `PUBLISHED`: dotted fields of `config.json`
and what the source has there, each typed from the source, with the place in it.
`PARAMETERS`: the sizes of both networks, calculated by hand. tests/test_architecture.py
sees that no preset is without.
"""

import keras

import kerasgan
from kerasgan.layers import SpatialDropout2D
from kerasgan.networks.checks import all_layers
from kerasgan.presets.files import read_config
from kerasgan.presets.listing import find_preset


def adam(rate, beta_1, epsilon, where, *, beta_2=0.999):
    """`PUBLISHED`'s fields of Adam for both networks."""
    values = {"learning_rate": rate, "beta_1": beta_1, "beta_2": beta_2}
    values |= {"name": "adam", "epsilon": epsilon}
    return {
        f"compile.{network}_optimizer.{name}": (value, where)
        for network in ("generator", "discriminator")
        for name, value in values.items()
    }


def batch_norm(momentum, epsilon, where, *networks):
    """`PUBLISHED`'s fields of batch norm, for both networks or those named."""
    return {
        f"{network}.arguments.batch_norm_{name}": (value, where)
        for network in networks or ("generator", "discriminator")
        for name, value in (("momentum", momentum), ("epsilon", epsilon))
    }


def check_published(preset, values):
    """Compares a preset, such as `"dcgan/mnist-28"`, with its source.

    Args:
        preset: the preset's id.
        values: dict of a dotted field to `(value, where the source says so)`.
    """
    directory, _ = find_preset(None, preset)
    config = read_config(directory)
    for field, (value, where) in values.items():
        assert where, field
        found = config
        for key in field.split("."):
            assert key in found, f"{preset}: config.json has no {field}: {found}"
            found = found[key]
        assert found == value, f"{preset}: {field} is {found}, {where} says {value}"


def check_parameters(preset, counts):
    """Compares both networks' sizes with a hand calculation."""
    gan = kerasgan.from_preset(preset, load_weights=False)
    held = (gan.generator.count_params(), gan.discriminator.count_params())
    assert held == counts


def check_arguments_reach_the_layers(preset):
    """A builder that drops an argument would pass every comparison of configs."""
    gan = kerasgan.from_preset(preset, load_weights=False)
    for role in ("generator", "discriminator"):
        arguments = gan.preset[role]["arguments"]
        layers = list(all_layers(getattr(gan, role)))
        _check_norms(layers, arguments)
        _check_slopes(layers, arguments)
        _check_rates(layers, arguments, keras.layers.Dropout, "dropout_rate")
        _check_rates(layers, arguments, SpatialDropout2D, "spatial_dropout_rate")
        _check_initializers(layers, arguments)


def _check_norms(layers, arguments):
    norms = [x for x in layers if isinstance(x, keras.layers.BatchNormalization)]
    for layer in norms:
        assert layer.momentum == arguments["batch_norm_momentum"]
        assert layer.epsilon == arguments["batch_norm_epsilon"]


def _check_slopes(layers, arguments):
    slope = arguments["leaky_slope"]
    leaky = [x for x in layers if isinstance(x, keras.layers.LeakyReLU)]
    assert bool(leaky) == bool(slope)
    assert {layer.negative_slope for layer in leaky} <= {slope}


def _check_rates(layers, arguments, kind, name):
    rate = arguments.get(name, 0.0)
    held = {layer.rate for layer in layers if type(layer) is kind}
    assert held == ({rate} if rate else set())


def _check_initializers(layers, arguments):
    initializers = keras.initializers
    expected = {
        "normal": (initializers.RandomNormal, {"mean": 0.0, "stddev": 0.02}),
        "keras": (initializers.GlorotUniform, {}),
        "pytorch": (
            initializers.VarianceScaling,
            {"scale": 1.0 / 3.0, "mode": "fan_in", "distribution": "uniform"},
        ),
        "orthogonal": (initializers.Orthogonal, {"gain": 1.0}),
    }
    kind, values = expected[arguments["kernel_initializer"]]
    kernels = [x for x in layers if hasattr(x, "kernel_initializer")]
    assert kernels
    for layer in kernels:
        assert isinstance(layer.kernel_initializer, kind)
        config = layer.kernel_initializer.get_config()
        assert {key: config[key] for key in values} == values
