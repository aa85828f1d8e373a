"""Checks of single values: of arguments, and of the fields of a preset.

A check is a function of (value, place) that gives the value as it is kept, or raises
`place.error(...)`. A place is an `Argument` of a call, or a field of a file.
"""

import dataclasses
import difflib
import math
import numbers

LARGEST_INTEGER = 65536


@dataclasses.dataclass(frozen=True)
class Argument:
    """An argument of a call, for error messages.

    Args:
        name: as the caller writes it.
        action: what to do about an error, unless that says otherwise.
    """

    name: str
    action: str = ""

    def at(self, key):
        """The place of `key` inside this one."""
        inside = f"[{key}]" if isinstance(key, int) else f".{key}"
        return dataclasses.replace(self, name=f"{self.name}{inside}")

    def error(self, problem, received=None, action=None, *, kind=ValueError):
        """An error of the given kind that says `problem` about this argument.

        Args:
            problem: what is allowed, or what is wrong, without the full stop.
            received: tuple holding the value that came, or `None` to leave it out.
            action: what to do about it; defaults to the place's.
            kind: `TypeError` where no value of that type would do.
        """
        came = ""
        if received is not None:
            of_type = f" of type {type(received[0]).__name__}"
            came = f" Received: {self.name}={shown(received[0])}"
            came += f"{of_type if kind is TypeError else ''}."
        action = self.action if action is None else action
        return kind(f"`{self.name}` {problem}.{came} {action}".rstrip())


def shown(value, quote=True):
    """`value` in at most 80 printable characters."""
    text = repr(value)
    if isinstance(value, str) and not quote and value.isprintable():
        text = value
    return text if len(text) <= 80 else f"{text[:77]}..."


def integer(least, most=None):
    """Allows whole numbers from `least` to `most`; a bool is none."""
    words = f"from {least} to {most}" if most is not None else f"of at least {least}"

    def check(value, place):
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            problem = f"must be a whole number {words}"
            raise place.error(problem, (value,), kind=TypeError)
        if value < least or (most is not None and value > most):
            problem = f"must be a whole number {words}"
            if most is None:
                problem = f"must be at least {least}"
            raise place.error(problem, (value,))
        return int(value)

    return check


def number(least, most, *, above=False, below=False):
    """Allows finite numbers from `least` to `most`, the ends excluded on demand."""
    words = f"{'above' if above else 'at least'} {least}"
    words = f"{words} and {'below' if below else 'at most'} {most}"

    def check(value, place):
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        # A comparison with NaN is false; `math.isfinite` fails for a long whole number.
        fits = real and -math.inf < value < math.inf
        fits = fits and (least < value if above else least <= value)
        fits = fits and (value < most if below else value <= most)
        if not fits:
            kind = ValueError if real else TypeError
            raise place.error(f"must be a number {words}", (value,), kind=kind)
        return float(value)

    return check


def boolean(value, place):
    """Allows true and false."""
    if type(value) is not bool:
        raise place.error("must be true or false", (value,))
    return value


def choice(*allowed):
    """Allows the strings (or numbers) given."""

    def check(value, place):
        if not any(type(value) is type(item) and value == item for item in allowed):
            names = ", ".join(map(repr, allowed))
            raise place.error(f"must be one of {names}", (value,))
        return value

    return check


def only(allowed, why):
    """Allows one value; `why` says what forbids the others."""

    def check(value, place):
        if type(value) is not type(allowed) or value != allowed:
            raise place.error(f"must be {allowed!r}: {why}", (value,))
        return value

    return check


def line(longest, *, empty=True):
    """Allows one line of printable text."""

    def check(value, place):
        if not isinstance(value, str) or not value.isprintable():
            raise place.error("must be one line of printable text", (value,))
        if len(value) > longest or not (value or empty):
            words = f"at most {longest}" if empty else f"1 to {longest}"
            raise place.error(f"must have {words} characters", (value,))
        return value

    return check


def nullable(check):
    """Allows null beside what `check` allows."""
    return lambda value, place: None if value is None else check(value, place)


def sequence(check, longest, *, shortest=0):
    """Allows a list of at most `longest` items that `check` allows."""
    words = f"at most {longest}" if not shortest else f"{shortest} to {longest}"

    def checked(value, place):
        if not isinstance(value, list) or not shortest <= len(value) <= longest:
            raise place.error(f"must be a list of {words} items", (value,))
        return [check(item, place.at(index)) for index, item in enumerate(value)]

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
        return {key: known[key](item, place.at(key)) for key, item in value.items()}

    return check


def unknown_key(key, known, place):
    """The error for a key that does not belong into an object."""
    near = difflib.get_close_matches(str(key), known, n=1)
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
        return value

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


def check_positive_int(name, value, *, minimum=1):
    """Raises unless `value` is a whole number of at least `minimum`."""
    return integer(minimum)(value, Argument(name))


def check_number(name, value, *, minimum, maximum, ends=True):
    """Raises unless `value` is a number from `minimum` to `maximum`.

    With `ends=False` the two ends themselves are refused.
    """
    check = number(minimum, maximum, above=not ends, below=not ends)
    return check(value, Argument(name))
