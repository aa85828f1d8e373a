"""What an export gives back, and the error it ends in."""

import dataclasses
import pathlib


class ExportError(RuntimeError):
    """A conversion that failed, or a file that is not right.

    The message says what was tried and what came; for a process that failed, all
    that it printed follows in `output`.

    Args:
        message: what went wrong and what to do.
        output: everything that the failed process printed.
    """

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(f"{message}\n\n{output}".rstrip())
        self.message, self.output = message, output


@dataclasses.dataclass(frozen=True)
class ExportResult:
    """An exported file and what its check found.

    Args:
        path: the file, or the folder of a SavedModel.
        format: the format's name.
        output: `"float32"` or `"uint8"`.
        weights: what the weights are stored in.
        bytes: size of the file or folder, without the JSON beside it.
        writer: the framework that wrote it, with its version.
        runtime: what the file was loaded in, with its version; `None` unverified.
        max_difference: largest difference from the generator, in units of the output;
            `None` unverified.
        tolerance: what `max_difference` may be.
        batches: the batch sizes compared.
        metadata_path: the JSON file beside it.
    """

    path: pathlib.Path
    format: str
    output: str
    weights: str
    bytes: int
    writer: str
    runtime: str | None
    max_difference: float | None
    tolerance: float | None
    batches: tuple[int, ...]
    metadata_path: pathlib.Path

    def __str__(self) -> str:
        head = f"{self.path}: {self.format}, {self.weights}, {self.bytes:,} bytes"
        if self.runtime is None:
            return f"{head}, not verified"
        batches = ", ".join(map(str, self.batches))
        return (
            f"{head}, largest difference {self.max_difference:.2g} from the generator "
            f"(allowed {self.tolerance:g}; batches of {batches}; {self.runtime})"
        )
