"""onnxruntime-web from npm, and the random numbers of the recipes in JavaScript."""

import math
import re
import shutil
import subprocess

import pytest


def install_onnxruntime_web(folder):
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs node and npm on PATH")
    node = subprocess.run(["node", "--version"], capture_output=True, text=True)
    if int(re.match(r"v(\d+)", node.stdout)[1]) < 18:
        pytest.skip(f"needs Node.js 18 or newer, found {node.stdout.strip()}")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm could not install onnxruntime-web: {done.stderr[-300:]}")


def javascript_normals(count, state):
    """The recipe's generator in Python: mulberry32 and Box-Muller."""

    def imul(a, b):
        return (a * b) & 0xFFFFFFFF

    def uniform():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = imul(state ^ (state >> 15), 1 | state)
        t = ((t + imul(t ^ (t >> 7), 61 | t)) & 0xFFFFFFFF) ^ t
        return (t ^ (t >> 14)) / 4294967296

    return [
        math.sqrt(-2 * math.log(1 - uniform())) * math.cos(2 * math.pi * uniform())
        for _ in range(count)
    ]
