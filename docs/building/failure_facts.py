"""What was measured of the failures in docs/pages/guides/failures.md."""

import json

from building.places import DOCS, PAGES

_PAGE = "guides/failures.md"


def fill_page():
    """Puts each failure's facts in the place of its name in double braces."""
    facts = json.loads((PAGES / "guides/failures/failures.json").read_text())
    text = (DOCS / _PAGE).read_text()
    for name, fact in facts.items():
        text = text.replace(f"{{{{{name}}}}}", _block(fact))
    (DOCS / _PAGE).write_text(text)


def _block(fact):
    # Advice is the page's own business.
    lines = "\n".join(line.partition(" Try: ")[0] for line in fact["findings"])
    lines = lines or "No verdict: these losses have no bands."
    return (
        f"After {fact['steps']:,} steps `TrainingMonitor` says:\n\n```text\n{lines}\n"
        f"```\n\nA pixel varies over the images by {fact['spread']} of 255 levels "
        f"(standard deviation).\n\n*{fact['machine']}; {fact['backend']}, "
        f"Keras {fact['keras']}; {fact['date']}.*"
    )
