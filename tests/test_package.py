import inspect
import os
import pathlib
import subprocess
import sys
import zipfile

import keras
import pytest
from public_names import PUBLIC, public_objects

import kerasgan

PACKAGE = pathlib.Path(kerasgan.__file__).parent
ROOT = PACKAGE.parent
FRAMEWORKS = ("tensorflow", "torch", "jax")


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
    assert sorted(module.__all__) == sorted(PUBLIC[module])


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


@pytest.mark.once
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


@pytest.mark.once
@pytest.mark.parametrize("backend", ["numpy", "openvino"])
def test_import_on_a_backend_that_cannot_train_says_so(backend):
    status, _, errors = python("import kerasgan", backend=backend)
    assert status == 1
    last = errors.splitlines()[-1]
    assert backend in last
    assert "tensorflow, torch and jax" in last or "kerasgan[tensorflow]" in last


@pytest.mark.once
def test_wheel_holds_every_preset(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(
        [*command, "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (path,) = tmp_path.glob("*.whl")
    # What does not fit goes into metadata.json as an address to fetch it from.
    assert path.stat().st_size < 60e6
    with zipfile.ZipFile(path) as wheel:
        held = set(wheel.namelist())
    files = [
        str(path.relative_to(ROOT))
        for path in (PACKAGE / "presets").rglob("*")
        if path.suffix in (".json", ".safetensors")
    ]
    assert len(files) >= 2 * len(kerasgan.list_presets())
    assert set(files) <= held
    assert not [name for name in held if name.startswith("tests")]


def test_version_is_the_installed_one():
    from importlib.metadata import version

    assert version("kerasgan") == kerasgan.__version__
    assert tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15)


def test_readme_table_is_not_stale():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import readme
    finally:
        sys.path.remove(str(ROOT / "docs"))
    text = readme.README.read_text()
    assert text.count("\n| `dcgan/") == len(kerasgan.list_presets(kerasgan.DCGAN))
    assert readme.with_table(text) == text, "run `make readme`"
