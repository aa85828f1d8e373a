"""One file per published method."""

from kerasgan.models.dcgan import DCGAN

MODELS = {"dcgan": DCGAN}
