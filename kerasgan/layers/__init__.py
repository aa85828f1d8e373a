"""Layers that work in any Keras model."""

from kerasgan.layers.convolution import Conv2D

__all__ = ["Conv2D"]
