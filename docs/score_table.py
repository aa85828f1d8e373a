"""Scores of sets whose order is known beforehand, with the shipped classifiers.

    python docs/score_table.py mnist GENERATOR
    python docs/score_table.py cifar10 GENERATOR

GENERATOR is a preset with weights, a preset directory, or a checkpoint `.keras`. Each
set of 5,000 images is scored against 5,000 test images. Writes docs/results/scores/:
NAME.json, NAME-neighbours.png (generated images and the training images nearest to
them) and README.md from all JSON files there. Fails, after writing, if an order is not
as expected.
"""

import json
import pathlib
import sys
import time

import keras
import numpy as np
from PIL import Image, ImageFilter

import kerasgan
from kerasgan import datasets, metrics
from kerasgan.files import dump_json
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset
from kerasgan.training.machine import describe_machine

FOLDER = pathlib.Path(__file__).parent / "results" / "scores"
N = 5000
BLURS = (1.0, 2.0)
METRICS = ["fd", "kd", "prdc", "is", "classes"]
COLUMNS = ["fd", "kd", "precision", "recall", "density", "coverage"]
COLUMNS += ["is", "classes", "class_kl"]
# The class whose images alone make up a set.
ONE_CLASS = 1
# Pairs of sets: by these figures, the first is better. Blurred images keep what is in
# the picture, so their classes say nothing.
BETTER = {
    ("training images", "generated"): ["fd", "kd", "density", "coverage"],
    ("training images", "blurred 1.0"): ["fd", "kd"],
    ("blurred 1.0", "blurred 2.0"): ["fd", "kd", "coverage"],
    ("training images", "one class"): ["fd", "kd", "recall", "coverage", "class_kl"],
    ("generated", "noise"): ["fd", "kd", "coverage"],
    ("blurred 2.0", "noise"): ["fd", "kd"],
    ("one class", "noise"): ["fd", "kd", "precision"],
}


def record(data, generator):
    test_images, _ = datasets.load(data, split="test")
    gan = load_generator(generator)
    evaluator = metrics.Evaluator(
        test_images,
        metrics=METRICS,
        extractor=f"{data}-classifier",
        num_images=N,
        data=data,
        split="test",
    )
    scores = {}
    for name, images in sets(data, test_images).items():
        scores[name] = evaluator.score(images, preset=name)
        print(scores[name]["fd"], flush=True)
    scores["generated"] = evaluator.score(gan, step=steps(generator, gan))
    print(scores["generated"]["fd"], flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw_neighbours(gan, data, evaluator.extractor)
    failures = unexpected(scores)
    write(data, generator, scores, failures)
    write_page()
    return failures


def load_generator(name):
    if name.endswith(".keras"):
        return keras.models.load_model(name)
    return kerasgan.from_preset(name, load_weights=True)


def steps(name, gan):
    """A preset's weights come without a count, which its description has."""
    if name.endswith(".keras"):
        return int(keras.ops.convert_to_numpy(gan.step_counter))
    directory, _ = find_preset(None, name)
    return (read_metadata(directory).get("training") or {}).get("steps")


def sets(data, test_images):
    """Images by the name of what they are; the generator's come later."""
    images, labels = datasets.load(data)
    chosen = test_images[np.linspace(0, len(test_images) - 1, N).round().astype(int)]
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, chosen.shape).astype("uint8")
    blurred = {f"blurred {radius}": blur(chosen, radius) for radius in BLURS}
    one_class = images[labels == ONE_CLASS][:N]
    return {
        "training images": images[:N],
        **blurred,
        "one class": one_class,
        "noise": noise,
    }


def blur(images, radius):
    """The same images through a Gaussian filter, by Pillow."""
    filtered = ImageFilter.GaussianBlur(radius)
    pictures = [Image.fromarray(i.squeeze()).filter(filtered) for i in images]
    return np.stack([np.asarray(p) for p in pictures]).reshape(images.shape)


