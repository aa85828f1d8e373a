"""Which way the numbers in the logs get better, told to Keras's callbacks.

Keras tells a monitor's direction from its own metric containers, which a GAN has not:
`ModelCheckpoint(monitor="g_loss", save_best_only=True)` would raise after the first
epoch. Its callbacks take a `mode`, which is set here where the user left it open.
"""

import typing

import keras

_WATCHERS = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
)
# Ends of names; scores have theirs from the callback that adds them.
_SMALLER = ("_loss", "_penalty")
_GREATER = ("_accuracy",)


@typing.runtime_checkable
class AddsToLogs(typing.Protocol):
    """A callback that adds scores to the logs, and says which way they get better."""

    directions: dict[str, str]


def choose_modes(callbacks: list, names: typing.Iterable[str] = ()) -> list:
    """Sets `mode` of Keras's monitoring callbacks that leave it at `"auto"`.

    Losses and penalties are better when smaller, accuracies when greater.

    Args:
        callbacks: a list of callbacks; those with `directions`, a dict of a name to
            `"min"` or `"max"`, say so of what they add to the logs.
        names: further names that are better when smaller.

    Returns:
        The list.

    Raises:
        TypeError: if one is no callback.
    """
    known = dict.fromkeys(names, "min")
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(
                "`callbacks` must be keras.callbacks.Callback objects, one or a list. "
                f"Received: {callback!r} of type {type(callback).__name__}. Make one, "
                "for example kerasgan.callbacks.SampleGrid('samples')."
            )
        if isinstance(callback, AddsToLogs):
            known.update(callback.directions)
    for callback in callbacks:
        if isinstance(callback, _WATCHERS) and callback.mode == "auto":
            callback.mode = _direction(callback.monitor, known) or "auto"
    return callbacks


def _direction(monitor, known):
    name = monitor.removeprefix("val_")
    if name in known:
        return known[name]
    if name.endswith(_SMALLER):
        return "min"
    return "max" if name.endswith(_GREATER) else None
