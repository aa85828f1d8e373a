import inspect

import keras
import numpy as np
import pytest

from kerasgan.registry import (
    get_network,
    json_value,
    network_names,
    network_spec,
    register_network,
    restore_network_spec,
)

pytestmark = pytest.mark.once


@register_network("test-line")
def line_network(*, units=(3, 2), slope=0.5, name=None):
    """A line of dense layers."""
    x = inputs = keras.Input((4,))
    for size in units:
        x = keras.layers.Dense(size)(x)
    return keras.Model(inputs, keras.layers.LeakyReLU(slope)(x))


def test_register_network_keeps_signature_and_docstring():
    assert get_network("test-line") is line_network
    assert list(inspect.signature(line_network).parameters) == [
        "units",
        "slope",
        "name",
    ]
    assert line_network.__doc__ == "A line of dense layers."
    assert "test-line" in network_names()


def test_network_spec_holds_all_arguments_as_json():
    spec = network_spec(line_network(units=(5, 1), slope=np.float64(0.25)))
    assert spec == {
        "builder": "test-line",
        "arguments": {"units": [5, 1], "slope": 0.25, "name": None},
    }
    assert type(spec["arguments"]["slope"]) is float


def test_network_spec_is_a_copy():
    model = line_network()
    network_spec(model)["arguments"]["units"].append(9)
    assert network_spec(model)["arguments"]["units"] == [3, 2]


def test_network_spec_of_other_models_is_none():
    assert network_spec(keras.Sequential([keras.layers.Dense(1)])) is None
    assert network_spec("generator") is None
    assert network_spec(keras.models.clone_model(line_network())) is None


def test_network_spec_is_none_for_arguments_outside_json():
    @register_network("test-callable")
    def build(*, activation):
        inputs = keras.Input((2,))
        return keras.Model(inputs, keras.layers.Activation(activation)(inputs))

    assert network_spec(build(activation=keras.ops.tanh)) is None
    assert network_spec(build(activation="tanh")) is not None


def test_restore_network_spec_records_it_again():
    spec = network_spec(line_network())
    clone = keras.models.clone_model(line_network())
    restore_network_spec(clone, spec)
    assert network_spec(clone) == spec
    restore_network_spec(clone, None)
    assert network_spec(clone) == spec


def test_get_network_names_near_ones():
    with pytest.raises(ValueError, match=r"Did you mean 'test-line'.*'test-lime'"):
        get_network("test-lime")


@pytest.mark.parametrize("name", ["", "Upper", "a b", "a/b", "x" * 65, "ä", None, 3])
def test_register_network_refuses_malformed_names(name):
    with pytest.raises(ValueError, match="Received: name="):
        register_network(name)


@pytest.mark.parametrize(
    "builder",
    [lambda units: None, lambda *args: None, lambda **kwargs: None, lambda a, /: None],
)
def test_register_network_refuses_arguments_not_keyword_only(builder):
    with pytest.raises(ValueError, match="keyword-only"):
        register_network("test-refused")(builder)
    assert "test-refused" not in network_names()


def test_register_network_refuses_a_taken_name():
    def other(*, units=1):
        return None

    with pytest.raises(ValueError, match="belongs to .*line_network"):
        register_network("test-line")(other)
    assert get_network("test-line") is line_network


def test_register_network_takes_a_reloaded_function():
    def reloaded(*, units=1):
        return None

    first = register_network("test-reload")(reloaded)
    second = register_network("test-reload")(reloaded)
    assert get_network("test-reload") is second is not first


def test_builder_refuses_unknown_and_positional_arguments():
    with pytest.raises(TypeError, match="layers"):
        line_network(layers=3)
    with pytest.raises(TypeError):
        line_network((3,))


def test_builder_must_return_a_model():
    @register_network("test-no-model")
    def build():
        return keras.layers.Dense(1)

    with pytest.raises(TypeError, match="must return a keras.Model.*Dense"):
        build()


def test_json_value_converts_tuples_and_numpy_scalars():
    values = json_value((np.float32(0.5), True, "a", None, np.bool_(False)))
    assert values == [0.5, True, "a", None, False]
    assert [type(v) for v in values[:2]] == [float, bool]
    with pytest.raises(TypeError, match="Received: list"):
        json_value([[1]])
