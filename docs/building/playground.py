"""What the playground loads: exported generators, and onnxruntime-web.

Generators are those of the presets that ship weights. Each is exported once for its
weights and kept under build/playground.
"""

import json
import pathlib
import shutil
import subprocess

import numpy as np

import kerasgan
from building.places import DOCS, ROOT, write, write_file
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import DEFAULT_MODEL, find_preset

_BUILD = ROOT / "build" / "playground"
_RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
# Directions that sliders move along, and the images that they are found with.
_DIRECTIONS, _IMAGES = 6, 4096


def write_files():
    """Puts runtime, models and their list beside the page."""
    for path in sorted(_runtime()):
        write_file(f"playground/runtime/{path.name}", path)
    shipped = [
        name
        for name in kerasgan.list_presets()
        if read_metadata(find_preset(None, name)[0])["weights"]
    ]
    # The default model's come first: what a person sees before choosing.
    shipped.sort(key=lambda name: not name.startswith(DEFAULT_MODEL))
    shutil.rmtree(DOCS / "playground" / "models", ignore_errors=True)
    models = [_model(name) for name in shipped]
    binary = _runtime()[1]
    runtime = {"file": binary.name, "bytes": binary.stat().st_size}
    index = {"runtime": runtime, "models": models}
    write("playground/models/index.json", json.dumps(index))


def _runtime():
    """The files of onnxruntime-web, from npm, in the version of recipes/."""
    folder = _BUILD / "npm"
    dist = folder / "node_modules" / "onnxruntime-web" / "dist"
    wanted = ROOT / "recipes" / "package.json"
    kept = folder / "package.json"
    fresh = kept.exists() and kept.read_text() == wanted.read_text()
    if not (fresh and all((dist / name).exists() for name in _RUNTIME)):
        if not shutil.which("npm"):
            raise SystemExit(
                "The playground takes onnxruntime-web from npm, which is not "
                "installed. Install Node.js, or build without it: make docs "
                "DOCS_ARGUMENTS=--no-playground."
            )
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wanted, kept)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=folder, check=True)
    return [dist / name for name in _RUNTIME]


def _model(preset):
    """Exports a preset and copies it; gives what the page needs to know of it."""
    weights = read_metadata(find_preset(None, preset)[0])["weights"]
    folder = _BUILD / "models" / f"{weights['sha256'][:16]}-{kerasgan.__version__}"
    if not (folder / "facts.json").exists():
        _export(preset, folder)
    facts = json.loads((folder / "facts.json").read_text())
    write_file(f"playground/models/{facts['file']}", folder / facts["file"])
    return facts


def _export(preset, folder):
    gan = kerasgan.from_preset(preset)
    training = read_metadata(find_preset(None, preset)[0])["training"] or {}
    classes = _classes(gan.num_classes, training)
    facts = export_model(gan, folder, name=preset, classes=classes)
    (folder / "facts.json").write_text(json.dumps(facts))


def export_model(gan, folder: pathlib.Path, *, name, classes=None):
    """Exports a generator into a folder; gives what the page needs to know of it.

    Args:
        gan: the GAN.
        folder: where the file goes.
        name: what the page calls it.
        classes: the names of its classes, or `None` where it has none.
    """
    path = folder / f"{name.replace('/', '-')}.onnx"
    written = gan.export(path, output="uint8", overwrite=True)
    return {
        "preset": name,
        "file": path.name,
        "bytes": path.stat().st_size,
        "inputs": json.loads(written.metadata_path.read_text())["inputs"],
        "latent_dim": gan.latent_dim,
        "image_shape": list(gan.image_shape),
        "classes": classes,
        "directions": _directions(gan).tolist(),
    }


def _classes(count, training):
    """The names of a model's classes, or `None` where it has none."""
    if count is None:
        return None
    try:
        names = kerasgan.datasets.class_names(training.get("data"))
    except ValueError:
        names = ()
    return list(names) if len(names) == count else list(map(str, range(count)))


def _directions(gan):
    """Unit vectors (n, latent_dim) along which images change most, on average.

    The right singular vectors of the regression of pixels on latents.
    """
    latents = np.random.default_rng(0).standard_normal(
        (_IMAGES, gan.latent_dim), "float32"
    )
    labels = None if gan.num_classes is None else np.arange(_IMAGES) % gan.num_classes
    images = kerasgan.latent.images_of(gan, latents, labels=labels)
    pixels = images.reshape(_IMAGES, -1).astype("float32")
    slopes = latents.T @ (pixels - pixels.mean(axis=0)) / _IMAGES
    return np.linalg.svd(slopes, full_matrices=False)[0].T[:_DIRECTIONS].round(5)
