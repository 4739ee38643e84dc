"""Events on an axis of time: a line each, named at its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.dates import date2num

from rareearth.charts.canvas import INK, QUIET
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

ROW_INCHES = 0.19
APART = 12  # pixels: two names closer than that read as one


def event_marks(ax: Axes, events: pd.DataFrame) -> list[Annotation]:
    """Draw events that lie within the limits of a time axis, names in rows on top.

    To be called last: the rows take their height from above what is drawn.

    Parameters
    ----------
    ax : Axes whose x are dates
    events : one row per event
        ``date`` and ``label``, a few words on one line.

    Returns
    -------
    list of Annotation
        The names, in order of date; no two overlap.

    Examples
    --------
    >>> import pandas as pd
    >>> from rareearth.charts import canvas
    >>> ax = canvas("Two", "Source: x", height=2.0)
    >>> days = pd.to_datetime(["2025-01-01", "2025-04-04", "2025-12-31"])
    >>> _ = ax.plot(days, [1, 2, 3])
    >>> one = pd.DataFrame({"date": days[1:2], "label": ["controls"]})
    >>> [name.get_text() for name in event_marks(ax, one)]
    ['controls']
    """
    first, last = ax.get_xlim()
    days = date2num(events["date"])
    shown = events.assign(day=days)[(days >= first) & (days <= last)]
    if shown.empty:
        return []
    shown = shown.sort_values("day", kind="stable")
    names = [_name(ax, row.day, row.label) for row in each(shown)]
    rows = _rows([_span(name) for name in names])
    height = ROW_INCHES / _inches(ax)
    _make_room(ax, height * (max(rows) + 1))
    foot = 1 - height * (max(rows) + 1)
    for name, row, day in zip(names, rows, shown["day"], strict=True):
        y = foot + height * (row + 0.5)
        name.xy = (day, y)
        ax.plot(
            [day, day], [0, y + 0.4 * height], transform=ax.get_xaxis_transform(),
            color=QUIET, lw=1, ls=(0, (1, 1.5)), zorder=1.5, scalex=False, scaley=False,
        )  # fmt: skip
    return names


def _name(ax: Axes, day: float, words: str) -> Annotation:
    """The name of an event right of its line, or left of it where the axis ends."""
    name = ax.annotate(
        words, (day, 1), xycoords=ax.get_xaxis_transform(), xytext=(3, 0),
        textcoords="offset points", va="center", fontsize=9, color=INK, zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip
    if _span(name)[1] > ax.get_window_extent().x1:
        name.set(ha="right", position=(-3, 0))
    return name


def _span(name: Annotation) -> tuple[float, float]:
    """Where a name begins and ends, in pixels."""
    box = name.get_window_extent()
    return box.x0, box.x1


def _rows(spans: list[tuple[float, float]]) -> list[int]:
    """The lowest row for each name in which no later one is in its way.

    Later names stand lower, so that most lines end before they meet an earlier name.

    Examples
    --------
    >>> _rows([(0, 50), (40, 90), (70, 80), (110, 120)])
    [0, 1, 0, 0]
    """
    rows: list[int] = []
    for i in range(len(spans) - 1, -1, -1):
        begin, end = spans[i]
        over = [
            row
            for row, (x0, x1) in zip(rows, spans[:i:-1], strict=True)
            if x0 <= end + APART and begin <= x1 + APART
        ]
        rows.append(next(r for r in range(len(spans)) if r not in over))
    return rows[::-1]


def _inches(ax: Axes) -> float:
    """Height of the axes."""
    figure: Figure = ax.figure  # type: ignore[assignment]
    return float(ax.get_position().height * figure.get_size_inches()[1])


def _make_room(ax: Axes, share: float) -> None:
    """Raise the upper limit until `share` of the axes on top is free of data."""
    scale = ax.yaxis.get_transform()
    low, high = scale.transform(ax.get_ylim())
    raised = low + (high - low) / (1 - share)
    ax.set_ylim(ax.get_ylim()[0], float(scale.inverted().transform([raised])[0]))
