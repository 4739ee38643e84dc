"""Prices: estimates with their intervals, quotes of several markets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.ticker import FuncFormatter, PercentFormatter

from rareearth.charts.canvas import INK, LINES, MARKERS, QUIET, RAMP, canvas, row_labels
from rareearth.charts.lines import label_ends
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def estimates(
    rows: pd.DataFrame, *, title: str, source: str, xlabel: str, left: float = 2.3
) -> Axes:
    """Estimates as dots on their intervals, one row each, words beside.

    Parameters
    ----------
    rows : ``label``, ``share``, ``low``, ``high`` (missing: no interval),
        ``words``, ``main`` (bool: drawn to stand out)
    """
    ax = canvas(
        title, source, height=0.34 * len(rows) + 0.2, left=left, right=1.6,
        xlabel=xlabel,
    )  # fmt: skip
    for y, row in enumerate(each(rows)):
        color = LINES[0] if row.main else RAMP[0]
        if row.low == row.low:
            ax.plot([row.low, row.high], [y, y], color=color, lw=3, alpha=0.45)
        ax.plot(row.share, y, "o" if row.main else "s", color=color, ms=8)
        end = row.high if row.high == row.high else row.share
        ax.annotate(
            row.words, (end, y), xytext=(9, 0), textcoords="offset points",
            va="center", fontsize=10, color=INK, annotation_clip=False,
        )  # fmt: skip
    ax.set_xlim(0, 1.03 * float(np.nanmax(rows[["share", "high"]])))
    ax.set_ylim(len(rows) - 0.5, -0.6)
    row_labels(ax, rows["label"], 10.5)
    ax.grid(axis="x", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return ax


def quotes(
    marks: pd.DataFrame,
    line: pd.DataFrame,
    *,
    title: str,
    source: str,
    ylabel: str,
    colors: Mapping[str, str],
) -> Axes:
    """A line of one market with single quotes of others, each with its range.

    Parameters
    ----------
    marks : one row per quote, in order of time
        ``date``, ``price``, ``low`` and ``high`` (missing where one price was
        quoted), ``label`` of the market
    line : ``date``, ``price``, ``label``; may be empty
    colors : of each market, in the order of their markers
    """
    groups = [market for market in colors if market in set(marks["label"])]
    names = [*line["label"].head(1), *groups]
    longest = max(map(len, names), default=8)
    ax = canvas(title, source, height=3.7, right=0.55 + 0.088 * longest, ylabel=ylabel)
    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=7))
    ax.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    ends = []
    if len(line):
        ax.plot(line["date"], line["price"], "-", color=QUIET, lw=2, marker="D", ms=4)
        ends.append((line["price"].iloc[-1], names[0], QUIET, "D"))
    for group, marker in zip(groups, MARKERS, strict=False):
        color = colors[group]
        part = marks[marks["label"] == group]
        spans = part.dropna(subset=["low", "high"])
        ax.vlines(spans["date"], spans["low"], spans["high"], color=color, lw=3,
                  alpha=0.4)  # fmt: skip
        ax.plot(part["date"], part["price"], marker, color=color, ms=7)
        ends.append((part["price"].iloc[-1], group, color, marker))
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    label_ends(ax, ends)
    return ax
