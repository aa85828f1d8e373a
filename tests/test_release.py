"""What a release uploads: built, looked at by twine, installed from the wheel."""

import pathlib
import subprocess
import sys
import tarfile
import venv

import pytest
from export_models import only_on

import kerasgan

ROOT = pathlib.Path(kerasgan.__file__).parents[1]

pytestmark = [pytest.mark.long, only_on("torch")]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder with sdist and wheel."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A new environment with twine; gives its Python."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [python, "-m", "pip", "install", "-q", "twine"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"pip could not install twine: {done.stderr[-300:]}")
    return python


def test_twine_finds_nothing_wrong(files, environment):
    built = sorted(files.iterdir())
    assert [path.suffix for path in built] == [".whl", ".gz"]
    command = [environment, "-m", "twine", "check", "--strict", *built]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_sdist_holds_what_the_readme_shows(files):
    with tarfile.open(next(files.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "constraints.txt"} <= names
    assert "docs/results/mnist-28/grid.png" in names
    assert not [name for name in names if name.startswith((".venv", "build/"))]


def test_wheel_installs_and_says_what_is_missing(files, environment):
    wheel = next(files.glob("*.whl"))
    command = [environment, "-m", "pip", "install", "-q", "-c", "constraints.txt"]
    done = subprocess.run([*command, wheel], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # No framework: one line says what to install.
    command = [environment.parent / "kerasgan", "presets"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=files)
    assert done.returncode == 1
    assert "kerasgan[torch]" in done.stderr
