"""Builds the site: `make docs`.

python docs/build.py             # pages into build/docs, the site into build/site
python docs/build.py --pages     # the pages alone
python docs/build.py --no-playground   # without npm and exports
"""

import argparse
import os
import shutil
import subprocess
import sys

import yaml
from building import (
    failure_facts,
    places,
    playground,
    preset_pages,
    recipe_pages,
    reference,
)

CONFIG = places.ROOT / "mkdocs.yml"
# The same with the navigation of this build: what mkdocs is given.
BUILT = places.ROOT / "build" / "mkdocs.yml"


def write_pages(*, with_playground=True):
    """Writes all that mkdocs reads."""
    shutil.rmtree(places.DOCS, ignore_errors=True)
    results = places.copy_pages()
    failure_facts.fill_page()
    config = yaml.safe_load(CONFIG.read_text())
    nav = {key: value for entry in config["nav"] for key, value in entry.items()}
    nav["Results"] += [page for page in results if page not in nav["Results"]]
    nav["Presets"] += preset_pages.write_pages()
    nav["Recipes"] += recipe_pages.write_pages()
    nav["Reference"] += reference.write_pages()
    if with_playground:
        playground.write_files()
    BUILT.write_text(yaml.safe_dump(_moved(config), allow_unicode=True))


def _moved(config):
    """The configuration with paths that hold in `build`, where it is written.

    They stay relative: Zensical takes no absolute ones.
    """
    config["docs_dir"], config["site_dir"] = places.DOCS.name, places.SITE.name
    for plugin in config["plugins"]:
        if "mkdocstrings" in plugin:
            plugin["mkdocstrings"]["handlers"]["python"]["paths"] = [".."]
    return config


def build():
    """Builds `build/site` with mkdocs; gives its exit status."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "-f"]
    # The theme's advertisement of its successor, which builds this site as well.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command.append(str(BUILT))
    return subprocess.run(command, cwd=places.ROOT, env=environment).returncode


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", action="store_true", help="do not run mkdocs")
    parser.add_argument("--no-playground", action="store_true")
    options = parser.parse_args(arguments)
    write_pages(with_playground=not options.no_playground)
    return 0 if options.pages else build()


if __name__ == "__main__":
    sys.exit(main())
