"""Writes the pages that `make docs` builds: copied, or generated from the package."""
