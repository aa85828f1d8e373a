"""The gallery of presets: a page for each, from its folder and from docs/results."""

import json
import sys

from building.places import ROOT, write
from kerasgan.presets import list_presets
from kerasgan.presets.files import read_config, read_metadata
from kerasgan.presets.listing import DEFAULT_MODEL, find_preset
from kerasgan.registry import registered_models

sys.path.insert(0, str(ROOT / "weights"))
from result_page import DATA  # noqa: E402

# What a preset's name begins with, and the data that it is for.
_DATA = {"mnist": "mnist", "cifar10": "cifar10"}
_INDEX = """\
---
hide:
  - toc
---

# Presets

A preset is a published GAN with its published settings: networks, losses, optimizers,
batch size and length, each deviation written down. The same preset gives the same
networks on TensorFlow, PyTorch and JAX.

{shipped} of {all} come with trained weights today; the others say so, and train with
the command on their page.

<div class="grid cards" markdown>

{cards}

</div>
"""


def write_pages():
    """Writes all; gives their entries in the navigation."""
    presets = {name: _facts(name) for name in list_presets()}
    presets = dict(sorted(presets.items(), key=lambda p: _order(p[1])))
    for name, facts in presets.items():
        write(_place(name), page(name, facts))
    text = _INDEX.format(
        shipped=sum(bool(f["metadata"]["weights"]) for f in presets.values()),
        all=len(presets),
        cards="\n\n".join(_card(name, facts) for name, facts in presets.items()),
    )
    write("presets/index.md", text)
    return [{name: _place(name)} for name in presets]


def _facts(name):
    directory, _ = find_preset(None, name)
    config, metadata = read_config(directory), read_metadata(directory)
    return {"config": config, "metadata": metadata, "runs": _runs(name)}


def _runs(name):
    """Folders of docs/results that hold a run of it, the longest first."""
    names = {name, name.removeprefix(f"{DEFAULT_MODEL}/")}
    runs = {}
    for path in (ROOT / "docs" / "results").glob("*/summary.json"):
        summary = json.loads(path.read_text())
        if summary["preset"] in names:
            runs[path.parent.name] = summary
    return dict(sorted(runs.items(), key=lambda run: -run[1]["steps"]))


def _order(facts):
    """Those with weights first, then those with a picture."""
    return not facts["metadata"]["weights"], not facts["runs"]


def _place(name):
    return f"presets/{name.replace('/', '-')}.md"


def _picture(facts):
    """The grid of its longest run, from a page in `presets/`, or `None`."""
    for run in facts["runs"]:
        if (ROOT / "docs" / "results" / run / "grid.png").exists():
            return f"../results/{run}/grid.png"
    return None


def _card(name, facts):
    lines = [f"- **[{name}]({_place(name).removeprefix('presets/')})**", ""]
    if picture := _picture(facts):
        lines += [f"    ![images of {name}]({picture}){{ loading=lazy }}", ""]
    metadata = facts["metadata"]
    lines += [f"    {metadata['description']}", "", f"    {_state(facts)}"]
    return "\n".join(lines)


def _state(facts):
    if facts["metadata"]["weights"]:
        return "Trained weights are shipped."
    if facts["runs"]:
        return "No weights yet. The picture is of a short run."
    return "No weights yet, and no picture."


def page(name, facts):
    """One preset's page."""
    config, metadata = facts["config"], facts["metadata"]
    height, width, channels = config["generator"]["arguments"]["image_shape"]
    counts, training = metadata["parameters"], config["training"]
    method = registered_models()[config["model"]].__name__
    unit = "epochs" if "epochs" in training else "steps"
    rows = {
        "Method": f"[{method}](../reference/index.md#kerasgan.{method})",
        "Images": f"{height}x{width} {'grey' if channels == 1 else 'colour'}",
        "Values": f"{counts['generator']:,} in the generator, "
        f"{counts['discriminator']:,} in the discriminator",
        "Training": f"{training[unit]:,} {unit} of batches of {training['batch_size']}",
        "Weights": _weights(metadata),
        **_trained(metadata["training"]),
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    parts = [
        f"# {name}\n\n{metadata['description']}",
        _shown(name, facts),
        f"| | |\n| --- | --- |\n{table}",
        _commands(name, metadata),
        f"## Source\n\n{metadata['source']}",
        _deviations(metadata["deviations"]),
        _links(facts["runs"]),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _shown(name, facts):
    picture = _picture(facts)
    if picture is None:
        return '!!! note "No weights yet"\n\n    And no picture: train it to see.'
    note = f"![images of {name}]({picture})"
    if not facts["metadata"]["weights"]:
        run, summary = next(iter(facts["runs"].items()))
        note += (
            f"\n\n*No weights yet. The images are of [a short run](../results/{run}/"
            f"README.md): {summary['steps']:,} steps.*"
        )
    return note


def _weights(metadata):
    if not metadata["weights"]:
        return "none yet; `from_preset` draws new ones"
    return f"shipped, {metadata['weights']['bytes'] / 1e6:.1f} MB, safetensors"


def _trained(training):
    """What is known of the training of shipped weights."""
    if not training:
        return {}
    data = training["data"]
    return {
        "Trained on": DATA.get(data, f"{data}."),
        "Trained for": f"{training['steps']:,} steps, {_hours(training['seconds'])}",
        "Machine": f"{training['machine']}; {training['backend']}, "
        f"{training['dtype']}, {training['date']}",
        "Score": "; ".join(map(_score, training.get("scores", [])))
        or "none was measured for these weights",
    }


def _hours(seconds):
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _score(score):
    return (
        f"{score['metric']} {score['value']:.4g} ({score['num_fake']} images against "
        f"{score['num_real']} of {score['data']} ({score['split']}), "
        f"{score['extractor']} {score['extractor_sha256'][:8]})"
    )


def _commands(name, metadata):
    short = name.removeprefix(f"{DEFAULT_MODEL}/")
    folder = name.rpartition("/")[2]
    data = next((d for d in _DATA if folder.startswith(d)), None)
    train = f"kerasgan train {short} --data {data or 'photos'} --out runs/{folder}"
    comment = "" if data else "  # photos: a folder of pictures"
    lines = [f"{train}{comment}", f"kerasgan generate runs/{folder} --out grid.png"]
    text = "## Train it\n\n```shell\n" + "\n".join(lines) + "\n```"
    if not metadata["weights"]:
        return text
    use = f"```shell\nkerasgan generate {short} --out grid.png\n```"
    text = f"## Use it\n\n{use}\n\n{text}"
    if command := (metadata["training"] or {}).get("command"):
        text += f"\n\nThe shipped weights are from\n\n```shell\n{command}\n```"
    return text


def _deviations(lines):
    if not lines:
        return None
    return "## What differs from the source\n\n" + "\n".join(f"- {i}" for i in lines)


def _links(runs):
    if not runs:
        return None
    links = [f"- [{r}](../results/{r}/README.md)" for r in runs]
    return "## Runs\n\n" + "\n".join(links)
