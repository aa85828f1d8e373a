"""Built-in weights that the package does not hold: found in a folder, or fetched."""

import functools
import http.server
import json
import shutil
import threading

import numpy as np
import pytest

import kerasgan
from kerasgan.presets.errors import PresetError
from kerasgan.presets.fetching import weights_folder
from kerasgan.presets.files import read_metadata

pytestmark = pytest.mark.once

FILE = "model.safetensors"


@pytest.fixture
def apart(built_in, tmp_path, monkeypatch):
    """A built-in preset, and a folder like its root that holds its weights alone."""
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("KERASGAN_WEIGHTS_DIR", raising=False)
    folder = tmp_path / "files" / "dcgan" / "trained"
    folder.mkdir(parents=True)
    shutil.move(built_in / "trained" / FILE, folder / FILE)
    return built_in / "trained", tmp_path / "files"


@pytest.fixture
def served(apart):
    """The address at which the weights can be fetched, and what was asked of it."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            asked.append(self.path)

    handler = functools.partial(Handler, directory=apart[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/dcgan/trained/{FILE}", asked
        server.shutdown()


def declare(preset, **weights):
    path = preset / "metadata.json"
    metadata = json.loads(path.read_text())
    metadata["weights"].update(weights)
    path.write_text(json.dumps(metadata))


def test_weights_are_found_in_a_folder(apart, monkeypatch):
    preset, files = apart
    monkeypatch.setenv("KERASGAN_WEIGHTS_DIR", str(files))
    gan = kerasgan.from_preset("dcgan/trained", load_weights=True)
    shutil.copy(files / "dcgan" / "trained" / FILE, preset / FILE)
    monkeypatch.delenv("KERASGAN_WEIGHTS_DIR")
    beside = kerasgan.from_preset("dcgan/trained", load_weights=True)
    for value, expected in zip(gan.get_weights(), beside.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_a_file_of_the_folder_that_is_another_is_refused(apart, monkeypatch):
    preset, files = apart
    path = files / "dcgan" / "trained" / FILE
    held = path.read_bytes()
    path.write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
    monkeypatch.setenv("KERASGAN_WEIGHTS_DIR", str(files))
    with pytest.raises(PresetError, match="must have the SHA-256"):
        kerasgan.from_preset("dcgan/trained")


def test_weights_are_fetched_once(apart, served, tmp_path):
    preset, files = apart
    url, asked = served
    declared = {**read_metadata(preset)["weights"], "url": url}
    for _ in range(2):
        folder = weights_folder(preset, declared)
        held = (folder / FILE).read_bytes()
        assert held == (files / "dcgan" / "trained" / FILE).read_bytes()
    assert len(asked) == 1
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert folder.is_relative_to(tmp_path / "cache")
    # What is there in part, as no death of ours leaves it, is fetched again.
    (folder / FILE).write_bytes(held[:100])
    assert (weights_folder(preset, declared) / FILE).read_bytes() == held
    assert len(asked) == 2


def test_what_is_fetched_and_is_another_file_is_not_kept(apart, served):
    preset, _ = apart
    declared = {**read_metadata(preset)["weights"], "url": served[0]}
    declared["sha256"] = "0" * 64
    with pytest.raises(PresetError, match="fetching http.*does not match"):
        weights_folder(preset, declared)
    with pytest.raises(PresetError, match="fetching http"):
        weights_folder(preset, declared)


def test_without_a_network_the_error_says_what_to_do(apart):
    preset, _ = apart
    declare(preset, url="https://127.0.0.1:1/model.safetensors")
    with pytest.raises(PresetError) as caught:
        kerasgan.from_preset("dcgan/trained")
    said = str(caught.value)
    for words in (
        "MB) are not part of the package",
        "fetching https://127.0.0.1:1/model.safetensors failed",
        "Set KERASGAN_WEIGHTS_DIR to a folder that holds dcgan/trained/" + FILE,
        "load_weights=False to start untrained",
    ):
        assert words in said
    assert kerasgan.from_preset("dcgan/trained", load_weights=False)


def test_without_an_address_nothing_is_fetched(apart):
    with pytest.raises(PresetError, match="no place to fetch it from is known"):
        kerasgan.from_preset("dcgan/trained")


def test_a_directory_of_someone_else_has_nothing_fetched(apart, tmp_path):
    preset, _ = apart
    declare(preset, url="https://127.0.0.1:1/model.safetensors")
    shutil.copytree(preset, tmp_path / "mine")
    with pytest.raises(PresetError, match="the weights file is missing"):
        kerasgan.from_preset(tmp_path / "mine")


@pytest.mark.parametrize("url", ["http://a.example/b", "file:///etc/passwd", 3, ""])
def test_an_address_that_is_not_safe_is_refused(apart, url):
    declare(apart[0], url=url)
    with pytest.raises(PresetError, match="field weights.url: must be"):
        kerasgan.from_preset("dcgan/trained")
