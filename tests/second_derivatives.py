"""A gradient penalty's gradients through a layer, against float64 in NumPy."""

import keras
import numpy as np
from compiled import compiled
from float64 import central_differences, input_gradient
from keras import ops

from kerasgan import _backends

SHAPES = {2: (6, 4), 3: (4, 3, 4), 4: (3, 3, 3, 4), 5: (2, 2, 3, 2, 4)}
RANKS = list(SHAPES)
# float32 against float64, as a share of the largest gradient.
TOLERANCE = 1e-4
BEND = np.array([0.1, 0.3, 0.2, 0.15])


def score(outputs, weights):
    """A sum that bends: that of a normalised batch alone is constant."""
    module = np if isinstance(outputs, np.ndarray) else ops
    return module.tanh(outputs) * weights


def bent(x, bend):
    """What the layer is given: a weight before it feels how its gradient changes.

    A square would not do: a stopped mean would cancel in all but epsilon.
    """
    return x + bend * x * x * x


def check_second_derivatives(layer, formula, x, *others, **arguments):
    """Compares the penalty's gradients for all weights of `layer` and one before it.

    Args:
        layer: of `kerasgan.layers`, unbuilt.
        formula: `formula(x, *weights)`, the layer in NumPy, for maps
            (copies, *x.shape); weights are the trainable ones, then the others.
        x: the first input; no derivative is taken for `others`.
        **arguments: of the layer's call.
    """
    layer.build(x.shape, *(other.shape for other in others))
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(weight_of(weight.shape, rng))
    values, frozen = (
        [np.array(ops.convert_to_numpy(weight), "float64") for weight in weights]
        for weights in (layer.trainable_variables, layer.non_trainable_variables)
    )
    others = [ops.convert_to_tensor(other) for other in others]
    weights = rng.standard_normal(formula(x[None], *values, *frozen).shape[1:])
    bend = BEND[: x.shape[-1]].copy()
    variables = [keras.Variable(bend, dtype="float32"), *layer.trainable_variables]

    def exact_penalty():
        def scores(x):
            return score(formula(bent(x, bend), *values, *frozen), weights)

        return np.sum(input_gradient(scores, x) ** 2)

    def penalty():
        def scores(x):
            outputs = layer(bent(x, variables[0]), *others, **arguments)
            return score(outputs, ops.convert_to_tensor(weights, "float32"))

        images = ops.convert_to_tensor(x, "float32")
        slope = _backends.input_gradient(scores, images)
        return ops.sum(ops.square(slope)), None

    (loss, _), gradients = compiled(
        lambda: _backends.value_and_gradients(penalty, variables), variables
    )
    loss, *gradients = [ops.convert_to_numpy(value) for value in (loss, *gradients)]
    np.testing.assert_allclose(loss, exact_penalty(), rtol=TOLERANCE)
    expected = central_differences(exact_penalty, [bend, *values])
    for received, gradient in zip(gradients, expected, strict=True):
        allowed = TOLERANCE * np.abs(gradient).max()
        np.testing.assert_allclose(received, gradient, rtol=0, atol=allowed)


def weight_of(shape, rng):
    """Values that no tanh saturates with: scales, or the kernel of a product."""
    values = rng.uniform(0.5, 1.5, shape)
    return values / np.sqrt(values.size) if len(shape) > 1 else values


def inputs(rank, *, offset=0.5):
    """Maps whose mean is not zero, where a stopped mean would show."""
    return offset + np.random.default_rng(rank).standard_normal(SHAPES[rank])
