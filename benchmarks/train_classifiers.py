"""Trains the classifiers that `kerasgan.metrics` ships as extractors.

    python benchmarks/train_classifiers.py NAME WORK_FOLDER

NAME is mnist-classifier or cifar10-classifier. Each epoch ends with a checkpoint in
WORK_FOLDER, and the same command goes on from it. The last 5,000 training images are
held out: their accuracy is printed after each epoch, and settings were chosen by it.
The test images are looked at once, at the end, in the half precision that is shipped.
Writes kerasgan/metrics/weights/NAME.safetensors and NAME.json.

Ran with KERAS_BACKEND=tensorflow, the fastest of the three on CPUs with bfloat16.
"""

import json
import pathlib
import sys
import time

import keras
import numpy as np
import safetensors.numpy

from kerasgan import datasets
from kerasgan.files import atomic_path, dump_json, file_sha256
from kerasgan.metrics.classifiers import small_classifier
from kerasgan.training.machine import describe_machine

SHIPPED = pathlib.Path(__file__).parents[1] / "kerasgan" / "metrics" / "weights"
HELD_OUT = 5000
SETTINGS = {
    "mnist-classifier": {
        "data": "mnist",
        "network": {"image_shape": [28, 28, 1], "stem": 8, "widths": [32, 64, 128]},
        "epochs": 4,
        "flip": False,
        "shift": 2,
    },
    "cifar10-classifier": {
        "data": "cifar10",
        "network": {"image_shape": [32, 32, 3], "stem": 24, "widths": [64, 128, 192]},
        "epochs": 10,
        "flip": True,
        "shift": 3,
    },
}
BATCH_SIZE = 256
PEAK_RATE = 0.2
WEIGHT_DECAY = 5e-3
LABEL_SMOOTHING = 0.1
SEED = 0


def train(name, folder):
    settings = SETTINGS[name]
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = datasets.load(settings["data"])
    images = images.astype("float32") / 127.5 - 1.0
    batches = AugmentedBatches(
        images[:-HELD_OUT], one_hot(labels[:-HELD_OUT]), **augmentation(settings)
    )
    checkpoint = folder / f"{name}.keras"
    if checkpoint.exists():
        model = keras.models.load_model(checkpoint)
    else:
        model = make_model(settings, batches)
    started, earlier = time.time(), read_seconds(folder, name)
    for epoch in range(int(model.optimizer.iterations) // len(batches), epochs(name)):
        batches.begin(epoch)
        logs = model.fit(batches, verbose=0, shuffle=False).history
        accuracy = measure(model, images[-HELD_OUT:], labels[-HELD_OUT:])
        seconds = earlier + time.time() - started
        with atomic_path(checkpoint) as path:
            model.save(path)
        (folder / f"{name}.seconds").write_text(str(seconds))
        print(
            f"epoch {epoch + 1}: loss {logs['loss'][0]:.4f}, held out {accuracy:.4f}, "
            f"{seconds:.0f} s",
            flush=True,
        )
    ship(name, model, read_seconds(folder, name))


def epochs(name):
    return SETTINGS[name]["epochs"]


def augmentation(settings):
    return {key: settings[key] for key in ("flip", "shift")}


def read_seconds(folder, name):
    path = folder / f"{name}.seconds"
    return float(path.read_text()) if path.exists() else 0.0


def make_model(settings, batches):
    keras.utils.set_random_seed(SEED)
    model = small_classifier(**settings["network"], dtype="mixed_bfloat16")
    whiten(model.get_layer("stem"), batches.images[:5000])
    steps = len(batches) * settings["epochs"]
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        steps - steps // 5,
        warmup_target=PEAK_RATE,
        warmup_steps=steps // 5,
    )
    model.compile(
        keras.optimizers.SGD(
            rate, momentum=0.9, nesterov=True, weight_decay=WEIGHT_DECAY
        ),
        keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=LABEL_SMOOTHING
        ),
        jit_compile=False,
    )
    return model


