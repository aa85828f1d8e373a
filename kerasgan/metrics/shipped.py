"""The classifiers that come with the package, as extractors."""

import functools
import json
import pathlib

import numpy as np
import safetensors.numpy

from kerasgan.files import file_sha256
from kerasgan.metrics.classifiers import small_classifier
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.naming import register_extractor

WEIGHTS = pathlib.Path(__file__).parent / "weights"
_NETWORKS = {"small_classifier": small_classifier}


def shipped_classifier(name: str, *, folder: pathlib.Path = WEIGHTS) -> Extractor:
    """An extractor from `name`.json and `name`.safetensors in a folder.

    Args:
        name: the files' name.
        folder: Defaults to the package's own.

    Returns:
        An `Extractor` with classes, in float32.

    Raises:
        ValueError: if the weights are not those that the description names.
    """
    description = json.loads((folder / f"{name}.json").read_text())
    path = folder / f"{name}.safetensors"
    sha256 = file_sha256(path)
    if sha256 != description["sha256"]:
        raise ValueError(
            f"The weights of {name!r} are not those of their description. Received: a "
            f"file with SHA-256 {sha256}, wanted {description['sha256']}. Install "
            "kerasgan anew."
        )
    arguments = description["arguments"]
    network = _NETWORKS[description["network"]](
        image_shape=tuple(arguments["image_shape"]),
        stem=arguments["stem"],
        widths=tuple(arguments["widths"]),
        # Scores must not depend on the policy that a GAN trains with.
        dtype="float32",
    )
    tensors = safetensors.numpy.load_file(path)
    for variable in network.weights:
        variable.assign(tensors[variable.path].astype(np.float32))
    return Extractor(
        network, name=name, feature_layer=description["features"], sha256=sha256
    )


for _path in sorted(WEIGHTS.glob("*.json")):
    register_extractor(_path.stem)(functools.partial(shipped_classifier, _path.stem))
