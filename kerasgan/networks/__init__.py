"""Functions that build generators and discriminators as Functional models."""

from kerasgan.networks.conditional import (
    classifying_discriminator,
    conditional_discriminator,
    conditional_generator,
)
from kerasgan.networks.discriminators import strided_discriminator
from kerasgan.networks.generators import (
    convolutional_generator,
    fully_convolutional_generator,
    transposed_generator,
    upsampling_generator,
)
from kerasgan.networks.r3gan import r3gan_discriminator, r3gan_generator
from kerasgan.networks.residual import residual_discriminator, residual_generator
from kerasgan.networks.stylegan2 import (
    mapping_and_synthesis,
    stylegan2_discriminator,
    stylegan2_generator,
)
from kerasgan.registry import get_network, network_spec, register_network

__all__ = [
    "classifying_discriminator",
    "conditional_discriminator",
    "conditional_generator",
    "convolutional_generator",
    "fully_convolutional_generator",
    "get_network",
    "mapping_and_synthesis",
    "network_spec",
    "r3gan_discriminator",
    "r3gan_generator",
    "register_network",
    "residual_discriminator",
    "residual_generator",
    "strided_discriminator",
    "stylegan2_discriminator",
    "stylegan2_generator",
    "transposed_generator",
    "upsampling_generator",
]
