"""DCGAN's presets against their sources."""

import pytest
from published import (
    adam,
    batch_norm,
    check_arguments_reach_the_layers,
    check_parameters,
    check_published,
)

pytestmark = pytest.mark.once

# What the sources say -----------------------------------------------------------

_PAPER = "arXiv:1511.06434"
_CODE = "PyTorch-GAN, implementations/dcgan/dcgan.py"
_BOOK = "GANs in Action, chapter 4, notebook Chapter_4_DCGAN"
_CHOLLET = "Deep Learning with Python, section 8.5, listings 8.29 to 8.32"
_KERAS = "Keras 2's default, which the source leaves as it is"
_TORCH = "PyTorch's default, which the source leaves as it is"


def _labels(real, fake, generator, where):
    values = {"real_label": real, "fake_label": fake, "generator_label": generator}
    values |= {"loss": "binary_crossentropy"}
    return {f"compile.{name}": (value, where) for name, value in values.items()}


_RADFORD = {
    **adam(2e-4, 0.5, 1e-8, f"{_PAPER}, section 4; epsilon: Torch's port of it"),
    **_labels(1.0, 0.0, 1.0, "arXiv:1406.2661, equation 1 and section 3"),
    "generator.arguments.latent_dim": (100, f"{_PAPER}, figure 1"),
    "generator.arguments.kernel_initializer": ("normal", f"{_PAPER}, section 4: 0.02"),
    "discriminator.arguments.kernel_initializer": (
        "normal",
        f"{_PAPER}, section 4: 0.02",
    ),
    "discriminator.arguments.leaky_slope": (0.2, f"{_PAPER}, section 4"),
    "compile.label_noise": (0.0, f"{_PAPER} has none"),
    "compile.label_flip_rate": (0.0, f"{_PAPER} has none"),
    "compile.discriminator_steps": (1, f"{_PAPER}, and arXiv:1406.2661, algorithm 1"),
    "compile.discriminator_loss_weight": (1.0, "arXiv:1406.2661, equation 1: a sum"),
    "discriminator.arguments.dropout_rate": (0.0, f"{_PAPER} has none"),
    "discriminator.arguments.spatial_dropout_rate": (0.0, f"{_PAPER} has none"),
}

