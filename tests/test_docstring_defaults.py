"""What a docstring says that an argument defaults to is its default."""

import ast
import inspect
import re

import pytest
from public_names import public_objects

pytestmark = pytest.mark.once

ARGUMENT = re.compile(r"^(\w+): (.*?)(?=^\w+: |\Z)", re.DOTALL | re.MULTILINE)
DEFAULT = re.compile(
    r"Defaults\s+to\s+(\(.*?\)|`[^`]*`|\d[\d,]*\d|[-\w.]+?)(?:[.,;:]?\s|\.?$)"
)


def documented(callable_):
    """`{argument: value}` of those whose docstring gives a literal."""
    text = inspect.cleandoc(callable_.__doc__ or "").partition("Args:\n")[2]
    block = re.split(r"^\S", text, maxsplit=1, flags=re.MULTILINE)[0]
    found = {}
    for name, says in ARGUMENT.findall(inspect.cleandoc("\n" + block)):
        if match := DEFAULT.search(says):
            try:
                found[name] = ast.literal_eval(
                    re.sub(r"(?<=\d),(?=\d{3})", "", match[1].strip("`"))
                )
            except (ValueError, SyntaxError):
                pass  # In words.
    return found


def said(thing):
    """(argument, its default, what the docstring says), where that is a literal."""
    try:
        parameters = inspect.signature(thing).parameters
    except ValueError:  # An exception has none.
        return
    for argument, says in documented(thing).items():
        default = getattr(parameters.get(argument), "default", None)
        # None stands for what the words around the literal say; a dictionary's text
        # is made of the default.
        if default is not None and not isinstance(says, dict):
            if isinstance(default, tuple) is isinstance(says, tuple):
                yield argument, default, says


def test_documented_defaults_are_the_defaults():
    found = [
        (n, *each)
        for n, thing in public_objects()
        if callable(thing)
        for each in said(thing)
    ]
    wrong = [
        f"{name}: {argument}={default!r}, said: {says!r}"
        for name, argument, default, says in found
        if default != says or isinstance(default, bool) != isinstance(says, bool)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(found) > 100
