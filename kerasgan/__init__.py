"""kerasgan: the GAN zoo for Keras 3."""

from kerasgan import choosing

try:
    # Before Keras, which takes a framework when it is imported.
    choosing.choose_backend()
    import keras  # noqa: F401
except ImportError as error:
    if error.name not in ("tensorflow", "torch", "jax", "jaxlib", "openvino"):
        raise
    raise ImportError(
        f"kerasgan needs a framework for Keras, and Keras chose {error.name!r}, which "
        "is not installed. Install one with pip install 'kerasgan[tensorflow]', "
        "'kerasgan[torch]' or 'kerasgan[jax]', and set KERAS_BACKEND to tensorflow, "
        "torch or jax if it is not TensorFlow."
    ) from error

from kerasgan import (
    augment,
    callbacks,
    datasets,
    export,
    latent,
    layers,
    losses,
    metrics,
    models,
    networks,
    regularizers,
)
from kerasgan.gan import GAN
from kerasgan.images import save_grid
from kerasgan.models import *  # noqa: F403
from kerasgan.presets import PresetError, from_preset, list_presets
from kerasgan.registry import register_model, register_network
from kerasgan.showing import ImageGrid
from kerasgan.training.optimizer_pair import PairedOptimizer
from kerasgan.version import __version__ as __version__

__all__ = [
    *models.__all__,
    "GAN",
    "ImageGrid",
    "PairedOptimizer",
    "PresetError",
    "augment",
    "callbacks",
    "datasets",
    "export",
    "from_preset",
    "latent",
    "layers",
    "list_presets",
    "losses",
    "metrics",
    "networks",
    "register_model",
    "register_network",
    "regularizers",
    "save_grid",
]
