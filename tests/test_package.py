import ast
import inspect
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import keras
import pytest

import kerasgan

PACKAGE = pathlib.Path(kerasgan.__file__).parent
ROOT = PACKAGE.parent
FRAMEWORKS = ("tensorflow", "torch", "jax")

PUBLIC = {
    kerasgan: [
        "DCGAN",
        "GAN",
        "PairedOptimizer",
        "PresetError",
        "augment",
        "datasets",
        "export",
        "from_preset",
        "layers",
        "list_presets",
        "losses",
        "networks",
        "register_model",
        "register_network",
        "save_grid",
    ],
    kerasgan.augment: ["augmentation"],
    kerasgan.datasets: ["class_names", "glyphs", "image_folder", "load", "shapes"],
    kerasgan.export: ["ExportError", "ExportResult", "FORMATS", "export_generator"],
    kerasgan.layers: [
        "BatchNormalization",
        "Conv2D",
        "Conv2DTranspose",
        "UpsampleConv2D",
    ],
    kerasgan.losses: ["binary_crossentropy"],
    kerasgan.networks: [
        "convolutional_generator",
        "fully_convolutional_generator",
        "get_network",
        "network_spec",
        "register_network",
        "strided_discriminator",
        "transposed_generator",
        "upsampling_generator",
    ],
}


def public_objects():
    for module, names in PUBLIC.items():
        for name in names:
            value = getattr(module, name)
            yield f"{module.__name__}.{name}", value
            if inspect.isclass(value):
                own = {m for m in vars(value) if not m.startswith("_")}
                # What Keras calls is documented by Keras.
                own -= {m for c in keras_bases(value) for m in dir(c)}
                for member in own:
                    yield f"{module.__name__}.{name}.{member}", getattr(value, member)


def keras_bases(cls):
    return [c for c in cls.__mro__ if c.__module__.partition(".")[0] == "keras"]


def python(code, *, backend=None, **environment):
    """Runs `code` in a new process; gives its status, its output and its errors."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    if backend:
        environment["KERAS_BACKEND"] = backend
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_public_names_are_pinned(module):
    assert sorted(module.__all__) == PUBLIC[module]


def test_public_names_have_docstrings():
    # Data such as `metric_names` is documented by its class.
    values = [(n, v) for n, v in public_objects() if callable(v)]
    assert len(values) > 30
    # `getdoc` also finds what an override inherits.
    assert [name for name, value in values if not inspect.getdoc(value)] == []


def test_import_adds_no_framework_to_what_keras_imports():
    # Keras itself imports JAX on the torch backend where JAX is installed.
    status, printed, errors = python(
        f"""
import sys
import keras
before = {{name for name in {FRAMEWORKS} if name in sys.modules}}
import kerasgan
after = {{name for name in {FRAMEWORKS} if name in sys.modules}}
print(keras.backend.backend() in before, sorted(after - before))
"""
    )
    assert status == 0, errors
    assert printed.splitlines()[-1] == "True []"


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_import_without_the_framework_names_the_extras(backend):
    # The finder stands in for an environment that lacks the framework.
    status, _, errors = python(
        f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FRAMEWORKS + ("jaxlib",)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
import kerasgan
""",
        backend=backend,
    )
    assert status == 1
    last = errors.splitlines()[-1]
    assert last.startswith("ImportError: kerasgan needs a framework")
    for extra in FRAMEWORKS:
        assert f"kerasgan[{extra}]" in last


@pytest.mark.parametrize("backend", ["numpy", "openvino"])
def test_import_on_a_backend_that_cannot_train_says_so(backend):
    status, _, errors = python("import kerasgan", backend=backend)
    assert status == 1
    last = errors.splitlines()[-1]
    assert backend in last
    assert "tensorflow, torch and jax" in last or "kerasgan[tensorflow]" in last


def test_frameworks_are_imported_by_the_backends_alone():
    # Those that write and read exports run in processes of their own.
    rooms = {
        PACKAGE / "_backends",
        PACKAGE / "_kernels",
        PACKAGE / "export" / "writers",
    }
    runtimes = PACKAGE / "export" / "runtimes.py"
    found = []
    for path in PACKAGE.rglob("*.py"):
        if rooms & set(path.parents) or path == runtimes:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            found += [
                (str(path), name)
                for name in names
                if name.partition(".")[0] in FRAMEWORKS + ("jaxlib",)
            ]
    assert found == []


def test_wheel_holds_every_preset(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(
        [*command, "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    files = [
        str(path.relative_to(ROOT))
        for path in (PACKAGE / "presets").rglob("*")
        if path.suffix in (".json", ".safetensors")
    ]
    assert len(files) >= 2 * len(kerasgan.list_presets())
    assert set(files) <= held
    assert not [name for name in held if name.startswith("tests")]


def test_readme_table_says_what_the_presets_are():
    rows = {}
    for line in (ROOT / "README.md").read_text().splitlines():
        if line.startswith("| `"):
            name, images, _, *rest = [cell.strip() for cell in line.split("|")[1:-1]]
            rows["dcgan/" + name.strip("`")] = [images, *rest]
    expected = {}
    for name in kerasgan.list_presets():
        folder = PACKAGE / "presets" / name
        config = json.loads((folder / "config.json").read_text())
        metadata = json.loads((folder / "metadata.json").read_text())
        height, width, channels = config["generator"]["arguments"]["image_shape"]
        training = config["training"]
        unit = "epochs" if "epochs" in training else "steps"
        expected[name] = [
            f"{height}x{width} {'grey' if channels == 1 else 'colour'}",
            f"{metadata['parameters']['generator']:,}",
            f"{metadata['parameters']['discriminator']:,}",
            f"{training[unit]:,} {unit}, batch {training['batch_size']}",
            "yes" if metadata["weights"] else "no",
        ]
    assert rows == expected


def test_version_is_the_installed_one():
    from importlib.metadata import version

    assert version("kerasgan") == kerasgan.__version__
    assert tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15)
