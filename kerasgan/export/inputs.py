"""The generator's inputs: their description, and tensors to call it with."""

import numpy as np


def describe_inputs(spec):
    """A specification as JSON values.

    Args:
        spec: a GAN's `generator_input_spec`.

    Returns:
        A list of `{"name", "shape", "dtype"}` in the specification's order; a shape
        has `None` for the batch and whatever else is free.
    """
    return [
        {"name": name, "shape": list(each.shape), "dtype": each.dtype}
        for name, each in spec.items()
    ]


def reference_inputs(spec, batch, *, num_classes, rng):
    """Inputs to compare networks with.

    Args:
        spec: a GAN's `generator_input_spec`, free in the batch alone.
        batch: how many.
        num_classes: what whole numbers are below; `None` takes 0, which every such
            input allows.
        rng: a NumPy generator.

    Returns:
        A dict of name to array: standard normal, or uniform whole numbers.
    """

    def draw(each):
        shape = (batch, *each.shape[1:])
        if np.issubdtype(np.dtype(each.dtype), np.integer):
            return rng.integers(num_classes or 1, size=shape).astype(each.dtype)
        return rng.standard_normal(shape, "float32").astype(each.dtype)

    return {name: draw(each) for name, each in spec.items()}
