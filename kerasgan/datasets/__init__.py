"""Images to train on: named sets, drawn sets and folders of pictures.

Everything here returns NumPy arrays, uint8 in [0, 255] and channels last, as `fit`
takes them.
"""

from kerasgan.datasets.embedded import glyphs, shapes
from kerasgan.datasets.folder import image_folder
from kerasgan.datasets.named import class_names, load

__all__ = ["class_names", "glyphs", "image_folder", "load", "shapes"]
