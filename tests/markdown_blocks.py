"""The Python of a Markdown page, and a folder to run it in.

A block runs after those before it on its page. The line above one may say otherwise:
`<!-- not run: why -->`, or `<!-- raises: text -->` for a block that ends in an error
with that text.
"""

import dataclasses
import re
import textwrap

import numpy as np
from PIL import Image

import kerasgan

_BLOCK = re.compile(
    r"(?:^[ ]*<!-- (?P<mark>not run|raises): (?P<text>[^\n]*?) -->\n)?"
    r"^(?P<indent>[ ]*)```python[^\n]*\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Block:
    line: int
    code: str
    runs: bool = True
    raises: str | None = None


def blocks(path):
    """The blocks of a page, in their order."""
    text = path.read_text()
    found = []
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        code = textwrap.dedent(match["code"])
        raises = match["text"] if match["mark"] == "raises" else None
        found.append(Block(line, code, match["mark"] != "not run", raises))
    return found


def run_page(path, *, leave_out=()):
    """Runs a page's blocks in one namespace.

    Args:
        path: the page.
        leave_out: texts; a block with one of them is passed over.

    Raises:
        AssertionError: if a block that should raise does not, or another error.
    """
    names = {"__name__": "page"}
    for block in blocks(path):
        if not block.runs or any(text in block.code for text in leave_out):
            continue
        # As many lines above as in the page, so that a traceback names its line.
        code = compile("\n" * (block.line - 1) + block.code, str(path), "exec")
        if block.raises is None:
            exec(code, names)
            continue
        try:
            exec(code, names)
        except Exception as error:
            assert block.raises in str(error), f"line {block.line}: {error}"
        else:
            raise AssertionError(f"line {block.line} raises nothing")


def shortened(fit):
    """`GAN.fit` with one step of a small batch, whatever was asked for."""

    def short(gan, x=None, y=None, batch_size=None, epochs=None, *rest, **more):
        size = batch_size or gan.training_arguments()["batch_size"]
        more["steps_per_epoch"] = 1
        return fit(gan, x, y, min(size, 4), 1, *rest, **more)

    return short


def make_world(folder):
    """Small sets under the names of the large ones, and a folder of pictures."""
    rng = np.random.default_rng(0)
    for name, shape in (("mnist", (28, 28)), ("cifar10", (32, 32, 3))):
        splits = {}
        for split in ("train", "test"):
            splits[f"x_{split}"] = rng.integers(0, 256, (40, *shape), "uint8")
            splits[f"y_{split}"] = (np.arange(40) % 10).astype("uint8")
        np.savez(folder / f"{name}.npz", **splits)
    (folder / "photos").mkdir()
    for i, image in enumerate(kerasgan.datasets.shapes(24)[0]):
        Image.fromarray(image).save(folder / "photos" / f"{i}.png")
