"""The arguments of an export, checked before anything is built."""

import os
import pathlib

from kerasgan.checks import check_positive_int
from kerasgan.export.formats import DEFAULT_OPSET, FORMATS, choose_writer
from kerasgan.export.job import Job

OUTPUTS = ("float32", "uint8")
# In units of [-1, 1].
TOLERANCES = {"float32": 1e-4, "float16": 0.02, "int8": 0.5}


def make_job(path, format, *, output, weights, opset, overwrite, verify, batches):
    """Checks the arguments of `GAN.export`; gives a `Job`."""
    path = pathlib.Path(os.path.abspath(os.fspath(path)))
    format = _format(path, format)
    _one_of("output", output, OUTPUTS)
    _one_of("weights", weights, FORMATS[format].weights, f" for format={format!r}")
    opset = _opset(format, opset)
    _check_target(path, format, overwrite)
    writer = choose_writer(format, opset, weights, verify=verify)
    tolerance = TOLERANCES[weights]
    if output == "uint8":
        # A value next to the middle of two levels may round either way.
        tolerance = float(int(tolerance * 127.5) + 1)
    return Job(
        path=path,
        format=format,
        output=output,
        weights=weights,
        opset=opset,
        backend=writer.backend,
        writer=writer.module,
        tolerance=tolerance,
        batches=tuple(batches) if verify else (),
    )


def _one_of(name, value, allowed, where=""):
    if value not in allowed:
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, allowed))}{where}. "
            f"Received: {name}={value!r}."
        )


def _format(path, name):
    suffixes = {format.suffix: key for key, format in FORMATS.items()}
    if name is None and path.suffix not in suffixes:
        raise ValueError(
            "`format` follows from the path's suffix where that is one of "
            f"{', '.join(sorted(filter(None, suffixes)))}, or none for a SavedModel. "
            f"Received: path={path.name!r}. Pass format=, one of {', '.join(FORMATS)}."
        )
    name = suffixes[path.suffix] if name is None else name
    if name not in FORMATS:
        raise ValueError(
            f"`format` must be one of {', '.join(map(repr, FORMATS))}. "
            f"Received: format={name!r}."
        )
    suffix = FORMATS[name].suffix
    if suffix and path.suffix != suffix:
        raise ValueError(
            f"`path` must end in {suffix} for format={name!r}. "
            f"Received: path={path.name!r}."
        )
    if not suffix and path.suffix in suffixes and path.suffix:
        raise ValueError(
            f"`path` is a folder for format={name!r}, without a file's suffix. "
            f"Received: path={path.name!r}."
        )
    return name


def _opset(format, opset):
    ranges = [w.opsets for w in FORMATS[format].writers if w.opsets]
    if not ranges:
        if opset is not None:
            raise ValueError(
                f"`opset` belongs to format='onnx'. Received: opset={opset!r} with "
                f"format={format!r}."
            )
        return None
    if opset is None:
        return DEFAULT_OPSET
    check_positive_int("opset", opset)
    low, high = min(r.start for r in ranges), max(r.stop for r in ranges) - 1
    if not low <= opset <= high:
        raise ValueError(
            f"`opset` must be from {low} to {high}. Received: opset={opset}."
        )
    return opset


def _check_target(path, format, overwrite):
    for file in FORMATS[format].files(path):
        if not file.exists():
            continue
        if not overwrite:
            raise FileExistsError(
                f"{file} exists. Pass overwrite=True to replace it, or choose another "
                "path."
            )
        saved_model = file == path and not FORMATS[format].suffix
        if file.is_dir() and not saved_model:
            raise FileExistsError(f"{file} is a folder. Choose another path.")
        if saved_model and not (file / "saved_model.pb").is_file():
            raise FileExistsError(
                f"{file} is no SavedModel, and is not replaced. Choose another path."
            )
