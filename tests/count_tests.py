"""Runs the tests that count deaths, saves and changed files, and writes the counts.

    KERAS_BACKEND=torch python tests/count_tests.py

What a test gives `record_property` stands in docs/reliability.md, summed over its
cases, in a column of the backend. Nothing is written if one fails.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import keras
from reliability_page import counts_of, write_counts

ROOT = pathlib.Path(__file__).parents[1]
NAMES = ("checkpoint", "crafted_files", "dying", "fuzz", "many_saves")
FILES = [f"tests/test_{name}.py" for name in NAMES]


def main():
    """Runs and writes; gives pytest's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "tests.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-m", ""]
        command += [f"--junitxml={report}", *FILES]
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status == 0:
            write(xml.etree.ElementTree.parse(report))
    return status


def write(report):
    counts = collections.Counter()
    for item in report.iter("property"):
        if not item.get("name").startswith("hypothesis-"):  # Statistics of its own.
            counts[item.get("name")] += int(item.get("value"))
    for name, number in counts.items():
        others = counts_of("tests", name)
        write_counts("tests", name, {**others, keras.backend.backend(): number})


if __name__ == "__main__":
    sys.exit(main())
