"""kerasgan: the GAN zoo for Keras 3."""

from kerasgan import _startup

# The command line reads its arguments before it imports all this.
if not _startup.waits:
    _startup.import_keras()

    from kerasgan import augment, datasets, export, layers, losses, networks
    from kerasgan.gan import GAN
    from kerasgan.images import save_grid
    from kerasgan.models import DCGAN
    from kerasgan.networks import register_network
    from kerasgan.presets import PresetError, from_preset, list_presets
    from kerasgan.training.optimizer_pair import PairedOptimizer

__version__ = "0.1.0"

__all__ = [
    "DCGAN",
    "GAN",
    "PairedOptimizer",
    "PresetError",
    "augment",
    "datasets",
    "export",
    "from_preset",
    "layers",
    "list_presets",
    "losses",
    "networks",
    "register_network",
    "save_grid",
]
