"""Would the tests notice? Changes one place of the code at a time, and runs them.

    pip install cosmic-ray coverage pytest-cov
    KERAS_BACKEND=torch python tests/mutants.py cover
    KERAS_BACKEND=torch python tests/mutants.py run --sample 300
    KERAS_BACKEND=torch python tests/mutants.py report

`cover` runs the tests once and notes which of them reach which line. `run` draws
places at random, changes each by one of Cosmic Ray's operators, also drawn, and runs
the tests that reach it, in a process forked from one in which Keras is loaded; it goes
on where it stopped, and another `--seed` draws another sample. What no test notices is
left in build/mutants/outcomes.jsonl, with its difference, to be read. `again KEY IS
TEST ...` tries one of them with other tests, of those that are there now: IS is then
"slower", for a test that was there but not among the quickest, or "mended"; `again KEY
equivalent` asks for no test. `report` writes the counts into docs/reliability.md.
"""

import argparse
import ast
import collections
import difflib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree

import keras

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "mutants"
TREE, OUTCOMES = BUILD / "tree", BUILD / "outcomes.jsonl"
PACKAGES = ("models", "training", "layers", "metrics", "augment")
MODULES = (
    "gan.py",
    "losses.py",
    "regularizers.py",
    "callbacks/checkpoint*.py",
    "latent/*.py",
    "_backends/torch*.py",
    "_kernels/torch*.py",
)
# They run the package in processes of their own, where nothing is covered.
LEFT_OUT = ("cli", "export", "recipe", "site", "playground", "docs", "weights", "bench")
SECONDS = 90.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("cover", "run", "again", "report"))
    parser.add_argument("rest", nargs="*", help="of again: KEY IS TEST ...")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()
    if options.command == "cover":
        cover()
    elif options.command == "run":
        run(options)
    elif options.command == "again":
        again(*options.rest)
    else:
        report()


def modules():
    package = ROOT / "kerasgan"
    found = [p for name in PACKAGES for p in (package / name).glob("*.py")]
    found += [path for pattern in MODULES for path in package.glob(pattern)]
    return sorted(path.relative_to(ROOT) for path in found)


def cover():
    shutil.rmtree(BUILD, ignore_errors=True)
    TREE.mkdir(parents=True)
    tracked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(tracked, cwd=ROOT, text=True).splitlines():
        (TREE / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, TREE / name)
    files = sorted(path.name for path in (TREE / "tests").glob("test_*.py"))
    files = [f"tests/{f}" for f in files if not any(word in f for word in LEFT_OUT)]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not long"]
    command += ["--cov=kerasgan", "--cov-context=test", "--cov-report="]
    command += ["-p", "no:cacheprovider", f"--junitxml={BUILD / 'tests.xml'}", *files]
    subprocess.run(command, cwd=TREE, env=environment(), check=False)


def environment():
    paths = {"PYTHONPATH": str(TREE), "COVERAGE_FILE": str(BUILD / "coverage")}
    return {**os.environ, **paths, "PYTHONDONTWRITEBYTECODE": "1"}


class Reach:
    """Which tests reach a line, the quickest first."""

    def __init__(self):
        self.seconds = {}
        cases = xml.etree.ElementTree.parse(BUILD / "tests.xml").iter("testcase")
        for case in cases:
            if not list(case):  # Neither failed nor skipped.
                file = case.get("classname").replace(".", "/") + ".py"
                self.seconds[f"{file}::{case.get('name')}"] = float(case.get("time"))
        with sqlite3.connect(BUILD / "coverage") as database:
            rows = database.execute(
                "SELECT path, context, numbits FROM line_bits"
                " JOIN file ON file.id = file_id"
                " JOIN context ON context.id = context_id"
            ).fetchall()
        self.lines = collections.defaultdict(set)
        for path, context, bits in rows:
            test = context.partition("|")[0]
            if test in self.seconds:
                module = pathlib.Path(path).relative_to(TREE)
                for line in numbers(bits):
                    self.lines[module, line].add(test)

    def tests(self, module, lines):
        found = set().union(*(self.lines[module, line] for line in lines))
        if not found:  # Run at import, or by nothing: whoever reaches the module.
            found = {t for (m, _), ts in self.lines.items() if m == module for t in ts}
        found = sorted(found, key=lambda test: (self.seconds[test], test))
        # Those named as the module first, then a few of each file in turn.
        return within_budget(found, self.seconds, module.stem.split("_")[0])


def numbers(bits):
    return [8 * i + b for i, byte in enumerate(bits) for b in range(8) if byte >> b & 1]


def within_budget(tests, seconds, word):
    turn = collections.Counter()
    order = []
    for test in tests:
        file = test.partition("::")[0]
        order.append((word not in file, turn[file], test))
        turn[file] += 1
    chosen, left = [], SECONDS
    for _, _, test in sorted(order):
        left -= seconds[test] + 0.02
        if left > 0 or not chosen:
            chosen.append(test)
    return chosen


