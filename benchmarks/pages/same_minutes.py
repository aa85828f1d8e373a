"""The page of `benchmarks/same_minutes.py`: curves over minutes, pictures beside."""

import json

from matplotlib.figure import Figure

from kerasgan.images import make_grid
from pages.markdown import table

_CURVES, _PICTURES, _RECORD = "curves.png", "pictures.png", "curves.json"
_HEADER = ["side", "epochs", "minutes", "images a second", "fd (after epochs)"]


def write(folder, facts, curves, pictures):
    """Writes README.md, curves.json, curves.png and pictures.png.

    Args:
        folder: path, made if it is not there.
        facts: what was run and where.
        curves: name of each side to its points: `epochs`, `minutes` and `fd`.
        pictures: title to images (64, height, width, channels), in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = {**facts, "curves": curves}
    (folder / _RECORD).write_text(json.dumps(record, indent=1) + "\n")
    draw_curves(folder / _CURVES, curves)
    draw_pictures(folder / _PICTURES, pictures)
    (folder / "README.md").write_text(page(facts, curves, list(pictures)))


def draw_curves(path, curves):
    figure = Figure(figsize=(6, 3.6), layout="tight")
    axis = figure.subplots()
    for name, points in curves.items():
        minutes = [point["minutes"] for point in points]
        axis.plot(minutes, [p["fd"] for p in points], marker=".", label=name)
    axis.set_xlabel("minutes of training")
    axis.set_ylabel("fd")
    axis.legend()
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def draw_pictures(path, pictures):
    figure = Figure(figsize=(3.6 * len(pictures), 3.9), layout="tight")
    axes = figure.subplots(1, len(pictures), squeeze=False)[0]
    for axis, (title, images) in zip(axes, pictures.items()):
        axis.imshow(make_grid(images).squeeze(), cmap="gray")
        axis.set_title(title)
        axis.set_axis_off()
    figure.savefig(path, dpi=100)


def page(facts, curves, shown):
    rows = [row(name, points, facts) for name, points in curves.items()]
    versions = ", ".join(f"{k} {v}" for k, v in facts["versions"].items())
    return f"""# {facts["preset"]}: the same minutes by `fit` and by a hand-written loop

```
{facts["command"]}
```

Both train the same networks with the same recipe from the same first weights on
{facts["images"]:,} images of {facts["data"]}, {facts["dtype"]}, batches of \
{facts["batch_size"]}, in one process, an epoch each in
turn. The hand-written side is PyTorch's modules and optimizers in a loop
([benchmarks/loops](../../../benchmarks/loops/)). Distances are of {facts["scored"]:,}
images from seed 2 to the second half of the test images.
{facts["machine"]}, {facts["date"]} ({versions}).

{table(_HEADER, rows)}
![curves]({_CURVES})

64 images each, not chosen, generated ones from seed 0; from the left:
{"; ".join(shown)}.

![pictures]({_PICTURES})
"""


def row(name, points, facts):
    last = points[-1]
    images = last["epochs"] * facts["images"]
    speed = f"{images / (60 * last['minutes']):.0f}"
    scores = ", ".join(f"{point['fd']:.2f} ({point['epochs']})" for point in points)
    return [name, last["epochs"], f"{last['minutes']:.1f}", speed, scores]
