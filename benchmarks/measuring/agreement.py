"""The proof that two sides do the same work: the same losses, step by step."""

import numpy as np
from loops.fed_fit import fed_model, losses, weights_of
from loops.fit import Fit
from loops.inputs import draw_images, draw_step_latents
from loops.settings import quiet

STEPS = 3
BATCH_SIZE = 8

# dtype -> largest relative difference after the first step, and over all steps.
TOLERANCES = {"float32": (1e-4, 1e-3), "mixed_bfloat16": (2e-2, 1e-1)}
LEVELS = {"float32": 1, "mixed_bfloat16": 16}


class DifferentWork(Exception):
    """The two sides' losses differ."""


def check_same_work(settings, make_loop):
    """Trains both sides for three steps from the same weights, images and latents.

    What each framework draws by itself (dropout, label noise, mirroring) is off.

    Args:
        settings: see `loops.settings.read_settings`.
        make_loop: function from a settings to a hand-written loop.

    Returns:
        `{"first_step": ..., "all_steps": ...}`, the largest relative differences.

    Raises:
        DifferentWork: if one is above its tolerance.
    """
    weights, received = our_losses(settings)
    return compare_losses(settings, make_loop, weights, received)


def our_losses(settings):
    """Our first weights, and both losses of each step that `fit` takes from them."""
    settings = quiet(settings)
    gan = fed_model(settings, draw_step_latents(settings, STEPS, BATCH_SIZE))
    weights = weights_of(gan)
    images = draw_images(settings, STEPS * BATCH_SIZE)
    return weights, losses(gan, images, BATCH_SIZE, STEPS)


def compare_losses(settings, make_loop, weights, received):
    """Trains a hand-written loop from our weights; see `check_same_work`."""
    settings = quiet(settings)
    loop = make_loop(settings)
    loop.load(weights)
    images = loop.orient(draw_images(settings, STEPS * BATCH_SIZE))
    latents = draw_step_latents(settings, STEPS, BATCH_SIZE)
    expected = loop.train(
        loop.prepare(images), BATCH_SIZE, STEPS, shuffle=False, latents=latents
    )
    return _compare(settings, received, expected[:, :2])


def check_same_pictures(settings, make_loop):
    """Both sides' generators make the same pictures from the same weights.

    Returns:
        The largest difference of a pixel, in levels of 255.

    Raises:
        DifferentWork: if it is more than rounding.
    """
    fit = Fit(settings)
    loop = make_loop(settings)
    loop.load(weights_of(fit.gan))
    received = fit.generate(BATCH_SIZE, BATCH_SIZE, seed=0).astype("int32")
    expected = loop.orient(loop.generate(BATCH_SIZE, BATCH_SIZE, seed=0))
    difference = int(np.abs(received - expected).max())
    if difference > LEVELS[settings["dtype"]]:
        raise DifferentWork(
            f"{settings['preset']}: generate and the bare generator make pictures that "
            f"differ by {difference} levels of 255."
        )
    return difference


def _compare(settings, received, expected):
    differences = np.abs(received - expected) / np.abs(expected)
    found = {"first_step": differences[0].max(), "all_steps": differences.max()}
    allowed = dict(zip(found, TOLERANCES[settings["dtype"]]))
    if not all(found[k] <= allowed[k] for k in found):
        raise DifferentWork(
            f"{settings['preset']}: fit and the hand-written loop do different work. "
            f"Discriminator and generator loss of each step:\nfit\n{received}\n"
            f"hand-written\n{expected}\nRelative difference {found}, allowed {allowed}."
        )
    return {name: float(value) for name, value in found.items()}
