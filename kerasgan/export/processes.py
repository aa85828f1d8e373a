"""Running a conversion or a check in a process of its own."""

import importlib.metadata
import os
import signal
import subprocess
import sys

from kerasgan.export.report import ExportError

# What a process prints for the user, not only for an error's sake.
PROGRESS = "kerasgan: "


def run_process(arguments, *, backend, task, verbose):
    """Runs Python with `arguments` and waits.

    Args:
        arguments: list of strings after the interpreter's name.
        backend: Keras backend for the process.
        task: what it does, for the error: "writing ... under torch".
        verbose: whether lines that begin with `PROGRESS` are printed as they come.

    Raises:
        ExportError: if the process fails, with all that it printed.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=_environment(backend),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if verbose and line.startswith(PROGRESS):
                print(line.removeprefix(PROGRESS), end="", flush=True)
    except BaseException:
        process.kill()
        raise
    finally:
        process.stdout.close()
        process.wait()
    if process.returncode:
        raise ExportError(
            f"The process for {task} failed: {_ending(process.returncode)}. What was "
            "there before is unchanged. All that the process printed:",
            "".join(lines),
        )


def package_version(*names):
    """The version of the first installed distribution of `names`."""
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "of unknown version"


def _environment(backend):
    return {
        **os.environ,
        "KERAS_BACKEND": backend,
        # Modules with the user's own layers must be found as they are here.
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        # The live model may hold the whole accelerator, and a file must not be bound
        # to one.
        "CUDA_VISIBLE_DEVICES": "-1",
        "JAX_PLATFORMS": "cpu",
        "KERAS_TORCH_DEVICE": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
        "PYTHONUNBUFFERED": "1",
    }


def _ending(status):
    if status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return f"it ended with status {status}"
