"""Quotes of several markets beside one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import MARKERS, QUIET, canvas
from rareearth.charts.lines import label_ends

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


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
