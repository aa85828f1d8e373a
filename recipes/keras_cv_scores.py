"""KerasCV: a backbone that you already use judges your images.

Any Keras model that turns images into features makes a Frechet distance; a backbone of
KerasCV is one, with its preprocessing built in. KerasCV is frozen (0.9.0 is its last
release) and needs TensorFlow beside whatever backend computes: for new work take
KerasHub, which took its backbones over, and `keras_hub_scores.py`.

    pip install 'kerasgan[cv,tensorflow]'
    python keras_cv_scores.py
    python keras_cv_scores.py --weights resnet.weights.h5 --size 64

`--weights` is a file that `save_weights` wrote for a ResNet-18 of KerasCV. Without one
its numbers are drawn: a random network still tells worse images from better ones, if
less well than a trained one, and nothing is downloaded. Trained ones are fetched by
`keras_cv.models.ResNetBackbone.from_preset("resnet50_imagenet")`.

How long: features of 2 x 1,000 images at 32x32: about a minute on two cores.

What to expect: two distances from the same real images, of the shipped generator and of
one that was not trained, which must be far larger. They can be compared with each other
and with nothing that another backbone, size or number of images gave; each score says
which those were.
"""

import argparse

import keras
import numpy as np

import kerasgan
from kerasgan import metrics

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--preset", default="mnist-28", help="one with trained weights")
parser.add_argument("--data", default="mnist", help="mnist, fashion_mnist, glyphs-28")
parser.add_argument("--weights", help="of a ResNet-18, from `save_weights`")
parser.add_argument("--size", type=int, default=32, help="pixels a side it is given")
parser.add_argument("-n", type=int, default=1000)
parser.add_argument("--smoke", action="store_true", help="seconds, with few images")
options = parser.parse_args()
n = 16 if options.smoke else options.n

try:
    from keras_cv.models import ResNetBackbone
except ImportError:
    raise SystemExit(
        "This needs KerasCV and TensorFlow: pip install 'kerasgan[cv,tensorflow]'"
    ) from None

# %% The backbone: it scales pixels itself, and its features are averages of its maps
keras.utils.set_random_seed(0)
backbone = ResNetBackbone(
    stackwise_filters=[64, 64] if options.smoke else [64, 128, 256, 512],
    stackwise_blocks=[1, 1] if options.smoke else [2, 2, 2, 2],
    stackwise_strides=[1, 2] if options.smoke else [1, 2, 2, 2],
    block_type="basic_block",
    include_rescaling=True,
    name="resnet-18",
)
if options.weights:
    backbone.load_weights(options.weights)
extractor = metrics.Extractor(
    backbone,
    preprocess=lambda pixels: pixels,
    image_size=(options.size, options.size),
)

# %% Generated images, untrained ones, and real ones to compare with
trained = kerasgan.from_preset(options.preset)
untrained = kerasgan.from_preset(options.preset, load_weights=False, seed=0)
if options.smoke:
    real, _ = kerasgan.datasets.glyphs(n)
else:
    real, _ = kerasgan.datasets.load(options.data, split="test")


def colour(images):
    """Photographs have three channels; grey images are repeated."""
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images


# %% Scores, each with how it came about
for name, gan in (("trained", trained), ("untrained", untrained)):
    scores = metrics.evaluate(
        colour(gan.generate(n, seed=0)),
        colour(real),
        metrics=("fd",),
        extractor=extractor,
        num_images=n,
        cache=False,
    )
    print(f"{name}: {scores['fd']}")
