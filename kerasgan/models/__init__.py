"""One file per published method."""

from kerasgan.models.dcgan import DCGAN

__all__ = ["DCGAN"]
