"""matplotlib, which is an extra: found, asked for, and set up to be read by everybody.

Colours are those of Okabe and Ito, "Color Universal Design" (2008), which people with
any kind of colour blindness tell apart; lines differ in style too, for print.
"""

import importlib.util

BLUE, ORANGE, GREEN, RED = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
BLACK, GREY, LIGHT, BAND = "#000000", "#666666", "#B0B0B0", "#E8E8E8"


def can_plot() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def new_figure(rows: int, columns: int, *, size: tuple[float, float], title: str):
    """A figure and its axes, drawn without a screen and without global state.

    Returns:
        `(figure, axes)`, the axes as an array (rows, columns).

    Raises:
        ImportError: if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "Figures are drawn with matplotlib, which is not installed. Install it "
            "with pip install 'kerasgan[plots]'."
        ) from error
    figure = Figure(figsize=size, layout="constrained", dpi=110)
    figure.suptitle(title, fontsize=14, fontweight="bold")
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color=GREY, alpha=0.2, linewidth=0.6)
    return figure, axes
