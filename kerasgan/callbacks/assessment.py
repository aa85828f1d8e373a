"""What the numbers of a training say, in words."""

import dataclasses
import math

D_LOSS, G_LOSS = "d_loss", "g_loss"
ACCURACIES = {
    "d_real_accuracy": "accuracy on real images",
    "d_fake_accuracy": "accuracy on fake images",
}

_STRONG = (
    "lower the discriminator's learning rate, smooth its labels (real_label=0.9), or "
    "give it dropout, noise or augmentation"
)
_WEAK = (
    "raise the discriminator's learning rate, give it more filters or steps "
    "(discriminator_steps=2), or less dropout"
)


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """Where the numbers of a training are good.

    The defaults are rules of thumb for cross-entropy losses. Losses of other kinds
    (Wasserstein, hinge) have other ranges: pass those, or `None` for no verdict.

    Args:
        loss_range: of each network's loss, `(low, high)` or `None`. Defaults to
            (0.5, 1.5).
        accuracy_range: of the discriminator's accuracies, shares of 1. Defaults to
            (0.6, 0.9).
        weak_accuracy: below this the discriminator is too weak. Defaults to 0.5.
        ratio_range: of the generator's loss over the discriminator's, or `None`.
            Defaults to (0.3, 3.0).

    Raises:
        ValueError: if a range's ends are not in order.
    """

    loss_range: tuple[float, float] | None = (0.5, 1.5)
    accuracy_range: tuple[float, float] = (0.6, 0.9)
    weak_accuracy: float = 0.5
    ratio_range: tuple[float, float] | None = (0.3, 3.0)

    def __post_init__(self):
        for name in ("loss_range", "accuracy_range", "ratio_range"):
            limits = getattr(self, name)
            if limits is not None and not (len(limits) == 2 and limits[0] < limits[1]):
                raise ValueError(
                    f"`{name}` must be (low, high), the lower first. "
                    f"Received: {limits}."
                )
        if not 0 <= self.weak_accuracy <= self.accuracy_range[0]:
            raise ValueError(
                "`weak_accuracy` must be from 0 to the low end of `accuracy_range`, "
                f"{self.accuracy_range[0]}. Received: {self.weak_accuracy}."
            )


@dataclasses.dataclass(frozen=True)
class Finding:
    """One number of the last window, and what it says.

    Args:
        name: what was looked at, in words.
        value: its mean over the window.
        verdict: a word or two, for example "good" or "too strong".
        advice: what to try, or "".
        good: whether all is well.
        percent: whether the value is a share of 1.
    """

    name: str
    value: float
    verdict: str
    advice: str = ""
    good: bool = False
    percent: bool = False

    def __str__(self):
        value = f"{100 * self.value:.1f}%" if self.percent else f"{self.value:.3f}"
        advice = f" Try: {self.advice}." if self.advice else ""
        return f"{self.name} {value}: {self.verdict}.{advice}"


def assess(values: dict[str, float], thresholds: Thresholds) -> list[Finding]:
    """Judges the means of a window.

    Args:
        values: means by name; of `d_loss`, `g_loss`, `d_real_accuracy` and
            `d_fake_accuracy` those that there are.
        thresholds: a `Thresholds`.

    Returns:
        A `Finding` for the generator's loss, the discriminator's, each accuracy and
        the ratio of the losses, in this order.
    """
    findings = []
    for name, words in ((G_LOSS, "generator loss"), (D_LOSS, "discriminator loss")):
        if name in values and thresholds.loss_range is not None:
            findings.append(_loss(name, words, values[name], thresholds.loss_range))
    for name, words in ACCURACIES.items():
        if name in values:
            findings.append(_accuracy(words, values[name], thresholds))
    if {D_LOSS, G_LOSS} <= set(values) and thresholds.ratio_range is not None:
        ratio = loss_ratio(values[G_LOSS], values[D_LOSS])
        findings.append(_ratio(ratio, thresholds.ratio_range))
    return findings


def loss_ratio(g_loss: float, d_loss: float) -> float:
    """The generator's loss over the discriminator's; NaN where that is 0."""
    return g_loss / d_loss if d_loss else math.nan


def _loss(name, words, value, limits):
    if not math.isfinite(value):
        return _broken(words, value)
    side = _side(value, limits)
    # A low loss of one network is that network winning.
    discriminator_wins = (side == "low") == (name == D_LOSS)
    advice = "" if side == "good" else _STRONG if discriminator_wins else _WEAK
    return Finding(words, value, side, advice, good=side == "good")


def _accuracy(words, value, thresholds):
    low, high = thresholds.accuracy_range
    if not math.isfinite(value):
        return _broken(words, value)
    if value > high:
        verdict, advice = "discriminator too strong", _STRONG
    elif value < thresholds.weak_accuracy:
        verdict, advice = "discriminator too weak", _WEAK
    elif value < low:
        verdict, advice = "a little low", ""
    else:
        return Finding(words, value, "good", good=True, percent=True)
    return Finding(words, value, verdict, advice, percent=True)


def _ratio(value, limits):
    words = "loss ratio G/D"
    if not math.isfinite(value):
        return _broken(words, value)
    side = _side(value, limits)
    if side == "good":
        return Finding(words, value, side, good=True)
    strong = side == "high"
    verdict = f"{side}, discriminator {'ahead' if strong else 'behind'}"
    return Finding(words, value, verdict, _STRONG if strong else _WEAK)


def _broken(words, value):
    advice = "lower both learning rates, and go on from an earlier checkpoint"
    return Finding(words, value, "not a finite number", advice)


def _side(value, limits):
    low, high = limits
    return "low" if value < low else "high" if value > high else "good"
