"""An export as the process that asked for it and those that make it know it."""

import dataclasses
import json
import pathlib
from collections.abc import Sequence

from kerasgan.export.formats import FORMATS


@dataclasses.dataclass(frozen=True)
class Job:
    """One export, its arguments checked.

    `make_job` gives it without the last five fields, which are known when the generator
    has been looked at.

    Args:
        path: where the export belongs, absolute.
        format: name in `FORMATS`.
        output: `"float32"` or `"uint8"`.
        weights: `"float32"`, `"float16"` or `"int8"`.
        opset: int for ONNX, else `None`.
        backend: Keras backend of the process that writes; `None` for a format that is
            written where the generator is.
        writer: name of the module in `kerasgan.export.writers`.
        tolerance: the largest difference allowed, in units of the output.
        batches: the batch sizes to compare; none for an export not verified.
        scratch: folder for what is in between.
        staged: the file or folder to write.
        inputs: list of the inputs' `{"name", "shape", "dtype"}`, in order; a shape has
            `None` for the batch and whatever else is free.
        custom_objects: what `custom_objects_of` gives.
        metadata: JSON text to put into the file.
    """

    path: pathlib.Path
    format: str
    output: str
    weights: str
    opset: int | None
    backend: str | None
    writer: str
    tolerance: float
    batches: tuple[int, ...]
    scratch: pathlib.Path | None = None
    staged: pathlib.Path | None = None
    inputs: Sequence[dict] = ()
    custom_objects: Sequence[tuple] = ()
    metadata: str = ""

    @property
    def network(self):
        """The generator to export, as a `.keras` file."""
        return self.scratch / "generator.keras"

    @property
    def runtime(self):
        """Import name of what reads the file."""
        return FORMATS[self.format].runtime

    @property
    def files(self):
        """Where each file or folder of the export belongs, the JSON last."""
        return FORMATS[self.format].files(self.path)

    @property
    def staged_files(self):
        """The same, as they are written."""
        return FORMATS[self.format].files(self.staged)

    def write(self):
        """Writes the job as JSON into `scratch`; gives the path as a string."""
        path = self.scratch / "job.json"
        path.write_text(json.dumps(dataclasses.asdict(self), default=str))
        return str(path)

    @classmethod
    def read(cls, path):
        """The job that `write` wrote."""
        values = json.loads(pathlib.Path(path).read_text())
        for name in ("path", "scratch", "staged"):
            values[name] = pathlib.Path(values[name])
        return cls(**values)
