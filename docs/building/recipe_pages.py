"""A page for each file of recipes/, by inclusion."""

import ast
import re

from building.places import ROOT, place_of, write, write_file

RECIPES = ROOT / "recipes"
# What a run of a recipe left: NAME.md and NAME.png.
RESULTS = ROOT / "docs" / "results" / "recipes"
# Where the same was trained for longer, by the preset's name.
LONGER = {
    "acgan": "acgan-mnist-28",
    "cifar10_32": "cifar10-32",
    "conditional_gan": "conditional-gan-mnist-28",
    "lsgan": "lsgan-mnist-28",
    "mnist_28": "mnist-28",
    "sngan": "sngan-cifar10-32",
    "wgangp": "wgangp-mnist-28",
}
NOTEBOOKS = ROOT / "build" / "notebooks"
LANGUAGES = {".py": "python", ".mjs": "javascript", ".html": "html"}
_INDEX = """\
# Recipes

Short programs to read from top to bottom. Each runs on TensorFlow, PyTorch and JAX;
copy the nearest to your problem and change it.

{rows}
"""


def write_pages():
    """Writes all; gives their entries in the navigation."""
    paths = [p for p in sorted(RECIPES.iterdir()) if p.suffix in LANGUAGES]
    recipes = {path: describe(path) for path in paths if path.name[0] != "_"}
    recipes = {path: told for path, told in recipes.items() if told}
    places = {path: place_of(f"recipes/{path.name}") for path in recipes}
    for path, (title, body) in recipes.items():
        write(places[path], page(path, title, body))
    rows = [
        f"- [{title}]({places[path].removeprefix('recipes/')})"
        for path, (title, _) in recipes.items()
    ]
    write("recipes/index.md", _INDEX.format(rows="\n".join(rows)))
    # The navigation has room for the part before a colon.
    return [
        {title.partition(":")[0]: places[path]} for path, (title, _) in recipes.items()
    ]


def describe(path):
    """`(title, body)` of a recipe's first text, or `None` where there is none."""
    text = path.read_text()
    if path.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    else:
        # The first comment; what follows its first line stands in the code below.
        comment = re.search(r"^(?://|<!--)\s*(.+)$", text, re.MULTILINE)
        text = comment[1] if comment else ""
    title, _, body = text.partition("\n")
    return (re.sub(r"\.$", "", title.strip()), body.strip()) if title else None


def page(path, title, body):
    """One recipe's page."""
    parts = [f"# {title}", body]
    if path.suffix == ".py":
        parts += [_longer(path.stem), _result(path.stem)]
    code = f'```{LANGUAGES[path.suffix]}\n--8<-- "recipes/{path.name}"\n```'
    parts.append(f"## recipes/{path.name}\n\n{code}")
    parts.append(_notebook(path.stem) if path.suffix == ".py" else "")
    return "\n\n".join(filter(None, parts)) + "\n"


def _longer(name):
    """The picture of a long run of the recipe's preset, where one is kept."""
    run = LONGER.get(name)
    return run and (
        f"![what its preset makes](../results/{run}/grid.png)\n\n"
        f"*[A longer run](../results/{run}/README.md) of the same preset.*"
    )


def _result(name):
    """What `docs/run_recipe.py` kept of the recipe itself."""
    parts = []
    # The words first: they say how long it ran.
    if (text := RESULTS / f"{name}.md").exists():
        parts.append(text.read_text().strip())
    if (picture := RESULTS / f"{name}.png").exists():
        write_file(f"results/recipes/{name}.png", picture)
        parts.append(f"![what it made](../results/recipes/{name}.png)")
    return "\n\n".join(parts)


def _notebook(name):
    """A link to the recipe as a notebook, where there is one."""
    if not (notebook := NOTEBOOKS / f"{name}.ipynb").exists():
        return None
    write_file(f"recipes/{name}.ipynb", notebook)
    return f"[The same as a notebook]({name}.ipynb)"
