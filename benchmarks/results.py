"""Runs tasks, each in a process of its own, and keeps the answers in a JSON file.

The file holds, for each machine and section, one entry for each task, with its date
and the command that ran it. Running a section again replaces its entries only.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def run_task(task, script="worker.py"):
    """The answer of a process of its own; raises if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "task.json").write_text(json.dumps(task))
        subprocess.run(
            [
                sys.executable,
                str(HERE / script),
                str(folder / "task.json"),
                str(folder / "answer.json"),
            ],
            env={
                "TF_CPP_MIN_LOG_LEVEL": "3",
                **os.environ,
                "KERAS_BACKEND": task["backend"],
            },
            check=True,
        )
        return json.loads((folder / "answer.json").read_text())


def identity(task):
    """What a later run of the same task replaces."""
    sides = "+".join(f"{s['kind']}:{s['dtype']}" for s in task["sides"])
    shape = "x".join(map(str, task["overrides"].get("image_shape", [])))
    parts = [task["backend"], task["preset"], f"batch {task['batch_size']}"]
    return " ".join([*parts, *([shape] if shape else []), sides])


def entry(task, answer):
    return {"date": today(), "command": command(), "task": task, "answer": answer}


def today():
    return datetime.date.today().isoformat()


def command():
    return " ".join(
        ["python", "benchmarks/" + pathlib.Path(sys.argv[0]).name] + sys.argv[1:]
    )


def read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def merge(path, machine, section, name, value):
    """Adds an entry; the file is written at once, so a stopped run keeps its part."""
    everything = read(path)
    everything.setdefault(machine, {}).setdefault(section, {})[name] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(everything, indent=1) + "\n")
