"""One file per published method."""

from kerasgan.models.dcgan import DCGAN
from kerasgan.models.wgan_gp import WGANGP

__all__ = ["DCGAN", "WGANGP"]
