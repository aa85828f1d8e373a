"""`docs/performance.md` from the results and `notes.md`."""

import pathlib

from measuring import results

from pages import tables, targets
from pages.markdown import where

HERE = pathlib.Path(__file__).parent
BEGINNING = """# Performance

`python benchmarks/throughput.py` measured this and wrote this page. `fit` is
`gan.fit` of a preset on uint8 images in memory. "Hand-written" is the same networks,
batch, dtype and data in a loop as one writes it in the framework: PyTorch modules and
`torch.optim`; Keras layers and a `tf.function` with two gradient tapes; jitted JAX
with optax. None of them does work that ours spares: PyTorch's takes no gradients for
the discriminator in the generator's half-step. Both sides are held to the same losses
over three steps before they are timed; a run whose losses differ stops.

Both sides run in one process in turn, A B A B, after warm-up. A ratio is the median
over the rounds of ours over theirs in the same round, with the least and the largest.
"""


def write(folder):
    """Writes `performance.md` into the folder and gives its text."""
    everything = results.read(folder / "performance.json")
    parts = [BEGINNING]
    for name, sections in everything.items():
        parts += [f"## {name}\n", targets.render(sections)]
        for section, render in tables.TABLES.items():
            if section in sections:
                parts += [
                    render(sections[section]),
                    where(sections[section].values()),
                ]
    parts += [(HERE / "notes.md").read_text()]
    text = "\n".join(part.strip() + "\n" for part in parts)
    (folder / "performance.md").write_text(text)
    return text
