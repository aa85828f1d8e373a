"""One file per published method."""

from kerasgan.models.dcgan import DCGAN
from kerasgan.models.projection_gan import ProjectionGAN
from kerasgan.models.sngan import SNGAN
from kerasgan.models.wgan_gp import WGANGP

__all__ = ["DCGAN", "SNGAN", "WGANGP", "ProjectionGAN"]
