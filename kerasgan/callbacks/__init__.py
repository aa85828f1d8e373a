"""Keras callbacks that watch and guard a training."""

from kerasgan.callbacks.sample_grid import SampleGrid

__all__ = ["SampleGrid"]
