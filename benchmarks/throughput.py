"""`fit` of each preset against a hand-written loop in each framework.

    python benchmarks/throughput.py

runs every section, prints the tables and writes `docs/performance.md`. Sections can
be run by themselves (`--sections presets --backends torch`); their results take the
place of the earlier ones in `docs/performance.json`, from which the page is written.
"""

import argparse
import pathlib

import importing
import report
import results
import sections
import tables

DOCS = pathlib.Path(__file__).parents[1] / "docs"
SMOKE = {
    "out": DOCS.parent / "build",
    "sections": ["presets", "alone", "stock", "generate"],
    "presets": ["mnist-28"],
    "rounds": 1,
    "steps": 2,
    "generate_batch_size": 4,
    "narrow": True,
}


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [*sections.SECTIONS, "import"]
    parser.add_argument("--sections", nargs="+", choices=names, default=names)
    parser.add_argument(
        "--backends",
        nargs="+",
        choices=sections.BACKENDS,
        default=list(sections.BACKENDS),
    )
    parser.add_argument(
        "--presets", nargs="+", choices=sections.PRESETS, default=list(sections.PRESETS)
    )
    parser.add_argument(
        "--dtype", choices=("float32", "mixed_bfloat16"), default="float32"
    )
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
    parser.add_argument(
        "--batch-sizes", nargs="+", type=int, default=list(sections.BATCH_SIZES)
    )
    parser.add_argument("--levers", nargs="+", help="those of them to measure")
    parser.add_argument(
        "--out", type=pathlib.Path, default=DOCS, help="folder of performance.json, .md"
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="tiny networks, two steps: measures nothing",
    )
    parser.set_defaults(generate_batch_size=sections.GENERATE_BATCH_SIZE, narrow=False)
    # A smoke run has other defaults; what is asked for by name still counts.
    if parser.parse_known_args(arguments)[0].smoke:
        parser.set_defaults(**SMOKE)
    return parser.parse_args(arguments)


def main():
    options = parse()
    run(options)
    print(report.write(options.out))


def run(options):
    """Runs the sections; each result is on disk as soon as it is there."""
    path = options.out / "performance.json"
    for section in options.sections:
        if section == "import":
            machine, value = importing.measure()
            results.merge(path, machine, section, "import", value)
            continue
        for task in sections.SECTIONS[section](options):
            answer = results.run_task(task)
            name = results.identity(task)
            value = results.entry(task, answer)
            results.merge(path, report.machine(answer), section, name, value)
            print(f"{section}: {name}: {tables.brief(answer)}", flush=True)


if __name__ == "__main__":
    main()
