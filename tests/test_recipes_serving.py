"""Recipes that serve: TensorFlow Serving's folders and questions, and the browser."""

import base64
import functools
import http.server
import io
import json
import pathlib
import re
import shutil
import subprocess
import threading

import numpy as np
import pytest
from export_models import BACKEND, only_on
from PIL import Image
from recipes_node import install_onnxruntime_web, javascript_normals

from kerasgan.cli import main
from kerasgan.images import to_uint8

RECIPES = pathlib.Path(__file__).parents[1] / "recipes"

LONG = [] if BACKEND == "torch" else [pytest.mark.long]


@pytest.fixture
def served(request):
    """Serves with a handler's class in a thread; gives the address."""
    servers = []

    def serve(handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


# TensorFlow Serving ----------------------------------------------------------


def predictor(folder):
    """A handler that speaks the REST interface of TensorFlow Serving's `predict`."""
    tf = pytest.importorskip("tensorflow")
    newest = max(int(p.name) for p in folder.iterdir() if p.name.isdecimal())
    loaded = tf.saved_model.load(str(folder / str(newest)))
    signature = loaded.signatures["serving_default"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == f"/v1/models/{folder.name}:predict"
            length = int(self.headers["Content-Length"])
            inputs = json.loads(self.rfile.read(length))["inputs"]
            tensors = {k: tf.constant(v, "float32") for k, v in inputs.items()}
            (images,) = signature(**tensors).values()
            body = json.dumps({"outputs": images.numpy().tolist()}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    # What serves must outlive the signature's variables.
    Handler.loaded = loaded
    return Handler


@pytest.mark.parametrize("earlier", [pytest.param("1", marks=LONG)])
def test_tensorflow_serving_finds_versions_and_answers(
    earlier, tmp_path, monkeypatch, served
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "digits" / earlier).mkdir(parents=True)
    assert main(["recipes", "tensorflow_serving", "--smoke"]) == 0
    assert (tmp_path / "models" / "digits" / "2" / "saved_model.pb").exists()
    url = served(predictor(tmp_path / "models" / "digits"))
    assert main(["recipes", "tensorflow_serving", "--url", url, "-n", "4"]) == 0
    picture = np.asarray(Image.open(tmp_path / "images.png"))
    assert picture.std() > 0 and picture.shape[0] < picture.shape[1]


# The browser -----------------------------------------------------------------


class Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site(tmp_path):
    if not shutil.which("chromium"):
        pytest.skip("needs chromium on PATH")
    for file in ("serve_browser.html", "package.json"):
        shutil.copyfile(RECIPES / file, tmp_path / file)
    install_onnxruntime_web(tmp_path)
    return tmp_path


def page(url, profile):
    """The page's text when its scripts have run, as Chromium without a window."""
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=60000",
        "--dump-dom",
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


@only_on("torch")
@pytest.mark.long
def test_browser_makes_the_generators_pictures(gans, export, site, served):
    for output in ("uint8", "float32"):
        file = f"{output}.onnx"
        shutil.copyfile(export("own", "onnx", output=output).path, site / file)
        url = served(functools.partial(Files, directory=site))
        text = page(f"{url}/serve_browser.html?model={file}", site / "profile")
        assert "16 images in" in text, re.findall(r'role="status">(.*?)<', text)
        data = re.search(r'href="data:image/png;base64,([^"]+)"', text)[1]
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))[..., :3]
        latents = np.array(javascript_normals(16 * 32, 0), "float32").reshape(16, 32)
        images = gans["own"].ema_generator(latents, training=False)
        images = to_uint8(np.asarray(images.detach().cpu()))
        rows = images.reshape(4, 4, *images.shape[1:]).swapaxes(1, 2)
        expected = rows.reshape(4 * images.shape[1], -1, 3)
        assert picture.shape == expected.shape
        assert np.abs(picture.astype(int) - expected.astype(int)).max() <= 1


@only_on("torch")
@pytest.mark.long
def test_browser_says_what_is_wrong(site, served):
    url = served(functools.partial(Files, directory=site))
    text = page(f"{url}/serve_browser.html?model=missing.onnx", site / "profile")
    assert "This did not work: " in text
