"""One file per published method."""

from kerasgan.models.dcgan import DCGAN
from kerasgan.models.r3gan import R3GAN
from kerasgan.models.wgan_gp import WGANGP

__all__ = ["DCGAN", "R3GAN", "WGANGP"]
