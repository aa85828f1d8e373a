"""How much longer `import kerasgan` takes than `import keras`."""

import statistics
import subprocess
import sys

ROUNDS = 9
CODE = """
import time
began = time.perf_counter()
import keras
between = time.perf_counter()
import kerasgan
print(between - began, time.perf_counter() - between)
"""


def measure():
    """Seconds of each import, one after the other in a process.

    Between two processes, `import keras` differs by more than kerasgan takes.
    """
    # The first process reads the files from disk.
    rounds = [_seconds() for _ in range(ROUNDS + 1)][1:]
    keras, rest = zip(*rounds)
    return {
        "seconds": {"keras": keras, "kerasgan": rest},
        "over_keras": statistics.median(rest),
    }


def _seconds():
    command = [sys.executable, "-c", CODE]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(seconds) for seconds in answer.stdout.split()]
