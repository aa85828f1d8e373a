"""Figures that judge generated images by features: pure functions of NumPy arrays."""

from kerasgan.metrics.classes import ClassCoverage, class_coverage, inception_score
from kerasgan.metrics.distances import (
    Estimate,
    frechet_distance,
    frechet_distance_of_gaussians,
    kernel_distance,
)
from kerasgan.metrics.neighbours import (
    DensityCoverage,
    Neighbours,
    PrecisionRecall,
    density_coverage,
    nearest_neighbours,
    precision_recall,
)
from kerasgan.metrics.pictures import save_nearest_neighbours

__all__ = [
    "ClassCoverage",
    "DensityCoverage",
    "Estimate",
    "Neighbours",
    "PrecisionRecall",
    "class_coverage",
    "density_coverage",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "inception_score",
    "kernel_distance",
    "nearest_neighbours",
    "precision_recall",
    "save_nearest_neighbours",
]
