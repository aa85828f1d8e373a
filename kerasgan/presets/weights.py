"""A preset's tensors: their names, the file's header, reading and writing."""

import struct

import keras
import numpy as np
import safetensors
import safetensors.numpy

from kerasgan.presets.errors import Place
from kerasgan.presets.skeleton import named_variables

_DTYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_LARGEST_HEADER = 4 * 1024 * 1024
_AVERAGE = "ema_generator"


def needed_shapes(skeletons, *, average):
    """Names and shapes of the tensors that a preset's file must hold.

    Args:
        skeletons: dict of role to `Skeleton`.
        average: whether it holds a moving average of its own, see `holds_average`.

    Returns:
        A dict of `"generator/003_dense/kernel"` to shape.
    """
    sources = dict(skeletons)
    if average:
        sources[_AVERAGE] = skeletons["generator"]
    return {
        f"{role}/{name}": shape
        for role, skeleton in sources.items()
        for name, shape in skeleton.shapes.items()
    }


def holds_average(path):
    """Whether a weights file has tensors of a moving average.

    Without, an average begins at the generator's weights.

    Raises:
        PresetError: if the file is no safetensors file.
    """
    return any(name.startswith(f"{_AVERAGE}/") for name in _read_header(path))


def without_equal_average(tensors):
    """The tensors, without the average's where they are the generator's all."""
    averages = {name for name in tensors if name.startswith(f"{_AVERAGE}/")}
    for name in averages:
        value = tensors[name.replace(_AVERAGE, "generator", 1)]
        # Their bytes: bfloat16 is no type of NumPy's own.
        if tensors[name].tobytes() != value.tobytes():
            return tensors
    return {name: value for name, value in tensors.items() if name not in averages}


def check_header(path, needed, action):
    """Compares a weights file's tensors with those a preset needs.

    Only the header is read, and nothing is allocated.

    Args:
        path: the safetensors file.
        needed: dict of name to shape.
        action: what a user should do about a mismatch.

    Raises:
        PresetError: at the first tensor that is missing, unknown, or of another
            shape or dtype, or if the file is no safetensors file.
    """
    held = _read_header(path)
    place = Place(str(path))
    for name in needed:
        if name not in held:
            raise place.at(name).error("the tensor is missing", None, action)
    for name, (shape, dtype) in held.items():
        if name not in needed:
            problem = "the preset's networks have no such tensor"
            raise place.at(name).error(problem, (shape,), action)
        if shape != needed[name]:
            problem = f"the tensor must have the shape {needed[name]}"
            raise place.at(name).error(problem, (shape,), action)
        if dtype not in _DTYPES:
            problem = f"the tensor's dtype must be one of {', '.join(_DTYPES)}"
            raise place.at(name).error(problem, (dtype,))


def _read_header(path):
    place = Place(str(path))
    with open(path, "rb") as file:
        start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else None
    if length is None or length > _LARGEST_HEADER:
        problem = f"the header must have at most {_LARGEST_HEADER} bytes"
        raise place.error(problem, (length,))
    try:
        with safetensors.safe_open(path, framework="np") as tensors:
            names = tensors.keys()
            slices = [tensors.get_slice(name) for name in names]
            return {
                name: (tuple(piece.get_shape()), piece.get_dtype())
                for name, piece in zip(names, slices)
            }
    except (safetensors.SafetensorError, ValueError, TypeError) as error:
        raise place.error(f"is not a valid safetensors file ({error})") from error


def assign_tensors(path, networks):
    """Assigns a checked file's tensors, each cast to its variable's dtype.

    Args:
        path: the safetensors file, checked with `check_header`.
        networks: dict of role to built model.
    """
    with safetensors.safe_open(path, framework="np") as tensors:
        for role, network in networks.items():
            for name, variable in named_variables(network):
                value = tensors.get_tensor(f"{role}/{name}")
                variable.assign(value.astype(np.dtype(variable.dtype)))


def collect_tensors(networks, dtype, place):
    """The networks' values as NumPy arrays, by tensor name.

    Args:
        networks: dict of role to built model.
        dtype: `"float32"`, `"float16"`, `"bfloat16"`, or `None` to keep each
            variable's own.
        place: the file's `Place`, for errors.

    Raises:
        PresetError: if a value is not floating, or not finite (after the cast).
    """
    tensors = {}
    for role, network in networks.items():
        for name, variable in named_variables(network):
            name = f"{role}/{name}"
            tensors[name] = _as_array(variable, dtype, place.at(name))
    return tensors


def _as_array(variable, dtype, place):
    if variable.dtype not in _DTYPES.values():
        allowed = ", ".join(_DTYPES.values())
        raise place.error(
            f"a preset's variables must have one of the dtypes {allowed}",
            (variable.dtype,),
            'Save the whole model with gan.save("x.keras") instead.',
        )
    array = keras.ops.convert_to_numpy(variable.value)
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array.astype(np.dtype(dtype or variable.dtype)))
    if not np.isfinite(array.astype("float32")).all():
        raise place.error(
            "has values that are not finite, or not in the dtype asked for",
            (str(array.dtype),),
            "Save an earlier state of the training, or use another weights_dtype.",
        )
    return array


def write_tensors(path, tensors):
    """Writes arrays by name to a safetensors file."""
    # The library's own file writer makes files that only their owner can read.
    path.write_bytes(safetensors.numpy.save(tensors))


def parameter_counts(networks):
    """Number of values per network."""
    return {role: int(network.count_params()) for role, network in networks.items()}
