"""Where files of the repository stand in the site, and links between them."""

import os
import pathlib
import posixpath
import re
import shutil

ROOT = pathlib.Path(__file__).parents[2]
PAGES = ROOT / "docs" / "pages"
# Ignored by git: what mkdocs reads, and what it writes.
DOCS, SITE = ROOT / "build" / "docs", ROOT / "build" / "site"

# Pages that the repository has for itself, and their places in the site.
SHARED = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "guides/contributing.md",
    "docs/bfloat16.md": "guides/bfloat16.md",
    "docs/export.md": "guides/export.md",
    "docs/metrics.md": "guides/scores.md",
    "docs/performance.md": "guides/performance.md",
    "docs/reliability.md": "guides/reliability.md",
    "docs/watching.md": "guides/watching.md",
}
_PICTURES = (".png", ".webp")
_FOLDERS = {"recipes": "recipes/index.md", "kerasgan/presets": "presets/index.md"}
# A link, or a span of code, which is left as it is.
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)|`[^`\n]*`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def place_of(path):
    """Where a file or folder of the repository stands in the site, or `None`.

    Args:
        path: its path from the root, as text with `/`.
    """
    if path in SHARED:
        return SHARED[path]
    if path in _FOLDERS:
        return _FOLDERS[path]
    if path.startswith("docs/results"):
        page = posixpath.join(path, "README.md")
        path = page if (ROOT / path).is_dir() else path
        copied = path.endswith((".md", *_PICTURES)) and (ROOT / path).exists()
        return path.removeprefix("docs/") if copied else None
    if re.fullmatch(r"recipes/\w+\.(py|mjs|html)", path):
        stem, suffix = posixpath.splitext(path)
        return f"{stem}.md" if suffix == ".py" else f"{stem}-{suffix[1:]}.md"
    return None


def with_site_links(text, *, source, target):
    """A page's text with links that hold in the site.

    A link to a file that the site does not have becomes its text.

    Args:
        text: Markdown.
        source: the page's path in the repository, from which its links lead.
        target: its path in the site.
    """

    def link(match):
        mark, words, to = match.groups()
        if to is None or re.match(r"[a-z]+:|#", to):
            return match[0]
        path, _, anchor = to.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        place = place_of(path)
        if place is None:
            return words
        to = posixpath.relpath(place, posixpath.dirname(target) or ".")
        return f"{mark}[{words}]({to}{'#' * bool(anchor)}{anchor})"

    # Code is left as it is.
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_LINK.sub(link, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(link, text[end:])])


def copy_pages():
    """Puts what is written by hand into `DOCS`; gives the pages of results."""
    shutil.copytree(PAGES, DOCS, dirs_exist_ok=True)
    results = sorted((ROOT / "docs" / "results").rglob("*"))
    texts = {str(p.relative_to(ROOT)): p for p in results if p.suffix == ".md"}
    for path in results:
        if path.suffix in _PICTURES:
            write_file(str(path.relative_to(ROOT / "docs")), path)
    for source in [*SHARED, *texts]:
        target = place_of(source)
        text = (ROOT / source).read_text()
        write(target, with_site_links(text, source=source, target=target))
    return [place_of(source) for source in texts]


def write(place, text):
    """Writes a page of the site."""
    path = DOCS / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_file(place, source):
    """Copies a file to a place in the site."""
    path = DOCS / place
    path.parent.mkdir(parents=True, exist_ok=True)
    # A hard link where there can be one: models and runtimes are large.
    path.unlink(missing_ok=True)
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)
