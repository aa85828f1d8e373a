"""The JSON file that keeps what was measured.

It holds, for each machine and section, one entry for each task, with its date and the
command that ran it. Running a section again replaces its entries only.
"""

import datetime
import json
import pathlib
import runpy
import sys

ROOT = pathlib.Path(__file__).parents[2]


def entry(task, answer):
    """An answer with the task, today's date and the command; `task` may be `None`."""
    name = pathlib.Path(sys.argv[0]).name
    return {
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python", f"benchmarks/{name}", *sys.argv[1:]]),
        **({"task": task} if task else {}),
        "answer": answer,
    }


def machine(device=None):
    """The processor, and the GPU if the framework used one."""
    path = ROOT / "kerasgan" / "training" / "machine.py"
    # By path: importing the package would import Keras and a framework here.
    processor = runpy.run_path(str(path))["describe_machine"]()
    return " and ".join(filter(None, [device, processor]))


def read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def merge(path, machine, section, name, value):
    """Adds an entry; the file is written at once, so a stopped run keeps its part."""
    everything = read(path)
    everything.setdefault(machine, {}).setdefault(section, {})[name] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(everything, indent=1) + "\n")
