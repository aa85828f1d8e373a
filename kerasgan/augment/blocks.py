"""What real and fake images pass before the discriminator, as data."""

import keras

from kerasgan.augment.adaptive import AdaptiveAugmentation
from kerasgan.augment.differentiable import DiffAugment
from kerasgan.checks import choice, integer, number, record, sequence

# Name -> (layer, check of the policy, checks of the other arguments).
_LAYERS = {
    "diffaugment": (DiffAugment, ("color", "translation", "cutout"), {}),
    "adaptive": (
        AdaptiveAugmentation,
        ("blit", "geometry", "color"),
        {
            "target": number(-1, 1, above=True, below=True),
            "adjustment_images": integer(1, 10**12),
        },
    ),
}


def check_discriminator_augmentation(value, place):
    """Allows `{"name": "diffaugment" or "adaptive", "policy": [...], ...}`."""
    # A list of names: what comes may be no key.
    if not isinstance(value, dict) or value.get("name") not in list(_LAYERS):
        raise place.error(
            'must be an object with "name": "diffaugment" or "adaptive", and "policy"',
            (value,),
        )
    name = value["name"]
    _, policies, optional = _LAYERS[name]
    policy = sequence(choice(*policies), len(policies), shortest=1)
    return record({"name": choice(name), "policy": policy}, optional)(value, place)


def augmentation_layer(value, place, seed):
    """The layer that an argument of a GAN's constructor means.

    Args:
        value: `None`, such an object, a Keras layer, or one as Keras serializes it.
        place: what to call it in errors.
        seed: int for a layer that is made here.

    Returns:
        A `keras.layers.Layer`, or `None`.
    """
    if value is None or isinstance(value, keras.layers.Layer):
        return value
    if isinstance(value, dict) and "class_name" in value:
        return keras.saving.deserialize_keras_object(value)
    if isinstance(value, dict):
        value = {k: _plain(v) for k, v in value.items()}
    block = dict(check_discriminator_augmentation(value, place))
    return _LAYERS[block.pop("name")][0](seed=seed, **block)


def check_steered(layer, method):
    """Raises where an adaptive augmentation would stay at no strength at all."""
    if isinstance(layer, AdaptiveAugmentation) and not method.steers_augmentation:
        raise ValueError(
            f"{method.__name__} does not set the strength of adaptive augmentation, "
            "which would stay 0. Received: discriminator_augmentation of the kind "
            '"adaptive". Take "diffaugment", or override `discriminator_loss`, call '
            "`self.discriminator_augmentation.update(real_scores)` in training there, "
            "and set `steers_augmentation = True`."
        )


def augmentation_block(layer):
    """What `augmentation_layer` makes such a layer of; of others, Keras's own form."""
    for name, (kind, _, optional) in _LAYERS.items():
        if type(layer) is kind:
            config = layer.get_config()
            return {"name": name, **{k: config[k] for k in ("policy", *optional)}}
    return None if layer is None else keras.saving.serialize_keras_object(layer)


def _plain(value):
    return list(value) if isinstance(value, (list, tuple)) else value
