"""`fit` of each preset against a hand-written loop in each framework.

    python benchmarks/throughput.py

runs every section, prints the tables and writes `docs/performance.md`. Sections can
be run by themselves (`--sections presets --backends torch`); their results take the
place of the earlier ones in `docs/performance.json`, from which the page is written.
"""

import argparse
import pathlib

from measuring import importing, options, processes, results, sections
from pages import performance, tables

SMOKE = {
    "out": options.DOCS.parent / "build",
    "sections": ["presets", "alone", "stock", "generate"],
    "presets": ["mnist-28"],
    "rounds": 1,
    "steps": 2,
    "generate_batch_size": 4,
}


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    _which(parser)
    _how_long(parser)
    parser.add_argument(
        "--dtype", choices=("float32", "mixed_bfloat16"), default="float32"
    )
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=options.DOCS,
        help="folder of performance.json, .md",
    )
    parser.set_defaults(generate_batch_size=sections.GENERATE_BATCH_SIZE, narrow=False)
    return options.parse(parser, arguments, SMOKE)


def _which(parser):
    for name, choices in (
        ("--sections", [*sections.SECTIONS, "import"]),
        ("--backends", sections.BACKENDS),
        ("--presets", sections.PRESETS),
        ("--methods", sections.METHODS),
    ):
        parser.add_argument(name, nargs="+", choices=choices, default=list(choices))
    parser.add_argument("--levers", nargs="+", help="those of them to measure")
    sizes = list(sections.BATCH_SIZES)
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=sizes)


def _how_long(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of each side in a round"
    )
    parser.add_argument("--steps", type=int, help="of a round, instead of --seconds")
    parser.add_argument(
        "--limit",
        type=float,
        default=40.0,
        help="seconds after which a task stops at three rounds",
    )


def main():
    chosen = parse()
    run(chosen)
    print(performance.write(chosen.out))


def run(chosen):
    """Runs the sections; each result is on disk as soon as it is there."""
    path = chosen.out / "performance.json"
    for section in chosen.sections:
        if section == "import":
            entry = results.entry(None, importing.measure())
            results.merge(path, results.machine(), section, section, entry)
            continue
        for task in sections.SECTIONS[section](chosen):
            answer = processes.run_task(task, "measuring.worker")
            machine, name = results.machine(answer["device"]), sections.identity(task)
            results.merge(path, machine, section, name, results.entry(task, answer))
            print(f"{section}: {name}: {tables.brief(answer)}", flush=True)


if __name__ == "__main__":
    main()
