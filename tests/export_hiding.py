"""Packages that seem not to be installed, to a process and to all that it starts."""

import os

# Python imports it at each start from PYTHONPATH. Finders that find nothing stand in
# for an environment that lacks the packages: `find_spec` gives `None` and `import`
# raises, as there.
SITECUSTOMIZE = """
import sys


class Hiding:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            return None
        return self.finder.find_spec(name, path, target)


sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
"""


def environment_without(packages, folder, *paths):
    """Environment variables for a process.

    Args:
        packages: list of import names.
        folder: an empty folder.
        *paths: what else is to be on `PYTHONPATH`.
    """
    code = SITECUSTOMIZE.format(packages=list(packages))
    (folder / "sitecustomize.py").write_text(code)
    path = os.pathsep.join(map(str, [folder, *paths]))
    return {**os.environ, "PYTHONPATH": path}
