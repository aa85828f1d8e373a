"""Every built-in preset passes the harness on this backend."""

import keras
import pytest
from harness import check_exact_resume, check_model
from presets_small import NARROW, images_for, narrow

import kerasgan


def test_harness_covers_every_preset():
    assert set(NARROW) == set(kerasgan.list_presets(kerasgan.DCGAN))


@pytest.mark.parametrize("name", sorted(NARROW))
def test_preset_passes_the_harness(name, tmp_path):
    keras.utils.set_random_seed(0)
    gan = narrow(name, seed=1)
    gan.compile_from_preset()
    check_model(gan, images_for(gan, 8), tmp_path)


def test_ema_and_augmentation_pass_the_harness(tmp_path):
    keras.utils.set_random_seed(0)
    gan = narrow("cifar10-32", seed=1, ema_decay=0.9)
    gan.compile_from_preset()
    check_model(gan, images_for(gan, 8), tmp_path)


def test_mixed_bfloat16_resumes_exactly_and_keeps_its_policy(tmp_path):
    gan = narrow("mnist-28-book", seed=1, dtype="mixed_bfloat16")
    gan.compile_from_preset()
    check_exact_resume(gan, images_for(gan, 8), tmp_path)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.generator.dtype_policy.name == "mixed_bfloat16"
    assert loaded.discriminator.dtype_policy.name == "mixed_bfloat16"
