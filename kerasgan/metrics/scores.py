"""Scores that say how they came about, and compare with their like alone."""

import dataclasses
import html
import json
import os
import pathlib
from collections.abc import Iterable
from typing import Any

from kerasgan.files import atomic_path, dump_json

_PROTOCOL = (
    "metric",
    "settings",
    "num_real",
    "num_fake",
    "data",
    "split",
    "real_sha256",
    "extractor",
    "extractor_sha256",
    "resize",
)


class ProtocolError(ValueError):
    """Scores of different protocols were compared."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """A figure with its provenance.

    `<`, `>`, `<=` and `>=` compare values, `better_than` says what that means, and both
    raise `ProtocolError` where anything but the fake images differs.

    Args:
        metric: what was measured, such as `"fd"`.
        value: the figure.
        higher_is_better: whether it is.
        num_fake: generated images.
        extractor: name of the network that gave the features.
        extractor_sha256: of its weights.
        num_real: real images, 0 for metrics that look at none. Defaults to 0.
        spread: standard deviation over subsets or splits. Defaults to `None`.
        settings: the metric's own, such as `{"k": 3}`. Defaults to none.
        data: name of the real set. Defaults to `None`.
        split: of the real set, such as `"test"`. Defaults to `None`.
        real_sha256: of the real images. Defaults to `None`.
        resize: how images were brought to the extractor's size. Defaults to `"none"`.
        seed: of the fake images and of random subsets. Defaults to `None`.
        preset: what generated. Defaults to `None`.
        step: steps it was trained. Defaults to `None`.
        versions: of kerasgan, Keras, its backend and NumPy. Defaults to none.
    """

    metric: str
    value: float
    higher_is_better: bool
    num_fake: int
    extractor: str
    extractor_sha256: str
    num_real: int = 0
    spread: float | None = None
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    data: str | None = None
    split: str | None = None
    real_sha256: str | None = None
    resize: str = "none"
    seed: int | None = None
    preset: str | None = None
    step: int | None = None
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def protocol(self) -> dict[str, Any]:
        """What two scores must share to be compared."""
        return {name: getattr(self, name) for name in _PROTOCOL}

    def differences(self, other: "Score") -> dict[str, tuple[Any, Any]]:
        """The parts of the protocol that differ: name to both values."""
        if not isinstance(other, Score):
            raise TypeError(
                "A Score compares with a Score. Received: "
                f"{other!r} of type {type(other).__name__}. Its number is `.value`."
            )
        mine, theirs = self.protocol, other.protocol
        return {n: (mine[n], theirs[n]) for n in _PROTOCOL if mine[n] != theirs[n]}

    def better_than(self, other: "Score") -> bool:
        """Whether this score is the better one.

        Raises:
            ProtocolError: if the two were not measured in the same way.
        """
        return self > other if self.higher_is_better else self < other

    def __lt__(self, other: "Score") -> bool:
        self._check_comparable(other)
        return self.value < other.value

    def __gt__(self, other: "Score") -> bool:
        self._check_comparable(other)
        return self.value > other.value

    def __le__(self, other: "Score") -> bool:
        return not self > other

    def __ge__(self, other: "Score") -> bool:
        return not self < other

    def _check_comparable(self, other: "Score") -> None:
        if differences := self.differences(other):
            found = "; ".join(
                f"{name}: {mine!r} and {theirs!r}"
                for name, (mine, theirs) in differences.items()
            )
            raise ProtocolError(
                "Scores compare where only the fake images differ. Received scores "
                f"with different {found}. Measure both in the same way."
            )

    def __str__(self) -> str:
        spread = "" if self.spread is None else f" ± {self.spread:.2g}"
        real = " ".join(filter(None, (self.data, self.split))) or "real"
        against = f" against {self.num_real} {real}" if self.num_real else ""
        name = f"{self.metric} [{self.extractor} {self.extractor_sha256[:8]}]"
        origin = "".join(f", {self._origin(n)}" for n in ("preset", "step", "seed"))
        text = f"{name} {self.value:.4g}{spread}: {self.num_fake} images{against}"
        resize = "" if self.resize == "none" else f", resized {self.resize}"
        return f"{text}{resize}{origin}".replace(", None", "")

    def _origin(self, name: str) -> str | None:
        value = getattr(self, name)
        return None if value is None else f"{name} {value}"

    def _repr_html_(self) -> str:
        return f"<code>{html.escape(str(self))}</code>"

    def to_dict(self) -> dict[str, Any]:
        """All fields, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Score":
        """The score whose `to_dict` this is.

        Raises:
            ValueError: if a field is missing or unknown.
        """
        known = {field.name: field for field in dataclasses.fields(cls)}
        unknown = sorted(set(fields) - set(known))
        missing = [
            name
            for name, field in known.items()
            if name not in fields
            and field.default is field.default_factory is dataclasses.MISSING
        ]
        if unknown or missing:
            raise ValueError(
                "These are not the fields of a Score. Received: unknown fields "
                f"{unknown}, missing fields {missing}. Give what `to_dict` gave."
            )
        return cls(**fields)


def rank_scores(scores: Iterable[Score]) -> list[Score]:
    """Scores of one protocol, the best first.

    Args:
        scores: at least one `Score`.

    Returns:
        A new list.

    Raises:
        ProtocolError: if two were not measured in the same way; it names the
            difference.
    """
    scores = list(scores)
    for score in scores[1:]:
        scores[0]._check_comparable(score)
    higher = bool(scores) and scores[0].higher_is_better
    return sorted(scores, key=lambda score: score.value, reverse=higher)


def save_scores(scores: Iterable[Score], path: str | os.PathLike) -> None:
    """Writes scores as JSON; what was there stays if that fails.

    Args:
        scores: any number of `Score`.
        path: file to write.
    """
    with atomic_path(path) as temporary:
        content = dump_json([score.to_dict() for score in scores])
        pathlib.Path(temporary).write_bytes(content)


def load_scores(path: str | os.PathLike) -> list[Score]:
    """The scores that `save_scores` wrote.

    Raises:
        ValueError: if the file holds anything else.
    """
    try:
        content = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        return [Score.from_dict(fields) for fields in content]
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{str(path)!r} does not hold scores: {error} Write it with `save_scores`."
        ) from error
