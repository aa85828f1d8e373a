"""Your own pictures: a folder in, new ones like them out.

    python own_pictures.py photos
    python own_pictures.py photos --preset sngan/flowers-64        # 64x64, slower

How many: a GAN learns a distribution, so numbers count: some thousand pictures of one
kind of thing (faces, leaves, icons) are a good beginning, and ten thousand are better.
With few, the discriminator knows them by heart, so this program shows it augmented ones
alone (DiffAugment, arXiv:2006.10738, whose authors go down to 100). With some hundred,
expect copies: the last picture shows each generated image beside those of yours that
are nearest to it. Pictures that differ less (one framing, one background) need fewer; a
mixed album of holidays needs more than you have.

How long: at 32x32 pixels and on two cores, 250 pictures a second on TensorFlow and
PyTorch and 190 on JAX (docs/performance.md, AMD EPYC, float32, 2026-11-22), without the
augmentation: 100 passes over 3,000 pictures were 20 to 26 minutes. With it, and on one
core of another machine, a pass over 3,670 took 84 to 92 s (PyTorch, Intel Xeon,
float32, 2026-11-30), so two and a half hours. 64x64 pixels take three to four times as
long.

What to expect: 32x32 pixels are thumbnails. Begin with them: what does not work small
does not work large. If samples become all alike, CollapseGuard says so.
"""

import argparse
import pathlib
import tempfile

import keras
import numpy as np

import kerasgan
from kerasgan import callbacks, metrics

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("folder", nargs="?", help="PNG, JPEG, WebP, GIF or BMP, any size")
parser.add_argument("--preset", default="cifar10-32", help="its size is taken")
parser.add_argument("--epochs", type=int, default=100, help="passes over the pictures")
parser.add_argument("--minutes", type=float, help="stop after so much time, and save")
parser.add_argument("--out", default="runs/own-pictures")
parser.add_argument("--smoke", action="store_true", help="seconds, on drawn pictures")
options = parser.parse_args()
out = pathlib.Path(options.out)

epochs, batch_size, small = options.epochs, 64, {}
if options.smoke:
    options.folder = tempfile.mkdtemp()
    for i, picture in enumerate(kerasgan.datasets.shapes(24)[0]):
        keras.utils.save_img(f"{options.folder}/{i}.png", picture)
    epochs, batch_size = 1, 12
    small = {"generator_filters": (16, 8, 8, 4), "discriminator_filters": (4, 8, 8)}
if not options.folder:
    parser.error("name a folder of pictures: python own_pictures.py photos")

# %% The networks, and what real and fake pictures pass before they are judged
keras.utils.set_random_seed(0)
augmented = {"name": "diffaugment", "policy": ["color", "translation", "cutout"]}
gan = kerasgan.from_preset(
    options.preset,
    load_weights=False,
    seed=0,
    ema_decay=0.999,
    discriminator_augmentation=augmented,
    **small,
)

# %% The pictures, turned upright, cropped to a square around the middle, and resized
height, width, channels = gan.image_shape
images = kerasgan.datasets.image_folder(
    options.folder,
    image_size=(height, width),
    color_mode="rgb" if channels == 3 else "grayscale",
)
print(f"{len(images)} pictures of {width}x{height} pixels")
batch_size = min(batch_size, len(images))

# %% Training. The same command goes on after a stop.
stop = callbacks.Stop(options.minutes)
with stop.on_signals():
    gan.fit(
        images,
        batch_size=batch_size,
        epochs=epochs,
        verbose=2,
        callbacks=[
            callbacks.TrainingMonitor(out),
            callbacks.SampleGrid(out / "samples", every_epochs=5, zoom=2),
            callbacks.CollapseGuard("warn", real_images=images[:512]),
            callbacks.Checkpoint(out / "checkpoints", every_minutes=10),
            stop,
        ],
    )

# %% New pictures, and the model
fakes = gan.generate(64, seed=0)
kerasgan.save_grid(fakes, out / "grid.png", zoom=2)
gan.save_to_preset(out / "preset", overwrite=True)

# %% Are they new? Each beside the five of yours that are nearest, pixel by pixel.
real, fake = (pixels.reshape(len(pixels), -1) / 255.0 for pixels in (images, fakes[:8]))
found = metrics.nearest_neighbours(fake, real, k=5)
metrics.save_nearest_neighbours(
    fakes[:8], images, np.asarray(found.indices), out / "neighbours.png"
)
print(
    f"64 pictures in {out / 'grid.png'}; nearest of yours in {out / 'neighbours.png'}"
)
