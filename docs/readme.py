"""Writes the README's table of presets from the presets: `make readme`."""

import pathlib

from kerasgan.presets import list_presets
from kerasgan.presets.files import read_config, read_metadata
from kerasgan.presets.listing import find_preset, shipped_score

README = pathlib.Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- presets: make readme -->", "<!-- /presets -->"
_HEAD = """\
| preset | what it is | images | generator | discriminator | training | weights |
| --- | --- | --- | ---: | ---: | --- | --- |"""


def table():
    """The table, a row a preset."""
    return "\n".join([_HEAD, *map(row, list_presets())])


def row(preset):
    """One preset's row; `preset` is its id."""
    directory, _ = find_preset(None, preset)
    config, metadata = read_config(directory), read_metadata(directory)
    height, width, channels = config["generator"]["arguments"]["image_shape"]
    training, counts = config["training"], metadata["parameters"]
    unit = "epochs" if "epochs" in training else "steps"
    cells = [
        f"`{preset}`",
        metadata["description"].rstrip("."),
        f"{height}x{width} {'grey' if channels == 1 else 'colour'}",
        f"{counts['generator']:,}",
        f"{counts['discriminator']:,}",
        f"{training[unit]:,} {unit}, batch {training['batch_size']}",
        ", ".join(["yes", *shipped_score(metadata)]) if metadata["weights"] else "no",
    ]
    return f"| {' | '.join(cells)} |"


def with_table(text):
    """The README's text with the table as it is now."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
