"""Splits a folder of pictures into such to train on and such to score with.

    python weights/split_folder.py flower_photos flowers --leave-out tulips

copies the pictures of each folder in flower_photos, in the order of their names, to
flowers/train, every fifth one to flowers/test. `python weights/train.py ... --data
flowers/train` then trains on the ones and scores with the others. A folder that is
left out is copied to neither: to fine-tune on it what has not seen it.
"""

import argparse
import pathlib
import shutil

from kerasgan.datasets.folder import SUFFIXES


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=pathlib.Path, help="a folder of folders")
    parser.add_argument("out", type=pathlib.Path, help="a new folder")
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--every", type=int, default=5, metavar="N")
    options = parser.parse_args(arguments)
    kinds = sorted(p.name for p in options.pictures.iterdir() if p.is_dir())
    if unknown := sorted(set(options.leave_out) - set(kinds)):
        parser.error(f"--leave-out: no folder is called {unknown}, but {kinds} are.")
    if options.out.exists():
        parser.error(f"{options.out} is there already.")
    options.kinds = [kind for kind in kinds if kind not in options.leave_out]
    return options


def main(arguments=None):
    options = parse(arguments)
    for kind in options.kinds:
        for number, file in enumerate(pictures_in(options.pictures / kind), start=1):
            split = "train" if number % options.every else "test"
            target = options.out / split / kind / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    for split in ("train", "test"):
        print(f"{options.out / split}: {len(list((options.out / split).rglob('*.*')))}")


def pictures_in(folder):
    """Its pictures, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)


if __name__ == "__main__":
    main()
