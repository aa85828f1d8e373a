"""TensorFlow Serving: the folders that it wants, and how to ask it for images.

Serving looks into a folder of versions, `models/digits/1`, `models/digits/2`, and takes
the newest by itself; each is a SavedModel whose signature `serving_default` takes
latents and gives images. This program exports a trained preset, or the folder of a
training, as the next version; with `--url` it asks a running server.

    python tensorflow_serving.py
    docker run -p 8501:8501 -v $PWD/models/digits:/models/digits \
        -e MODEL_NAME=digits tensorflow/serving
    python tensorflow_serving.py --url http://localhost:8501

How long: an export takes 10 to 20 seconds, most of them for importing TensorFlow, which
must be installed beside whatever backend trained.

What to expect: `images.png`. The folder was read as Serving reads it and the client was
tried against a server of the same REST interface; against TensorFlow Serving itself,
which has no package on the index, it was not.
"""

import argparse
import json
import pathlib
import urllib.request

import numpy as np

import kerasgan

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--preset", default="mnist-28", help="a preset with weights")
parser.add_argument("--models", default="models", help="folder of all models")
parser.add_argument("--name", default="digits")
parser.add_argument("--url", help="of a running server: ask it")
parser.add_argument("-n", type=int, default=16)
parser.add_argument("--out", default="images.png")
parser.add_argument("--smoke", action="store_true", help="an untrained tiny network")
options = parser.parse_args()
folder = pathlib.Path(options.models, options.name)

# %% Ask a server, or export the next version for it
if options.url:
    # Columns of the batch by name; JSON has no arrays but lists.
    sidecar = max(folder.glob("*.json"), key=lambda path: int(path.stem))
    latent_dim = json.loads(sidecar.read_text())["latent_dim"]
    latents = np.random.default_rng(0).standard_normal((options.n, latent_dim))
    request = urllib.request.Request(
        f"{options.url}/v1/models/{options.name}:predict",
        data=json.dumps({"inputs": {"latents": latents.tolist()}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        images = np.asarray(json.load(answer)["outputs"], "uint8")
    kerasgan.save_grid(images, options.out, zoom=2)
    print(f"{len(images)} images in {options.out}")
else:
    if options.smoke:
        gan = kerasgan.from_preset(
            options.preset,
            load_weights=False,
            generator_filters=(8, 8, 4),
            discriminator_filters=(4, 8, 8, 8),
        )
    else:
        gan = kerasgan.from_preset(options.preset)
    folder.mkdir(parents=True, exist_ok=True)
    versions = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    version = folder / str(max(versions, default=0) + 1)
    # Pixels, not floats: a quarter of the JSON.
    gan.export(version, "tf_saved_model", output="uint8")
    print(f"{version} is what TensorFlow Serving serves as {options.name!r}")
