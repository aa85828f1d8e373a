"""The proof that two sides do the same work: the same losses, step by step."""

import keras
import numpy as np
from keras import ops
from loops.fed_fit import fed_model, losses, weights_of
from loops.fit import Fit, build
from loops.inputs import draw_images, draw_step_latents
from loops.settings import quiet

import kerasgan
from kerasgan.training.draws import normal

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


def check_same_step(settings, make_loop):
    """Trains both sides for one step of a method that draws more than latents.

    Args:
        settings: see `loops.settings.read_settings`.
        make_loop: function from a settings to a `MethodLoop`.

    Returns, raises: as `check_same_work`.
    """
    settings = quiet(settings)
    gan = build(settings, augmentation=None)
    gan.compile(**settings["compile"])
    wake(gan)
    loop = make_loop(settings)
    loop.load(weights_of(gan))
    images = draw_images(settings, BATCH_SIZE * gan.recipe.discriminator_steps)
    draws = draws_of_a_step(gan, BATCH_SIZE)
    received = losses(gan, images, BATCH_SIZE, 1)
    expected = loop.train(
        loop.prepare(images), BATCH_SIZE, 1, shuffle=False, draws=draws
    )
    return _compare(settings, received, expected)


def wake(gan):
    """Draws what begins at zero, behind which nothing could be told apart.

    The strength of noise stays 0: noise is each framework's own.
    """
    rng = np.random.default_rng(0)
    for network in (gan.generator, gan.discriminator):
        for variable in network.trainable_variables:
            values = ops.convert_to_numpy(variable)
            if not values.any() and variable.name != "strength":
                drawn = 0.05 * rng.standard_normal(values.shape)
                variable.assign(drawn.astype("float32"))


def draws_of_a_step(gan, n):
    """What our next step will draw, from a copy of the generator it draws from."""
    seed = keras.random.SeedGenerator(0)
    seed.state.assign(gan.seed_generator.state)
    draws = []
    updates = 0 if gan.recipe.reuse_fake_images else gan.recipe.discriminator_steps
    for _ in range(updates):
        draws.append(normal((n, gan.latent_dim), seed))
        if isinstance(gan, kerasgan.WGANGP):
            draws.append(keras.random.uniform((n, 1, 1, 1), seed=seed))
    draws.append(normal((n, gan.latent_dim), seed))
    return [np.array(ops.convert_to_numpy(each)) for each in draws]


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
