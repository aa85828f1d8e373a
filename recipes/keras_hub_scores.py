"""KerasHub: a backbone of its zoo judges your images.

A Frechet distance needs features of images, and those of a network trained on
photographs see more than raw pixels do. KerasHub has such backbones for all three
backends, each with its own preprocessing; the first use of one downloads it.

    pip install 'kerasgan[hub]'
    python keras_hub_scores.py
    python keras_hub_scores.py --preset runs/mine/preset --data photos

How long: features of 2 x 2,000 images: minutes on two cores for a small ResNet at its
own 224x224 pixels, which `--size 64` makes shorter by a factor of ten.

What to expect: a distance that can be compared only with others of the same backbone,
size and number of images; each score says which those were, and comparing others is an
error. Numbers in papers come from another network, Inception of 2015: for those see
`kerasgan evaluate --fidelity`.
"""

import argparse
import tempfile

import numpy as np

import kerasgan
from kerasgan import metrics

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--preset", default="mnist-28", help="one with trained weights")
parser.add_argument("--data", default="mnist", help="a set, or a folder of pictures")
parser.add_argument("--backbone", default="resnet_18_imagenet", help="of KerasHub")
parser.add_argument("--size", type=int, help="pixels a side that the backbone is given")
parser.add_argument("-n", type=int, default=2000)
parser.add_argument("--smoke", action="store_true", help="an untrained tiny backbone")
options = parser.parse_args()

try:
    import keras_hub
except ImportError:
    raise SystemExit("This needs KerasHub: pip install 'kerasgan[hub]'") from None

# %% The backbone, by the name of a preset on its page, or a folder that holds one
n = options.n
if options.smoke:
    options.backbone, n = tempfile.mkdtemp(), 8
    keras_hub.models.VGGBackbone(
        stackwise_num_repeats=[1], stackwise_num_filters=[4], image_shape=(32, 32, 3)
    ).save_to_preset(options.backbone)
    keras_hub.layers.VGGImageConverter(image_size=(32, 32)).save_to_preset(
        options.backbone
    )
size = options.size and (options.size, options.size)
extractor = metrics.hub_extractor(options.backbone, image_size=size)

# %% Generated images, and real ones to compare with
gan = kerasgan.from_preset(options.preset)
generated = gan.generate(n, seed=0)
if options.smoke:
    real, _ = kerasgan.datasets.glyphs(n)
elif options.data in ("mnist", "fashion_mnist", "cifar10", "glyphs-28", "shapes-32"):
    real, _ = kerasgan.datasets.load(options.data, split="test")
else:
    real = kerasgan.datasets.image_folder(
        options.data,
        image_size=gan.image_shape[:2],
        color_mode="grayscale" if gan.image_shape[-1] == 1 else "rgb",
    )

# %% Photographs have three channels; grey images are repeated
if gan.image_shape[-1] == 1:
    generated, real = (np.repeat(x, 3, axis=-1) for x in (generated, real))

# %% Scores, each with how it came about
scores = metrics.evaluate(
    generated,
    real,
    metrics=("fd", "kd"),
    extractor=extractor,
    num_images=n,
    cache=not options.smoke,
)
for score in scores.values():
    print(score)
