"""A page for each file of recipes/, by inclusion."""

import ast
import re

from building.places import ROOT, write, write_file

RECIPES = ROOT / "recipes"
# What a run of a recipe left: NAME.md and NAME.png.
RESULTS = ROOT / "docs" / "results" / "recipes"
NOTEBOOKS = ROOT / "build" / "notebooks"
_INDEX = """\
# Recipes

Short programs to read from top to bottom. Each runs on TensorFlow, PyTorch and JAX;
copy the nearest to your problem and change it.

{rows}
"""


def write_pages():
    """Writes all; gives their entries in the navigation."""
    recipes = {path.stem: describe(path) for path in sorted(RECIPES.glob("*.py"))}
    recipes = {n: r for n, r in recipes.items() if r and not n.startswith("_")}
    for name, (title, body) in recipes.items():
        write(f"recipes/{name}.md", page(name, title, body))
    rows = [f"- [{title}]({name}.md)" for name, (title, _) in recipes.items()]
    write("recipes/index.md", _INDEX.format(rows="\n".join(rows)))
    # The navigation has room for the part before a colon.
    return [
        {title.partition(":")[0]: f"recipes/{name}.md"}
        for name, (title, _) in recipes.items()
    ]


def describe(path):
    """`(title, body)` of a recipe's docstring, or `None` where there is none."""
    text = ast.get_docstring(ast.parse(path.read_text()))
    if not text:
        return None
    title, _, body = text.partition("\n")
    return re.sub(r"\.$", "", title.strip()), body.strip()


def page(name, title, body):
    """One recipe's page."""
    parts = [f"# {title}", body, _result(name)]
    code = f'```python\n--8<-- "recipes/{name}.py"\n```'
    parts += [f"## recipes/{name}.py\n\n{code}", _notebook(name)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _result(name):
    parts = []
    if (picture := RESULTS / f"{name}.png").exists():
        write_file(f"results/recipes/{name}.png", picture)
        parts.append(f"![what it made](../results/recipes/{name}.png)")
    if (text := RESULTS / f"{name}.md").exists():
        parts.append(text.read_text().strip())
    return "\n\n".join(parts)


def _notebook(name):
    """A link to the recipe as a notebook, where there is one."""
    if not (notebook := NOTEBOOKS / f"{name}.ipynb").exists():
        return None
    write_file(f"recipes/{name}.ipynb", notebook)
    return f"[The same as a notebook]({name}.ipynb)"
