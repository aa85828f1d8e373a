"""Tasks as JSON, each answered in a process of its own under its own backend."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from importlib.machinery import PathFinder

BENCHMARKS = pathlib.Path(__file__).parents[1]


def run_task(task, module):
    """What `answer` in that module gives, in a new process; raises if it fails."""
    path = [str(BENCHMARKS), *filter(None, [os.environ.get("PYTHONPATH")])]
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = pathlib.Path(folder, "task"), pathlib.Path(folder, "answer")
        asked.write_text(json.dumps(task))
        subprocess.run(
            # -P: the present folder's files are nobody's modules.
            [sys.executable, "-P", "-m", module, str(asked), str(answered)],
            env={
                "TF_CPP_MIN_LOG_LEVEL": "3",
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path),
                "KERAS_BACKEND": task["backend"],
            },
            check=True,
        )
        return json.loads(answered.read_text())


def answer(measure):
    """The new process's part: reads the task, hides what it wants hidden, answers."""
    task = json.loads(pathlib.Path(sys.argv[1]).read_text())
    hide(task.get("hidden", ()))
    pathlib.Path(sys.argv[2]).write_text(json.dumps(measure(task)))


def hide(names):
    """From here on, these modules are found no more than if they were not installed.

    `None` in `sys.modules` would do for Keras, but not for SciPy, which looks there.
    """

    class Finder(PathFinder):
        @classmethod
        def find_spec(cls, fullname, path=None, target=None):
            if fullname in names:
                return None
            return super().find_spec(fullname, path, target)

    sys.meta_path[sys.meta_path.index(PathFinder)] = Finder


def versions(backend):
    """Those of what a process imported."""
    names = [backend, "keras", "kerasgan", *(["optax"] if backend == "jax" else [])]
    modules = [sys.modules.get(name) for name in names]
    return {n: m.__version__ for n, m in zip(names, modules) if m is not None}
