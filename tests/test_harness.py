"""Every built-in preset passes the harness on this backend."""

import keras
import pytest
from harness import check_exact_resume, check_model
from presets_small import (
    MARKED_ONCE,
    SMALLEST,
    compile_small,
    data_for,
    narrow,
)
from running import run_once


def steps_of_data(gan):
    """Two steps of four images an update."""
    recipe = gan.recipe
    return 8 * (recipe.discriminator_steps if recipe.fresh_real_images else 1)


@pytest.mark.parametrize("name", MARKED_ONCE)
def test_preset_passes_the_harness(name, tmp_path):
    keras.utils.set_random_seed(0)
    gan = narrow(name, seed=1)
    compile_small(gan)
    check_model(gan, data_for(gan, steps_of_data(gan)), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", SMALLEST)
def test_method_passes_the_harness_in_mixed_bfloat16(name, tmp_path):
    """Its `.keras` export is float32: the difference is what bfloat16 rounds."""
    keras.utils.set_random_seed(0)
    gan = narrow(name, seed=1, dtype="mixed_bfloat16")
    compile_small(gan)
    check_model(gan, data_for(gan, steps_of_data(gan)), tmp_path)


@pytest.mark.long
def test_ema_and_augmentation_pass_the_harness(tmp_path):
    keras.utils.set_random_seed(0)
    gan = narrow("dcgan/cifar10-32", seed=1, ema_decay=0.9)
    gan.compile_from_preset()
    check_model(gan, data_for(gan, 8), tmp_path)


@pytest.mark.parametrize("name", run_once(["dcgan/mnist-28", "dcgan/mnist-28-book"]))
def test_mixed_bfloat16_resumes_exactly_and_keeps_its_policy(name, tmp_path):
    gan = narrow(name, seed=1, dtype="mixed_bfloat16")
    gan.compile_from_preset()
    check_exact_resume(gan, data_for(gan, 8), tmp_path)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.generator.dtype_policy.name == "mixed_bfloat16"
    assert loaded.discriminator.dtype_policy.name == "mixed_bfloat16"
