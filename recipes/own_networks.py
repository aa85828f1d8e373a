"""Your own networks: any two Keras models, trained, saved and kept as a preset.

Three rules. The generator begins with `keras.Input((latent_dim,))` and ends in [-1, 1]:
tanh. The discriminator ends in one number without a sigmoid, as the loss applies it.
Images are (height, width, channels), the same for both.

    python own_networks.py

How long: three epochs of 10,000 drawn digits are 471 steps of a small network: a few
minutes on two cores.

What to expect: strokes, of which some make digits. Then change one thing at a time:
filters, a layer, the batch norm; the figure in `--out` shows what it does to the
balance.
"""

import argparse
import pathlib

import keras
from keras import layers

import kerasgan
from kerasgan import callbacks

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--out", default="runs/own-networks")
parser.add_argument("--smoke", action="store_true", help="seconds, with few filters")
options = parser.parse_args()
out = pathlib.Path(options.out)

filters = 4 if options.smoke else 32
images, _ = kerasgan.datasets.glyphs(32 if options.smoke else 10_000)
batch_size = 8 if options.smoke else 64


# %% The generator. Registered by a name, a preset can say how to build it again.
@kerasgan.register_network("recipe-generator")
def my_generator(*, latent_dim=64, image_shape=(28, 28, 1), filters=32):
    height, width, channels = image_shape
    inputs = keras.Input((latent_dim,))
    x = layers.Dense(height // 4 * (width // 4) * 2 * filters, use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Reshape((height // 4, width // 4, 2 * filters))(x)
    for factor in (2, 1):
        # kerasgan.layers has the same layer, faster on CPUs: UpsampleConv2D.
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(factor * filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    return keras.Model(
        inputs, layers.Conv2D(channels, 3, padding="same", activation="tanh")(x)
    )


# %% The discriminator: one score, no sigmoid
@kerasgan.register_network("recipe-discriminator")
def my_discriminator(*, image_shape=(28, 28, 1), filters=32):
    inputs = keras.Input(image_shape)
    x = inputs
    for factor in (1, 2):
        x = layers.Conv2D(factor * filters, 4, strides=2, padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
        x = layers.Dropout(0.3)(x)
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))


# %% Together, with a moving average of the generator for calmer images
keras.utils.set_random_seed(0)
gan = kerasgan.DCGAN(
    generator=my_generator(filters=filters),
    discriminator=my_discriminator(filters=filters),
    ema_decay=0.99,
    seed=0,
)
gan.compile(
    generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    label_noise=0.05,
)
gan.summary()

# %% Training
gan.fit(
    images,
    batch_size=batch_size,
    epochs=1 if options.smoke else options.epochs,
    verbose=2,
    callbacks=[
        callbacks.TrainingMonitor(out),
        callbacks.SampleGrid(out / "samples", every_steps=100, zoom=2),
    ],
)
gan.save_grid(out / "grid.png", 64, seed=0, zoom=2)

# %% Two ways to keep it: all state, to go on training; or a preset, data without code
gan.save(out / "gan.keras")
gan.save_to_preset(out / "preset", overwrite=True, description="My first GAN.")
again = kerasgan.from_preset(out / "preset")
assert (again.generate(4, seed=1) == gan.generate(4, seed=1)).all()
print(f"64 digits in {out / 'grid.png'}; the preset in {out / 'preset'}")
