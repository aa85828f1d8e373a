"""What several files of tests look at: tiny presets, and exports made once a run."""

import json
import os
import pathlib
import shutil

import pytest

# Before TensorFlow is there. It leaves oneDNN off on processors without AVX-512, and
# its own kernels cannot dilate a transposed convolution.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

from checkpointed import DATA, EPOCHS, compiled, killed, state, steps_kept
from export_models import BACKEND, MATRIX, own_gan, preset_gan
from presets_tiny import tiny_gan

from kerasgan.export import FORMATS, export_generator
from kerasgan.presets import listing

BATCHES = (1, 7, 64)
BUILD = pathlib.Path(__file__).parents[1] / "build"


def pytest_addoption(parser):
    parser.addoption(
        "--everywhere", action="store_true", help="no test is left to PyTorch"
    )


def pytest_collection_modifyitems(config, items):
    if BACKEND != "torch" and not config.getoption("--everywhere"):
        left = [item for item in items if left_to_torch(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not left_to_torch(item)]


def left_to_torch(item):
    """Whether a test of what no backend changes runs on the quickest one alone."""
    return bool(item.get_closest_marker("once")) and not item.get_closest_marker(
        "everywhere"
    )


@pytest.fixture
def preset(tmp_path):
    tiny_gan().save_to_preset(tmp_path / "tiny", description="A tiny one.")
    return tmp_path / "tiny"


@pytest.fixture
def built_in(tmp_path, monkeypatch):
    """A root of built-in presets with one that has weights and one without."""
    root = tmp_path / "presets"
    tiny_gan().save_to_preset(root / "dcgan" / "trained")
    tiny_gan().save_to_preset(root / "dcgan" / "untrained", description="Bare.")
    path = root / "dcgan" / "untrained" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "weights": None}))
    (root / "dcgan" / "untrained" / "model.safetensors").unlink()
    monkeypatch.setattr(listing, "_ROOT", root)
    return root / "dcgan"


@pytest.fixture(scope="session")
def uninterrupted():
    gan = compiled()
    history = gan.fit(epochs=EPOCHS, **DATA).history
    return state(gan), history


@pytest.fixture(scope="session")
def stopped(tmp_path_factory):
    """The directory of a training killed after step 7; tests copy it."""
    directory = tmp_path_factory.mktemp("checkpoints")
    killed(directory, 7, every_steps=1)
    assert steps_kept(directory) == [4, 5, 6]
    return directory


@pytest.fixture
def directory(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "checkpoints")


@pytest.fixture(scope="session")
def gans():
    """The GANs to export, by name; no test changes them."""
    makers = {"own": own_gan}
    if MATRIX:
        names = ("mnist-28", "cifar10-32", "cifar10-32-rmsprop")
        makers |= {name: lambda name=name: preset_gan(name) for name in names}
    return {name: make() for name, make in makers.items()}


@pytest.fixture(scope="session")
def export(gans, tmp_path_factory):
    """Exports by the GAN's name, the format and the arguments, once for each."""
    done = {}

    def export(name, format, **arguments):
        key = "-".join(map(str, [format, *arguments.values()]))
        if (name, key) not in done:
            path = tmp_path_factory.mktemp("export") / f"g{FORMATS[format].suffix}"
            done[name, key] = export_generator(
                gans[name], path, format, batches=BATCHES, verbose=False, **arguments
            )
        return done[name, key]

    yield export
    if MATRIX:
        keep([cell(name, result) for (name, _), result in done.items()])


def keep(cells):
    """Puts what this run found in the place of what an earlier one did."""
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"export-{BACKEND}.json"
    old = json.loads(path.read_text()) if path.exists() else []
    found = {(c["generator"], c["format"], c["weights"]): c for c in [*old, *cells]}
    path.write_text(json.dumps(list(found.values()), indent=1))


def cell(name, result):
    """What the docs say of one export."""
    facts = json.loads(result.metadata_path.read_text())
    return {
        "generator": name,
        "backend": BACKEND,
        "format": result.format,
        "weights": result.weights,
        "bytes": result.bytes,
        "writer": result.writer,
        "runtime": result.runtime,
        "differences": facts["verification"]["differences"],
    }
