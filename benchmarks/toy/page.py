"""The page and the picture of what was measured."""

import json
import pathlib

import matplotlib

from toy.points import LEAST_SHARE, NEAR, SPREAD, TOYS

_PICTURE, _RECORD = "toy.png", "toy.json"


def write_page(folder, outcomes):
    """Writes toy.md, toy.json and toy.png.

    Args:
        folder: path. What its toy.json holds of other trainings of as many steps and
            the same seed stays on the page.
        outcomes: list of `(facts, points)`, at least one.
    """
    folder = pathlib.Path(folder)
    facts = merged(folder / _RECORD, [each for each, _ in outcomes])
    lines = ",\n".join(json.dumps(each) for each in facts)
    (folder / _RECORD).write_text(f"[\n{lines}\n]\n")
    draw(folder / _PICTURE, outcomes)
    (folder / "toy.md").write_text(page(facts, backends_of(f for f, _ in outcomes)))


def merged(path, facts):
    """The facts of a record that are not found anew, and those found."""
    (run,) = {(each["steps"], each["seed"]) for each in facts}
    earlier = json.loads(path.read_text()) if path.exists() else []
    earlier = [each for each in earlier if (each["steps"], each["seed"]) == run]
    found = {place_of(each): each for each in [*earlier, *facts]}
    return [found[place] for place in sorted(found)]


def place_of(facts):
    """Where a training stands on the page."""
    return facts["method"], facts["toy"], facts["backend"]


def backends_of(facts):
    return sorted({each["backend"] for each in facts})


def page(facts, drawn):
    """The text, of the facts of each training and the backends in the picture."""
    first, backends = facts[0], backends_of(facts)
    return f"""# Toy truth

How much of a mixture of Gaussians in the plane each method's samples cover: a ring of
{len(TOYS["ring"].centres)} and a grid of {len(TOYS["grid"].centres)}, with a spread of
{SPREAD} in a square from -1 to 1. All methods have dense networks of the same widths,
the same Adam (StyleGAN2 its paper's), batches of 256 and {first["steps"]:,} updates of
the generator ([benchmarks/toy](../../benchmarks/toy/)); those that take several
discriminator updates a step take theirs. Methods with labels are told which Gaussian a
point is of.
StyleGAN2's layers are its own, on maps of one pixel: a mapping network, a learnt map,
two modulated 1x1 convolutions and equalised weights, with the deviation of the batch in
the discriminator, R1 every 16 steps and path lengths every 8. It has no noise, which
would blur the points, no second size and no augmentation.

```shell
python benchmarks/toy_truth.py --steps {first["steps"]} --seed {first["seed"]} \\
  --backends {" ".join(backends)}
```

One seed, beside other work:

{runs(facts)}

A mode is covered that has at least {100 * LEAST_SHARE:.0f}% of 5,000 samples within
{NEAR:.0f} spreads of it; a sample is good that lies so near to any. The backends draw
from generators of their own, so that each is another run. An empty cell was not
trained.

Settings were found by looking at the ring with this seed: initial weights, WGAN-GP's
penalty (0.1; 10 covered nothing), how far the plane is enlarged for spectrally
normalised discriminators, and a class for each mode rather than for two opposite ones,
with which ACGAN covered 3 of 8, and StyleGAN2's Adam (with the others' it covered 7 of
8). No other seed was tried. DCGAN was given no search of
its own, and learns the ring later on in some runs.

{table(facts, backends)}

![samples of each method]({_PICTURE})

*Samples of each method, one row each, over the centres (crosses); on
{", ".join(drawn)}.*
"""


def runs(facts):
    """A line for each backend, machine and day: how many trainings, and their time."""
    groups = {}
    for each in facts:
        group = each["date"], each["backend"], each["machine"]
        groups.setdefault(group, []).append(each["seconds"])
    lines = []
    for (date, backend, machine), seconds in sorted(groups.items()):
        # Of the first runs the time of all is known alone, not that of each.
        known = None not in seconds
        time = f" in {sum(seconds) / 60:.0f} minutes" if known else ""
        lines.append(f"- {date}, {backend}: {len(seconds)} trainings{time}; {machine}")
    return "\n".join(lines)


def table(facts, backends):
    """Modes covered and good samples: a row a method, a column a toy and backend."""
    columns = [(toy, backend) for toy in TOYS for backend in backends]
    heads = [f"{toy}, {backend}" for toy, backend in columns]
    lines = [
        f"| method | {' | '.join(heads)} |",
        f"| --- |{' ---: |' * len(heads)}",
    ]
    found = {(f["method"], f["toy"], f["backend"]): f for f in facts}
    for method in methods_of(facts):
        cells = [cell(found.get((method, *column))) for column in columns]
        lines.append(f"| `{method}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def methods_of(facts):
    """The methods that were trained, by name."""
    return sorted({each["method"] for each in facts})


def cell(facts):
    if facts is None:
        return ""
    return f"{facts['covered']} of {facts['modes']}, {100 * facts['good']:.0f}%"


def draw(path, outcomes):
    """A panel a method, toy and backend."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    methods = methods_of([facts for facts, _ in outcomes])
    backends = backends_of(facts for facts, _ in outcomes)
    found = {(f["method"], f["toy"], f["backend"]): p for f, p in outcomes}
    columns = [(toy, backend) for toy in TOYS for backend in backends]
    columns = [c for c in columns if c in {key[1:] for key in found}]
    figure, axes = pyplot.subplots(
        len(methods),
        len(columns),
        figsize=(1.7 * len(columns), 1.8 * len(methods)),
        squeeze=False,
    )
    for row, method in zip(axes, methods):
        row[0].set_ylabel(method, fontsize=9)
        for axis, column in zip(row, columns):
            _panel(axis, found.get((method, *column)), TOYS[column[0]].centres)
    for axis, (toy, backend) in zip(axes[0], columns):
        axis.set_title(f"{toy}, {backend}", fontsize=9)
    figure.tight_layout(pad=0.4)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _panel(axis, points, centres):
    axis.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), xticks=[], yticks=[])
    axis.set_aspect("equal")
    if points is None:  # Measured earlier, without what was drawn.
        axis.spines[:].set_visible(False)
        return
    axis.plot(*centres.T, "x", color="0.6", markersize=4, markeredgewidth=0.7)
    axis.plot(*points[:2000].T, ".", color="tab:blue", markersize=1, alpha=0.5)
