"""Presets and pictures changed at random: what was right, or one error of ours."""

import copy
import io
import json
import warnings

import numpy as np
import pytest
from export_models import only_on
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from presets_tiny import tiny_gan

from kerasgan import from_preset
from kerasgan.datasets import image_folder
from kerasgan.presets import PresetError
from kerasgan.presets.files import CONFIG_FILE, METADATA_FILE

pytestmark = only_on("torch")

QUICK = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# Other examples each time.
LONG = settings(QUICK, max_examples=3000, derandomize=False)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["../x", "os.system", "adam", "dcgan", "float16", "pytorch", ""]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner)
    ),
    max_leaves=8,
)
KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_gan().save_to_preset(tmp_path_factory.mktemp("fuzz") / "tiny")


def places(value, path=()):
    yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def changed(content, data):
    """A copy with another value, no value, or one more key somewhere."""
    content = copy.deepcopy(content)
    *parents, last = data.draw(st.sampled_from(list(places(content))[1:]))
    target = content
    for key in parents:
        target = target[key]
    how = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if how == "replace":
        target[last] = data.draw(VALUES)
    elif how == "remove":
        del target[last]
    elif isinstance(target, dict):
        target[data.draw(st.text(max_size=12))] = data.draw(VALUES)
    else:
        target.append(data.draw(VALUES))
    return content


def loads_or_is_refused(tiny, data):
    """How many of the two changes, one a file, were refused."""
    refused = 0
    for name in (CONFIG_FILE, METADATA_FILE):
        path = tiny / name
        before = path.read_bytes()
        path.write_text(json.dumps(changed(json.loads(before), data)))
        try:
            from_preset(tiny)
        except PresetError as error:
            assert str(tiny) in str(error) and len(str(error)) < 5000
            refused += 1
        finally:
            path.write_bytes(before)
    return refused


@QUICK
@given(data=st.data())
def test_changed_presets_load_or_are_refused(tiny, data):
    loads_or_is_refused(tiny, data)


def counted(check, subject):
    """How often, and what `check` gave for it in all."""
    outcomes = []

    @LONG
    @given(data=st.data())
    def each(data):
        outcomes.append(check(subject, data))

    each()
    return len(outcomes), sum(outcomes)


@pytest.mark.long
def test_many_changed_presets_load_or_are_refused(tiny, record_property):
    examples, refused = counted(loads_or_is_refused, tiny)
    assert 0 < refused < 2 * examples
    record_property("changes of presets, refused", refused)
    record_property("changes of presets, loaded", 2 * examples - refused)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with one good picture, and the bytes of one in each format."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (24, 17, 3), dtype=np.uint8)
    files = {}
    for kind in KINDS:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, kind)
        files[kind] = buffer.getvalue()
    Image.fromarray(pixels).save(folder / "a.png")
    return folder, files


def is_read_or_skipped(pictures, data):
    """Whether it was read."""
    folder, files = pictures
    kind = data.draw(st.sampled_from(KINDS))
    content = bytearray(files[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.integers(0, 255)
        )
    content = content[: data.draw(st.integers(0, len(content)))]
    path = folder / f"b.{kind.lower()}"
    path.write_bytes(content)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            images = image_folder(folder, image_size=8)
        skipped = [
            str(w.message) for w in told if "could not be read" in str(w.message)
        ]
        assert len(images) == 2 - len(skipped)
        assert all(path.name in message for message in skipped)
        return not skipped
    finally:
        path.unlink()


@QUICK
@given(data=st.data())
def test_changed_pictures_are_read_or_skipped(pictures, data):
    is_read_or_skipped(pictures, data)


@pytest.mark.long
def test_many_changed_pictures_are_read_or_skipped(pictures, record_property):
    examples, read = counted(is_read_or_skipped, pictures)
    assert 0 < read < examples
    record_property("changed pictures, read", read)
    record_property("changed pictures, skipped with their name", examples - read)
