"""Layers that work in any Keras model."""

from kerasgan.layers.attention import SelfAttention2D
from kerasgan.layers.batch_normalization import (
    BatchNormalization,
    ConditionalBatchNormalization,
)
from kerasgan.layers.clipping import ClippedImages
from kerasgan.layers.convolution import (
    Conv2D,
    Conv2DTranspose,
    DownsampleConv2D,
    UpsampleConv2D,
)
from kerasgan.layers.dropout import SpatialDropout2D
from kerasgan.layers.equalized import EqualizedConv2D, EqualizedDense, ModulatedConv2D
from kerasgan.layers.minibatch import MinibatchStandardDeviation
from kerasgan.layers.normalization import (
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
    PixelNormalization,
)
from kerasgan.layers.resampling import FilteredResampling2D
from kerasgan.layers.spectral import (
    SpectralConv2D,
    SpectralConv2DTranspose,
    SpectralDense,
    SpectralDownsampleConv2D,
    SpectralEmbedding,
)
from kerasgan.layers.styled import LearnedMap, NoiseInjection

__all__ = [
    "BatchNormalization",
    "ClippedImages",
    "ConditionalBatchNormalization",
    "Conv2D",
    "Conv2DTranspose",
    "DownsampleConv2D",
    "EqualizedConv2D",
    "EqualizedDense",
    "FilteredResampling2D",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "LearnedMap",
    "MinibatchStandardDeviation",
    "ModulatedConv2D",
    "NoiseInjection",
    "PixelNormalization",
    "SelfAttention2D",
    "SpatialDropout2D",
    "SpectralConv2D",
    "SpectralConv2DTranspose",
    "SpectralDense",
    "SpectralDownsampleConv2D",
    "SpectralEmbedding",
    "UpsampleConv2D",
]
