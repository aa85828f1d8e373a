"""The figure of a training: six panels."""

import pathlib
import textwrap

import numpy as np

from kerasgan.callbacks.assessment import D_LOSS, G_LOSS, Thresholds
from kerasgan.callbacks.plotting import (
    BAND,
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LIGHT,
    ORANGE,
    new_figure,
)
from kerasgan.callbacks.step_log import series
from kerasgan.files import atomic_path

# Above this many points a line is thinned: a screen shows no more.
_MOST_POINTS = 2000
_LOSSES = {
    G_LOSS: ("generator", ORANGE, "-"),
    D_LOSS: ("discriminator", BLUE, "--"),
}
_REAL_FAKE = {
    "d_real_accuracy": ("real", BLUE, "-"),
    "d_fake_accuracy": ("fake", ORANGE, "--"),
}


def draw_training(rows, findings, path, *, window: int, thresholds: Thresholds):
    """Draws the six panels.

    Args:
        rows: dicts with `step` and numbers by name, in order.
        findings: the assessment of the last window.
        path: where to write; the suffix picks the format.
        window: steps to smooth over.
        thresholds: a `Thresholds`.

    Raises:
        ImportError: without matplotlib.
    """
    lines = {name: _line(rows, name) for name in (*_LOSSES, *_REAL_FAKE)}
    last = max(row["step"] for row in rows)
    figure, axes = new_figure(
        2, 3, size=(16, 8.6), title=f"Training after {last:,} steps"
    )
    _losses(axes[0, 0], lines, window=None)
    _losses(axes[0, 1], lines, window=window)
    _accuracies(axes[0, 2], lines, thresholds, window)
    _ratio(axes[1, 0], lines, thresholds, window)
    _difference(axes[1, 1], lines, window)
    _assessment(axes[1, 2], findings, window, last)
    for axis in axes.flat[:5]:
        axis.set_xlabel("step")
        axis.margins(x=0.01)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        figure.savefig(temporary)


def smooth(steps, values, window):
    """Means over the `window` steps up to each; what is not finite is left out."""
    steps, values = np.asarray(steps), np.asarray(values, "float64")
    finite = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(finite, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(finite)])
    first = np.searchsorted(steps, steps - window, side="right")
    last = np.arange(1, len(steps) + 1)
    with np.errstate(invalid="ignore"):
        return (sums[last] - sums[first]) / (counts[last] - counts[first])


def _line(rows, name):
    steps, values = series(rows, name)
    return np.asarray(steps), np.asarray(values, "float64")


def _losses(axis, lines, *, window):
    axis.set_title("Losses" if window is None else f"Losses, means of {window} steps")
    for name, (label, color, style) in _LOSSES.items():
        steps, values = lines[name]
        if window is None:
            _draw(axis, steps, values, label, color, "-", width=0.5)
        else:
            values = smooth(steps, values, window)
            _draw(axis, steps, values, label, color, style)
    _clip(axis, [values for name, (_, values) in lines.items() if name in _LOSSES])
    _label_ends(axis)


def _accuracies(axis, lines, thresholds, window):
    axis.set_title(f"Discriminator's accuracy, means of {window} steps")
    low, high = thresholds.accuracy_range
    _band(axis, low, high, f"good: {100 * low:.0f} to {100 * high:.0f}%")
    axis.axhline(0.5, color=BLACK, linewidth=1, linestyle=":")
    axis.annotate(
        "50%: guessing",
        (0.02, 0.49),
        xycoords=("axes fraction", "data"),
        va="top",
        fontsize=8,
        color=GREY,
    )
    for name, (label, color, style) in _REAL_FAKE.items():
        steps, values = lines[name]
        if len(steps):
            _draw(axis, steps, smooth(steps, values, window), label, color, style)
    axis.set_ylim(0, 1.02)
    axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    _label_ends(axis, missing="This model reports no accuracy.")


def _ratio(axis, lines, thresholds, window):
    axis.set_title("Loss ratio, generator / discriminator")
    steps, g_loss, d_loss = _both(lines)
    if thresholds.ratio_range is not None:
        low, high = thresholds.ratio_range
        _band(axis, low, high, f"good: {low} to {high}")
    if len(steps):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = smooth(steps, g_loss, window) / smooth(steps, d_loss, window)
        if np.nanmin(ratio) > 0:
            axis.set_yscale("log")
            ticks = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
            axis.set_yticks(ticks, [f"{t:g}" for t in ticks])
            axis.minorticks_off()
            axis.set_ylim(
                min(0.2, 0.8 * np.nanmin(ratio)), max(5, 1.25 * np.nanmax(ratio))
            )
        _draw(axis, steps, ratio, "G / D", GREEN, "-")
    _label_ends(axis)


