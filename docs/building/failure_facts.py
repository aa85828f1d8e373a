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
    lines = "\n".join(fact["findings"]) or "No verdict: these losses have no bands."
    return (
        f"After {fact['steps']:,} steps `TrainingMonitor` says:\n\n```text\n{lines}\n"
        f"```\n\n*{fact['machine']}; {fact['backend']}, Keras {fact['keras']}; "
        f"{fact['date']}.*"
    )
