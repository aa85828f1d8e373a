"""One file per published method."""

from kerasgan.models.dcgan import DCGAN
from kerasgan.models.r3gan import R3GAN

__all__ = ["DCGAN", "R3GAN"]
