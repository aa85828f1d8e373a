"""The tables of `docs/performance.md`, one function for each section."""

import statistics


def ratios(answer):
    """First side over second, round by round, in images per second."""
    first, second = answer["sides"]
    factor = first["steps"] / second["steps"]
    return [
        factor * theirs / ours
        for ours, theirs in zip(first["round_seconds"], second["round_seconds"])
    ]


def brief(answer):
    """A line for the terminal."""
    speeds = ", ".join(
        f"{side['kind']} {side['images_per_second']:.4g} images/s"
        for side in answer["sides"]
    )
    if len(answer["sides"]) == 1:
        return f"{speeds}, {answer['peak_bytes'] / 1e6:.0f} MB"
    return f"{speeds}, ratio {statistics.median(ratios(answer)):.3f}"


def spread(values):
    """Median, least and largest."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.2f} ({low:.2f} to {high:.2f})"


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in lines) + "\n"


def number(value):
    """Three significant digits, without an exponent."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def pairs(entries, header, label):
    """Rows of two sides: what `label` says of a task, both speeds, the ratio."""
    rows = []
    for e in entries.values():
        first, second = (number(s["images_per_second"]) for s in e["answer"]["sides"])
        rows.append([*label(e), first, second, spread(ratios(e["answer"]))])
    return table(header, rows)


def _preset(e):
    return [e["task"]["backend"], e["task"]["preset"], e["task"]["batch_size"]]


def presets(entries):
    header = ["backend", "preset", "batch", "dtype", "losses differ by"]
    header += ["ours, images/s", "hand-written", "ours / hand-written"]

    def label(e):
        difference = f"{e['answer']['agreement']['all_steps']:.0e}"
        return [*_preset(e), e["task"]["sides"][0]["dtype"], difference]

    return "### Training\n\n" + pairs(entries, header, label)


def alone(entries):
    """Ours beside hand-written, each from a process of its own."""
    rows = []
    for ours, theirs in both_alone(entries):
        row = [*_preset(ours)]
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
        key = (*_preset(e), side["dtype"])
        sides.setdefault(key, {})[side["kind"]] = e
    return [(s["fit"], s["native"]) for s in sides.values() if len(s) == 2]


def _megabytes(answer):
    return f"{answer['peak_bytes'] / 1e6:.0f}"


def _first_step(answer):
    return f"{answer['sides'][0]['first_step_seconds']:.1f}"


def _whole_start(answer):
    side = answer["sides"][0]
    return f"{side['first_step_seconds'] + side['import_seconds']:.1f}"


def batch(entries):
    header = ["backend", "preset", "batch", "ours, ms an image"]
    header += ["ours, images/s", "hand-written", "ours / hand-written"]
    order = sorted(
        entries.items(), key=lambda i: (i[1]["task"]["backend"], _preset(i[1])[2])
    )
    return "### Cost against batch size\n\n" + pairs(
        dict(order),
        header,
        lambda e: [*_preset(e), _milliseconds(e)],
    )


def _milliseconds(e):
    return number(1000 / e["answer"]["sides"][0]["images_per_second"])


def size(entries):
    header = ["backend", "preset", "batch", "size", "ours, ms an image"]
    header += ["ours, images/s", "hand-written", "ours / hand-written"]
    text = (
        "### Cost against image size\n\nThe networks of `cifar10-32` at 64 pixels; "
        "the first table has the 28 and 32 pixels of the presets.\n\n"
    )
    return text + pairs(
        entries,
        header,
        lambda e: [
            *_preset(e),
            e["task"]["overrides"]["image_shape"][0],
            _milliseconds(e),
        ],
    )


def dtype(entries):
    header = ["backend", "preset", "batch", "mixed_bfloat16, images/s", "float32"]
    header += ["mixed_bfloat16 / float32"]
    return "### bfloat16, ours against ours\n\n" + pairs(entries, header, _preset)


def stock(entries):
    header = ["backend", "preset", "batch", "ours, images/s", "Keras's layers"]
    header += ["ours / Keras's layers"]
    text = (
        "### Our layers against Keras's own, on JAX\n\nThe same `fit`; in the second "
        "column each layer of ours is the Keras layer that it stands for.\n\n"
    )
    return text + pairs(entries, header, _preset)


def levers(entries):
    header = ["backend", "preset", "batch", "lever", "with, images/s", "without"]
    header += ["with / without"]
    text = (
        "### What each lever gives\n\nThe same `fit` with one lever less: Keras's own "
        "layer or update for ours, new fake images for each half-step, or memory that "
        "goes back to the system when it is freed.\n\n"
    )

    def label(e):
        lever = e["task"]["sides"][1]["kind"].removeprefix("without ")
        return [*_preset(e), f"`{lever}`"]

    return text + pairs(entries, header, label)


def generate(entries):
    header = ["backend", "preset", "batch", "generate, images/s", "bare generator"]
    header += ["generate / bare"]
    text = (
        "### Generating\n\n`gan.generate` against the bare generator (a module in "
        "inference mode, a `tf.function`, a jitted function) in a loop over batches. "
        "Both draw latents with NumPy and give uint8 images as NumPy; with the same "
        "seed they give the same images.\n\n"
    )
    return text + pairs(entries, header, _preset)


def importing(entries):
    rows = []
    for e in entries.values():
        seconds = e["answer"]["seconds"]
        rows = [[f"`import {name}`", spread(taken)] for name, taken in seconds.items()]
    text = "### Importing, one after the other in new processes\n\n"
    return text + table(["", "seconds"], rows)


TABLES = {
    "presets": presets,
    "alone": alone,
    "batch": batch,
    "size": size,
    "dtype": dtype,
    "stock": stock,
    "levers": levers,
    "generate": generate,
    "import": importing,
}
