"""The version, which the package's metadata is built from too."""

__version__ = "0.1.0"
