"""Each format with the packages it names and no other."""

import pathlib
import subprocess
import sys

import pytest
from export_hiding import environment_without
from export_models import BACKEND

from kerasgan.export.formats import choose_writer

TESTS = pathlib.Path(__file__).parent
FRAMEWORKS = ("tensorflow", "torch", "jax")
PACKAGES = ["onnx", "onnxscript", "onnx_ir", "onnxruntime", "tf2onnx", "openvino"]
PACKAGES += ["ai_edge_litert", "matplotlib", "optax", "grain", "tensorboardX"]
# What a framework alone writes and reads back.
OWN = {
    "tensorflow": ["saved", "g.keras"],
    "torch": ["g.pt2", "g.keras"],
    "jax": ["g.keras"],
}
# What the errors tell to install: no second framework where one will do.
EXTRAS_NAMED = {
    "tensorflow": {
        "g.onnx": "export-onnx",
        "g.tflite": "export-litert",
        "g.pt2": "torch",
        "g.xml": "export-openvino",
    },
    "torch": {
        "saved": "tensorflow",
        "g.onnx": "export-onnx",
        "g.tflite": "export-litert,tensorflow",
        "g.xml": "export-onnx,export-openvino",
    },
    "jax": {
        "saved": "tensorflow",
        "g.onnx": "export-onnx,torch",
        "g.tflite": "export-litert,tensorflow",
        "g.pt2": "torch",
        "g.xml": "export-openvino,tensorflow",
    },
}

CODE = """
import sys
from small import small_gan

gan = small_gan()
for path in sys.argv[1:]:
    try:
        found = gan.export(path, verbose=False)
        print("WRITTEN", path, found.max_difference < 1e-4)
    except ImportError as error:
        print("REFUSED", path, error)
if sys.argv[1].endswith("saved"):
    # The runtime is lacking, not the writer.
    print("UNVERIFIED", gan.export("h.tflite", verify=False, verbose=False).writer)
"""


def test_framework_alone_writes_its_own_formats_and_names_the_extras_of_others(
    tmp_path,
):
    hidden = [*PACKAGES, *(f for f in FRAMEWORKS if f != BACKEND)]
    hidden += ["jaxlib"] * (BACKEND != "jax")
    sites, out = tmp_path / "sites", tmp_path / "out"
    sites.mkdir(), out.mkdir()
    own = OWN[BACKEND]
    paths = [*own, *EXTRAS_NAMED[BACKEND]]
    done = subprocess.run(
        [sys.executable, "-c", CODE, *paths],
        cwd=out,
        env=environment_without(hidden, sites, TESTS.parent, TESTS),
        capture_output=True,
        text=True,
    )
    said = [x.split(" ", 2) for x in done.stdout.splitlines() if x[:1].isupper()]
    printed = done.stdout + done.stderr
    assert said[: len(own)] == [["WRITTEN", name, "True"] for name in own], printed
    refused = {x[1]: x[2] for x in said if x[0] == "REFUSED"}
    assert set(refused) == set(EXTRAS_NAMED[BACKEND]), printed
    for name, extras in EXTRAS_NAMED[BACKEND].items():
        assert f"pip install 'kerasgan[{extras}]'" in refused[name]
    if BACKEND == "tensorflow":
        assert said[-1][:2] == ["UNVERIFIED", "tensorflow"], printed
    written = {p.name.removesuffix(".json") for p in out.iterdir()}
    assert written - {"h.tflite"} == set(own)


def test_int8_needs_the_runtime_that_quantizes(monkeypatch):
    # Not to be found, nor imported.
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    writer = choose_writer("onnx", 18, "float16", verify=False)
    assert writer.module == "torch_onnx"
    with pytest.raises(ImportError, match="missing: onnxruntime.*export-onnx"):
        choose_writer("onnx", 18, "int8", verify=False)
