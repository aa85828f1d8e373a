"""The page and the picture of what was measured."""

import pathlib

import matplotlib

from toy.points import LEAST_SHARE, NEAR, SPREAD, TOYS

_PICTURE = "toy.png"


def write_page(folder, outcomes):
    """Writes toy.md and toy.png.

    Args:
        folder: path.
        outcomes: list of `(facts, points)`.
    """
    facts = [each for each, _ in outcomes]
    folder = pathlib.Path(folder)
    draw(folder / _PICTURE, outcomes)
    (folder / "toy.md").write_text(page(facts))


def page(facts):
    """The text, of the facts of each training."""
    first = facts[0]
    minutes = sum(each["seconds"] for each in facts) / 60
    dates = " to ".join(sorted({each["date"] for each in facts}))
    backends = sorted({each["backend"] for each in facts})
    return f"""# Toy truth

How much of a mixture of Gaussians in the plane each method's samples cover: a ring of
{len(TOYS["ring"].centres)} and a grid of {len(TOYS["grid"].centres)}, with a spread of
{SPREAD} in a square from -1 to 1. All methods have dense networks of the same widths,
the same Adam, batches of 256 and {first["steps"]:,} updates of the generator
([benchmarks/toy](../../benchmarks/toy/)); those that take several discriminator updates
a step take theirs. Methods with labels are told which Gaussian a point is of.

```shell
python benchmarks/toy_truth.py --steps {first["steps"]} --seed {first["seed"]} \\
  --backends {" ".join(backends)}
```

{first["machine"]}; {dates}; {", ".join(backends)}; {len(facts)} trainings of one seed,
{minutes:.0f} minutes in all, beside other work.

A mode is covered that has at least {100 * LEAST_SHARE:.0f}% of 5,000 samples within
{NEAR:.0f} spreads of it; a sample is good that lies so near to any. The backends draw
from generators of their own, so that each is another run. An empty cell was not
trained.

Settings were found by looking at the ring with this seed: initial weights, WGAN-GP's
penalty (0.1; 10 covered nothing), how far the plane is enlarged for spectrally
normalised discriminators, and a class for each mode rather than for two opposite ones,
with which ACGAN covered 3 of 8. No other seed was tried. DCGAN was given no search of
its own, and learns the ring later on in some runs.

{table(facts, backends)}

![samples of each method]({_PICTURE})

*Samples of each method, one row each, over the centres (crosses).*
"""


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
    backends = sorted({facts["backend"] for facts, _ in outcomes})
    columns = [(toy, backend) for toy in TOYS for backend in backends]
    figure, axes = pyplot.subplots(
        len(methods),
        len(columns),
        figsize=(1.7 * len(columns), 1.8 * len(methods)),
        squeeze=False,
    )
    found = {(f["method"], f["toy"], f["backend"]): p for f, p in outcomes}
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
    axis.plot(*centres.T, "x", color="0.6", markersize=4, markeredgewidth=0.7)
    if points is not None:
        axis.plot(*points[:2000].T, ".", color="tab:blue", markersize=1, alpha=0.5)
