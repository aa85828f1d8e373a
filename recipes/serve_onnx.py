"""Makes pictures from an exported .onnx file, with onnxruntime alone.

    pip install onnxruntime pillow
    python serve_onnx.py generator.onnx --out images.png

Neither kerasgan nor Keras is needed. The file comes from
`kerasgan export mnist-28 --output uint8 --out generator.onnx`; one with float images
works as well. A generator of classes takes them too: `--labels 3`, or `--labels 0 1 2`
in turn.
"""

import argparse

import numpy as np
import onnxruntime
from PIL import Image


# %% The file says how long a latent is
def generate(path, n, seed, labels=()):
    """uint8 images (n, height, width, channels) from the latents of a seed."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    shapes = {each.name: each.shape for each in session.get_inputs()}
    _, latent_dim = shapes["latents"]
    latents = np.random.default_rng(seed).standard_normal((n, latent_dim), "float32")
    inputs = {"latents": latents}
    if labels:
        inputs["labels"] = np.resize(labels, n).astype("int32")
    (images,) = session.run(["images"], inputs)
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
    parser.add_argument("file", nargs="?", default="generator.onnx")
    parser.add_argument("--out", default="images.png")
    parser.add_argument("-n", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--labels", type=int, nargs="+", default=())
    options = parser.parse_args()
    images = generate(options.file, options.n, options.seed, options.labels)
    save_row(images, options.out)
    print(f"{options.n} images in {options.out}")