def draw_neighbours(gan, data, extractor):
    """Twelve generated images, each with the seven nearest training images."""
    images, _ = datasets.load(data)
    fakes = gan.generate(12, seed=0)
    found = metrics.nearest_neighbours(
        extractor(fakes).features, extractor(images).features, k=7
    )
    path = FOLDER / f"{data}-neighbours.png"
    metrics.save_nearest_neighbours(fakes, images, found.indices, path)


def unexpected(scores):
    """What `BETTER` says and the scores do not."""
    wrong = []
    for (better, worse), figures in BETTER.items():
        for figure in figures:
            if not scores[better][figure].better_than(scores[worse][figure]):
                wrong.append(f"{figure}: {better} is not better than {worse}")
    return wrong


def write(data, generator, scores, failures):
    facts = {
        "command": f"python docs/score_table.py {data} {generator}",
        "generator": generator,
        "machine": describe_machine(),
        "date": time.strftime("%Y-%m-%d"),
        "unexpected": failures,
        "scores": {
            name: [score.to_dict() for score in found.values()]
            for name, found in scores.items()
        },
    }
    (FOLDER / f"{data}.json").write_bytes(dump_json(facts))


# The page -------------------------------------------------------------------------


def write_page():
    parts = [section(path) for path in sorted(FOLDER.glob("*.json"))]
    head = (
        "# Scores of sets whose order is known\n\n"
        "Do the metrics order images as people would? Each set of "
        f"{N:,} images is scored against {N:,} test images with the classifier that "
        "`kerasgan.metrics` ships. Lower is better for fd, kd and class_kl, higher for "
        "the others. Blurred: the test images themselves through a Gaussian filter of "
        "that radius in pixels. One class: training images of class "
        f"{ONE_CLASS}. Made by `docs/score_table.py`.\n"
    )
    (FOLDER / "README.md").write_text("\n".join([head, *parts]))


def section(path):
    facts = json.loads(path.read_text())
    scores = {
        name: {fields["metric"]: metrics.Score.from_dict(fields) for fields in found}
        for name, found in facts["scores"].items()
    }
    rows = sorted(scores, key=lambda name: scores[name]["fd"].value)
    lines = [f"## {path.stem}", "", table(scores, rows), "", provenance(scores, facts)]
    lines += ["", orders(facts), "", f"![neighbours]({path.stem}-neighbours.png)", ""]
    lines += [
        "*First column: generated images. To the right: the training images nearest to "
        "each, by the same features.*",
        "",
    ]
    return "\n".join(lines)


def table(scores, rows):
    lines = [
        f"| images | {' | '.join(COLUMNS)} |",
        "| --- |" + " ---: |" * len(COLUMNS),
    ]
    for name in rows:
        cells = [cell(scores[name][column]) for column in COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(score):
    spread = "" if score.spread is None else f" ± {score.spread:.2g}"
    return f"{score.value:.4g}{spread}"


def provenance(scores, facts):
    score = scores["generated"]["fd"]
    step = "" if score.step is None else f" after {score.step:,} steps"
    kernel = scores["generated"]["kd"].settings
    versions = ", ".join(f"{name} {v}" for name, v in score.versions.items())
    generator = score.preset or facts["generator"]
    return (
        f"Generated: `{generator}`{step}, seed {score.seed}. Features: "
        f"`{score.extractor}`, SHA-256 `{score.extractor_sha256[:16]}`, resize "
        f"{score.resize}. Real images: {score.num_real:,} of {score.data} "
        f"{score.split}, SHA-256 `{score.real_sha256[:16]}`. kd: "
        f"{kernel['subsets']} subsets of {kernel['subset_size']}; precision and "
        "recall: k = 3; density and coverage: k = 5; is: 10 splits.\n\n"
        f"`{facts['command']}`, {facts['machine']}, {versions}, {facts['date']}."
    )


def orders(facts):
    count = sum(len(figures) for figures in BETTER.values())
    if not facts["unexpected"]:
        return f"All {count} orders that were expected beforehand hold."
    wrong = "; ".join(facts["unexpected"])
    return (
        f"Of {count} orders that were expected beforehand, these do not hold: {wrong}."
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if failures := record(*sys.argv[1:]):
        sys.exit("\n".join(failures))
