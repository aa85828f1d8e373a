"""`docs/performance.md` from the results and `notes.md`."""

import pathlib
import runpy

import results
import tables
import targets

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


def machine(answer):
    """The processor, and the GPU if the framework used one."""
    path = HERE.parent / "kerasgan" / "training" / "machine.py"
    # By path: importing the package would import Keras and a framework here.
    processor = runpy.run_path(str(path))["describe_machine"]()
    return " and ".join(filter(None, [answer["device"], processor]))


def write(folder):
    """Writes `performance.md` into the folder and gives its text."""
    everything = results.read(folder / "performance.json")
    parts = [BEGINNING]
    for name, sections in everything.items():
        parts += [f"## {name}\n", targets.render(sections)]
        for section, render in tables.TABLES.items():
            if section in sections:
                parts += [render(sections[section]), where(sections[section])]
    parts += [(HERE / "notes.md").read_text()]
    text = "\n".join(part.strip() + "\n" for part in parts)
    (folder / "performance.md").write_text(text)
    return text


def where(entries):
    """Dates, versions and commands behind a table."""
    dates = sorted({e["date"] for e in entries.values()})
    commands = sorted({e["command"] for e in entries.values()})
    versions = {}
    for e in entries.values():
        versions.update(e["answer"].get("versions", {}))
    named = ", ".join(f"{k} {v}" for k, v in sorted(versions.items()))
    lines = "; ".join(f"`{c}`" for c in commands)
    return f"Measured {', '.join(dates)} by {lines}" + (
        f" ({named})." if named else "."
    )
