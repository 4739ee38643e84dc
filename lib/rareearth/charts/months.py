"""Months and printed ranges as bars over time, with what was expected and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import CHINA, INK, RAMP, canvas
from rareearth.charts.marks import event_marks
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def months(
    amounts: pd.DataFrame,
    *,
    title: str,
    source: str,
    ylabel: str,
    levels: pd.DataFrame,
    events: pd.DataFrame,
) -> Axes:
    """One bar for each figure, as wide as the months it covers.

    Parameters
    ----------
    amounts : one row per figure, not overlapping
        ``start`` (date), ``months``, ``monthly`` (amount of an average month), ``kind``
        (``derived`` is drawn lighter).
    levels : one row per line across months
        ``first`` and ``last`` (dates), ``level``, ``low`` and ``high`` (its interval,
        or missing), ``kind`` (``asked`` stands out), ``label``.
    events : as :func:`rareearth.charts.event_marks` takes them

    Examples
    --------
    >>> one = pd.DataFrame(
    ...     {
    ...         "start": pd.to_datetime(["2025-01-01", "2025-03-01"]),
    ...         "months": [2, 1],
    ...         "monthly": [3.0, 4.0],
    ...         "kind": ["derived", "read"],
    ...     }
    ... )
    >>> none = pd.DataFrame(
    ...     columns=["date", "first", "last", "level", "low", "high", "kind", "label"]
    ... )
    >>> ax = months(one, title="T", source="S", ylabel="t", levels=none, events=none)
    >>> len(ax.patches)
    2
    """
    ax = canvas(title, source, height=3.9, left=0.95, ylabel=ylabel)
    for row in each(amounts):
        first = date2num(row.start)
        last = date2num(row.start + pd.DateOffset(months=row.months))
        derived = row.kind == "derived"
        ax.bar(
            first, row.monthly, width=last - first - 3, align="edge",
            color=RAMP[3] if derived else RAMP[0], edgecolor=RAMP[0],
            hatch="///" if row.months > 1 else None, lw=0.8,
        )  # fmt: skip
    tops = [amounts["monthly"].max(), *levels["level"]]
    top = 1.6 * max(tops) if levels["low"].notna().any() else 1.12 * max(tops)
    _draw_levels(ax, levels, top)
    ax.set_ylim(0, top)
    locator = AutoDateLocator(minticks=5, maxticks=10)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,g}"))
    event_marks(ax, events)
    return ax


def _draw_levels(ax: Axes, levels: pd.DataFrame, top: float) -> None:
    """A line across the months of each level, its interval in their middle."""
    told = ""
    for row in each(levels):
        color = CHINA if row.kind == "asked" else INK
        ends = (row.first, row.last + pd.offsets.MonthEnd(0))
        ax.plot(ends, [row.level] * 2, color=color, lw=2.4)
        if row.low == row.low:
            middle = ends[0] + (ends[1] - ends[0]) / 2
            for at, cap in ((row.low, "_"), (row.high, "_" if row.high < top else "^")):
                ax.plot(
                    [middle] * 2, [row.level, min(at, 0.99 * top)], color=color, lw=1.4,
                    marker=cap, markevery=[1], ms=9, mew=1.6,
                )  # fmt: skip
        if row.label != told:
            ax.annotate(
                row.label, (ends[0], row.level), xytext=(1, 5), fontsize=9, zorder=4,
                textcoords="offset points", color=color,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        told = row.label
