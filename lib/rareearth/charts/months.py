"""Months and printed ranges as bars over time, with what was expected and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import CHINA, INK, LINES, RAMP, canvas
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
        ``first`` and ``last`` (dates), ``level``, ``low`` and ``high`` (a band, or
        missing), ``label``.
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
    ...     columns=["date", "first", "last", "level", "low", "high", "label"]
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
    for place, row in enumerate(each(levels)):
        color = CHINA if place else INK
        ends = (row.first, row.last + pd.offsets.MonthEnd(0))
        if row.low == row.low:
            ax.fill_between(ends, row.low, row.high, color=LINES[2], alpha=0.25, lw=0)
        ax.plot(ends, [row.level] * 2, color=color, lw=2)
        ax.annotate(
            row.label, (ends[0], row.level), xytext=(0, 4), textcoords="offset points",
            fontsize=9, color=color, zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip
    top = max(amounts["monthly"].max(), levels["level"].max(), 0)
    ax.set_ylim(0, 1.12 * top)
    locator = AutoDateLocator(minticks=5, maxticks=10)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.4g}"))
    event_marks(ax, events)
    return ax
