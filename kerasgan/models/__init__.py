"""One file per published method."""

from kerasgan.models.acgan import ACGAN
from kerasgan.models.conditional_gan import ConditionalGAN
from kerasgan.models.dcgan import DCGAN
from kerasgan.models.lsgan import LSGAN
from kerasgan.models.projection_gan import ProjectionGAN
from kerasgan.models.r3gan import R3GAN
from kerasgan.models.sngan import SNGAN
from kerasgan.models.wgan_gp import WGANGP

__all__ = [
    "ACGAN",
    "DCGAN",
    "LSGAN",
    "R3GAN",
    "SNGAN",
    "WGANGP",
    "ConditionalGAN",
    "ProjectionGAN",
]
