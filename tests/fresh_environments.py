"""Exports in environments that hold one framework and at most one extra.

    python tests/fresh_environments.py            # all of them
    python tests/fresh_environments.py jax torch  # these

`make test-all` runs it after the suite. Each environment is made new, with
`pip install -c constraints.txt`, and removed: some minutes each, and downloads of a
framework. In it the shipped generator is exported in every format that the environment
brings, and each format that it does not bring must be refused with one line that names
the extra.
"""

import dataclasses
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).parents[1]
# As in the Makefile: the build without CUDA, where there is one.
LINUX = (platform.system(), platform.machine()) == ("Linux", "x86_64")
TENSORFLOW = "tensorflow-cpu" if LINUX else "tensorflow"


@dataclasses.dataclass(frozen=True)
class Environment:
    """What is installed, and what exports there must do.

    Args:
        packages: what pip is given.
        backend: `KERAS_BACKEND`; `None` leaves it unset, as after a first install.
        written: files that can be exported.
        refused: dict of a file that cannot be to the extras that the error must name.
    """

    packages: tuple
    backend: str | None
    written: tuple
    refused: dict = dataclasses.field(default_factory=dict)


ENVIRONMENTS = {
    "tensorflow": Environment(
        (".", TENSORFLOW),
        None,
        ("saved", "g.keras"),
        {
            "g.onnx": "export-onnx",
            "g.tflite": "export-litert",
            "g.xml": "export-openvino",
            "g.pt2": "torch",
        },
    ),
    "torch": Environment(
        (".[torch]",),
        "torch",
        ("g.pt2", "g.keras"),
        {
            "g.onnx": "export-onnx",
            "saved": "tensorflow",
            "g.tflite": "export-litert,tensorflow",
            "g.xml": "export-onnx,export-openvino",
        },
    ),
    "jax": Environment(
        (".[jax]",),
        "jax",
        ("g.keras",),
        {"g.onnx": "export-onnx,torch", "saved": "tensorflow", "g.pt2": "torch"},
    ),
    "export-onnx": Environment((".[torch,export-onnx]",), "torch", ("g.onnx",)),
    "export-litert": Environment(
        (".[export-litert]", TENSORFLOW), None, ("g.tflite", "saved")
    ),
    "export-openvino": Environment(
        (".[export-openvino]", TENSORFLOW), None, ("g.xml",)
    ),
}


def check(environment):
    """Builds the environment and runs its exports; raises at the first wrong one."""
    with tempfile.TemporaryDirectory(prefix="kerasgan-fresh-") as folder:
        folder = pathlib.Path(folder)
        venv.create(folder / "venv", with_pip=True)
        scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        install = [scripts / "python", "-m", "pip", "install", "-q"]
        subprocess.run(
            [*install, "-c", "constraints.txt", *environment.packages],
            cwd=ROOT,
            env=surroundings(folder, None),
            check=True,
        )

        def export(name):
            command = [scripts / "kerasgan", "export", "mnist-28", "--out", name]
            return subprocess.run(
                command,
                cwd=folder,
                env=surroundings(folder, environment.backend),
                capture_output=True,
                text=True,
            )

        for name in environment.written:
            check_written(export(name), folder / name)
        for name, extras in environment.refused.items():
            check_refused(export(name), folder / name, extras)


def surroundings(folder, backend):
    """Environment variables without what belongs to this checkout or this user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "KERAS_BACKEND")
    }
    # Where a user's keras.json would name a backend.
    kept |= {"KERAS_HOME": str(folder / "keras"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return kept if backend is None else {**kept, "KERAS_BACKEND": backend}


def check_written(done, path):
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    assert "largest difference" in done.stdout.splitlines()[-1], printed
    assert path.exists() and path.with_name(f"{path.name}.json").exists(), printed
    print(f"  {done.stdout.splitlines()[-1]}", flush=True)


def check_refused(done, path, extras):
    errors = [x for x in done.stderr.splitlines() if x.startswith("kerasgan:")]
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert len(errors) == 1 and f"kerasgan[{extras}]" in errors[0], done.stderr
    assert not path.exists()
    print(f"  {errors[0]}", flush=True)


def main(names):
    failed = []
    for name in names or ENVIRONMENTS:
        began = time.monotonic()
        print(f"{name}: {' '.join(ENVIRONMENTS[name].packages)}", flush=True)
        try:
            check(ENVIRONMENTS[name])
        except (AssertionError, subprocess.CalledProcessError) as error:
            failed.append(name)
            print(error, flush=True)
        print(f"  {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
