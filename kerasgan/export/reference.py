"""What an exported file is compared with: the live generator on seeded inputs."""

import numpy as np
from keras import ops

from kerasgan.export.inputs import reference_inputs
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
        inputs = reference_inputs(
            gan.generator_input_spec,
            batch,
            num_classes=gan.num_classes,
            rng=rng,
        )
        arrays |= {f"{batch}/inputs/{name}": v for name, v in inputs.items()}
        argument = as_argument(inputs)
        if _in_float32(live):
            images = _IN_UNITS_OF[job.output](_live_images(gan, live, argument))
        else:
            # The live network computes in less than what is exported.
            images = ops.convert_to_numpy(network(argument, training=False))
        arrays[f"{batch}/images"] = images
    np.savez(path, **arrays)


def _in_float32(network):
    return {layer.compute_dtype for layer in [network, *all_layers(network)]} == {
        "float32"
    }


def _live_images(gan, live, argument):
    # A layer may draw noise in inference too.
    with random_state_kept(gan, rewound=False):
        inputs = network_inputs(live, argument)
        return ops.convert_to_numpy(live(inputs, training=False))
