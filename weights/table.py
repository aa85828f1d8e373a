"""Writes the table of all presets' weights into docs/results/README.md.

    python weights/table.py

What stands in it comes from the presets' metadata.json, which `weights/ship.py` writes.
"""

from run_folders import ROOT

from kerasgan.presets import list_presets
from kerasgan.presets.files import read_config, read_metadata
from kerasgan.presets.listing import find_preset

PAGE = ROOT / "docs" / "results" / "README.md"
BEGIN, END = "<!-- weights: python weights/table.py -->", "<!-- /weights -->"
_HEAD = """\
| preset | parameters | images seen | of the recipe | hours | fd | protocol | command |
| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |"""


def table():
    """The table: a row a preset with weights, and the names of those without."""
    rows, bare = [_HEAD], []
    for name in list_presets():
        directory, _ = find_preset(None, name)
        metadata = read_metadata(directory)
        if metadata["weights"]:
            rows.append(row(name, metadata, read_config(directory)["training"]))
        else:
            bare.append(f"`{name}`")
    return "\n".join(rows) + f"\n\nNot trained yet: {', '.join(bare)}."


def row(name, metadata, recipe):
    """One preset's row; `recipe` is the `training` block of its config."""
    training, parameters = metadata["training"], metadata["parameters"]
    unit = "steps" if "steps" in recipe else "epochs"
    score = next((s for s in training.get("scores", []) if s["metric"] == "fd"), None)
    cells = [
        f"[`{name}`]({page_of(name)}/)",
        f"{parameters['generator'] + parameters['discriminator']:,}",
        f"{training['steps'] * training['batch_size']:,}",
        f"{training[unit]:g} of {recipe[unit]:,} {unit}",
        f"{training['seconds'] / 3600:.1f}",
        f"{score['value']:.3g}" if score else "",
        protocol(score) if score else "not scored",
        f"`{training['command']}`",
    ]
    return f"| {' | '.join(cells)} |"


def page_of(name):
    """The folder under docs/results: DCGAN's by their bare names, as they began."""
    return name.removeprefix("dcgan/").replace("/", "-")


def protocol(score):
    return (
        f"{score['num_fake']:,} images against {score['num_real']:,} of "
        f"{score['data']} ({score['split']}), {score['extractor']}"
    )


def with_table(text):
    """The page's text with the table as it is now."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
