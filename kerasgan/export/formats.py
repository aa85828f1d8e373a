"""The formats: their files, who can write them, and what reads them."""

import dataclasses
import importlib.util
import pathlib

FLOAT32_ONLY = ("float32",)
# The name that metadata has in a format that holds files.
METADATA_NAME = "kerasgan.json"


@dataclasses.dataclass(frozen=True)
class Writer:
    """One way to write a format.

    Args:
        backend: the Keras backend that its process runs; `None` for one that needs
            no process and runs under any.
        module: its module in `kerasgan.export.writers`. In a process, `write` is
            called with the generator and the `Job`; without one, with the `Job`.
        needs: import names of the packages it takes.
        opsets: the ONNX opsets it writes; `None` where there are none.
    """

    backend: str | None
    module: str
    needs: tuple[str, ...] = ()
    opsets: range | None = None


@dataclasses.dataclass(frozen=True)
class Format:
    """One format.

    Args:
        suffix: of the file's name; empty for a folder.
        runtime: import name of what reads the file.
        writers: ways to write it, the best first.
        weights: what the weights may be stored in.
        companions: suffixes of further files that belong to it.
    """

    suffix: str
    runtime: str
    writers: tuple[Writer, ...]
    weights: tuple[str, ...] = FLOAT32_ONLY
    companions: tuple[str, ...] = ()

    def files(self, path: pathlib.Path) -> list[pathlib.Path]:
        """Every file or folder that an export to `path` makes, the JSON last."""
        companions = [path.with_suffix(suffix) for suffix in self.companions]
        return [path, *companions, sidecar(path)]


def sidecar(path: pathlib.Path) -> pathlib.Path:
    """The JSON file beside an export."""
    return path.with_name(f"{path.name}.json")


# Keras's ONNX export under TensorFlow goes through tf2onnx, which knows opsets up to
# 18; PyTorch's exporter begins there.
_ONNX = (
    Writer("torch", "torch_onnx", ("torch", "onnx", "onnxscript"), range(18, 24)),
    Writer(
        "tensorflow",
        "tensorflow_onnx",
        ("tensorflow", "tf2onnx", "onnx"),
        range(13, 19),
    ),
)

FORMATS: dict[str, Format] = {
    "tf_saved_model": Format(
        suffix="",
        runtime="tensorflow",
        writers=(Writer("tensorflow", "tensorflow_saved_model", ("tensorflow",)),),
    ),
    "onnx": Format(
        suffix=".onnx",
        runtime="onnxruntime",
        writers=_ONNX,
        weights=("float32", "float16", "int8"),
    ),
    "litert": Format(
        suffix=".tflite",
        runtime="ai_edge_litert",
        writers=(Writer("tensorflow", "tensorflow_litert", ("tensorflow",)),),
        weights=("float32", "float16"),
    ),
    "torch": Format(
        suffix=".pt2",
        runtime="torch",
        writers=(Writer("torch", "torch_pt2", ("torch",)),),
    ),
    "openvino": Format(
        suffix=".xml",
        runtime="openvino",
        writers=(
            Writer("tensorflow", "tensorflow_openvino", ("tensorflow", "openvino")),
            Writer(
                "torch", "torch_openvino", ("torch", "onnx", "onnxscript", "openvino")
            ),
        ),
        weights=("float32", "float16"),
        companions=(".bin",),
    ),
    "keras": Format(
        suffix=".keras", runtime="keras", writers=(Writer(None, "keras_archive"),)
    ),
}

DEFAULT_OPSET = 18
# What smaller weights take besides.
_WEIGHTS_NEED = {"int8": ("onnxruntime",)}

# The extra of kerasgan that brings a package.
_EXTRAS = {
    "tensorflow": "tensorflow",
    "torch": "torch",
    "onnx": "export-onnx",
    "onnxscript": "export-onnx",
    "onnxruntime": "export-onnx",
    "tf2onnx": "export-onnx",
    "ai_edge_litert": "export-litert",
    "openvino": "export-openvino",
}


def installed(name):
    """Whether a package can be imported, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def missing(names):
    """The packages of `names` that are not installed."""
    return [name for name in names if not installed(name)]


def choose_writer(name, opset, weights, *, verify):
    """The first complete way to write a format.

    Args:
        name: the format's.
        opset: the ONNX opset asked for, or `None`.
        weights: what the weights are stored in.
        verify: whether the format's runtime is needed as well.

    Returns:
        A `Writer`.

    Raises:
        ImportError: if no way is complete, with the extras to install.
    """
    writers = [w for w in FORMATS[name].writers if opset is None or opset in w.opsets]
    extra = _WEIGHTS_NEED.get(weights, ())
    complete = [w for w in writers if not missing(w.needs + extra)]
    runtime = missing([FORMATS[name].runtime]) if verify else []
    if not complete:
        ways = ", or ".join(_way(w.needs + extra) for w in writers)
        # The way for which least is to be installed, a framework last of all.
        nearest = min(
            writers,
            key=lambda w: (not installed(w.backend), len(missing(w.needs + extra))),
        )
        lacking = missing(nearest.needs + extra) + runtime
        raise ImportError(
            f"To write format={name!r}, kerasgan needs {ways}. {install_line(lacking)}"
        )
    if runtime:
        raise ImportError(
            f"To verify format={name!r}, kerasgan loads it in {runtime[0]}, which "
            f"is not installed. {install_line(runtime)} Or pass verify=False."
        )
    return complete[0]


def _way(needs):
    return f"{' and '.join(needs)} (missing: {', '.join(missing(needs))})"


def install_line(names):
    """How to install packages, by the extras that bring them."""
    extras = sorted({_EXTRAS[name] for name in names})
    return f"Install with: pip install 'kerasgan[{','.join(extras)}]'."
