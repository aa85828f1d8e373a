"""kerasgan: the GAN zoo for Keras 3."""

from kerasgan import _startup
from kerasgan.version import __version__ as __version__

# The command line reads its arguments before it imports all this.
if not _startup.waits:
    _startup.import_keras()

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
    from kerasgan.training.optimizer_pair import PairedOptimizer

    __all__ = [
        *models.__all__,
        "GAN",
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
