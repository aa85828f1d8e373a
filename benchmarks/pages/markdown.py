"""Figures and tables as Markdown."""

import statistics


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in lines) + "\n"


def number(value):
    """Three significant digits, without an exponent."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def spread(values):
    """Median, least and largest."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.2f} ({low:.2f} to {high:.2f})"


def count(n, thing):
    return f"{n} {thing}" + "s" * (n != 1)


def where(entries):
    """Dates, commands and versions behind a table of these entries."""
    dates = sorted({e["date"] for e in entries})
    commands = sorted({e["command"] for e in entries})
    versions = {}
    for e in entries:
        versions.update(e["answer"].get("versions", {}))
    named = ", ".join(f"{k} {v}" for k, v in sorted(versions.items()))
    lines = "; ".join(f"`{c}`" for c in commands)
    return f"Measured {', '.join(dates)} by {lines}" + (
        f" ({named})." if named else "."
    )