def whiten(stem, images):
    """Sets the kernel to the eigenvectors of 2x2 patches, scaled to unit variance.

    Each comes twice, with either sign; the filters that are left over repeat those of
    the largest variance.
    """
    windows = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(1, 2))
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 4 * images.shape[-1])
    values, vectors = np.linalg.eigh(np.cov(patches[::16], rowvar=False))
    filters = (vectors / np.sqrt(values + 1e-2))[:, ::-1]
    filters = np.concatenate([filters, -filters], axis=1)
    shape = stem.kernel.shape
    chosen = np.resize(np.arange(filters.shape[1]), shape[-1])
    stem.kernel.assign(filters[:, chosen].reshape(shape))


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled, shifted and mirrored batches, by seed, epoch and position."""

    def __init__(self, images, labels, *, flip, shift):
        super().__init__()
        self.images, self.labels = images, labels
        self.flip, self.shift = flip, shift
        pad = ((0, 0), (shift, shift), (shift, shift), (0, 0))
        # Mirrored borders for photographs; a digit's border is black either way.
        self.padded = np.pad(images, pad, mode="reflect")
        self.begin(0)

    def begin(self, epoch):
        self.epoch = epoch
        self.order = np.random.default_rng([SEED, epoch]).permutation(len(self.images))

    def __len__(self):
        return len(self.images) // BATCH_SIZE

    def __getitem__(self, index):
        random = np.random.default_rng([SEED, self.epoch, index])
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        height, width = self.images.shape[1:3]
        n, grid = len(chosen), np.arange
        rows = random.integers(0, 2 * self.shift + 1, n)[:, None] + grid(height)
        columns = random.integers(0, 2 * self.shift + 1, n)[:, None] + grid(width)
        if self.flip:
            mirrored = random.random(n) < 0.5
            columns[mirrored] = columns[mirrored, ::-1]
        x = self.padded[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
        return x, self.labels[chosen]


def one_hot(labels):
    return np.eye(10, dtype="float32")[labels]


def measure(model, images, labels):
    """The share of images whose largest logit is the label's."""
    logits = model.predict(images, batch_size=500, verbose=0)
    return float((logits.argmax(axis=1) == labels).mean())


def ship(name, model, seconds):
    """Writes the weights in half precision, and how they came about."""
    settings = SETTINGS[name]
    network = small_classifier(**settings["network"], dtype="float32")
    half = [np.asarray(v, "float16") for v in model.get_weights()]
    network.set_weights([v.astype("float32") for v in half])
    images, labels = datasets.load(settings["data"], split="train")
    held_out = images[-HELD_OUT:].astype("float32") / 127.5 - 1.0
    test_images, test_labels = datasets.load(settings["data"], split="test")
    test_images = test_images.astype("float32") / 127.5 - 1.0
    SHIPPED.mkdir(exist_ok=True)
    weights = SHIPPED / f"{name}.safetensors"
    tensors = {v.path: value for v, value in zip(network.weights, half)}
    with atomic_path(weights) as path:
        safetensors.numpy.save_file(tensors, path)
    description = {
        "network": "small_classifier",
        "arguments": settings["network"],
        "features": "features",
        "parameters": network.count_params(),
        "sha256": file_sha256(weights),
        "accuracy": {
            "test": measure(network, test_images, test_labels),
            "held_out": measure(network, held_out, labels[-HELD_OUT:]),
        },
        "training": training_facts(name, seconds),
    }
    (SHIPPED / f"{name}.json").write_bytes(dump_json(description))
    print(json.dumps(description["accuracy"]))


def training_facts(name, seconds):
    settings = SETTINGS[name]
    return {
        "command": f"python benchmarks/train_classifiers.py {name} runs/classifiers",
        "data": f"{settings['data']}, training images without the last {HELD_OUT}",
        "epochs": settings["epochs"],
        "augmentation": augmentation(settings),
        "batch_size": BATCH_SIZE,
        "optimizer": f"SGD, Nesterov momentum 0.9, rate {PEAK_RATE} after a fifth of "
        f"the steps, cosine to 0, weight decay {WEIGHT_DECAY} (decoupled)",
        "label_smoothing": LABEL_SMOOTHING,
        "seed": SEED,
        "dtype": "mixed_bfloat16",
        "machine": describe_machine(),
        "versions": {
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
        "minutes": round(seconds / 60, 1),
        "date": time.strftime("%Y-%m-%d"),
    }


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in SETTINGS:
        sys.exit(__doc__)
    train(sys.argv[1], pathlib.Path(sys.argv[2]))
