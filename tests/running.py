"""Which tests run on which backend; the marks are told in pyproject.toml."""

import pytest


def slow(*values):
    """For `parametrize`: the values that are left to `make test-all`."""
    return [pytest.param(*value, marks=pytest.mark.long) for value in values]


def run_once(values):
    """For `parametrize`: the first value on each backend, the others on one."""
    first, *others = values
    return [first, *(pytest.param(value, marks=pytest.mark.once) for value in others)]
