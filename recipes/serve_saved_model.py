"""Makes pictures from an exported SavedModel, with plain TensorFlow.

    pip install tensorflow pillow
    python serve_saved_model.py generator --out images.png

Neither kerasgan nor Keras is needed. The file comes from
`kerasgan export mnist-28 --output uint8 --out generator`; one with float images works
as well. A generator of classes takes them too: `--labels 3`, or `--labels 0 1 2` in
turn.
"""

import argparse

import numpy as np
import tensorflow as tf
from PIL import Image


# %% The file says how long a latent is
def generate(path, n, seed, labels=()):
    """uint8 images (n, height, width, channels) from the latents of a seed."""
    loaded = tf.saved_model.load(path)
    serve = loaded.signatures["serving_default"]
    _, latent_dim = serve.structured_input_signature[1]["latents"].shape
    latents = np.random.default_rng(seed).standard_normal((n, latent_dim), "float32")
    inputs = {"latents": tf.constant(latents)}
    if labels:
        inputs["labels"] = tf.constant(np.resize(labels, n), "int32")
    images = serve(**inputs)["images"].numpy()
    return images if images.dtype == np.uint8 else to_pixels(images)


def to_pixels(images):
    """Floats in [-1, 1] as uint8 in [0, 255]."""
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype("uint8")


def save_row(images, path):
    """Writes images side by side."""
    row = np.concatenate(list(images), axis=1)
    Image.fromarray(row[..., 0] if row.shape[-1] == 1 else row).save(path)


# %% From the command line
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", default="generator")
    parser.add_argument("--out", default="images.png")
    parser.add_argument("-n", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--labels", type=int, nargs="+", default=())
    options = parser.parse_args()
    images = generate(options.file, options.n, options.seed, options.labels)
    save_row(images, options.out)
    print(f"{options.n} images in {options.out}")
