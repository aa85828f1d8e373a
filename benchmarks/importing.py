"""How much longer `import kerasgan` takes than `import keras`."""

import statistics
import subprocess
import sys

import report
import results

ROUNDS = 9
CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def measure():
    """`(machine, entry)`: seconds of each import, in new processes in turn."""
    seconds = {"keras": [], "kerasgan": []}
    for _ in range(ROUNDS + 1):
        for name, taken in seconds.items():
            answer = subprocess.run(
                [sys.executable, "-c", CODE.format(name)],
                check=True,
                capture_output=True,
                text=True,
            )
            taken.append(float(answer.stdout))
    # The first of each reads the files from disk.
    seconds = {name: taken[1:] for name, taken in seconds.items()}
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    answer = {
        "seconds": seconds,
        "over_keras": medians["kerasgan"] - medians["keras"],
        "device": None,
    }
    value = {"date": results.today(), "command": results.command(), "answer": answer}
    return report.machine(answer), value
