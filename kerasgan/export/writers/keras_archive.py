"""A plain `.keras` file, which any backend writes where it is."""

import shutil
import zipfile

from kerasgan.export.formats import METADATA_NAME


def write(job):
    """Copies the saved network and adds the metadata as a file of the archive."""
    shutil.copyfile(job.network, job.staged)
    with zipfile.ZipFile(job.staged, "a") as archive:
        archive.writestr(METADATA_NAME, job.metadata)
