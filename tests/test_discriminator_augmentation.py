"""What real and fake images pass before the discriminator, by one argument."""

import keras
import numpy as np
import pytest
from harness import check_exact_resume
from keras import ops
from small import plain_discriminator, plain_generator, small_gan, small_images

import kerasgan
from kerasgan.augment import AdaptiveAugmentation, DiffAugment

_COLOR = {"name": "diffaugment", "policy": ["color"]}
_ADAPTIVE = {"name": "adaptive", "policy": ["blit"], "target": 0.5}


def r3gan(**arguments):
    keras.utils.set_random_seed(0)
    return kerasgan.R3GAN(plain_generator(), plain_discriminator(), seed=1, **arguments)


def test_scores_are_those_of_augmented_images_in_training_alone():
    gan = small_gan(plain=True, discriminator_augmentation=_COLOR)
    x = ops.convert_to_tensor(small_images(4, dtype="float32"))
    layer = gan.discriminator_augmentation
    twin = DiffAugment.from_config(layer.get_config())
    expected = gan.discriminator(twin(x, training=True))
    received = gan.scores(x, None, training=True)
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (received, expected)))
    received = gan.scores(x, None, training=False)
    expected = gan.discriminator(x)
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (received, expected)))


@pytest.mark.parametrize("given", [_COLOR, _ADAPTIVE, DiffAugment(("cutout",), seed=3)])
def test_resume_is_exact(given, tmp_path):
    gan = r3gan(discriminator_augmentation=given)
    gan.compile()
    check_exact_resume(gan, small_images(8), tmp_path)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    kinds = (
        type(gan.discriminator_augmentation),
        type(loaded.discriminator_augmentation),
    )
    assert kinds[0] is kinds[1]
    key = "discriminator_augmentation"
    assert loaded.get_config()[key] == gan.get_config()[key]


def test_preset_holds_it(tmp_path):
    gan = kerasgan.from_preset(
        "dcgan/mnist-28", load_weights=False, discriminator_augmentation=_COLOR
    )
    gan.save_to_preset(tmp_path / "augmented", weights=False)
    again = kerasgan.from_preset(tmp_path / "augmented")
    assert again.discriminator_augmentation.policy == ("color",)
    without = kerasgan.from_preset(
        tmp_path / "augmented", discriminator_augmentation=None
    )
    assert without.discriminator_augmentation is None


def test_each_seed_draws_its_own():
    states = [
        ops.convert_to_numpy(
            small_gan(
                seed=seed, discriminator_augmentation=_COLOR
            ).discriminator_augmentation.seed_generator.state
        )
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(states[0], states[1])
    assert not np.array_equal(states[0], states[2])


@pytest.mark.parametrize(
    "given",
    [
        "color",
        {"policy": ["color"]},
        {"name": "diffaugment"},
        {"name": "diffaugment", "policy": ["blit"]},
        {"name": "diffaugment", "policy": []},
        {"name": "diffaugment", "policy": ["color"], "target": 0.5},
        {"name": "adaptive", "policy": ["blit"], "target": 1.0},
    ],
)
def test_what_is_no_augmentation_is_refused(given):
    with pytest.raises(ValueError, match=r"`discriminator_augmentation.*"):
        r3gan(discriminator_augmentation=given)
    with pytest.raises(kerasgan.PresetError, match="discriminator_augmentation"):
        kerasgan.from_preset(
            "mnist-28", load_weights=False, discriminator_augmentation=given
        )


def test_adaptive_augmentation_needs_a_method_that_steers_it():
    for given in (_ADAPTIVE, AdaptiveAugmentation()):
        with pytest.raises(ValueError, match=r"DCGAN does not set.*Received"):
            small_gan(discriminator_augmentation=given)
