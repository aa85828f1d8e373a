"""What an exported file is compared with: the live generator on seeded inputs."""

import numpy as np
from keras import ops

from kerasgan.images import to_uint8
from kerasgan.networks.checks import all_layers
from kerasgan.networks.inputs import as_argument, network_inputs
from kerasgan.training.state import random_state_kept

SEED = 0
_IN_UNITS_OF = {"float32": np.asarray, "uint8": to_uint8}


def save_reference(path, gan, live, network, job):
    """Writes inputs of each batch size and what the generator makes of them.

    Args:
        path: the .npz file: `"7/inputs/latents"`, `"7/images"` for a batch of 7.
        gan: the GAN.
        live: its generator, or the moving average of it.
        network: what `exported_network` made of that.
        job: the `Job`.
    """
    rng, arrays = np.random.default_rng(SEED), {}
    for batch in job.batches:
        inputs = reference_inputs(gan, batch, rng)
        arrays |= {f"{batch}/inputs/{name}": v for name, v in inputs.items()}
        if _in_float32(live):
            images = _IN_UNITS_OF[job.output](_live_images(gan, live, inputs))
        else:
            # The live network computes in less than what is exported.
            images = network(as_argument(inputs), training=False)
        arrays[f"{batch}/images"] = ops.convert_to_numpy(images)
    np.savez(path, **arrays)


def reference_inputs(gan, batch, rng):
    """Inputs as `generate` draws them, with labels at random where there are classes.

    Args:
        gan: the GAN.
        batch: how many.
        rng: a NumPy generator.

    Returns:
        A dict of name to array, of the shapes and types of `generator_input_spec`.
    """
    labels = None
    if gan.num_classes is not None:
        labels = rng.integers(gan.num_classes, size=batch, dtype="int32")
    inputs = gan.generator_inputs(batch, labels, seed=rng)
    return {
        name: ops.convert_to_numpy(inputs[name]).astype(each.dtype)
        for name, each in gan.generator_input_spec.items()
    }


def _in_float32(network):
    policies = {layer.compute_dtype for layer in [network, *all_layers(network)]}
    return policies == {"float32"}


def _live_images(gan, live, inputs):
    # A layer may draw noise in inference too.
    with random_state_kept(gan, rewound=False):
        images = live(network_inputs(live, inputs), training=False)
    return ops.convert_to_numpy(images)
