"""Trainings that are killed at random moments end as if nothing had happened.

`make test-all` does the same 20 times on each backend, see tests/kill_and_resume.py.
"""

import random

import pytest
from killing import LENGTH, finish, kill_once, make_task, outcome

STEPS = 12 * LENGTH + 2


@pytest.mark.long
def test_killed_training_ends_equal_to_the_bit(tmp_path):
    task, rng = make_task(tmp_path / "task"), random.Random(5)
    finish(task, tmp_path / "expected", STEPS)
    for inside in (False, True, True):
        kill_once(task, tmp_path / "run", STEPS, rng, inside=inside)
    finish(task, tmp_path / "run", STEPS)
    expected, found = outcome(tmp_path / "expected"), outcome(tmp_path / "run")
    for name in expected:
        assert found[name] == expected[name], name
