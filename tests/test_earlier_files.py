"""Files that the package wrote before its modules moved are read as before.

tests/data/foundation* were written on TensorFlow by the first release: `small_gan` of
tests/small.py with a moving average and augmentation after six steps, and a narrow
`mnist-28-book`, compiled, not trained.
"""

import json
import pathlib

import keras
import numpy as np
import pytest
from keras import ops
from small import small_images

import kerasgan

pytestmark = pytest.mark.once

DATA = pathlib.Path(__file__).parent / "data"
FACTS = json.loads((DATA / "foundation.json").read_text())


def absolute_sum(variables):
    arrays = [ops.convert_to_numpy(v).astype("float64") for v in variables]
    return sum(np.abs(array).sum() for array in arrays)


def test_a_model_file_is_read_with_all_its_state():
    gan = keras.models.load_model(DATA / "foundation.keras")
    assert int(gan.step_counter) == FACTS["steps"] == 6
    held = absolute_sum([*gan.variables, *gan.optimizer.variables])
    np.testing.assert_allclose(held, FACTS["before_abs_sum"], rtol=1e-9)
    images = gan.generate(3, seed=5).ravel().astype(int)
    assert np.abs(images - FACTS["generate"]).max() <= 1
    recipe = gan.recipe
    assert (recipe.label_noise, recipe.real_label, recipe.label_flip_rate) == (
        0.05,
        0.9,
        0.1,
    )
    assert recipe.discriminator_steps == 2 and not recipe.fresh_real_images
    assert isinstance(gan.optimizer.discriminator_optimizer, keras.optimizers.RMSprop)


@pytest.mark.everywhere
def test_a_model_file_goes_on_training_as_it_would_have():
    gan = keras.models.load_model(DATA / "foundation.keras")
    gan.fit(small_images(12), batch_size=4, epochs=1, verbose=0)
    if keras.backend.backend() == FACTS["backend"]:
        moved = absolute_sum(gan.generator.trainable_variables)
        np.testing.assert_allclose(moved, FACTS["after_abs_sum"], rtol=1e-5)
        images = gan.generate(3, seed=5).ravel().astype(int)
        assert np.abs(images - FACTS["generate_after"]).max() <= 2
    assert int(gan.step_counter) == 9


def test_a_model_file_keeps_its_preset():
    gan = keras.models.load_model(DATA / "foundation-preset.keras")
    assert gan.preset["model"] == "dcgan"
    assert gan.training_arguments() == {"batch_size": 128, "steps": 20000}
    assert gan.ema_generator is not None


def test_a_preset_directory_is_read_and_written_again(tmp_path):
    gan = kerasgan.from_preset(DATA / "foundation-preset")
    whole = keras.models.load_model(DATA / "foundation-preset.keras")
    np.testing.assert_array_equal(gan.generate(3, seed=0), whole.generate(3, seed=0))
    gan.compile_from_preset()
    again = kerasgan.from_preset(gan.save_to_preset(tmp_path / "again"))
    newer = {"fresh_real_images": False, "ema_warmup": True}
    assert again.preset["compile"] == {**gan.preset["compile"], **newer}
