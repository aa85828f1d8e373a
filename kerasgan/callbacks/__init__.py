"""Keras callbacks that watch and guard a training."""
