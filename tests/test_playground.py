"""The playground in Chromium: its pixels are the generator's."""

import contextlib
import functools
import http.server
import importlib.util
import json
import shutil
import threading

import numpy as np
import pytest
from built_site import built, needs_mkdocs
from export_models import labelled_gan, only_on
from recipes_node import javascript_normals

import kerasgan

pytestmark = [pytest.mark.long, only_on("torch"), needs_mkdocs]

_PIXELS = """
return [...document.querySelectorAll(arguments[0])].map((canvas) => {
  const {width, height} = canvas;
  const context = canvas.getContext("2d");
  return [...context.getImageData(0, 0, width, height).data];
});
"""


@contextlib.contextmanager
def served(folder):
    """The address of a folder's files."""
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def address():
    if not shutil.which("npm"):
        pytest.skip("needs npm, for onnxruntime-web")
    with served(built()) as where:
        yield where


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def start_browser(*options):
    """Headless Chromium; skips where it or its driver is not installed."""
    if importlib.util.find_spec("selenium") is None:
        pytest.skip("needs selenium (kerasgan[dev])")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromedriver (Debian: chromium-driver)")
    from selenium import webdriver

    settings = webdriver.ChromeOptions()
    settings.binary_location = chromium
    for option in ("headless=new", "no-sandbox", "disable-dev-shm-usage", *options):
        settings.add_argument(f"--{option}")
    settings.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(driver)
    return webdriver.Chrome(options=settings, service=service)


@pytest.fixture(scope="module")
def browser():
    started = start_browser("window-size=1280,1000")
    yield started
    started.quit()


def wait(browser, condition, seconds=120):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, seconds).until(condition)


def settle(browser):
    """Until every question to the worker is answered."""
    script = "return document.getElementById('playground').dataset.busy === 'no'"
    wait(browser, lambda b: b.execute_script(script))


def find(browser, name):
    return browser.find_element("id", name)


def change(browser, name, value, event="input"):
    """Sets a control as a person does, and tells the page."""
    script = (
        "arguments[0].value = arguments[1];"
        "arguments[0].dispatchEvent(new Event(arguments[2], {bubbles: true}))"
    )
    browser.execute_script(script, find(browser, name), value, event)
    settle(browser)


def pixels(browser, selector, gan):
    """What canvases show, as images of the model's shape."""
    height, width, channels = gan.image_shape
    shown = np.array(browser.execute_script(_PIXELS, selector), "uint8")
    return shown.reshape(-1, height, width, 4)[..., :channels]


def assert_same(shown, expected):
    """At most one grey level apart: a value between two may round to either."""
    assert shown.shape == expected.shape
    difference = np.abs(shown.astype(int) - expected.astype(int))
    assert difference.max() <= 1
    assert expected.std() > 10


@pytest.fixture(scope="module")
def gan(address):
    index = json.loads((built() / "playground/models/index.json").read_text())
    assert index["models"], "no preset ships weights"
    return kerasgan.from_preset(index["models"][0]["preset"])


@pytest.fixture
def page(browser, address):
    """The playground, loaded, with the pictures of seed 7."""
    return opened(browser, address)


def opened(browser, address):
    browser.get("about:blank")
    browser.get(f"{address}/playground/#seed=7")
    loaded(browser)
    return browser


def loaded(browser):
    root = find(browser, "playground")
    wait(browser, lambda b: root.get_attribute("data-state") != "loading")
    assert root.get_attribute("data-state") == "ready", find(browser, "status").text
    settle(browser)


@pytest.fixture
def with_classes(address, tmp_path, monkeypatch):
    """`(gan, folder)`: a site whose playground has a model with classes beside."""
    monkeypatch.syspath_prepend(kerasgan.__path__[0] + "/../docs")
    from building.playground import export_model

    shutil.copytree(built() / "playground", tmp_path / "playground")
    models = tmp_path / "playground" / "models"
    gan = labelled_gan()
    facts = export_model(gan, models, name="own", classes=list("abcde"))
    index = json.loads((models / "index.json").read_text())
    index["models"].append(facts)
    (models / "index.json").unlink()
    (models / "index.json").write_text(json.dumps(index))
    return gan, tmp_path


