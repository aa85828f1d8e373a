"""Each method's generator as ONNX and as a SavedModel, from this backend."""

import json

import keras
import numpy as np
import pytest
from presets_small import SMALLEST, narrow

from kerasgan.export import FORMATS

pytestmark = pytest.mark.long


def lively(preset):
    """The narrow preset with an average whose images vary, and differ by class.

    Fresh weights are small, or zero: images would be grey, and every file would agree.
    """
    keras.utils.set_random_seed(0)
    gan = narrow(preset, seed=1)
    rng = np.random.default_rng(0)
    network = gan.generator if gan.ema_generator is None else gan.ema_generator
    for variable in network.weights:
        shape = tuple(variable.shape)
        values = rng.standard_normal(shape)
        if variable.name in ("gamma", "moving_variance"):
            values = 1.0 + 0.2 * np.abs(values)
        elif len(shape) > 1 and not preset.startswith("stylegan2/"):
            values *= 1.5 / np.sqrt(np.prod(shape[:-1]))
        elif len(shape) < 2:
            # Of StyleGAN2 some begin at 1.
            values = variable.numpy() + 0.1 * values
        variable.assign(values.astype("float32"))
    return gan


@pytest.mark.parametrize("format", ["onnx", "tf_saved_model"])
@pytest.mark.parametrize("preset", SMALLEST)
def test_method_is_exported_as_it_generates(preset, format, tmp_path):
    """`export` verifies the file in its own runtime, with batches of 1 and 7."""
    gan = lively(preset)
    assert gan.generate(16, seed=0).std() > 20
    path = tmp_path / f"g{FORMATS[format].suffix}"
    result = gan.export(path, format, verbose=False)
    assert result.max_difference < 1e-4
    facts = json.loads(result.metadata_path.read_text())
    names = ["latents"] if gan.num_classes is None else ["latents", "labels"]
    assert [each["name"] for each in facts["inputs"]] == names
    assert facts["num_classes"] == gan.num_classes
