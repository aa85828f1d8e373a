"""What an exported file says about itself."""

import datetime
import hashlib

import keras
import numpy as np

from kerasgan.export.stock import weights_of
from kerasgan.files import dump_json, file_sha256
from kerasgan.presets.files import read_config
from kerasgan.presets.listing import find_preset, list_presets
from kerasgan.presets.saving import library_version

VALUE_RANGES = {"float32": [-1, 1], "uint8": [0, 255]}


def make_metadata(gan, network, request):
    """The facts that go into the file.

    Args:
        gan: the GAN.
        network: its generator, or the moving average of it.
        request: the `Request`.

    Returns:
        A dict of JSON values. `weights_sha256` is taken over the generator's weights
        in their order: each as little-endian float32 in C order.
    """
    height, width, channels = gan.image_shape
    return {
        "format_version": 1,
        "library": "kerasgan",
        "library_version": library_version(),
        "model": type(gan).__name__,
        "preset": _preset_name(gan),
        "moving_average": network is gan.ema_generator,
        "latent_dim": gan.latent_dim,
        "input": {"name": "latents", "shape": [None, gan.latent_dim]},
        "output": {
            "name": "images",
            "shape": [None, height, width, channels],
            "dtype": request.output,
            "value_range": VALUE_RANGES[request.output],
        },
        "format": request.format,
        "weights": request.weights,
        "opset": request.opset,
        "weights_sha256": weights_sha256(network),
        "trained_on": f"{keras.backend.backend()}, Keras {keras.__version__}",
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


def _preset_name(gan):
    """The built-in preset whose config the model has, or `None`."""
    if gan.preset is None:
        return None
    for name in list_presets():
        directory, _ = find_preset(None, name)
        if read_config(directory) == gan.preset:
            return name
    return None
