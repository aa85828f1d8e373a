"""KerasCV layers as augmentation, in the input pipeline or inside the step.

KerasCV is frozen: 0.9.0 is its last release, and its work goes on in Keras (whose
`keras.layers` have RandomFlip, RandomTranslation, RandAugment and more) and in
KerasHub. Recipes of it that you have go on working here; for new ones take those, or
`kerasgan.augment`. It computes in TensorFlow, which must be there beside whatever
backend trains.

    pip install 'kerasgan[cv,tensorflow]'
    python keras_cv_augmentation.py

Which place works where (tried with KerasCV 0.9.0, Keras 3.15.1 and ten of its layers):

    place                          TensorFlow           PyTorch              JAX
    dataset.map(layer)             all                  all                  all
    augmentation=layer             all but RandAugment  single operations    none

The first is a `tf.data` pipeline, on the CPU beside the step; it may hold any layer on
any backend. The second is inside the step, for real images in [-1, 1], so layers with a
`value_range` need that. "Single operations" are RandomFlip, RandomCutout,
RandomRotation, RandomBrightness, RandomContrast, RandomTranslation and RandomZoom; not
RandomColorJitter, RandAugment and GridMask.

How long: 100 steps of small networks in each place: about a minute on two cores.

What to expect: two grids after equal training. Augmenting real images alone teaches the
generator the augmentation too: flips are harmless for most pictures, cutouts would
appear in the images. What both real and fake ones should pass needs gradients:
`discriminator_augmentation={"name": "diffaugment", "policy": ["color", "cutout"]}`.
"""

import argparse
import pathlib

import keras

import kerasgan

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--steps", type=int, default=100)
parser.add_argument("--out", default="runs/keras-cv")
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
out = pathlib.Path(options.out)

try:
    import keras_cv
    import tensorflow as tf
except ImportError:
    raise SystemExit(
        "This needs KerasCV and TensorFlow: pip install 'kerasgan[cv,tensorflow]'"
    ) from None

# %% Images, and a small network for each place
batch_size, steps, small = 64, options.steps, {}
if options.smoke:
    batch_size, steps = 8, 2
    small = {"generator_filters": (16, 8, 8, 4), "discriminator_filters": (4, 8, 8)}
images, _ = kerasgan.datasets.shapes(4 * batch_size)


def new_gan(augmentation=None):
    keras.utils.set_random_seed(0)
    preset = kerasgan.from_preset("cifar10-32", load_weights=False, **small)
    return kerasgan.DCGAN(
        preset.generator, preset.discriminator, augmentation=augmentation, seed=0
    )


# %% In the pipeline: pixels in [0, 255] as KerasCV likes them, scaled at the end
augment = keras_cv.layers.RandAugment((0, 255), augmentations_per_image=1)
dataset = (
    tf.data.Dataset.from_tensor_slices(images.astype("float32"))
    .shuffle(len(images))
    .batch(batch_size, drop_remainder=True)
    .map(lambda batch: augment(batch, training=True), tf.data.AUTOTUNE)
    .map(lambda batch: tf.clip_by_value(batch / 127.5 - 1, -1, 1))
    .repeat()
    .prefetch(2)
)
gan = new_gan()
gan.fit(dataset, steps_per_epoch=steps, epochs=1, verbose=2)
gan.save_grid(out / "pipeline.png", 64, seed=0, zoom=2)
print(f"In the pipeline, on {keras.backend.backend()}: {out / 'pipeline.png'}")

# %% In the step: on the device, the same on TensorFlow and PyTorch
if keras.backend.backend() == "jax":
    print("As augmentation=, KerasCV needs TensorFlow or PyTorch; this is JAX.")
else:
    gan = new_gan(augmentation=keras_cv.layers.RandomFlip("horizontal"))
    gan.fit(images, batch_size=batch_size, steps_per_epoch=steps, epochs=1, verbose=2)
    gan.save_grid(out / "step.png", 64, seed=0, zoom=2)
    print(f"In the step: {out / 'step.png'}")
