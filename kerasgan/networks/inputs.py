"""What networks are called on: one tensor, or several by name."""

import keras


def input_spec(latent_dim, num_classes):
    """What a generator takes: a dict of name to `keras.layers.InputSpec`."""
    spec = keras.layers.InputSpec
    inputs = {"latents": spec(shape=(None, latent_dim), dtype="float32")}
    if num_classes is not None:
        inputs["labels"] = spec(shape=(None,), dtype="int32")
    return inputs


def symbolic(spec):
    """`keras.KerasTensor`s for a dict of name to `InputSpec`."""
    return {
        name: keras.KerasTensor(part.shape, dtype=part.dtype)
        for name, part in spec.items()
    }


def as_argument(inputs):
    """A dict of name to tensor as one argument: of one tensor, that tensor."""
    return next(iter(inputs.values())) if len(inputs) == 1 else inputs


def network_inputs(network, inputs):
    """Inputs in the form in which a network is called on them.

    Args:
        network: Keras model. A Functional one made of a list of inputs takes those
            of its own names in its own order.
        inputs: dict of name to tensor, or what `as_argument` made of it.

    Returns:
        A single tensor, or a dict, or a list of tensors.
    """
    if not isinstance(inputs, dict) or len(inputs) == 1:
        return as_argument(inputs) if isinstance(inputs, dict) else inputs
    taken = network.input if isinstance(network, keras.Function) else None
    if not isinstance(taken, (list, tuple)):
        return inputs
    names = [tensor.name for tensor in taken]
    if set(names) != set(inputs):
        raise ValueError(
            f"The inputs of {network.name!r} must be named {sorted(inputs)}. Received: "
            f"{names}. Name them, for example keras.Input((), name='labels')."
        )
    return [inputs[name] for name in names]
