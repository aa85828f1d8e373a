"""Writes the tables of docs/export.md from what `make export-matrix` measured.

    python docs/export_matrix.py

Reads build/export-<backend>.json, one for each backend that ran, and replaces what
stands between the page's two marks. Versions are those the files' writers and runtimes
reported.
"""

import datetime
import json
import pathlib
import sys

from kerasgan.training.machine import describe_machine

DOCS = pathlib.Path(__file__).parent
PAGE, BUILD = DOCS / "export.md", DOCS.parent / "build"
BEGIN, END = "<!-- begin: make export-matrix -->", "<!-- end -->"
BACKENDS = ("tensorflow", "torch", "jax")


def main():
    cells = []
    for backend in BACKENDS:
        path = BUILD / f"export-{backend}.json"
        if not path.exists():
            sys.exit(f"{path} is missing: its run failed or was not made.")
        cells += json.loads(path.read_text())
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(cells)}\n{END}{after}")


def tables(cells):
    plain = [c for c in cells if c["weights"] == "float32"]
    small = [c for c in cells if c["weights"] != "float32"]
    parts = [
        f"`make export-matrix`, {describe_machine()}, {datetime.date.today()}. "
        f"{len(plain)} files with float32 weights: {check(plain)}\n"
    ]
    for name in names(plain, "generator"):
        parts.append(matrix(name, [c for c in plain if c["generator"] == name]))
    parts.append(sizes(small, plain))
    parts.append(versions(cells))
    return "\n".join(parts)


def check(cells):
    worst = max(cells, key=largest)
    missing = len(names(cells, "generator")) * len(names(cells, "format")) * 3 - len(
        cells
    )
    return (
        f"the largest difference of all is {largest(worst):.1e} "
        f"({worst['generator']}, {worst['format']}, from {worst['backend']}); "
        f"{missing or 'no'} cells are missing."
    )


def matrix(name, cells):
    """Rows are formats, columns are what the generator ran on."""
    rows = [
        f"### {name}\n",
        f"| format | bytes | {' | '.join(f'from {b}' for b in BACKENDS)} |",
        f"| --- | ---: | {' | '.join(['---:'] * len(BACKENDS))} |",
    ]
    for format in names(cells, "format"):
        row = {c["backend"]: c for c in cells if c["format"] == format}
        found = [shown(row[b]) if b in row else "missing" for b in BACKENDS]
        size = max(c["bytes"] for c in row.values())
        rows.append(f"| `{format}` | {size:,} | {' | '.join(found)} |")
    return "\n".join([*rows, ""])


def sizes(small, plain):
    rows = [
        "### Smaller weights\n",
        "| generator | format | weights | bytes | of float32 | largest difference |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    full = {(c["generator"], c["format"], c["backend"]): c["bytes"] for c in plain}
    for c in sorted(small, key=lambda c: (c["generator"], c["format"], c["weights"])):
        share = c["bytes"] / full[c["generator"], c["format"], c["backend"]]
        rows.append(
            f"| {c['generator']} | `{c['format']}` | {c['weights']} | {c['bytes']:,} | "
            f"{share:.0%} | {shown(c)} |"
        )
    return "\n".join([*rows, ""])


def versions(cells):
    used = sorted({c["writer"] for c in cells} | {c["runtime"] for c in cells})
    return f"Written and read by: {', '.join(used)}.\n"


def names(cells, key):
    return list(dict.fromkeys(c[key] for c in cells))


def shown(cell):
    return f"{largest(cell):.1e}" if largest(cell) else "0"


def largest(cell):
    return max(cell["differences"].values())


if __name__ == "__main__":
    main()
