import inspect
import os
import pathlib
import subprocess
import sys
import zipfile

import keras
import pytest

import kerasgan
from kerasgan.registry import registered_models

PACKAGE = pathlib.Path(kerasgan.__file__).parent
ROOT = PACKAGE.parent
FRAMEWORKS = ("tensorflow", "torch", "jax")


def built_in_models():
    """Registered by the package; other tests register theirs."""
    classes = registered_models().values()
    return [cls for cls in classes if cls.__module__.startswith("kerasgan.")]


PUBLIC = {
    kerasgan: [
        *(cls.__name__ for cls in built_in_models()),
        "GAN",
        "ImageGrid",
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
        "regularizers",
        "register_model",
        "register_network",
        "save_grid",
        "callbacks",
        "latent",
        "metrics",
    ],
    kerasgan.augment: [
        "AdaptiveAugmentation",
        "DiffAugment",
        "augmentation",
    ],
    kerasgan.datasets: ["class_names", "glyphs", "image_folder", "load", "shapes"],
    kerasgan.export: ["ExportError", "ExportResult", "FORMATS", "export_generator"],
    kerasgan.layers: [
        "BatchNormalization",
        "ClippedImages",
        "ConditionalBatchNormalization",
        "Conv2D",
        "Conv2DTranspose",
        "DownsampleConv2D",
        "EqualizedConv2D",
        "EqualizedDense",
        "FilteredResampling2D",
        "GroupNormalization",
        "InstanceNormalization",
        "LayerNormalization",
        "LearnedMap",
        "MinibatchStandardDeviation",
        "ModulatedConv2D",
        "NoiseInjection",
        "PixelNormalization",
        "SelfAttention2D",
        "SpatialDropout2D",
        "SpectralConv2D",
        "SpectralConv2DTranspose",
        "SpectralDense",
        "SpectralDownsampleConv2D",
        "SpectralEmbedding",
        "UpsampleConv2D",
    ],
    kerasgan.models: [cls.__name__ for cls in built_in_models()],
    kerasgan.losses: [
        "binary_crossentropy",
        "class_crossentropy",
        "hinge_discriminator_loss",
        "hinge_generator_loss",
        "least_squares_discriminator_loss",
        "least_squares_generator_loss",
        "non_saturating_discriminator_loss",
        "non_saturating_generator_loss",
        "relativistic_discriminator_loss",
        "relativistic_generator_loss",
        "saturating_discriminator_loss",
        "saturating_generator_loss",
        "wasserstein_discriminator_loss",
        "wasserstein_generator_loss",
    ],
    kerasgan.regularizers: [
        "consistency_penalty",
        "dragan_penalty",
        "gradient_penalty",
        "lazy",
        "path_length_penalty",
        "r1_penalty",
        "r2_penalty",
        "scores_and_r1",
    ],
    kerasgan.callbacks: [
        "Checkpoint",
        "CollapseGuard",
        "EventLog",
        "Finding",
        "NetworkLearningRate",
        "QualityMetrics",
        "SampleGrid",
        "Stop",
        "Thresholds",
        "TrainingMonitor",
    ],
    kerasgan.latent: [
        "Projection",
        "Rejection",
        "acceptance_probabilities",
        "combine",
        "images_of",
        "images_of_styles",
        "map_to_styles",
        "mean_style",
        "truncated_images",
        "interpolate",
        "path",
        "project",
        "rejection_sample",
        "save_interpolation",
        "save_traversal",
        "traversal",
        "truncate",
        "truncated_normal",
    ],
    kerasgan.metrics: [
        "ClassAccuracy",
        "ClassCoverage",
        "DensityCoverage",
        "Estimate",
        "Evaluator",
        "Extractor",
        "Features",
        "Figure",
        "Neighbours",
        "PrecisionRecall",
        "ProtocolError",
        "Score",
        "application_extractor",
        "class_accuracy",
        "class_coverage",
        "density_coverage",
        "evaluate",
        "frechet_distance",
        "frechet_distance_of_gaussians",
        "get_extractor",
        "hub_extractor",
        "inception_score",
        "kernel_distance",
        "list_extractors",
        "list_metrics",
        "load_scores",
        "nearest_neighbours",
        "precision_recall",
        "rank_scores",
        "register_extractor",
        "register_metric",
        "save_nearest_neighbours",
        "save_scores",
        "shipped_classifier",
    ],
    kerasgan.networks: [
        "classifying_discriminator",
        "conditional_discriminator",
        "conditional_generator",
        "convolutional_generator",
        "fully_convolutional_generator",
        "get_network",
        "network_spec",
        "register_network",
        "r3gan_discriminator",
        "r3gan_generator",
        "residual_discriminator",
        "residual_generator",
        "strided_discriminator",
        "stylegan2_discriminator",
        "stylegan2_generator",
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
