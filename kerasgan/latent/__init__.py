"""Walks through a generator's latents, and ways back from images to them.

The functions take and give NumPy arrays of latents (n, latent_dim); `gan.predict`, or
`images_of`, makes images of them.
"""

from kerasgan.latent.generating import images_of
from kerasgan.latent.paths import (
    combine,
    interpolate,
    path,
    traversal,
    truncate,
    truncated_normal,
)
from kerasgan.latent.pictures import save_interpolation, save_traversal
from kerasgan.latent.projection import Projection, project
from kerasgan.latent.rejection import (
    Rejection,
    acceptance_probabilities,
    rejection_sample,
)
from kerasgan.latent.styles import (
    images_of_styles,
    map_to_styles,
    mean_style,
    truncated_images,
)

__all__ = [
    "Projection",
    "Rejection",
    "acceptance_probabilities",
    "combine",
    "images_of",
    "images_of_styles",
    "interpolate",
    "map_to_styles",
    "mean_style",
    "path",
    "project",
    "rejection_sample",
    "save_interpolation",
    "save_traversal",
    "traversal",
    "truncate",
    "truncated_images",
    "truncated_normal",
]
