"""Whether two networks know the classes that a GAN has."""

import keras

from kerasgan.networks.checks import all_layers
from kerasgan.registry import network_spec

_SCORE, _CLASSES = "scores", "class_logits"
_ENDS = (keras.activations.sigmoid, keras.activations.softmax)


def check_has_classes(method, num_classes):
    """Raises if a method of labelled images is given no `num_classes`."""
    if num_classes is None:
        raise ValueError(
            f"{method} trains on labelled images and needs to know how many classes "
            "there are. Received: num_classes=None. Pass `num_classes=`."
        )


def check_same_classes(num_classes, generator, discriminator):
    """Raises if a network was built for another number of classes.

    A label beyond a network's last class would be an error in the middle of a step on
    one backend and a wrong image on another.

    Args:
        num_classes: the GAN's, or `None`.
        generator: Keras model, as is `discriminator`.

    Raises:
        ValueError: if one of them contradicts `num_classes`.
    """
    if num_classes is None:
        return
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        spec = network_spec(network)
        known = None if spec is None else spec["arguments"].get("num_classes")
        if known is None:
            known = _classes_of_own_network(network, num_classes)
        if known not in (None, num_classes):
            raise ValueError(
                f"`num_classes` contradicts `{role}`, which was built for {known} "
                f"classes. Received: num_classes={num_classes}. Build both networks "
                "for as many classes as the images have."
            )


def _classes_of_own_network(network, num_classes):
    """How many classes an embedding of `labels` has, where those are too few."""
    if not isinstance(network, keras.Function):
        return None
    labels = {id(tensor) for tensor in network.inputs if tensor.name == "labels"}
    for layer in all_layers(network):
        if isinstance(layer, keras.layers.Embedding) and id(layer.input) in labels:
            if layer.input_dim < num_classes:
                return layer.input_dim
    return None


def score_and_classes(answer):
    """`(scores, class_logits)` of what such a discriminator gives."""
    if isinstance(answer, dict):
        return answer[_SCORE], answer[_CLASSES]
    scores, class_logits = answer
    return scores, class_logits


def check_score_and_classes(discriminator, shape, num_classes):
    """Raises unless the discriminator gives a score and the classes' logits.

    Args:
        discriminator: Keras model.
        shape: the tree of shapes that it gives, from `check_discriminator`.
        num_classes: how many classes there are.
    """
    wanted = {_SCORE: (None, 1), _CLASSES: (None, num_classes)}
    if shape not in (wanted, tuple(wanted.values()), list(wanted.values())):
        raise ValueError(
            "`discriminator` must give a dict of 'scores' (batch, 1) and "
            f"'class_logits' (batch, {num_classes}), or the two in this order. "
            f"Received: output shape {shape}. End it with Dense(1) and "
            f"Dense({num_classes}) on the same features."
        )
    if not isinstance(discriminator, keras.Function):
        return
    ends = {id(tensor) for tensor in discriminator.outputs}
    for layer in discriminator.layers:
        if getattr(layer, "activation", None) in _ENDS and id(layer.output) in ends:
            raise ValueError(
                "`discriminator` must give logits; the losses apply sigmoid and "
                f"softmax. Received: a last layer {layer.name!r} with a "
                f"{layer.activation.__name__}. Remove that activation."
            )
