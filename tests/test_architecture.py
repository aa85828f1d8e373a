"""Who imports whom, and how long things are."""

import ast
import pathlib

import pytest

import kerasgan

pytestmark = pytest.mark.once

PACKAGE = pathlib.Path(kerasgan.__file__).parent
ROOT = PACKAGE.parent
FRAMEWORKS = ("tensorflow", "torch", "jax", "jaxlib")
FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def imported(tree):
    """The names of the modules of ours that `import` statements in a tree name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            # `from package import module` needs the module, not all of the package.
            names = [name if name in MODULES else node.module for name in whole]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] == "kerasgan")


def graph():
    """Module -> modules that it imports, wherever in it the statement stands."""
    edges = {}
    for name, path in MODULES.items():
        found = set(imported(ast.parse(path.read_text())))
        edges[name] = {n for n in found if n in MODULES and n != "kerasgan"} - {name}
    return edges


def circles(edges):
    """The groups of modules that import each other (Tarjan 1972)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in edges[node]:
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in edges:
        if node not in order:
            visit(node)
    return found


def test_the_search_for_circles_finds_one():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [
        ["a", "b", "c"]
    ]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other():
    edges = graph()
    assert sum(map(len, edges.values())) > 100
    assert circles(edges) == []


def test_nothing_of_ours_is_imported_inside_a_function():
    found = []
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                found += [(name, other) for other in imported(node)]
    assert found == []


def test_imports_point_down():
    """Models know no callback, metric or command; the engine knows no model."""
    above = {
        "kerasgan.training": ("gan", "models", "presets", "export", "callbacks", "cli"),
        "kerasgan.models": ("callbacks", "metrics", "cli"),
        "kerasgan.layers": ("networks", "training", "models", "gan"),
        "kerasgan.registry": ("models", "networks", "training", "gan", "presets"),
        "kerasgan._kernels": ("layers", "training", "gan", "models"),
        "kerasgan._backends": ("_kernels", "layers", "training", "gan", "models"),
    }
    wrong = []
    for name, others in graph().items():
        for room, upper in above.items():
            if name == room or name.startswith(f"{room}."):
                wrong += [(name, o) for o in others if o.split(".")[1] in upper]
    assert wrong == []


def test_frameworks_are_imported_in_their_rooms_alone():
    # Those that write and read exports run in processes of their own.
    rooms = {PACKAGE / "_backends", PACKAGE / "_kernels", PACKAGE / "export/writers"}
    found = []
    for path in FILES:
        if rooms & set(path.parents) or path == PACKAGE / "export/runtimes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            found += [
                (str(path), name)
                for name in names
                if name.partition(".")[0] in FRAMEWORKS
            ]
    assert found == []


def test_files_and_functions_are_short():
    long = []
    for path in [*FILES, *(ROOT / "tests").glob("*.py")]:
        text = path.read_text()
        if text.count("\n") > 400:
            long.append((path.name, text.count("\n")))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                if lines > 60:
                    long.append((path.name, node.name, lines))
    assert long == []


def test_every_preset_of_a_model_is_compared_with_its_source():
    """A method's test holds `PUBLISHED` and `PARAMETERS`, with an entry a preset."""
    missing = []
    for preset in kerasgan.list_presets():
        model, name = preset.split("/")
        held = tables(model.replace("-", "_"))
        missing += [
            (preset, table)
            for table in ("PUBLISHED", "PARAMETERS")
            if name not in held.get(table, ())
        ]
    assert missing == [], "tests/test_<model>*.py needs both, a dict by preset"


def tables(model):
    """The keys of the dicts that a model's test files assign at their top."""
    held = {}
    for path in (ROOT / "tests").glob(f"test_{model}*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                keys = {k.value for k in node.value.keys if isinstance(k, ast.Constant)}
                held.setdefault(node.targets[0].id, set()).update(keys)
    return held


def test_tests_import_helpers_and_not_each_other():
    found = []
    for path in (ROOT / "tests").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("test_"):
                found.append((path.name, node.module))
    assert found == []
