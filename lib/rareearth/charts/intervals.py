"""Estimates with their intervals, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import (
    CHINA,
    INK,
    QUIET,
    RAMP,
    canvas,
    percents,
    row_labels,
)
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def intervals(
    rows: pd.DataFrame,
    *,
    title: str,
    source: str,
    xlabel: str,
    limits: tuple[float, float],
    lines: Sequence[tuple[float, str]],
    signed: bool = False,
) -> Axes:
    """A mark for each estimate, a line for its interval, words beside it.

    Parameters
    ----------
    rows : one row per estimate
        ``label``, ``share``, ``low``, ``high`` (missing where there is none), ``kind``
        (``asked`` stands out, ``other``, or ``quiet`` for what is shown only),
        ``tick`` (a second mark, or missing), ``words``.
    limits : ends of the axis; an interval beyond it ends in an arrow head
    lines : (share, words) of vertical lines, the first of them solid
    signed : write changes, with their sign

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame(
    ...     {
    ...         "label": ["all"],
    ...         "share": [0.9],
    ...         "low": [0.8],
    ...         "high": [3.0],
    ...         "kind": ["asked"],
    ...         "tick": [None],
    ...         "words": ["90 %"],
    ...     }
    ... )
    >>> ax = intervals(
    ...     one,
    ...     title="T",
    ...     source="S",
    ...     xlabel="level (%)",
    ...     limits=(0, 2),
    ...     lines=[(1, "as before")],
    ... )
    >>> ax.get_xlim() == (0.0, 2.0)
    True
    """
    longest = [
        max((len(line) for text in rows[name] for line in text.split("\n")), default=0)
        for name in ("label", "words")
    ]
    ax = canvas(
        title, source, height=0.52 * len(rows) + 0.45, left=0.4 + 0.072 * longest[0],
        right=0.55 + 0.075 * longest[1], xlabel=xlabel,
    )  # fmt: skip
    low, high = limits
    colors = {"asked": CHINA, "other": RAMP[0], "quiet": QUIET}
    for y, row in enumerate(each(rows)):
        color = colors[row.kind]
        if row.low == row.low:
            ends = (max(row.low, low), min(row.high, high))
            ax.plot(ends, [y, y], color=color, lw=2.4, solid_capstyle="butt")
            for beyond, end, head in (
                (row.low < low, low, "<"),
                (row.high > high, high, ">"),
            ):
                if beyond:
                    ax.plot(end, y, head, color=color, ms=8, clip_on=False)
        hollow = "white" if row.kind == "quiet" or row.low != row.low else color
        if low <= row.share <= high:
            ax.plot(row.share, y, "o", ms=9, mfc=hollow, mec=color, mew=1.8)
        if row.tick == row.tick and row.tick is not None:
            ax.plot(row.tick, y, "|", ms=15, mew=2, color=INK)
        ax.annotate(
            row.words, (1.03, y), xycoords=("axes fraction", "data"), va="center",
            fontsize=9.5, color=INK, annotation_clip=False,
        )  # fmt: skip
    for place, (at, words) in enumerate(lines):
        ax.axvline(at, color=INK if not place else QUIET, lw=1,
                   ls="--" if place else "-", zorder=0.5)  # fmt: skip
        ax.annotate(
            words, (at, 1), xycoords=("data", "axes fraction"), xytext=(0, 1),
            textcoords="offset points", ha="center", va="bottom", fontsize=9,
            color=QUIET,
        )  # fmt: skip
    ax.set_xlim(*limits)
    ax.set_ylim(len(rows) - 0.5, -0.6)
    row_labels(ax, rows["label"], 10)
    ax.locator_params(axis="x", nbins=6)
    if signed:
        ax.xaxis.set_major_formatter(FuncFormatter(_change))
    else:
        percents(ax.xaxis)
    return ax


def _change(share: float, _: int) -> str:
    """A change in percent with a true minus.

    Examples
    --------
    >>> _change(-0.4, 0), _change(0.25, 0), _change(0.0, 0)
    ('−40 %', '+25 %', '0 %')
    """
    shown = round(100 * share)
    return f"{'−' if shown < 0 else '+' if shown else ''}{abs(shown)} %"
