"""docs/reliability.md: a table a script, each written by the run that counted."""

import json
import pathlib
import re
import time

import keras

from kerasgan.training.machine import describe_machine

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "reliability.md"

_BEGIN, _END = "<!-- counts", "counts -->"
_KILLS = """\
# What trainings survive

`make test-all` kills trainings by the command line with SIGKILL at random moments, half
of them while a checkpoint is being written, with checkpoints inside epochs; starts them
again with `--resume`; and compares the end with a training that was never interrupted:
networks, moving average, optimizers, random state, `history.csv` and every picture,
equal to the bit.
"""
_DAMAGE = """\
## Damaged files

`tests/damage_files.py` cuts files short and flips single bits, at random places of
every file of a run and of a preset. For a run, `kerasgan generate`, `report` and
`train --resume` are then called, for a preset, `from_preset`. What comes of it is:

- *refused*: one line names the file or its folder;
- *named*: a warning names a checkpoint that is damaged, an older one is taken, and the
  weights at the end are the same;
- *harmless*: the same weights and the same pictures, at once and at the end. A row or a
  picture of the training may be gone;
- *other settings*: in `config.json` of a preset, which people may edit, another name or
  number stands that is allowed. The weights are the same.

A traceback, or other weights, would be counted as *failed*.
"""
_MUTANTS = """\
## Changes that the tests notice

`tests/mutants.py` changes one place of the code at a time, drawn at random with its
operator (Cosmic Ray's: another operator, number, comparison, truth value, a loop that
does not run, a decorator less), and runs the tests that reach the place, of which the
quickest take 90 seconds together. What none of those noticed was read:

- *slower*: another test that was there notices it;
- *equivalent*: no one can tell, by what the code promises;
- *mended*: there is a test for it now;
- *unread*: not tried further, as what the place calls was not installed.

The share is of those that matter: noticed or slower, of all but equivalent and unread.
The later a sample, the more of what earlier ones missed has a test.
"""
_TESTS = """\
## What tests count

`tests/count_tests.py` runs these tests, among them those that `make test` leaves out,
and writes what they count. All of them pass: a training that goes on ends equal to the
bit; what was written before a death is the old or the new, and whole; what is refused,
is so in one error of ours, and nothing of it is run.

On TensorFlow a checkpoint costs 0.2 MiB of memory that does not come back, whatever the
model: to save an optimizer, Keras 3.15 makes a new one to look at (three for a pair),
and TensorFlow keeps what it compiled for each variable of a new name.
"""


def _share(c):
    matter = c["changes"] - c.get("equivalent", 0) - c.get("unread", 0)
    return f"{(c.get('noticed', 0) + c.get('slower', 0)) / matter:.0%}"


_SECTIONS = {
    "kills": (
        _KILLS,
        ("backend", "kills", "inside a save", "trainings", "equal to the bit"),
        lambda c: (
            c["inside"] + c["between"],
            c["inside"],
            c["trainings"],
            c["equal"],
        ),
    ),
    "damage": (
        _DAMAGE,
        (
            "what",
            "backend",
            "files",
            "cut",
            "bits flipped",
            "refused",
            "named",
            "harmless",
            "other settings",
            "failed",
        ),
        lambda c: (
            c["backend"],
            c["files"],
            c["cut"],
            c["flip"],
            c["refused"],
            c["named"],
            c["harmless"],
            c["other settings"],
            c["failed"],
        ),
    ),
    "mutants": (
        _MUTANTS,
        (
            "sample",
            "share",
            "changes",
            "noticed",
            "slower",
            "equivalent",
            "mended",
            "unread",
        ),
        lambda c: (
            _share(c),
            c["changes"],
            *(c.get(k, 0) for k in ("noticed", "slower", "equivalent")),
            *(c.get(k, 0) for k in ("mended", "unread")),
        ),
    ),
    "tests": (
        _TESTS,
        ("what", "torch", "tensorflow", "jax"),
        lambda c: tuple(c.get(k, "") for k in ("torch", "tensorflow", "jax")),
    ),
}


def write_counts(section, row, counts):
    """Puts counts into the page, beside those of other rows and sections.

    Args:
        section: `"kills"`, `"damage"`, `"mutants"` or `"tests"`.
        row: what the first column says.
        counts: dict of numbers, by name.
    """
    every = _kept()
    every.setdefault(section, {})[row] = {
        **counts,
        "backend": keras.backend.backend(),
        "machine": describe_machine(),
        "date": time.strftime("%Y-%m-%d"),
        "keras": keras.__version__,
    }
    lines = []
    for name, (introduction, columns, values) in _SECTIONS.items():
        if name in every:
            lines += [introduction, *_table(columns, values, every[name])]
    counts = json.dumps(every, indent=1, sort_keys=True)
    PAGE.write_text("\n".join([*lines, f"{_BEGIN}\n{counts}\n{_END}", ""]))


def counts_of(section, row):
    """What a row holds so far, `{}` if it is new."""
    return _kept().get(section, {}).get(row, {})


def _kept():
    text = PAGE.read_text() if PAGE.exists() else ""
    kept = re.search(f"{_BEGIN}(.*?){_END}", text, re.DOTALL)
    return json.loads(kept[1]) if kept else {}


def _table(columns, values, rows):
    lines = [_line([*columns, "date"]), _line(["---"] * (len(columns) + 1))]
    for row, counts in sorted(rows.items()):
        lines.append(_line([row, *values(counts), counts["date"]]))
    machines = sorted({f"{c['machine']}; Keras {c['keras']}" for c in rows.values()})
    return [*lines, "", f"Measured on: {'; '.join(machines)}.", ""]


def _line(cells):
    return f"| {' | '.join(map(str, cells))} |"
