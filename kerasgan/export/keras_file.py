"""A plain `.keras` file, which any backend writes where it is."""

import shutil
import zipfile

from kerasgan.export.formats import METADATA_NAME


def write(network_path, path, metadata):
    """Copies the saved network and adds the metadata as a file of the archive."""
    shutil.copyfile(network_path, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(METADATA_NAME, metadata)
