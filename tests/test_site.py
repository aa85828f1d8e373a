"""The site's pages: their code runs, their links hold, every public name is there.

What needs the built site, and a browser, is marked as long.
"""

import functools
import html.parser
import json
import re
import types
import urllib.parse

import pytest
from built_site import ROOT, built, needs_mkdocs
from export_models import only_on
from markdown_blocks import blocks, make_world, run_page, shortened

import kerasgan

pytestmark = pytest.mark.once

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "pages").rglob("*.md")),
]
# What takes over ten seconds; those blocks wait for `make test-all`.
SLOW = (".export(", "metrics.evaluate(", "valuator", "latent.project(")
VALUES = [getattr(kerasgan, name) for name in kerasgan.__all__]
PACKAGES = [value for value in VALUES if isinstance(value, types.ModuleType)]
WITH_CODE = [page for page in PAGES if any(block.runs for block in blocks(page))]


def name_of(path):
    return str(path.relative_to(ROOT))


# Code ---------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder to run a page in: small data, and steps cut to one a `fit`."""
    make_world(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERASGAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(kerasgan.GAN, "fit", shortened(kerasgan.GAN.fit))


@only_on("torch")
@pytest.mark.parametrize("page", WITH_CODE, ids=name_of)
def test_quick_code_of_page_runs(page, world):
    run_page(page, leave_out=SLOW)


@pytest.mark.long
@pytest.mark.parametrize("page", WITH_CODE, ids=name_of)
def test_all_code_of_page_runs(page, world):
    run_page(page)


@only_on("torch")
def test_a_page_with_wrong_code_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nx = 1\n```\n\n    ```python\n    assert x == 2\n    ```\n"
    )
    with pytest.raises(AssertionError):
        run_page(page)
    page.write_text("<!-- raises: No -->\n```python\nx = 1\n```\n")
    with pytest.raises(AssertionError, match="line 3 raises nothing"):
        run_page(page)


@only_on("torch")
def test_what_is_not_run_says_why():
    pages = {name_of(page): blocks(page) for page in PAGES}
    left_out = sum(not block.runs for page in pages.values() for block in page)
    run = sum(block.runs for page in pages.values() for block in page)
    assert run > 3 * left_out
    for page in PAGES:
        # Each block is found: none has a form that the reader does not know.
        assert page.read_text().count("```python") == len(pages[name_of(page)])


# Links and names ----------------------------------------------------------------------


@only_on("torch")
def test_links_of_the_repositorys_own_pages_hold():
    broken = []
    for page in PAGES:
        if "pages" in page.parts:
            continue  # Those lead within the site.
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
        text = re.sub(r"`[^`\n]*`", "code", text)
        for to in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:|#", to):
                continue
            if not (page.parent / to.partition("#")[0]).exists():
                broken.append(f"{name_of(page)}: {to}")
    assert broken == []


@pytest.fixture
def reference(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    from building import reference

    return reference


@only_on("torch")
@needs_mkdocs
def test_reference_has_every_public_name(reference):
    packages = {module.__name__ for module in reference.public_packages()}
    assert packages == {module.__name__ for module in PACKAGES}
    for module in (kerasgan, *PACKAGES):
        names = {name.rpartition(".")[2] for name in reference.public_names(module)}
        modules = {n for n in module.__all__ if f"{module.__name__}.{n}" in packages}
        assert names | modules == set(module.__all__)


@only_on("torch")
def test_failures_page_has_the_facts_of_each():
    page = ROOT / "docs/pages/guides/failures.md"
    named = re.findall(r"\{\{([\w-]+)\}\}", page.read_text())
    facts = json.loads((page.parent / "failures/failures.json").read_text())
    assert named == list(facts)
    for name in named:
        picture = page.parent / "failures" / f"{name}.png"
        assert f"(failures/{name}.png)" in page.read_text()
        assert 5_000 < picture.stat().st_size < 100_000


# The built site -----------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """Ids and links of a built page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if attributes.get("id"):
            self.ids.add(attributes["id"])
        if tag == "a" and attributes.get("name"):
            self.ids.add(attributes["name"])
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append(attributes[name])


@functools.cache
def read(path):
    return Page(path)


def target_of(page, link):
    """`(file, fragment)` that a link within the site leads to, or `None`."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = urllib.parse.unquote(parts.path)
    file = (page.parent / path).resolve() if path else page
    return (file / "index.html" if file.is_dir() else file), parts.fragment


@pytest.mark.long
@only_on("torch")
@needs_mkdocs
def test_built_site_has_no_broken_link():
    site = built()
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    broken = []
    for page in pages:
        if page.name == "404.html":
            continue  # Its links begin at the root of where it is served.
        for link in read(page).links:
            if (found := target_of(page, link)) is None:
                continue
            file, fragment = found
            inside = file.suffix != ".html" or not fragment
            if not file.exists() or not (inside or fragment in read(file).ids):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.long
@only_on("torch")
@needs_mkdocs
def test_built_reference_shows_every_public_name():
    folder = built() / "reference"
    shown = set().union(*(read(page).ids for page in folder.rglob("*.html")))
    packages = {module.__name__ for module in PACKAGES}
    for module in (kerasgan, *PACKAGES):
        names = {f"{module.__name__}.{name}" for name in module.__all__} - packages
        assert sorted(names - shown) == []
    for method in ("compile", "fit", "generate", "export", "save_grid", "from_preset"):
        assert f"kerasgan.GAN.{method}" in shown
