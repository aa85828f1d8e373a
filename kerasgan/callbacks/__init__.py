"""Keras callbacks that watch and guard a training."""

from kerasgan.callbacks.assessment import Finding, Thresholds
from kerasgan.callbacks.checkpoint import Checkpoint
from kerasgan.callbacks.collapse_guard import CollapseGuard
from kerasgan.callbacks.event_log import EventLog
from kerasgan.callbacks.learning_rate import NetworkLearningRate
from kerasgan.callbacks.quality_metrics import QualityMetrics
from kerasgan.callbacks.sample_grid import SampleGrid
from kerasgan.callbacks.stopping import Stop
from kerasgan.callbacks.training_monitor import TrainingMonitor

__all__ = [
    "Checkpoint",
    "CollapseGuard",
    "EventLog",
    "Finding",
    "NetworkLearningRate",
    "QualityMetrics",
    "SampleGrid",
    "Stop",
    "Thresholds",
    "TrainingMonitor",
]