def test_another_model_is_chosen_and_its_classes(browser, with_classes):
    gan, folder = with_classes
    with served(folder) as address:
        page = opened(browser, address)
        assert not find(page, "label").is_displayed()
        script = "arguments[0].value = 'own'; arguments[0].onchange()"
        page.execute_script(script, find(page, "preset"))
        loaded(page)
        latents = latents_of(gan, 16)
        expected = kerasgan.latent.images_of(gan, latents, np.arange(16) % 5)
        assert_same(pixels(page, "#grid canvas", gan), expected)
        assert "b" in find(page, "label").text.split()
        change(page, "label", "2", "change")
        expected = kerasgan.latent.images_of(gan, latents, 2)
        assert_same(pixels(page, "#grid canvas", gan), expected)


def latents_of(gan, count, seed=7):
    drawn = javascript_normals(count * gan.latent_dim, seed)
    return np.array(drawn, "float32").reshape(count, gan.latent_dim)


def test_grid_shows_what_the_generator_makes(page, gan):
    latents = latents_of(gan, 16)
    expected = kerasgan.latent.images_of(gan, latents)
    assert_same(pixels(page, "#grid canvas", gan), expected)


def test_truncation_and_interpolation_are_those_of_the_package(page, gan):
    change(page, "truncation", "0.5")
    latents = latents_of(gan, 16)
    truncated = kerasgan.latent.truncate(latents, 0.5)
    expected = kerasgan.latent.images_of(gan, truncated)
    assert_same(pixels(page, "#grid canvas", gan), expected)
    line = kerasgan.latent.interpolate(latents[0], latents[1], steps=9)
    line = kerasgan.latent.truncate(line, 0.5)
    labels = None if gan.num_classes is None else 0
    expected = kerasgan.latent.images_of(gan, line, labels)
    assert_same(pixels(page, "#strip canvas", gan), expected)


def test_directions_change_the_picked_image_and_no_other(page, gan):
    before = pixels(page, "#grid canvas", gan)
    assert_same(pixels(page, "#chosen", gan), before[:1])
    slider = page.find_element("css selector", "#directions input")
    script = "arguments[0].value = 3; arguments[0].dispatchEvent(new Event('input'))"
    page.execute_script(script, slider)
    settle(page)
    index = json.loads((built() / "playground/models/index.json").read_text())
    direction = np.array(index["models"][0]["directions"][0], "float32")
    moved = latents_of(gan, 16)[:1] + 3 * direction
    expected = kerasgan.latent.images_of(gan, moved)
    assert_same(pixels(page, "#chosen", gan), expected)
    assert np.abs(expected.astype(int) - before[:1]).mean() > 2
    assert (pixels(page, "#grid canvas", gan) == before).all()


def test_keys_walk_the_grid_and_set_the_ends(page, gan):
    from selenium.webdriver.common.keys import Keys

    first = page.find_element("css selector", "#grid button")
    first.send_keys(Keys.ARROW_RIGHT)
    settle(page)
    page.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    settle(page)
    active = page.switch_to.active_element
    assert active.get_attribute("aria-label") == "Image 6"
    active.send_keys("b")
    settle(page)
    assert find(page, "ends").text == "A is image 1, B is image 6."
    expected = kerasgan.latent.images_of(gan, latents_of(gan, 16)[5:6])
    assert_same(pixels(page, "#chosen", gan), expected)


def test_another_seed_and_number_give_other_images(page, gan):
    change(page, "count", "36", "change")
    change(page, "seed", "8", "change")
    shown = pixels(page, "#grid canvas", gan)
    assert len(shown) == 36
    expected = kerasgan.latent.images_of(gan, latents_of(gan, 36, seed=8))
    assert_same(shown, expected)
    assert "seed=8" in page.current_url


def test_pages_load_without_errors_and_fit_a_phone(browser, address):
    browser.set_window_size(500, 900)
    browser.get_log("browser")  # What earlier pages said is theirs.
    for place in ("", "quickstart/", "presets/", "playground/", "reference/", "zh/"):
        browser.get(f"{address}/{place}")
        errors = [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]
        assert errors == []
        overflow = "const e = document.documentElement; return e.scrollWidth"
        assert browser.execute_script(overflow) <= 500, place
    browser.set_window_size(1280, 1000)


def test_a_browser_without_webassembly_is_told(address):
    browser = start_browser()
    # As browsers have it whose user switched it off.
    gone = {"source": "delete globalThis.WebAssembly"}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", gone)
    try:
        browser.get(f"{address}/playground/")
        root = find(browser, "playground")
        wait(browser, lambda b: root.get_attribute("data-state") == "failed", 20)
        assert "no WebAssembly" in find(browser, "status").text
        assert not find(browser, "controls").is_displayed()
    finally:
        browser.quit()
