"""Parameter counts of the built-in presets, against sums done by hand.

A dense or convolutional layer has inputs x outputs (x kernel area) weights and one
bias an output; batch norm has four values a channel, two of them statistics.
"""

import pytest

import kerasgan

BY_HAND = {
    "mnist-28": (
        # dense 100 -> 7*7*128, norm, conv 3x3 128 -> 128 -> 64 with norms, 64 -> 1
        633_472 + 512 + 147_584 + 512 + 73_792 + 256 + 577,
        # conv 4x4 1 -> 64 -> 128 -> 256 -> 512 with three norms, dense 512 -> 1
        1_088 + (131_200 + 512) + (524_544 + 1_024) + (2_097_664 + 2_048) + 513,
    ),
    "mnist-28-book": (
        # dense 100 -> 7*7*256, transposed 3x3 256 -> 128 -> 64 with norms, 64 -> 1
        1_266_944 + (295_040 + 512) + (73_792 + 256) + 577,
        # conv 3x3 1 -> 32 -> 64 -> 128 with two norms, dense 4*4*128 -> 1
        320 + (18_496 + 256) + (73_856 + 512) + 2_049,
    ),
    "cifar10-32": (
        # dense 100 -> 4*4*512, norm, transposed 4x4 512 -> 256 -> 128 -> 64 with norms,
        # conv 3x3 64 -> 3
        827_392
        + 2_048
        + (2_097_408 + 1_024)
        + (524_416 + 512)
        + (131_136 + 256)
        + 1_731,
        # conv 4x4 3 -> 64 -> 128 -> 256 with two norms, dense 4*4*256 -> 1
        3_136 + (131_200 + 512) + (524_544 + 1_024) + 4_097,
    ),
    "cifar10-32-rmsprop": (
        # dense 32 -> 16*16*128, conv 5x5 128 -> 256, transposed 4x4 256 -> 256,
        # conv 5x5 256 -> 256 twice, conv 7x7 256 -> 3
        1_081_344 + 819_456 + 1_048_832 + 2 * 1_638_656 + 37_635,
        # conv 3x3 3 -> 128, conv 4x4 128 -> 128 three times, dense 2*2*128 -> 1
        3_584 + 3 * 262_272 + 513,
    ),
    "cifar10-32-instance-norm": (
        # transposed 4x4 100 -> 1024 -> 512 -> 256 -> 128 with three norms, 128 -> 3
        1_639_424 + (8_389_120 + 2_048) + (2_097_408 + 1_024) + (524_416 + 512) + 6_147,
        # conv 4x4 3 -> 64 -> 128 -> 256 -> 512, conv 2x2 512 -> 1
        3_136 + 131_200 + 524_544 + 2_097_664 + 2_049,
    ),
}

# What the sources' tables give.
PUBLISHED = {
    "mnist-28": (856_705, 2_758_593),
    "mnist-28-book": (1_637_121, 95_489),
    "cifar10-32-rmsprop": (6_264_579, 790_913),
}


def test_parameters_are_known_for_every_preset():
    assert set(BY_HAND) == set(kerasgan.list_presets(kerasgan.DCGAN))


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_parameters_equal_the_hand_calculation(name):
    gan = kerasgan.DCGAN.from_preset(name, load_weights=False)
    counts = (gan.generator.count_params(), gan.discriminator.count_params())
    assert counts == BY_HAND[name]
    assert counts == PUBLISHED.get(name, counts)
