"""What a generator may be given, with one error on every backend."""

import keras
import numpy as np

from kerasgan.training.labels import check_labels


def check_generator_inputs(gan, x):
    """Raises unless arrays are what the generator takes; datasets are let through.

    Args:
        gan: a `GAN`.
        x: an array, a dict of arrays by name, or what else `predict` takes.
    """
    spec = gan.generator_input_spec
    if isinstance(x, dict):
        if set(x) != set(spec):
            raise ValueError(
                f"The generator's inputs must be named {sorted(spec)}. Received: "
                f"{sorted(map(str, x))}. Give a dict of arrays by those names."
            )
        parts = x
    elif len(spec) == 1 and (_is_array(x) or _is_no_data(x)):
        parts = {next(iter(spec)): x}
    elif _is_array(x) or _is_no_data(x):
        raise ValueError(
            f"The generator's inputs must be a dict of arrays named {sorted(spec)}. "
            f"Received: {type(x).__name__}. Give a dict, or call `generate`."
        )
    else:
        return
    count = None
    for name in spec:
        values = _check_array(name, parts[name], spec[name].shape)
        if name == "labels" and gan.num_classes is not None:
            check_labels(
                values, gan.num_classes, len(values) if count is None else count
            )
        count = len(values)


def check_latents(latents, latent_dim):
    """Raises unless a NumPy array is finite latents (n, latent_dim), n at least 1."""
    _check_array("latents", latents, (None, latent_dim))


def _is_array(x):
    return isinstance(x, np.ndarray) or keras.ops.is_tensor(x)


def _is_no_data(x):
    """Whether Keras would fail on it without saying what a generator takes."""
    if isinstance(x, (list, tuple)):
        return not x or not all(map(_is_array, x))
    return x is None or isinstance(x, (str, bytes, int, float))


def _check_array(name, value, wanted):
    shape = (
        f"(n{''.join(f', {size}' for size in wanted[1:])}{',' * (len(wanted) == 1)})"
    )
    if not _is_array(value):
        raise ValueError(
            f"`{name}` must be an array of shape {shape}. Received: "
            f"{type(value).__name__}. Make one with np.asarray."
        )
    value = np.asarray(keras.ops.convert_to_numpy(value))
    # bfloat16 is no NumPy type.
    value = value.astype("float32") if value.dtype.name == "bfloat16" else value
    if not (np.issubdtype(value.dtype, np.number) and np.isrealobj(value)):
        raise ValueError(
            f"`{name}` must hold numbers. Received: dtype={value.dtype}. Give "
            f"{name}.astype('float32')."
        )
    if not _fits(value.shape, wanted):
        raise ValueError(f"`{name}` must have shape {shape}. Received: {value.shape}.")
    if not np.isfinite(value).all():
        index = [int(i) for i in np.argwhere(~np.isfinite(value))[0]]
        raise ValueError(
            f"`{name}` must hold finite numbers. Received: {name}{index} is "
            f"{value[tuple(index)]}. Draw it again, or leave it out."
        )
    return value


def _fits(shape, wanted):
    return (
        len(shape) == len(wanted)
        and shape[0] > 0
        and all(w in (None, s) for s, w in zip(shape[1:], wanted[1:]))
    )
