"""Whether two networks can train against each other."""

import keras

from kerasgan.checks import check_positive_int
from kerasgan.networks.inputs import network_inputs

_NEVER_NEGATIVE = ("sigmoid", "hard_sigmoid", "softmax", "relu", "relu6", "softplus")


def check_models(**networks):
    """Raises unless each network, by its argument's name, is a `keras.Model`."""
    for name, network in networks.items():
        if not isinstance(network, keras.Model):
            raise TypeError(
                f"`{name}` must be a keras.Model. Received: {network!r} of type "
                f"{type(network).__name__}."
            )


def check_latent_dim(generator, latent_dim):
    """The size of a latent, given or read off the generator's `latents`.

    Args:
        generator: Keras model, built or not.
        latent_dim: int, or `None` to read it off.

    Raises:
        ValueError: if it is unknown, or the generator says otherwise.
    """
    if latent_dim is not None:
        check_positive_int("latent_dim", latent_dim)
    shape = _latents_shape(generator)
    if shape is None:
        if latent_dim is None:
            raise ValueError(
                "The latent size of `generator` is unknown. Received: "
                "latent_dim=None and a generator without a keras.Input. Pass "
                "`latent_dim=`, or begin the generator with keras.Input((latent_dim,))."
            )
        return latent_dim
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
        raise ValueError(
            "`generator` must take latents (batch, latent_dim). "
            f"Received: input shape {shape}. Begin it with "
            "keras.Input((latent_dim,)), and call it 'latents' beside other inputs."
        )
    if latent_dim not in (None, shape[1]):
        raise ValueError(
            f"`latent_dim` contradicts the generator, whose latents have size "
            f"{shape[1]}. Received: latent_dim={latent_dim}. Leave `latent_dim` out, "
            "or build the generator with it."
        )
    return shape[1]


def _latents_shape(generator):
    if not generator.built:
        return None
    # A subclassed model has no `inputs`, built or not.
    inputs = getattr(generator, "inputs", None)
    if not inputs:
        return None
    named = {tensor.name: tuple(tensor.shape) for tensor in inputs}
    if len(inputs) == 1:
        return next(iter(named.values()))
    return named.get("latents", list(named.values()))


def check_generator(generator, inputs):
    """The shape of an image that the generator gives.

    Args:
        generator: Keras model.
        inputs: dict of name to `keras.KerasTensor`.

    Returns:
        `(height, width, channels)`.

    Raises:
        ValueError: if it gives no images.
    """
    shape = _shapes(_answer("generator", generator, inputs))
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
        raise ValueError(
            "`generator` must give images (batch, height, width, channels) of a fixed "
            f"size. Received: output shape {shape}. End it with a layer that does, for "
            "example Conv2D(channels, 3, padding='same', activation='tanh')."
        )
    check_last_activation(generator)
    return shape[1:]


def check_last_activation(generator):
    """Raises if the generator's last layer can give no image in [-1, 1].

    Args:
        generator: Keras model.
    """
    if not getattr(generator, "inputs", None):
        # Of a subclassed model, the layer that comes last need not be called last.
        return
    last = _last_layer(generator)
    name = getattr(getattr(last, "activation", None), "__name__", None)
    if name in _NEVER_NEGATIVE or isinstance(last, keras.layers.ReLU):
        raise ValueError(
            "`generator` must give images in [-1, 1], in which black is -1. Received: "
            f"a last layer {last.name!r} with {name or 'relu'}, which gives nothing "
            "below 0. End it with activation='tanh'; real images, if you scale them "
            "yourself, go from -1 to 1 too."
        )


def check_discriminator(discriminator, inputs, image_shape):
    """The shapes that the discriminator gives.

    Args:
        discriminator: Keras model.
        inputs: dict of name to `keras.KerasTensor`.
        image_shape: (height, width, channels) of the generator's images.

    Returns:
        The shape of its output; of several, the tree of shapes.

    Raises:
        ValueError: if it takes other images.
    """
    wanted = _known_input_shape(discriminator)
    if _is_shape(wanted) and not _fits((None, *image_shape), wanted):
        raise ValueError(
            "`discriminator` must take the images that `generator` gives. Received: a "
            f"generator of {image_shape} and a discriminator of {wanted[1:]}. Build "
            "both for one image shape."
        )
    return _shapes(_answer("discriminator", discriminator, inputs))


def check_one_score(discriminator, shape):
    """Raises unless the discriminator gives one score an image, before any sigmoid.

    Args:
        discriminator: Keras model.
        shape: what it gives, from `check_discriminator`.
    """
    if shape != (None, 1):
        raise ValueError(
            "`discriminator` must give one score an image, shape (batch, 1). "
            f"Received: output shape {shape}. End it with Flatten and Dense(1)."
        )
    last = _last_layer(discriminator)
    if getattr(last, "activation", None) is keras.activations.sigmoid:
        raise ValueError(
            "`discriminator` must give logits; the loss applies the sigmoid. Received: "
            f"a last layer {last.name!r} with a sigmoid. Remove that activation."
        )


def _answer(name, network, inputs):
    try:
        return network(network_inputs(network, inputs))
    except Exception as error:
        shapes = {key: tuple(tensor.shape) for key, tensor in inputs.items()}
        raise ValueError(
            f"`{name}` cannot be called on what it is given. Received: inputs of "
            f"shapes {shapes}, and the error {str(error)!r}. Build it for these."
        ) from error


def _shapes(answer):
    if isinstance(answer, keras.KerasTensor):
        return tuple(answer.shape)
    return keras.tree.map_structure(lambda tensor: tuple(tensor.shape), answer)


def _known_input_shape(network):
    try:
        return network.input_shape if network.built else None
    except AttributeError:
        return None


def _is_shape(shape):
    return isinstance(shape, tuple) and not any(isinstance(s, tuple) for s in shape)


def _fits(shape, wanted):
    return len(shape) == len(wanted) and all(
        None in (w, s) or w == s for s, w in zip(shape, wanted)
    )


def _last_layer(network):
    """The last layer, inside nested models, that is more than a change of shape."""
    for layer in reversed(network.layers):
        if isinstance(layer, keras.Model):
            return _last_layer(layer)
        if not isinstance(layer, (keras.layers.Flatten, keras.layers.Reshape)):
            return layer
    return None


def has_batch_norm(*networks):
    """Whether any network, at any depth, has a BatchNormalization layer."""
    batch_norm = keras.layers.BatchNormalization
    return any(isinstance(layer, batch_norm) for layer in all_layers(*networks))


def all_layers(*networks):
    """The layers of the networks, those of nested models included."""
    for network in networks:
        for layer in network.layers:
            yield layer
            if isinstance(layer, keras.Model):
                yield from all_layers(layer)
