"""The compile block of a preset: which optimizers and losses it may name."""

import keras
import numpy as np

from kerasgan.presets.errors import PresetError
from kerasgan.presets.fields import boolean, choice, integer, nullable, number, record

_WHOLE = 'Save the whole model with gan.save("x.keras") instead.'
_RATE = number(0, 1, below=True)
_CLIP = nullable(number(0, 1e6, above=True))
_COMMON = {
    "clipvalue": _CLIP,
    "clipnorm": _CLIP,
    "global_clipnorm": _CLIP,
    "weight_decay": nullable(number(0, 1)),
    "gradient_accumulation_steps": nullable(integer(2, 65536)),
}
_EPSILON = number(0, 1, above=True)
_ADAM = {"beta_1": _RATE, "beta_2": _RATE, "epsilon": _EPSILON, "amsgrad": boolean}
_RMSPROP = {"rho": _RATE, "momentum": _RATE, "epsilon": _EPSILON, "centered": boolean}

# Name -> (Keras class, checks of its optional arguments). What is not here can
# be named by no preset.
OPTIMIZERS = {
    "adam": (keras.optimizers.Adam, {**_COMMON, **_ADAM}),
    "adamw": (
        keras.optimizers.AdamW,
        # Keras's AdamW refuses None here.
        {**_COMMON, **_ADAM, "weight_decay": number(0, 1)},
    ),
    "rmsprop": (keras.optimizers.RMSprop, {**_COMMON, **_RMSPROP}),
    "sgd": (
        keras.optimizers.SGD,
        {**_COMMON, "momentum": _RATE, "nesterov": boolean},
    ),
}


def check_optimizer(value, place):
    """Allows `{"name": ..., "learning_rate": ..., ...}` of the closed table."""
    if not isinstance(value, dict):
        raise place.error("must be an object", (value,))
    if "name" not in value:
        raise place.at("name").error("is missing")
    choice(*OPTIMIZERS)(value["name"], place.at("name"))
    required = {
        "name": choice(*OPTIMIZERS),
        "learning_rate": number(0, 10, above=True),
    }
    record(required, OPTIMIZERS[value["name"]][1])(value, place)
    clips = [k for k in value if "clip" in k and value[k] is not None]
    if len(clips) > 1:
        raise place.error(
            "may set only one of clipvalue, clipnorm and global_clipnorm", (clips,)
        )


_LABEL = number(0, 1)

# Model slug -> check of its compile block: each method has its own fields.
COMPILE_CHECKS = {
    "dcgan": record(
        {
            "generator_optimizer": check_optimizer,
            "discriminator_optimizer": check_optimizer,
            "loss": choice("binary_crossentropy"),
            "real_label": _LABEL,
            "fake_label": _LABEL,
            "generator_label": _LABEL,
            "label_noise": number(0, 1),
            "label_flip_rate": number(0, 1),
            "discriminator_steps": integer(1, 65536),
            "reuse_fake_images": boolean,
            "discriminator_loss_weight": number(1e-6, 1e6),
        }
    )
}


def compile_from_preset_block(block):
    """Arguments for `gan.compile` from a preset's checked compile block.

    Args:
        block: the dict under `"compile"` of a config that was checked.

    Returns:
        A new dict, its two optimizers instantiated.
    """
    arguments = dict(block)
    for key in ("generator_optimizer", "discriminator_optimizer"):
        values = dict(block[key])
        optimizer, _ = OPTIMIZERS[values.pop("name")]
        arguments[key] = optimizer(**values)
    return arguments


def optimizer_block(optimizer):
    """The block that `check_optimizer` allows, for an optimizer of its table.

    Args:
        optimizer: a `keras.optimizers.Optimizer`, loss-scaled or not.

    Returns:
        `{"name": ..., "learning_rate": ..., ...}` without what is `None`.

    Raises:
        PresetError: for another optimizer or a learning rate that is no number.
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    config = optimizer.get_config()
    # By class name: on torch, Keras makes objects of a subclass of the same name.
    known = {cls.__name__: (name, f) for name, (cls, f) in OPTIMIZERS.items()}
    if type(optimizer).__name__ not in known:
        raise PresetError(
            f"A preset's optimizer must be one of {', '.join(OPTIMIZERS)}. Received: "
            f"{type(optimizer).__name__}. {_WHOLE}"
        )
    if not isinstance(config["learning_rate"], float):
        raise PresetError(
            "A preset's learning rate must be a number. Received: a schedule "
            f"({config['learning_rate']}). {_WHOLE}"
        )
    if optimizer.use_ema or optimizer.loss_scale_factor is not None:
        raise PresetError(
            "A preset's optimizer has neither use_ema nor loss_scale_factor. "
            f"Received: use_ema={optimizer.use_ema}, "
            f"loss_scale_factor={optimizer.loss_scale_factor}. {_WHOLE}"
        )
    name, fields = known[type(optimizer).__name__]
    # The shortest decimal of the float32 that Keras holds: 0.0002, not 0.00019999.
    block = {
        "name": name,
        "learning_rate": float(str(np.float32(config["learning_rate"]))),
    }
    block.update({k: config[k] for k in fields if config.get(k) is not None})
    return block
