"""Scores weights that are shipped already, by the rules of `weights/ship.py`.

    python weights/rescore.py dcgan/mnist-28

puts the scores into the preset's metadata.json, and the picture of nearest training
images into its folder under docs/results.
"""

import argparse
import json

import judging
import neighbours
import table
from run_folders import ROOT

import kerasgan
from kerasgan.presets.files import METADATA_FILE, read_metadata
from kerasgan.presets.listing import find_preset


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", help="its id, such as dcgan/mnist-28")
    name = parser.parse_args().preset
    directory = find_preset(None, name)[0]
    metadata = read_metadata(directory)
    training = metadata["training"]
    gan = kerasgan.from_preset(name, load_weights=True)
    found = judging.Judge(training["data"], gan.image_shape, report=True).score(
        gan, preset=name, step=training["steps"]
    )
    training["scores"] = [one.to_dict() for one in found]
    text = json.dumps(metadata, indent=2) + "\n"
    (directory / METADATA_FILE).write_text(text)
    folder = ROOT / "docs" / "results" / table.page_of(name)
    extractor = judging.own_extractor(training["data"])
    neighbours.save(
        gan, training["data"], folder / neighbours.PICTURE, extractor=extractor
    )
    for one in found:
        print(one)


if __name__ == "__main__":
    main()