def places(module):
    """`{(line, column): [(operator, occurrence), ...]}` of what can be changed."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    tree = get_ast_from_path(ROOT / module)
    nodes = list(ast_nodes(tree))
    found = collections.defaultdict(list)
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        spots = (spot for node in nodes for spot in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(spots):
            found[start].append((name, occurrence))
    return found


def drawn(sample, seed):
    chance = random.Random(seed)
    every = [(m, *item) for m in modules() for item in sorted(places(m).items())]
    for module, (line, column), changes in chance.sample(
        every, min(sample, len(every))
    ):
        name, occurrence = chance.choice(changes)
        yield module, line, column, name, occurrence


def mutated(module, name, occurrence):
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (ROOT / module).read_text()
    try:
        return mutate_code(source, get_operator(name)(), occurrence)
    except AttributeError:  # Of an except with several classes, in Cosmic Ray 8.
        return None


def compiles(source):
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def statement(source, line):
    """The lines of the smallest statement around a line; of a block, its head."""
    best = range(line, line + 1)
    length = float("inf")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            end = node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno
            if line <= max(end, node.lineno) and end - node.lineno < length:
                best, length = range(node.lineno, end + 1), end - node.lineno
    return best


def run(options):
    deadline = time.monotonic() + 60 * options.minutes
    reach = Reach()
    done = {outcome["key"] for outcome in outcomes()}
    for module, *spot, name, occurrence in drawn(options.sample, options.seed):
        key = f"{module}:{spot[0]}:{spot[1]} {name}"
        if key in done:
            continue
        if time.monotonic() > deadline:
            return
        source = (ROOT / module).read_text()
        change = mutated(module, name, occurrence)
        if not change or not compiles(change):  # `**` of a call is no power.
            continue
        tests = reach.tests(module, statement(source, spot[0]))
        outcome = {"key": key, "module": str(module), "tests": len(tests)}
        outcome["seed"] = options.seed
        outcome["occurrence"] = occurrence
        outcome["noticed"] = noticed(module, change, tests, reach.seconds)
        difference = difflib.unified_diff(
            source.splitlines(), change.splitlines(), lineterm="", n=2
        )
        outcome["difference"] = "\n".join(list(difference)[2:])
        with OUTCOMES.open("a") as file:
            file.write(json.dumps(outcome) + "\n")
        print(key, "noticed:", outcome["noticed"], flush=True)


def again(key, kind, *tests):
    found = outcomes()
    (outcome,) = [o for o in found if o["key"] == key]
    if kind != "equivalent":
        shutil.copytree(ROOT / "tests", TREE / "tests", dirs_exist_ok=True)
        module = pathlib.Path(outcome["module"])
        change = mutated(module, key.partition(" ")[2], outcome["occurrence"])
        outcome["test"] = noticed(module, change, tests, dict.fromkeys(tests, 60.0))
        print(key, kind, outcome["test"])
        if not outcome["test"]:
            return
    outcome["is"] = kind
    OUTCOMES.write_text("".join(json.dumps(o) + "\n" for o in found))


def outcomes():
    lines = OUTCOMES.read_text().splitlines() if OUTCOMES.exists() else []
    return [json.loads(line) for line in lines]


def noticed(module, change, tests, seconds):
    """The first test that fails; `"time"`, or None."""
    path = TREE / module
    source = path.read_text()
    path.write_text(change)
    try:
        limit = 60 + 5 * sum(seconds[test] for test in tests)
        return in_a_fork(tests, limit)
    finally:
        path.write_text(source)


def in_a_fork(tests, limit):
    answer = BUILD / "answer"
    answer.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        try:
            os.setsid()
            run_tests(tests, answer)
        finally:
            os._exit(1)
    deadline = time.monotonic() + limit
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > deadline:
            os.killpg(child, 9)
            os.waitpid(child, 0)
            return "time"
        time.sleep(0.05)
    return (answer.read_text() if answer.exists() else "a crash") or None


def run_tests(tests, answer):
    import pytest

    class Watch:
        failed = ""

        def pytest_runtest_logreport(self, report):
            if report.failed and not self.failed:
                self.failed = report.nodeid

    os.environ.update(environment())
    os.chdir(TREE)
    sys.path[:0] = [str(TREE), str(TREE / "tests")]
    sys.dont_write_bytecode = True
    with open(BUILD / "last.log", "w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        watch = Watch()
        plain = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
        status = pytest.main([*plain, *tests], plugins=[watch])
    answer.write_text(watch.failed or ("" if status == 0 else f"status {int(status)}"))


def report():
    """Rows of the page. Who read an outcome writes into it what it `is`."""
    from reliability_page import write_counts

    samples = collections.defaultdict(collections.Counter)
    for outcome in outcomes():
        kind = "noticed" if outcome["noticed"] else outcome.get("is", "unread")
        samples[outcome["seed"]][kind] += 1
    for seed, kinds in samples.items():
        write_counts("mutants", f"seed {seed}", {"changes": kinds.total(), **kinds})


if __name__ == "__main__":
    assert keras.backend.backend() == "torch", "The tests are strongest on torch."
    main()
