"""Keras callbacks that watch and guard a training."""

from kerasgan.callbacks.checkpoint import Checkpoint
from kerasgan.callbacks.stopping import Stop

__all__ = ["Checkpoint", "Stop"]
