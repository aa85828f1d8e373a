"""`docs/bfloat16.md` from `docs/bfloat16.json`: what it says of figures, they say."""

import statistics

from measuring import results
from measuring.quality_runs import REFERENCE

from pages.markdown import count, table, where

BEGINNING = """# Training in bfloat16

`python benchmarks/bfloat16_quality.py` measured this and wrote this page. For each
seed a preset is trained once in float32 and once in `mixed_bfloat16`, each in a
process of its own, with the same batches in the same order; then it generates images,
from the same latents, in the dtype that it trained in.

In `mixed_bfloat16` layers compute in bfloat16, all but the generator's last activation.
What stays float32 was looked up in the trained models and stands in a table below. Two
things stand in no table: batch norm takes a batch's mean and variance in float32, and a
moving average of the generator (`ema_decay`, which these runs did not keep) is one of
float32 weights, in float32.

The images are scored by **a classifier's features, not Inception's: comparable only
within one table**. A small convolutional network learns the training images' labels.

- Fréchet distance ([Heusel et al. 2017](https://arxiv.org/abs/1706.08500)): of the
  classifier's last features, between these images and the test images. Lower is better.
- Sure: the share of images that the classifier gives one class at least 90%.
- Least common: the share of the class that it finds least often.

Losses are means over the last epoch; a difference is mixed_bfloat16's less float32's.
"""

METRICS = {
    "Fréchet distance": lambda answer: answer["score"]["frechet_distance"],
    "sure": lambda answer: answer["score"]["sure"],
    "least common": lambda answer: answer["score"]["least_common"],
    "d_loss": lambda answer: answer["last_epoch"]["d_loss"],
    "g_loss": lambda answer: answer["last_epoch"]["g_loss"],
}
SHARES = ("sure", "least common")
SCORES = ("Fréchet distance", *SHARES)


def write(folder):
    """Writes `bfloat16.md` into the folder and gives its text."""
    parts = [BEGINNING]
    for machine, sections in results.read(folder / "bfloat16.json").items():
        parts.append(f"## {machine}\n")
        parts += [render(name, e) for name, e in sections.items() if REFERENCE in e]
    text = "\n".join(part.strip() + "\n" for part in parts)
    (folder / "bfloat16.md").write_text(text)
    return text


def render(name, entries):
    """A section: one preset, one backend, one length."""
    reference = entries[REFERENCE]
    classifier = reference["answer"]["classifier"]
    # Runs that another classifier scored cannot stand in the same table.
    runs = [
        e
        for e in entries.values()
        if e is not reference and e["answer"]["classifier"] == classifier
    ]
    runs.sort(key=lambda e: (e["task"]["seed"], e["task"]["dtype"]))
    task, accuracy = reference["task"], reference["answer"]["accuracy"]
    parts = [
        f"### {name}",
        f"{task['n']:,} images a run. The classifier names {accuracy:.1%} of as many "
        f"test images rightly after {count(task['classifier_epochs'], 'epoch')}.",
        every_run(reference, runs),
    ]
    if runs:
        pairs = complete_pairs(runs)
        parts += [means(pairs), weights(pairs), kinds(runs), pictures(runs)]
    parts.append(where([reference, *runs]))
    return "\n\n".join(part.strip() for part in parts if part)


def every_run(reference, runs):
    rows = [
        [name, "", *(number(k, METRICS[k]({"score": score})) for k in SCORES), "", ""]
        for name, score in reference["answer"]["scores"].items()
    ]
    for e in runs:
        values = [number(k, of(e["answer"])) for k, of in METRICS.items()]
        rows.append([f"seed {e['task']['seed']}", e["task"]["dtype"], *values])
    return table(["images", "dtype", *METRICS], rows)


def number(metric, value):
    return f"{value:.1%}" if metric in SHARES else f"{value:.3f}"


def complete_pairs(runs):
    """`{seed: {dtype: answer}}` of the seeds that have both dtypes."""
    seeds = {}
    for e in runs:
        seeds.setdefault(e["task"]["seed"], {})[e["task"]["dtype"]] = e["answer"]
    return {seed: pair for seed, pair in seeds.items() if len(pair) == 2}


def means(pairs):
    """Each dtype's mean, and their difference beside the spread between seeds."""
    if not pairs:
        return ""
    rows, within = [], []
    for name, of in METRICS.items():
        exact, mixed = (
            [of(pair[dtype]) for pair in pairs.values()]
            for dtype in ("float32", "mixed_bfloat16")
        )
        means = [statistics.mean(exact), statistics.mean(mixed)]
        difference = means[1] - means[0]
        spreads = [max(values) - min(values) for values in (exact, mixed)]
        row = [number(name, value) for value in (*means, difference, *spreads)]
        rows.append([name, *(row if len(pairs) > 1 else [*row[:3], "", ""])])
        if abs(difference) <= max(spreads):
            within.append(name)
    header = ["", "mean float32", "mean mixed_bfloat16", "difference"]
    header += ["between seeds, float32", "between seeds, mixed_bfloat16"]
    return table(header, rows) + "\n" + verdict(within, len(pairs))


def verdict(within, seeds):
    """What the figures say about difference and spread, in words."""
    if seeds == 1:
        return "One seed says nothing about the spread between seeds."
    beyond = [name for name in METRICS if name not in within]
    text = "Between seeds: largest less least, a rough figure of "
    text += f"{count(seeds, 'seed')}. "
    if within:
        text += f"Of {', '.join(within)}, the dtypes' means differ by no more than "
        text += "the seeds of one dtype do. "
    if beyond:
        text += f"Of {', '.join(beyond)}, they differ by more than the seeds do."
    return text


def weights(pairs):
    """Whether both dtypes of each seed began with the same weights."""
    if not pairs:
        return ""
    same = [
        len({answer["initial_weights"] for answer in pair.values()}) == 1
        for pair in pairs.values()
    ]
    return (
        f"Both dtypes began with the same weights, bit for bit, in {sum(same)} of "
        f"{count(len(same), 'seed')}."
    )


def kinds(runs):
    """What is in which dtype, by the dtype trained in."""
    found = {}
    for e in runs:
        for what, names in e["answer"]["dtypes"].items():
            cell = found.setdefault(what, {}).setdefault(e["task"]["dtype"], set())
            cell.update(names)
    dtypes = sorted({e["task"]["dtype"] for e in runs})
    rows = [
        [what, *(", ".join(sorted(cells.get(d, ()))) for d in dtypes)]
        for what, cells in found.items()
    ]
    return table(["", *dtypes], rows)


def pictures(runs):
    lines = [
        f"64 images of seed {e['task']['seed']}, {e['task']['dtype']}, not chosen:\n\n"
        f"![{e['task']['dtype']}]({e['answer']['picture']})"
        for e in runs
        if e["answer"]["picture"]
    ]
    return "\n\n".join(lines)
