"""The tables of `docs/performance.md`, one for each section."""

import dataclasses
import statistics

from pages.markdown import number, spread, table


def ratios(answer):
    """First side over second, round by round, in images per second."""
    first, second = answer["sides"]
    factor = first["steps"] / second["steps"]
    return [
        factor * theirs / ours
        for ours, theirs in zip(first["round_seconds"], second["round_seconds"])
    ]


def speed(entry):
    """Images per second of the first side."""
    return entry["answer"]["sides"][0]["images_per_second"]


def brief(answer):
    """A line for the terminal."""
    speeds = ", ".join(
        f"{side['kind']} {side['images_per_second']:.4g} images/s"
        for side in answer["sides"]
    )
    if len(answer["sides"]) == 1:
        return f"{speeds}, {answer['peak_bytes'] / 1e6:.0f} MB"
    return f"{speeds}, ratio {statistics.median(ratios(answer)):.3f}"


def _what(e):
    return [e["task"]["backend"], e["task"]["preset"], e["task"]["batch_size"]]


@dataclasses.dataclass(frozen=True)
class Pairs:
    """A table with a row for each pair: what was run, both speeds, their ratio.

    Args:
        title: heading.
        sides: what the two sides are called.
        text: what stands before the table.
        columns: header to function of an entry, of further columns.
        order: function of an entry to sort by.
    """

    title: str
    sides: tuple = ("ours", "hand-written")
    text: str = ""
    columns: dict = dataclasses.field(default_factory=dict)
    order: object = None

    def render(self, entries):
        first, second = self.sides
        header = ["backend", "preset", "batch", *self.columns]
        header += [f"{first}, images/s", second, f"{first} / {second}"]
        entries = list(entries.values())
        if self.order:
            entries.sort(key=self.order)
        text = f"### {self.title}\n\n" + (f"{self.text}\n\n" if self.text else "")
        return text + table(header, [self._row(e) for e in entries])

    def _row(self, e):
        further = [column(e) for column in self.columns.values()]
        speeds = [number(s["images_per_second"]) for s in e["answer"]["sides"]]
        return [*_what(e), *further, *speeds, spread(ratios(e["answer"]))]


def _difference(e):
    return f"{e['answer']['agreement']['all_steps']:.0e}"


MILLISECONDS = {"ours, ms an image": lambda e: number(1000 / speed(e))}


def alone(entries):
    """Ours beside hand-written, each from a process of its own."""
    rows = []
    for ours, theirs in both_alone(entries):
        row = [*_what(ours)]
        for value in (_megabytes, _first_step, _whole_start):
            row += [value(ours["answer"]), value(theirs["answer"])]
        ratio = ours["answer"]["peak_bytes"] / theirs["answer"]["peak_bytes"]
        rows.append([*row[:5], f"{ratio:.2f}", *row[5:]])
    header = ["backend", "preset", "batch", "peak memory, MB: ours", "hand-written"]
    header += ["ratio", "first step, s: ours", "hand-written"]
    header += ["with imports, s: ours", "hand-written"]
    text = (
        "### Memory and the first step\n\nEach side in a process of its own, which "
        "imports nothing but what it needs: Keras is in ours, and on TensorFlow in "
        "both. The other frameworks and matplotlib are hidden, as where they are not "
        "installed: Keras imports what it finds of them. Peak memory is the process's "
        "largest resident size, on a GPU what the framework allocated at most. The "
        "first step is all from the networks' construction to the end of the first "
        "step.\n\n"
    )
    return text + table(header, rows)


def both_alone(entries):
    """Pairs of entries: ours and hand-written of one backend and preset."""
    sides = {}
    for e in entries.values():
        side = e["task"]["sides"][0]
        sides.setdefault((*_what(e), side["dtype"]), {})[side["kind"]] = e
    return [(s["fit"], s["native"]) for s in sides.values() if len(s) == 2]


def _megabytes(answer):
    return f"{answer['peak_bytes'] / 1e6:.0f}"


def _first_step(answer):
    return f"{answer['sides'][0]['first_step_seconds']:.1f}"


def _whole_start(answer):
    side = answer["sides"][0]
    return f"{side['first_step_seconds'] + side['import_seconds']:.1f}"


def importing(entries):
    (e,) = entries.values()
    seconds = e["answer"]["seconds"].items()
    rows = [[f"`import {name}`", spread(taken)] for name, taken in seconds]
    text = "### Importing, one after the other in new processes\n\n"
    return text + table(["", "seconds"], rows)


# Section -> function of its entries.
TABLES = {
    "presets": Pairs(
        "Training",
        columns={
            "dtype": lambda e: e["task"]["sides"][0]["dtype"],
            "losses differ by": _difference,
        },
    ).render,
    "methods": Pairs(
        "Training with other methods",
        text="Loops of these methods in PyTorch, in channels-last memory, with its "
        "fused Adam. Both sides have the same losses in one step from the same "
        "weights and draws before they are timed. An image counts once a generator "
        "update, whatever the discriminator's.",
        columns={"losses differ by": _difference},
    ).render,
    "alone": alone,
    "batch": Pairs(
        "Cost against batch size",
        columns=MILLISECONDS,
        order=lambda e: (e["task"]["backend"], e["task"]["batch_size"]),
    ).render,
    "size": Pairs(
        "Cost against image size",
        text="The networks of `cifar10-32` at 64 pixels; the first table has the 28 "
        "and 32 pixels of the presets.",
        columns={
            "size": lambda e: e["task"]["overrides"]["image_shape"][0],
            **MILLISECONDS,
        },
    ).render,
    "dtype": Pairs(
        "bfloat16, ours against ours", sides=("mixed_bfloat16", "float32")
    ).render,
    "stock": Pairs(
        "Our layers against Keras's own, on JAX",
        sides=("ours", "Keras's layers"),
        text="The same `fit`; in the second column each layer of ours is the Keras "
        "layer that it stands for.",
    ).render,
    "levers": Pairs(
        "What each lever gives",
        sides=("with", "without"),
        text="The same `fit` with one lever less: Keras's own layer or update for "
        "ours, new fake images for each half-step, or memory that goes back to the "
        "system when it is freed.",
        columns={
            "lever": lambda e: (
                f"`{e['task']['sides'][1]['kind'].removeprefix('without ')}`"
            )
        },
    ).render,
    "generate": Pairs(
        "Generating",
        sides=("generate", "bare generator"),
        text="`gan.generate` against the bare generator (a module in inference mode, "
        "a `tf.function`, a jitted function) in a loop over batches. Both draw latents "
        "with NumPy and give uint8 images as NumPy; with the same seed they give the "
        "same images.",
    ).render,
    "import": importing,
}
