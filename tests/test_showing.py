"""What a GAN says of itself."""

import numpy as np
import pytest
from methods_small import conditional_gan
from presets_tiny import tiny_gan

import kerasgan

pytestmark = pytest.mark.once

# Dense 4 to 64, 3x3 convolutions of 4 maps and 1, two batch norms of 4; then 4x4
# convolutions 1 to 4 to 8, a batch norm of 8, and 32 to 1.
PARAMETERS = (
    "generator=521 parameters, discriminator=637 parameters",
    (4 * 64 + 64) + (9 * 16 + 4) + (9 * 4 + 1) + 2 * 8,
    (16 * 4 + 4) + (16 * 4 * 8 + 8) + 16 + (32 + 1),
)


def test_repr_says_what_a_gan_is():
    text, *counts = PARAMETERS
    assert counts == [521, 637]
    gan = tiny_gan()
    assert repr(gan) == f"<DCGAN image_shape=(8, 8, 1), {text}, steps=0>"
    gan.compile()
    gan.fit(np.zeros((8, 8, 8, 1), "uint8"), batch_size=4, epochs=1, verbose=0)
    assert repr(gan).endswith("steps=2>")


def test_repr_names_the_preset_and_the_classes():
    gan = kerasgan.from_preset("mnist-28", load_weights=False)
    assert repr(gan).startswith("<DCGAN preset=dcgan/mnist-28, image_shape=(28, 28, 1)")
    assert ", num_classes=3, " in repr(conditional_gan())


@pytest.mark.parametrize("arguments", [{}, {"line_length": 60}])
def test_summary_shows_both_networks_and_the_gan(arguments):
    lines = []
    gan = tiny_gan()
    gan.summary(print_fn=lambda line, **_: lines.append(line), **arguments)
    text = "\n".join(lines)
    assert text.index("to_image") < text.index("score") < text.index(repr(gan))
    assert "521" in text and "637" in text
