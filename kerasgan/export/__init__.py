"""Writing the generator alone, in a format that runs without kerasgan.

`gan.export(path, format=...)` is the entrance. A conversion runs in a process of its
own, so that it can take another framework than the one that trains and so that no
live model is in it; the written file is then read back in its own runtime, in a
third process that knows neither kerasgan nor Keras, and compared with the generator.
"""

from kerasgan.export.exporting import export_generator
from kerasgan.export.formats import FORMATS
from kerasgan.export.report import ExportError, ExportResult

__all__ = ["ExportError", "ExportResult", "FORMATS", "export_generator"]
