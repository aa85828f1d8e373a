"""The hand-written PyTorch loops of methods do what ours do."""

import copy
import importlib
import pathlib

import pytest
from export_models import only_on

ROOT = pathlib.Path(__file__).parents[1]
pytestmark = [pytest.mark.long, only_on("torch")]


@pytest.fixture
def load(monkeypatch):
    """A module of `benchmarks/` by name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def narrow_settings(load, preset):
    settings = load("loops.settings")
    return settings.read_settings(preset, settings.NARROW[preset])


def weight(settings):
    settings["compile"]["gradient_penalty_weight"] *= 1.5


def rate(settings):
    settings["compile"]["discriminator_optimizer"]["learning_rate"][
        "initial_learning_rate"
    ] *= 3


# What makes each loop another one.
CHANGES = {
    "wgangp/mnist-28": weight,
    "sngan/cifar10-32": rate,
    "r3gan/mnist-28-small": weight,
    "stylegan2/flowers-64-small": weight,
}


def test_every_method_that_is_timed_is_compared(load):
    assert set(CHANGES) == set(load("measuring.sections").METHODS)


@pytest.mark.parametrize("preset", CHANGES)
def test_hand_written_step_has_the_losses_of_ours(preset, load):
    agreement, worker = load("measuring.agreement"), load("measuring.worker")
    native = worker.loop_class("native", "torch", preset)
    settings = narrow_settings(load, preset)
    agreement.check_same_step(settings, native)

    def changed(settings):
        settings = copy.deepcopy(settings)
        CHANGES[preset](settings)
        return native(settings)

    with pytest.raises(agreement.DifferentWork, match="do different work"):
        agreement.check_same_step(settings, changed)


@pytest.mark.parametrize("preset", CHANGES)
def test_hand_written_networks_are_as_large_as_the_presets(preset, load):
    """Narrow networks cannot tell a width that is fixed in the loop."""
    native = load("measuring.worker").loop_class("native", "torch", preset)
    settings = load("loops.settings").read_settings(preset)
    gan = load("loops.fit").build(settings)
    loop = native(settings)
    loop.load(load("loops.fed_fit").weights_of(gan))
    for role in ("generator", "discriminator"):
        ours = sum(v.numpy().size for v in getattr(gan, role).trainable_variables)
        theirs = sum(p.numel() for p in getattr(loop, role).parameters())
        assert ours == theirs


def test_adaptive_augmentation_of_the_loop_spreads_as_ours(load):
    """Of a ramp along each axis: moved and coloured about as far on both sides."""
    import keras
    import numpy as np
    import torch

    from kerasgan.augment import AdaptiveAugmentation

    keras.utils.set_random_seed(0)
    rows, columns = np.meshgrid(*[np.linspace(-0.5, 0.5, 16)] * 2, indexing="ij")
    image = np.stack([rows, columns, 0 * rows], axis=-1).astype("float32")
    images = np.repeat(image[None], 4000, axis=0)
    for policy in (["blit"], ["geometry"], ["color"]):
        ours = AdaptiveAugmentation(policy, seed=1)
        ours.strength.assign(1.0)
        theirs = load("loops.torch_adaptive").Augmentation(
            policy=policy, target=0.6, adjustment_images=1000
        )
        theirs.strength = torch.ones(())
        made = ours(images, training=True).numpy()
        tensor = torch.from_numpy(images).permute(0, 3, 1, 2)
        other = theirs(tensor).permute(0, 2, 3, 1).numpy()
        for measure in (np.mean, np.std):
            found = [measure(side, axis=0) for side in (made, other)]
            np.testing.assert_allclose(*found, atol=0.06, err_msg=str(policy))