def _difference(axis, lines, window):
    axis.set_title("Loss difference, generator - discriminator")
    steps, g_loss, d_loss = _both(lines)
    axis.axhline(0, color=BLACK, linewidth=1, linestyle=":")
    difference = g_loss - d_loss
    _draw(axis, steps, difference, "", LIGHT, "-", width=0.4)
    _draw(axis, steps, smooth(steps, difference, window), "G - D", GREEN, "-")
    _clip(axis, [difference])
    _label_ends(axis)


def _assessment(axis, findings, window, last):
    axis.set_axis_off()
    axis.set_title(f"Steps {max(1, last - window + 1):,} to {last:,}")
    height = 0.97
    for finding in findings:
        color, sign = (GREEN, "+") if finding.good else (ORANGE, "!")
        number = f"{100 * finding.value:.1f}%"
        number = number if finding.percent else f"{finding.value:.3f}"
        style = {"transform": axis.transAxes, "va": "top", "fontsize": 10}
        axis.text(0.0, height, sign, color=color, fontweight="bold", **style)
        axis.text(0.05, height, finding.name, **style)
        axis.text(0.62, height, number, ha="right", family="monospace", **style)
        axis.text(0.66, height, finding.verdict, color=color, **style)
        height -= 0.085
    advice = dict.fromkeys(f.advice for f in findings if f.advice)
    for text in advice:
        lines = textwrap.fill(f"Try: {text}.", 66)
        height -= 0.03
        axis.text(0.0, height, lines, transform=axis.transAxes, va="top", fontsize=9)
        height -= 0.055 * (1 + lines.count("\n"))
    if not findings:
        axis.text(0.0, height, "Nothing to judge.", transform=axis.transAxes)


def _both(lines):
    """Steps and both losses, where both are."""
    steps, first, second = np.intersect1d(
        lines[G_LOSS][0], lines[D_LOSS][0], return_indices=True
    )
    return steps, lines[G_LOSS][1][first], lines[D_LOSS][1][second]


def _draw(axis, steps, values, label, color, style, width=1.6):
    stride = max(1, len(steps) // _MOST_POINTS)
    axis.plot(
        steps[::stride],
        values[::stride],
        color=color,
        linestyle=style,
        linewidth=width,
        label=label or "_",
    )


def _band(axis, low, high, text):
    axis.axhspan(low, high, color=BAND, zorder=0)
    axis.annotate(
        text,
        (0.02, high),
        xycoords=("axes fraction", "data"),
        xytext=(0, -3),
        textcoords="offset points",
        va="top",
        fontsize=8,
        color=GREY,
    )


def _clip(axis, values):
    """Leaves single wild steps out of the picture."""
    values = np.concatenate(values) if values else np.zeros(0)
    values = values[np.isfinite(values)]
    if len(values) < 20:
        return
    low, high = np.percentile(values, [0.5, 99.5])
    margin = 0.15 * (high - low) or 0.1
    axis.set_ylim(low - margin, high + margin)


def _label_ends(axis, missing="No data."):
    """Writes each line's name at its end, one above the other."""
    lines = [line for line in axis.get_lines() if line.get_label()[:1] != "_"]
    lines = [line for line in lines if np.isfinite(line.get_ydata()).any()]
    if not lines:
        axis.text(0.5, 0.5, missing, transform=axis.transAxes, ha="center")
        return
    places = sorted(((_end(axis, line), line) for line in lines), key=lambda p: p[0])
    height = -1.0
    for place, line in places:
        height = min(0.97, max(place, height + 0.06))
        axis.text(
            1.01,
            height,
            line.get_label(),
            transform=axis.transAxes,
            color=line.get_color(),
            va="center",
            fontsize=10,
            fontweight="bold",
        )


def _end(axis, line):
    """Where a line ends, as a share of the panel's height."""
    values = np.asarray(line.get_ydata())
    values = values[np.isfinite(values)]
    end = np.median(values[-max(1, len(values) // 20) :])
    _, y = axis.transAxes.inverted().transform(axis.transData.transform((0, end)))
    return y
