"""`kerasgan recipes`: short programs to read, run and copy."""

import argparse
import ast
import dataclasses
import difflib
import pathlib
import runpy
import shutil
import sys

from rich.console import Console
from rich.table import Table

_PACKAGE = pathlib.Path(__file__).parents[1]
# What is no program, but what those in Node.js and in the browser need.
_BESIDE = ("package.json",)
_COMMENTS = {".mjs": "//", ".html": "<!--"}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A program of the folder.

    Args:
        name: of a Python program without `.py`, else the file's.
        path: the file.
        title: its first line.
    """

    name: str
    path: pathlib.Path
    title: str


def recipes_folder() -> pathlib.Path:
    """Where the recipes are: a wheel brings them along, a checkout has them beside.

    Raises:
        ValueError: if they are in neither place.
    """
    for folder in (_PACKAGE / "recipes", _PACKAGE.parent / "recipes"):
        if folder.is_dir():
            return folder
    raise ValueError(
        f"This installation has no recipes. Received: none in {_PACKAGE}. Install the "
        "wheel, or run from a checkout."
    )


def list_recipes() -> list[Recipe]:
    """The recipes by name, as they are in the folder."""
    found = []
    for path in sorted(recipes_folder().iterdir()):
        if path.suffix in (".py", *_COMMENTS):
            name = path.stem if path.suffix == ".py" else path.name
            found.append(Recipe(name, path, _title(path)))
    return found


def _title(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    mark = _COMMENTS[path.suffix]
    return next(
        line.strip().removeprefix(mark).strip()
        for line in text.splitlines()
        if line.strip().startswith(mark)
    )


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    parser = commands.add_parser(
        "recipes",
        help="list, run or copy short programs",
        description="Without a name, lists the recipes. With one, runs it with the "
        "arguments that follow: `kerasgan recipes mnist_28 --smoke` takes seconds, "
        "`--help` after the name says what there is.",
    )
    parser.add_argument(
        "--copy", metavar="FOLDER", help="copy it there instead, to read and change"
    )
    parser.add_argument("name", nargs="?", help="one of the list")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="what the recipe is given"
    )
    return parser


def run(options: argparse.Namespace) -> None:
    """Lists the recipes, runs one, or copies one.

    Raises:
        ValueError: if there is none of that name, or it is no Python program.
    """
    if options.name is None:
        _print_list()
        return
    recipe = _find(options.name)
    if options.copy is not None:
        _copy(recipe, pathlib.Path(options.copy))
        return
    if recipe.path.suffix != ".py":
        raise ValueError(
            f"{recipe.name} is no Python program. Received: a request to run it. Copy "
            f"it with `kerasgan recipes --copy FOLDER {recipe.name}`; its first lines "
            "say how it is started."
        )
    arguments = options.arguments
    _run(recipe, arguments[1:] if arguments[:1] == ["--"] else arguments)


def _print_list():
    table = Table("recipe", "what it is", box=None)
    for recipe in list_recipes():
        table.add_row(recipe.name, recipe.title)
    console = Console()
    console.print(table)
    console.print(
        "\nRun one with `kerasgan recipes NAME`, in seconds with `kerasgan recipes "
        "NAME --smoke`; copy it with `kerasgan recipes --copy FOLDER NAME`."
    )


def _find(name):
    known = {recipe.name: recipe for recipe in list_recipes()}
    # As people write names: with dashes, with .py.
    found = known.get(name) or known.get(name.removesuffix(".py").replace("-", "_"))
    if found is None:
        near = difflib.get_close_matches(name, known, n=3)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(
            f"There is no recipe of that name.{hint} Received: {name!r}. "
            "`kerasgan recipes` lists them."
        )
    return found


def _copy(recipe, folder):
    folder.mkdir(parents=True, exist_ok=True)
    files = [recipe.path]
    if recipe.path.suffix != ".py":
        files += [recipe.path.parent / name for name in _BESIDE]
    for file in files:
        if (folder / file.name).exists():
            raise ValueError(
                f"--copy replaces nothing. Received: {folder}, which holds "
                f"{file.name}. Choose another folder."
            )
    for file in files:
        print(shutil.copyfile(file, folder / file.name))


def _run(recipe, arguments):
    """In this process: the framework is imported already."""
    before = sys.argv
    sys.argv = [str(recipe.path), *arguments]
    try:
        runpy.run_path(str(recipe.path), run_name="__main__")
    finally:
        sys.argv = before
