"""Layers that work in any Keras model."""

from kerasgan.layers.convolution import Conv2D, Conv2DTranspose, UpsampleConv2D
from kerasgan.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
)

__all__ = [
    "BatchNormalization",
    "Conv2D",
    "Conv2DTranspose",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "UpsampleConv2D",
]
