"""Gives a built-in preset the trained weights of a run of `kerasgan train`.

    python docs/ship_weights.py RUN_FOLDER PRESET "COMMAND"

Stores both networks in half precision, and in metadata.json how they were trained.
Writes docs/results/PRESET/shipped.png, 64 images from seed 0 by the shipped weights.
"""

import json
import pathlib
import sys

import kerasgan
from kerasgan.images import save_grid

ROOT = pathlib.Path(__file__).parents[1]


def ship(run, preset, command):
    run = pathlib.Path(run)
    target = ROOT / "kerasgan" / "presets" / "dcgan" / preset
    config = (target / "config.json").read_text()
    before = json.loads((target / "metadata.json").read_text())
    gan = kerasgan.DCGAN.from_preset(run / "preset", dtype="float32")
    facts = json.loads((run / "summary.json").read_text())
    gan.save_to_preset(
        target,
        overwrite=True,
        weights_dtype="float16",
        description=before["description"],
        metadata={
            "source": before["source"],
            "deviations": before["deviations"],
            "training": {"command": command, **facts},
        },
    )
    # The recipe stays the built-in one, not the one as it was read back.
    (target / "config.json").write_text(config)
    images = kerasgan.DCGAN.from_preset(preset).generate(64, seed=0)
    save_grid(images, ROOT / "docs" / "results" / preset / "shipped.png")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    ship(*sys.argv[1:])
