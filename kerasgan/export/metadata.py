"""What an exported file says about itself."""

import datetime
import hashlib

import keras
import numpy as np
import safetensors

from kerasgan.export.stock import weights_of
from kerasgan.files import dump_json, file_sha256
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import built_in_preset
from kerasgan.presets.skeleton import named_variables
from kerasgan.presets.weights import holds_average
from kerasgan.version import __version__

VALUE_RANGES = {"float32": [-1, 1], "uint8": [0, 255]}


def make_metadata(gan, network, job):
    """The facts that go into the file.

    Args:
        gan: the GAN.
        network: its generator, or the moving average of it.
        job: the `Job`.

    Returns:
        A dict of JSON values. `weights_sha256` is taken over the generator's weights
        in their order: each as little-endian float32 in C order. `training` is what a
        built-in preset records of its weights, where the network has these.
    """
    inputs = [
        {"name": name, "shape": list(each.shape), "dtype": each.dtype}
        for name, each in gan.generator_input_spec.items()
    ]
    preset, directory = built_in_preset(gan.preset)
    return {
        "format_version": 1,
        "library": "kerasgan",
        "library_version": __version__,
        "model": type(gan).__name__,
        "preset": preset,
        "moving_average": network is gan.ema_generator,
        "latent_dim": gan.latent_dim,
        "num_classes": gan.num_classes,
        "inputs": inputs,
        # The first of `inputs`, as files before there were several have it.
        "input": inputs[0],
        "output": {
            "name": "images",
            "shape": [None, *gan.image_shape],
            "dtype": job.output,
            "value_range": VALUE_RANGES[job.output],
        },
        "format": job.format,
        "weights": job.weights,
        "opset": job.opset,
        "weights_sha256": weights_sha256(network),
        "training": directory and _training(directory, gan, network),
        "exported_from": f"{keras.backend.backend()}, Keras {keras.__version__}",
    }


def weights_sha256(network):
    """The SHA-256 of a network's weights, see `make_metadata`."""
    digest = hashlib.sha256()
    for value in weights_of(network):
        digest.update(np.ascontiguousarray(value, "<f4").tobytes())
    return digest.hexdigest()


def write_sidecar(path, metadata, files, verification):
    """Writes the JSON file beside an export.

    Args:
        path: of the JSON file.
        metadata: what `make_metadata` gave.
        files: paths of the export.
        verification: dict, or `None` for one not verified.
    """
    facts = {
        **metadata,
        "date": datetime.date.today().isoformat(),
        "files": {name: held for file in files for name, held in _listing(file)},
        "verification": verification,
    }
    path.write_bytes(dump_json(facts))


def size_of(files):
    """Bytes in files and folders together."""
    return sum(held["bytes"] for file in files for _, held in _listing(file))


def _listing(file):
    for part in sorted(file.rglob("*")) if file.is_dir() else [file]:
        if part.is_file():
            name = part.relative_to(file.parent).as_posix()
            yield name, {"bytes": part.stat().st_size, "sha256": file_sha256(part)}


def _training(directory, gan, network):
    """What a preset's metadata says of its training; `None` for other weights."""
    metadata = read_metadata(directory)
    if metadata["weights"] is None:
        return None
    path = directory / metadata["weights"]["file"]
    averaged = network is gan.ema_generator and holds_average(path)
    role = "ema_generator" if averaged else "generator"
    return metadata["training"] if _has_weights_of(path, role, network) else None


def _has_weights_of(path, role, network):
    with safetensors.safe_open(path, framework="np") as tensors:
        held = set(tensors.keys())
        return all(
            f"{role}/{name}" in held
            and np.array_equal(
                tensors.get_tensor(f"{role}/{name}").astype(np.dtype(variable.dtype)),
                keras.ops.convert_to_numpy(variable),
            )
            for name, variable in named_variables(network)
        )
