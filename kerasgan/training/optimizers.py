"""Optimizers as data: the closed table that presets and `compile` take names from."""

import keras
import numpy as np

from kerasgan.checks import boolean, choice, integer, nullable, number, record, sequence

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

_LEARNING_RATE = number(0, 10, above=True)
_STEPS = integer(1, 10**9)
_FROM = {"initial_learning_rate": _LEARNING_RATE, "decay_steps": _STEPS}
_SCHEDULES = keras.optimizers.schedules
# Name -> (Keras class, checks of its required arguments, and of its optional ones).
SCHEDULES = {
    "polynomial_decay": (
        _SCHEDULES.PolynomialDecay,
        _FROM,
        {"end_learning_rate": number(0, 10), "power": number(0, 10, above=True)},
    ),
    "cosine_decay": (_SCHEDULES.CosineDecay, _FROM, {"alpha": number(0, 1)}),
    "exponential_decay": (
        _SCHEDULES.ExponentialDecay,
        {**_FROM, "decay_rate": number(0, 1, above=True)},
        {"staircase": boolean},
    ),
    "piecewise_constant_decay": (
        _SCHEDULES.PiecewiseConstantDecay,
        {
            "boundaries": sequence(_STEPS, 64, shortest=1),
            "values": sequence(_LEARNING_RATE, 65, shortest=2),
        },
        {},
    ),
}


def check_optimizer_block(value, place):
    """Allows `{"name": ..., "learning_rate": ..., ...}` of the closed table."""
    if not isinstance(value, dict):
        raise place.error("must be an object", (value,))
    if "name" not in value:
        raise place.at("name").error("is missing")
    name = choice(*OPTIMIZERS)(value["name"], place.at("name"))
    required = {"name": choice(*OPTIMIZERS), "learning_rate": _check_learning_rate}
    kept = record(required, OPTIMIZERS[name][1])(value, place)
    clips = [k for k in value if "clip" in k and value[k] is not None]
    if len(clips) > 1:
        raise place.error(
            "may set only one of clipvalue, clipnorm and global_clipnorm", (clips,)
        )
    return kept


def _check_learning_rate(value, place):
    if not isinstance(value, dict):
        return _LEARNING_RATE(value, place)
    # A list of names: what comes may be no key.
    if value.get("name") not in list(SCHEDULES):
        names = ", ".join(SCHEDULES)
        raise place.error(
            f"must be a number above 0 and at most 10, or a schedule: one of {names}, "
            "by `name`",
            (value,),
        )
    name = value["name"]
    _, required, optional = SCHEDULES[name]
    kept = record({"name": choice(*SCHEDULES), **required}, optional)(value, place)
    if "values" in kept and len(kept["values"]) != len(kept["boundaries"]) + 1:
        raise place.error("must have one of `values` more than `boundaries`", (value,))
    return kept


def check_optimizer(value, place):
    """Allows a Keras optimizer, the name of one, or a block of the closed table."""
    # Keras's own form of an optimizer as data names a class.
    if isinstance(value, dict) and "class_name" not in value:
        return check_optimizer_block(value, place)
    try:
        optimizer = keras.optimizers.get(value)
    except (ValueError, TypeError) as error:
        raise place.error(
            "must be a keras.optimizers.Optimizer or the name of one",
            (value,),
            "Give for example keras.optimizers.Adam(2e-4, beta_1=0.5).",
            kind=type(error),
        ) from error
    # A schedule or a function is called in the step: only numbers can be checked.
    rate = innermost_optimizer(optimizer).get_config()["learning_rate"]
    if isinstance(rate, float) and not 0 < rate < float("inf"):
        raise place.error(
            "must have a learning rate above 0",
            None,
            f"Received: learning_rate={rate}.",
        )
    return optimizer


def make_optimizer(value):
    """A Keras optimizer from what `check_optimizer` allowed."""
    if not isinstance(value, dict):
        return value
    block = dict(value)
    optimizer, _ = OPTIMIZERS[block.pop("name")]
    if isinstance(block["learning_rate"], dict):
        rate = dict(block["learning_rate"])
        schedule, *_ = SCHEDULES[rate.pop("name")]
        block["learning_rate"] = schedule(**rate)
    return optimizer(**block)


def optimizer_block(optimizer, place):
    """The block that `check_optimizer_block` allows, for an optimizer of its table.

    Args:
        optimizer: a `keras.optimizers.Optimizer`, loss-scaled or not.
        place: what to blame where it cannot be put into a block.

    Returns:
        `{"name": ..., "learning_rate": ..., ...}` without what is `None`.
    """
    optimizer = innermost_optimizer(optimizer)
    config = optimizer.get_config()
    # By class name: on torch, Keras makes objects of a subclass of the same name.
    known = {cls.__name__: (name, f) for name, (cls, f) in OPTIMIZERS.items()}
    if type(optimizer).__name__ not in known:
        raise place.error(
            f"must be one of {', '.join(OPTIMIZERS)} to be part of a preset",
            (type(optimizer).__name__,),
        )
    if optimizer.use_ema or optimizer.loss_scale_factor is not None:
        raise place.error(
            "must have neither use_ema nor loss_scale_factor to be part of a preset. "
            f"Received: use_ema={optimizer.use_ema}, "
            f"loss_scale_factor={optimizer.loss_scale_factor}"
        )
    name, fields = known[type(optimizer).__name__]
    rate = _learning_rate_block(config["learning_rate"], place.at("learning_rate"))
    kept = {k: config[k] for k in fields if config.get(k) is not None}
    return {"name": name, "learning_rate": rate, **kept}


def _learning_rate_block(rate, place):
    if isinstance(rate, float):
        # The shortest decimal of the float32 that Keras holds: 0.0002, not 0.00019999.
        return float(str(np.float32(rate)))
    # Keras gives a schedule as a serialized object.
    known = {cls.__name__: (name, [*r, *o]) for name, (cls, r, o) in SCHEDULES.items()}
    kind = rate.get("class_name") if isinstance(rate, dict) else None
    if kind not in known:
        raise place.error(
            "must be a number, or a schedule that is one of "
            f"{', '.join(SCHEDULES)}, to be part of a preset",
            (rate,),
        )
    name, fields = known[kind]
    values = {k: rate["config"][k] for k in fields if rate["config"].get(k) is not None}
    return {"name": name, **values}


def innermost_optimizer(optimizer):
    """What a `LossScaleOptimizer` wraps, or the optimizer itself."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return innermost_optimizer(optimizer.inner_optimizer)
    return optimizer
