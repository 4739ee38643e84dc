"""Months and printed ranges as bars over time, with what was expected and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import CHINA, INK, RAMP, WIDTH, canvas, text_width
from rareearth.charts.marks import event_marks
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_SIZE = 9
GAP = 0.05  # inches on either side of a name


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
    ax.set_ylim(0, top)
    _draw_levels(ax, levels, top)
    _name_levels(ax, levels, amounts)
    locator = AutoDateLocator(minticks=5, maxticks=10)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,g}"))
    event_marks(ax, events)
    return ax


def _draw_levels(ax: Axes, levels: pd.DataFrame, top: float) -> None:
    """A line across the months of each level, its interval in their middle."""
    for row in each(levels):
        color, ends = _color(row), _ends(row)
        ax.plot(ends, [row.level] * 2, color=color, lw=2.4)
        if row.low == row.low:
            middle = sum(ends) / 2
            for at, cap in ((row.low, "_"), (row.high, "_" if row.high < top else "^")):
                ax.plot(
                    [middle] * 2, [row.level, min(at, 0.99 * top)], color=color, lw=1.4,
                    marker=cap, markevery=[1], ms=9, mew=1.6,
                )  # fmt: skip


def _color(row: Any) -> str:
    """The colour of a level and its name."""
    return CHINA if row.kind == "asked" else INK


def _ends(row: Any) -> tuple[float, float]:
    """First and last day of a level's months."""
    last = row.last + pd.offsets.MonthEnd(0)
    return float(date2num(row.first)), float(date2num(last))


def _name_levels(ax: Axes, levels: pd.DataFrame, amounts: pd.DataFrame) -> None:
    """Name each level once, above all that stands below its name.

    A name ends left of the upright line of its interval.
    """
    drawn = _spans(levels, amounts)
    first, last = ax.get_xlim()
    days = (last - first) / (ax.get_position().width * WIDTH)  # of an inch
    told = ""
    for row in each(levels):
        if row.label != told:
            width = days * (text_width(row.label, NAME_SIZE) + 2 * GAP)
            begin, end = _ends(row)
            bound = (begin + end) / 2 if row.low == row.low else last
            begin = min(begin, bound - width)
            under = [top for a, b, top in drawn if a < begin + width and b > begin]
            ax.annotate(
                row.label, (begin + days * GAP, max(under)), xytext=(0, 5),
                fontsize=NAME_SIZE, zorder=4, textcoords="offset points",
                color=_color(row),
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        told = row.label


def _spans(
    levels: pd.DataFrame, amounts: pd.DataFrame
) -> list[tuple[float, float, float]]:
    """First day, last day and height of each bar and level."""
    bars = [
        (date2num(row.start), date2num(row.start + pd.DateOffset(months=row.months)),
         row.monthly)
        for row in each(amounts)
    ]  # fmt: skip
    return bars + [(*_ends(row), row.level) for row in each(levels)]
