"""Two measures side by side: tellings of one flow, shares of mines and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from rareearth.charts.canvas import CHINA, INK, LINES, RAMP, canvas, row_labels
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TICKS = (0.1, 0.2, 1 / 3, 0.5, 1, 2, 3, 5, 10)


def apart(
    flows: pd.DataFrame, *, title: str, source: str, xlabel: str, far: float
) -> Axes:
    """The importer's telling as a multiple of the exporter's, on a log scale.

    Parameters
    ----------
    flows : ``label``, ``ratio``, ``words``, ``refused`` (bool), ``own`` (bool: the
        flow that the page is about)
    far : ratio from which, in either direction, two tellings are refused
    """
    ax = canvas(
        title, source, height=0.34 * len(flows) + 0.3, left=1.9, right=2.6,
        xlabel=xlabel,
    )  # fmt: skip
    ax.set_xscale("log")
    ax.axvspan(1 / far, far, color="#f2f2f2", zorder=0)
    ax.axvline(1, color=INK, lw=1)
    for y, row in enumerate(each(flows)):
        color = LINES[2] if row.refused else LINES[1] if row.own else RAMP[0]
        ax.plot([1, row.ratio], [y, y], color=color, lw=2)
        ax.plot(row.ratio, y, "X" if row.refused else "o", color=color, ms=8)
        ax.annotate(
            row.words, (1.02, y), xycoords=("axes fraction", "data"), va="center",
            fontsize=9.5, annotation_clip=False,
            fontweight="bold" if row.own else "normal",
        )  # fmt: skip
    low = min(1 / far / 1.3, flows["ratio"].min() / 1.3)
    ax.set_xlim(low, max(far * 1.3, 1.3 * flows["ratio"].max()))
    ax.set_ylim(len(flows) - 0.5, -0.6)
    ax.xaxis.set_major_locator(FixedLocator(list(TICKS)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(_multiple))
    row_labels(ax, flows["label"], 10)
    return ax


def beside(rows: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """Two shares of each row, one to the left and one to the right, never divided.

    Parameters
    ----------
    rows : ``label``, ``left``, ``right`` (shares), ``left_words``, ``right_words``,
        ``china`` (bool)
    """
    ax = canvas(
        title, source, height=0.36 * len(rows) + 0.3, left=2.0, right=0.6,
        xlabel=xlabel,
    )  # fmt: skip
    for y, row in enumerate(each(rows)):
        color = CHINA if row.china else RAMP[0]
        ax.barh(y, -row.left, height=0.64, color=color, hatch="//", edgecolor="white")
        ax.barh(y, row.right, height=0.64, color=color, edgecolor="white")
        for end, words, side in (
            (-row.left, row.left_words, -1),
            (row.right, row.right_words, 1),
        ):
            ax.annotate(
                words, (end, y), xytext=(6 * side, 0), textcoords="offset points",
                va="center", ha="left" if side > 0 else "right", fontsize=9.5,
            )  # fmt: skip
    ax.axvline(0, color=INK, lw=1)
    reach = 1.3 * max(rows["left"].max(), rows["right"].max(), 0.05)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(len(rows) - 0.5, -0.6)
    row_labels(ax, rows["label"], 10.5)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * abs(v):.0f} %"))
    return ax


def _multiple(value: float, _: object) -> str:
    """A tick as a fraction or a multiple."""
    return f"1/{1 / value:.0f}" if value < 0.99 else f"{value:.0f}"
