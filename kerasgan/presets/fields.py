"""Checks of which the preset schema is put together.

A check is a function of (value, place) that raises `PresetError` or does nothing.
"""

import difflib
import math

LARGEST_INTEGER = 65536


def integer(least, most):
    """Allows ints from `least` to `most`; a bool is none."""

    def check(value, place):
        if type(value) is not int or not least <= value <= most:
            raise place.error(
                f"must be a whole number from {least} to {most}", (value,)
            )

    return check


def number(least, most, *, above=False, below=False):
    """Allows finite numbers from `least` to `most`, the ends excluded on demand."""
    words = f"{'above' if above else 'at least'} {least}"
    words = f"{words} and {'below' if below else 'at most'} {most}"

    def check(value, place):
        fits = type(value) in (int, float) and math.isfinite(value)
        fits = fits and (least < value if above else least <= value)
        fits = fits and (value < most if below else value <= most)
        if not fits:
            raise place.error(f"must be a number {words}", (value,))

    return check


def boolean(value, place):
    """Allows true and false."""
    if type(value) is not bool:
        raise place.error("must be true or false", (value,))


def choice(*allowed):
    """Allows the strings (or numbers) given."""

    def check(value, place):
        if not any(type(value) is type(item) and value == item for item in allowed):
            names = ", ".join(map(repr, allowed))
            raise place.error(f"must be one of {names}", (value,))

    return check


def line(longest, *, empty=True):
    """Allows one line of printable text."""

    def check(value, place):
        if not isinstance(value, str) or not value.isprintable():
            raise place.error("must be one line of printable text", (value,))
        if len(value) > longest or not (value or empty):
            words = f"at most {longest}" if empty else f"1 to {longest}"
            raise place.error(f"must have {words} characters", (value,))

    return check


def nullable(check):
    """Allows null beside what `check` allows."""

    def checked(value, place):
        if value is not None:
            check(value, place)

    return checked


def sequence(check, longest):
    """Allows a list of at most `longest` items that `check` allows."""

    def checked(value, place):
        if not isinstance(value, list) or len(value) > longest:
            raise place.error(f"must be a list of at most {longest} items", (value,))
        for index, item in enumerate(value):
            check(item, place.at(index))

    return checked


def record(required, optional=None):
    """Allows an object with exactly these keys.

    Args:
        required: dict of key to check.
        optional: dict of key to check, for keys that may be left out.
    """
    known = {**required, **(optional or {})}

    def check(value, place):
        if not isinstance(value, dict):
            raise place.error("must be an object", (value,))
        for key in value:
            if key not in known:
                raise unknown_key(key, known, place)
        for key in required:
            if key not in value:
                raise place.at(key).error("is missing")
        for key, item in value.items():
            known[key](item, place.at(key))

    return check


def unknown_key(key, known, place):
    """The error for a key that does not belong into an object."""
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    allowed = ", ".join(sorted(known)) or "none"
    return place.at(key).error(f"is not a known field (known: {allowed}{hint})")


def free_object(deepest, most):
    """Allows any object of JSON values, bounded in depth and in count."""

    def check(value, place):
        if not isinstance(value, dict):
            raise place.error("must be an object", (value,))
        if _count(value, place, deepest) > most:
            raise place.error(f"must hold at most {most} values")

    return check


def _count(value, place, deepest):
    if isinstance(value, (dict, list)):
        if deepest == 0:
            raise place.error("is nested too deeply")
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return 1 + sum(_count(v, place.at(k), deepest - 1) for k, v in items)
    if isinstance(value, str):
        line(2000)(value, place)
    elif value is not None and type(value) is not bool:
        number(-(2.0**63), 2.0**63)(value, place)
    return 1
