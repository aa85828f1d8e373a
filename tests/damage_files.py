"""Damages files of a run and of a preset at random, and counts what comes of it.

    KERAS_BACKEND=torch python tests/damage_files.py [--times 200] [--seed 0]

Each file is cut short and has a bit flipped in turn, `--times` of both for the run and
for the preset. The counts go into docs/reliability.md. Whatever ends in a traceback or
in other weights is printed, and the exit status is then 1.
"""

import argparse
import collections
import contextlib
import io
import json
import pathlib
import random
import shutil
import sys
import tempfile
import traceback
import warnings

from killing import LENGTH, make_task
from reliability_page import write_counts

import kerasgan
from kerasgan.cli import main as command
from kerasgan.presets import PresetError

STEPS = 2 * LENGTH + 2
OUTCOMES = ("refused", "named", "harmless", "other settings", "failed")


def main():
    """Damages as often as asked; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, failed = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in (Preset, Run):
            subject = kind(pathlib.Path(folder, kind.__name__.lower()))
            counts = damage_all(subject, options.times, rng)
            write_counts("damage", subject.name, counts)
            print(subject.name, dict(counts), flush=True)
            failed += counts["failed"]
    return int(failed > 0)


def damage_all(subject, times, rng):
    """The counts of so many cuts and flips over all files of a folder."""
    files = sorted(p for p in subject.whole.rglob("*") if p.is_file())
    counts = collections.Counter(dict.fromkeys(OUTCOMES, 0), files=len(files))
    for damage in (cut, flip):
        for i in range(times):
            place = files[i % len(files)].relative_to(subject.whole)
            work = subject.copy()
            done = damage(work / place, rng)
            try:
                outcome, words = subject.try_out(work)
            # What must not come through, whatever it is.
            except BaseException:
                outcome, words = "failed", traceback.format_exc()
            counts[damage.__name__] += 1
            counts[outcome] += 1
            if outcome == "failed":
                print(f"{place}, {done}: {words}", file=sys.stderr, flush=True)
            shutil.rmtree(work)
    return counts


def cut(path, rng):
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])
    return f"cut to {path.stat().st_size} of {len(data)} bytes"


def flip(path, rng):
    data = bytearray(path.read_bytes())
    place, bit = rng.randrange(len(data)), rng.randrange(8)
    data[place] ^= 1 << bit
    path.write_bytes(data)
    return f"bit {bit} of byte {place} flipped"


class Preset:
    """A preset's folder, loaded."""

    name = "preset"

    def __init__(self, folder):
        task = make_task(folder)
        self.folder, self.whole = folder, pathlib.Path(task[0])
        gan = kerasgan.from_preset(self.whole)
        self.expected = weights_of(gan), gan.preset

    def copy(self):
        return shutil.copytree(self.whole, self.folder / "work")

    def try_out(self, work):
        try:
            gan = kerasgan.from_preset(work)
        except PresetError as error:
            return ("refused" if str(work) in str(error) else "failed"), str(error)
        weights, config = weights_of(gan), gan.preset
        if weights != self.expected[0]:
            return "failed", "other weights"
        return ("harmless" if config == self.expected[1] else "other settings"), ""


class Run:
    """The folder of a run that was stopped: gone on with, generated from, judged."""

    name = "run"

    def __init__(self, folder):
        self.task = make_task(folder)
        self.folder, self.whole = folder, folder / "whole"
        self._train(self.whole, STEPS)
        self.pictures = self._pictures(self.whole)
        work = self.copy()
        assert self._train(work, STEPS + 1)[0] == 0
        self.expected = self._pictures(work), weights_at(work)
        shutil.rmtree(work)
        self.preset = (self.whole / "preset" / "config.json").read_bytes()

    def copy(self):
        return shutil.copytree(self.whole, self.folder / "work")

    def _train(self, out, steps):
        words = ["train", *self.task, "--resume", "--steps", steps, "--out", out]
        return said([*words, "--grid-every", 1])

    def _pictures(self, out):
        path = self.folder / "grid.png"
        path.unlink(missing_ok=True)
        status, words = said(["generate", out, "-n", 4, "--seed", 0, "--out", path])
        return path.read_bytes() if status == 0 else words

    def try_out(self, work):
        settings = _config_of(work) != json.loads(self.preset)
        before = self._pictures(work)
        reported = said(["report", work, "--no-figure"])[1]
        status, words = self._train(work, STEPS + 1)
        if status:
            named = str(work) in words
            return ("refused" if named else "failed"), words
        found = self._pictures(work), weights_at(work)
        if found != self.expected:
            return "failed", f"other weights {words}"
        if isinstance(before, str):
            return "refused", before
        if settings:
            return "other settings", ""
        if before != self.pictures:
            return "failed", "other pictures"
        return ("named" if "damaged" in words + reported else "harmless"), words


def _config_of(run):
    try:
        return json.loads((run / "preset" / "config.json").read_bytes())
    except ValueError:
        return None


def said(words):
    """The exit status of a command and what it printed on stderr."""
    error = io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
        status = command([str(word) for word in words])
    text = error.getvalue()
    ours = [line for line in text.splitlines() if line.startswith("kerasgan: ")]
    if status:
        assert "Traceback" not in text and ours, text
    return status, " ".join(ours)


def weights_of(gan):
    return [weight.tobytes() for weight in gan.get_weights()]


def weights_at(run):
    return (run / "preset" / "model.safetensors").read_bytes()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
