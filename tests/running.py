"""Which tests run on which backend; the marks are told in pyproject.toml."""

import pytest


def slow(*values):
    """For `parametrize`: the values that are left to `make test-all`."""
    return [pytest.param(*value, marks=pytest.mark.long) for value in values]


def run_once(values, everywhere=1):
    """For `parametrize`: the first values on each backend, the others on one."""
    return [
        pytest.param(value, marks=[pytest.mark.once] * (at >= everywhere))
        for at, value in enumerate(values)
    ]
