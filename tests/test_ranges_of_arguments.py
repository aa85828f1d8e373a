"""Where the ranges of arguments end: what is taken, what is not."""

import numpy as np
import pytest
from export_models import only_on
from small import plain_discriminator, plain_generator, small_gan, small_images

from kerasgan import DCGAN, augment, latent, layers, metrics

pytestmark = only_on("torch")

LATENT = np.zeros(4, "float32")


@pytest.fixture(scope="module")
def gan():
    return small_gan(plain=True, ema_decay=None)


def projected(gan, **arguments):
    quick = {"steps": 1, "restarts": 1, **arguments}
    return latent.project(gan, small_images(1), **quick)


CASES = {
    "ema_decay": (
        lambda gan, v: DCGAN(plain_generator(), plain_discriminator(), ema_decay=v),
        "above 0 and below 1",
        (0.5, None),
        (0.0, 1.0),
    ),
    "seed": (
        lambda gan, v: DCGAN(plain_generator(), plain_discriminator(), seed=v),
        "at least 0",
        (0, 1),
        (-1,),
    ),
    "steps": (
        lambda gan, v: latent.interpolate(LATENT, LATENT + 1, steps=v),
        "at least 2",
        (2,),
        (1,),
    ),
    "truncation_psi": (
        lambda gan, v: latent.truncate(LATENT[None], v),
        "at least 0 and at most 1",
        (0, 1),
        (-0.01, 1.01),
    ),
    "threshold": (
        lambda gan, v: latent.truncated_normal(2, 4, threshold=v, seed=0),
        "above 0 and at most 100",
        (0.5, 100),
        (0, 100.1),
    ),
    "n of a walk": (
        lambda gan, v: latent.save_interpolation(gan, "a.gif", n=v),
        "at least 2",
        (),
        (1,),
    ),
    "learning_rate": (
        lambda gan, v: projected(gan, learning_rate=v),
        "above 0 and at most 1000",
        (1e-3, 1000),
        (0, 1000.1),
    ),
    "prior_weight": (
        lambda gan, v: projected(gan, prior_weight=v),
        "at least 0 and at most 1000",
        (0, 1000),
        (-0.1, 1000.1),
    ),
    "seed of a projection": (
        lambda gan, v: projected(gan, seed=v),
        "at least 0",
        (0,),
        (-1,),
    ),
    "gamma_percentile": (
        lambda gan, v: latent.acceptance_probabilities(
            [0.0, 1.0], 1.0, gamma_percentile=v
        ),
        "at least 0 and at most 100",
        (0, 100),
        (-1, 101),
    ),
    "burn_in": (
        lambda gan, v: latent.rejection_sample(gan, 1, burn_in=v, seed=0),
        "at least 2",
        (2,),
        (1,),
    ),
    "learning_rate_multiplier": (
        lambda gan, v: layers.EqualizedDense(2, learning_rate_multiplier=v),
        "above 0 and at most 1000000",
        (0.01, 1_000_000),
        (0, 1_000_001),
    ),
    "fixed_seed": (
        lambda gan, v: layers.NoiseInjection(fixed_seed=v),
        "at least 0",
        (0,),
        (-1,),
    ),
    "num_images": (
        lambda gan, v: metrics.Evaluator(
            small_images(4), extractor="mnist-classifier", num_images=v, cache=False
        ),
        "at least 2",
        (2,),
        (1,),
    ),
    "target": (
        lambda gan, v: augment.AdaptiveAugmentation(target=v),
        "above -1 and below 1",
        (-0.9, 0.9),
        (-1, 1),
    ),
    "adjustment_images": (
        lambda gan, v: augment.AdaptiveAugmentation(adjustment_images=v),
        "at least 1",
        (1,),
        (0,),
    ),
    "crop_padding": (
        lambda gan, v: augment.augmentation(horizontal_flip=True, crop_padding=v),
        "at least 0",
        (0, 1),
        (-1,),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_ranges_end_where_they_are_said_to(gan, name):
    call, words, allowed, refused = CASES[name]
    argument = name.partition(" ")[0]
    for value in allowed:
        call(gan, value)
    for value in refused:
        with pytest.raises(ValueError, match=rf"`{argument}` .*{words}.*Received"):
            call(gan, value)
