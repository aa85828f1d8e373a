"""Scores of generated images: functions of features, extractors, and provenance.

The functions are pure NumPy and take feature arrays; `evaluate` and `Evaluator` take
images or a GAN, and return `Score`s that say how they came about.
"""

from kerasgan.metrics.applications import application_extractor, hub_extractor
from kerasgan.metrics.classes import (
    ClassAccuracy,
    ClassCoverage,
    class_accuracy,
    class_coverage,
    inception_score,
)
from kerasgan.metrics.distances import (
    Estimate,
    frechet_distance,
    frechet_distance_of_gaussians,
    kernel_distance,
)
from kerasgan.metrics.evaluation import Evaluator, evaluate
from kerasgan.metrics.extractors import Extractor, Features
from kerasgan.metrics.figures import Figure, list_metrics, register_metric
from kerasgan.metrics.naming import (
    get_extractor,
    list_extractors,
    register_extractor,
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
from kerasgan.metrics.scores import (
    ProtocolError,
    Score,
    load_scores,
    rank_scores,
    save_scores,
)
from kerasgan.metrics.shipped import shipped_classifier

__all__ = [
    "ClassAccuracy",
    "ClassCoverage",
    "DensityCoverage",
    "Estimate",
    "Evaluator",
    "Extractor",
    "Features",
    "Figure",
    "Neighbours",
    "PrecisionRecall",
    "ProtocolError",
    "Score",
    "application_extractor",
    "class_accuracy",
    "class_coverage",
    "density_coverage",
    "evaluate",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "get_extractor",
    "hub_extractor",
    "inception_score",
    "kernel_distance",
    "list_extractors",
    "list_metrics",
    "load_scores",
    "nearest_neighbours",
    "precision_recall",
    "rank_scores",
    "register_extractor",
    "register_metric",
    "save_nearest_neighbours",
    "save_scores",
    "shipped_classifier",
]