# What a preset has instead of its source's stands in its `deviations`, not here.
PUBLISHED = {
    "mnist-28": {
        **adam(2e-4, 0.5, 1e-8, f"{_CODE}: --lr, --b1, --b2; epsilon: {_TORCH}"),
        "generator.arguments.latent_dim": (100, f"{_CODE}: --latent_dim"),
        "generator.arguments.filters": ([128, 128, 64], f"{_CODE}: Generator"),
        "discriminator.arguments.leaky_slope": (0.2, f"{_CODE}: discriminator_block"),
        "compile.reuse_fake_images": (True, f"{_CODE}: gen_imgs.detach()"),
        "compile.discriminator_loss_weight": (0.5, f"{_CODE}: 0.5 * (real + fake)"),
        "compile.discriminator_steps": (1, f"{_CODE}: one optimizer_D.step()"),
        "compile.label_noise": (0.0, f"{_CODE} has none"),
        "compile.label_flip_rate": (0.0, f"{_CODE} has none"),
        "training.batch_size": (64, f"{_CODE}: --batch_size"),
        # Of the later tutorials, as the deviations of the preset say.
        **_labels(0.9, 0.1, 0.9, "smoothed labels 0.9 and 0.1 of later tutorials"),
        "generator.arguments.leaky_slope": (0.0, "ReLU of later tutorials"),
        "discriminator.arguments.filters": ([64, 128, 256, 512], "later tutorials"),
        "discriminator.arguments.kernel_sizes": ([4, 4, 4, 4], "later tutorials"),
        "discriminator.arguments.spatial_dropout_rate": (0.3, "later tutorials"),
        "generator.arguments.kernel_initializer": ("pytorch", _TORCH),
        "discriminator.arguments.kernel_initializer": ("pytorch", _TORCH),
        **batch_norm(0.9, 1e-5, f"{_TORCH}: momentum 0.1, that is Keras's 0.9"),
        "training.epochs": (30, "later tutorials"),
    },
    "mnist-28-book": {
        **adam(1e-3, 0.9, 1e-7, f"{_BOOK}: Adam(); values: {_KERAS}"),
        **_labels(1.0, 0.0, 1.0, f"{_BOOK}: real, fake"),
        **batch_norm(0.99, 1e-3, f"{_BOOK}: BatchNormalization(); {_KERAS}"),
        "generator.arguments.latent_dim": (100, f"{_BOOK}: z_dim"),
        "generator.arguments.filters": ([256, 128, 64], f"{_BOOK}: build_generator"),
        "generator.arguments.strides": ([2, 1], f"{_BOOK}: build_generator"),
        "generator.arguments.kernel_size": (3, f"{_BOOK}: build_generator"),
        "generator.arguments.last_stride": (2, f"{_BOOK}: build_generator"),
        "generator.arguments.project_norm": (False, f"{_BOOK}: build_generator"),
        "generator.arguments.leaky_slope": (0.01, f"{_BOOK}: LeakyReLU(alpha=0.01)"),
        "generator.arguments.kernel_initializer": ("keras", _KERAS),
        "discriminator.arguments.filters": ([32, 64, 128], f"{_BOOK}: discriminator"),
        "discriminator.arguments.kernel_sizes": ([3, 3, 3], f"{_BOOK}: discriminator"),
        "discriminator.arguments.strides": ([2, 2, 2], f"{_BOOK}: discriminator"),
        "discriminator.arguments.padding": ("same", f"{_BOOK}: discriminator"),
        "discriminator.arguments.leaky_slope": (0.01, f"{_BOOK}: LeakyReLU(alpha)"),
        "discriminator.arguments.dropout_rate": (0.0, f"{_BOOK} has none"),
        "discriminator.arguments.spatial_dropout_rate": (0.0, f"{_BOOK} has none"),
        "discriminator.arguments.kernel_initializer": ("keras", _KERAS),
        "compile.label_noise": (0.0, f"{_BOOK} has none"),
        "compile.label_flip_rate": (0.0, f"{_BOOK} has none"),
        "compile.reuse_fake_images": (False, f"{_BOOK}: a second z"),
        "compile.discriminator_loss_weight": (0.5, f"{_BOOK}: 0.5 * np.add(...)"),
        "training.batch_size": (128, f"{_BOOK}: batch_size"),
        "training.steps": (20000, f"{_BOOK}: iterations"),
    },
    "cifar10-32": {
        **_RADFORD,
        "generator.arguments.leaky_slope": (0.0, f"{_PAPER}, section 3: ReLU"),
        **batch_norm(0.9, 1e-5, "Torch's port of the paper's code"),
        "discriminator.arguments.filters": ([64, 128, 256], "figure 1's, one fewer"),
        "generator.arguments.filters": ([512, 256, 128, 64], "figure 1's, halved"),
    },
    "cifar10-32-instance-norm": {
        **_RADFORD,
        "discriminator.arguments.normalization": ("instance", "arXiv:1607.08022"),
        **batch_norm(0.9, 1e-5, "Torch's port of the paper's code"),
    },
    "cifar10-32-rmsprop": {
        "compile.generator_optimizer.name": ("rmsprop", _CHOLLET),
        "compile.generator_optimizer.learning_rate": (4e-4, f"{_CHOLLET}: gan_opt"),
        "compile.generator_optimizer.clipvalue": (1.0, _CHOLLET),
        "compile.generator_optimizer.rho": (0.9, _KERAS),
        "compile.generator_optimizer.epsilon": (1e-7, _KERAS),
        "compile.discriminator_optimizer.name": ("rmsprop", _CHOLLET),
        "compile.discriminator_optimizer.learning_rate": (8e-4, _CHOLLET),
        "compile.discriminator_optimizer.clipvalue": (1.0, _CHOLLET),
        "compile.discriminator_optimizer.rho": (0.9, _KERAS),
        "compile.discriminator_optimizer.epsilon": (1e-7, _KERAS),
        **_labels(1.0, 0.0, 1.0, f"{_CHOLLET}, with the book's two names swapped"),
        "compile.label_noise": (0.05, f"{_CHOLLET}: 0.05 * np.random.random"),
        "compile.label_flip_rate": (0.0, f"{_CHOLLET} has none"),
        "compile.reuse_fake_images": (False, f"{_CHOLLET}: new latents"),
        "compile.discriminator_loss_weight": (0.5, f"{_CHOLLET}: one joined batch"),
        "generator.arguments.latent_dim": (32, f"{_CHOLLET}: latent_dim"),
        "generator.arguments.base_filters": (128, f"{_CHOLLET}: Dense(128*16*16)"),
        "generator.arguments.filters": (256, f"{_CHOLLET}: generator"),
        "generator.arguments.kernel_initializer": ("keras", _KERAS),
        "discriminator.arguments.filters": ([128] * 4, f"{_CHOLLET}: discriminator"),
        "discriminator.arguments.kernel_sizes": ([3, 4, 4, 4], _CHOLLET),
        "discriminator.arguments.strides": ([1, 2, 2, 2], _CHOLLET),
        "discriminator.arguments.padding": ("valid", _KERAS),
        "discriminator.arguments.normalization": ("none", _CHOLLET),
        "discriminator.arguments.kernel_initializer": ("keras", _KERAS),
        # The preset's own, as its deviations say.
        "generator.arguments.leaky_slope": (0.2, "the preset's deviations"),
        "discriminator.arguments.leaky_slope": (0.2, "the preset's deviations"),
        "discriminator.arguments.dropout_rate": (0.3, "the preset's deviations"),
        "training.batch_size": (20, f"{_CHOLLET}: batch_size"),
        "training.steps": (10000, f"{_CHOLLET}: iterations"),
    },
}

# A dense or convolutional layer has inputs x outputs (x kernel area) weights and one
# bias an output; batch norm has four values a channel, two of them statistics.
PARAMETERS = {
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
PUBLISHED_PARAMETERS = {
    "mnist-28": (856_705, 2_758_593),
    "mnist-28-book": (1_637_121, 95_489),
    "cifar10-32-rmsprop": (6_264_579, 790_913),
}


@pytest.mark.parametrize("preset", PUBLISHED)
def test_preset_is_what_its_source_says(preset):
    check_published(f"dcgan/{preset}", PUBLISHED[preset])
    check_arguments_reach_the_layers(f"dcgan/{preset}")


@pytest.mark.parametrize("preset", PARAMETERS)
def test_parameters_equal_the_hand_calculation(preset):
    check_parameters(f"dcgan/{preset}", PARAMETERS[preset])
    published = PUBLISHED_PARAMETERS.get(preset, PARAMETERS[preset])
    assert PARAMETERS[preset] == published
