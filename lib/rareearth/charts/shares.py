"""Shares: of suppliers, against thresholds, at two ends, as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rareearth.charts.canvas import (
    CHINA,
    INK,
    LINES,
    MARKERS,
    OTHERS,
    QUIET,
    RAMP,
    WIDTH,
    canvas,
    percents,
    row_labels,
    text_width,
)
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def ladder(stages: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """One bar for each stage, divided among its suppliers.

    Parameters
    ----------
    stages : one row per stage and supplier, in drawing order
        ``label`` (of the stage, lines separated by a line feed), ``supplier`` (name),
        ``share`` in [0, 1] or missing where the stage has no figure, ``kind``:
        ``china``, ``named``, ``others`` or ``none`` (then ``supplier`` says why).
    title, source, xlabel : words; the label of the axis says the unit

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame(
    ...     {
    ...         "label": ["Mines"],
    ...         "supplier": ["China"],
    ...         "share": [1.0],
    ...         "kind": ["china"],
    ...     }
    ... )
    >>> ladder(one, title="All", source="x", xlabel="share (%)").get_xlabel()
    'share (%)'
    """
    labels = list(dict.fromkeys(stages["label"]))
    ax = canvas(title, source, height=0.88 * len(labels), left=2.15, xlabel=xlabel)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    for y, label in enumerate(labels):
        edge, shade = 0.0, 0
        for row in each(stages[stages["label"] == label]):
            if row.kind == "none":
                ax.text(0.01, y, row.supplier, va="center", color=QUIET, fontsize=11)
                continue
            color = {"china": CHINA, "others": OTHERS}.get(row.kind)
            if color is None:
                color = RAMP[min(shade, len(RAMP) - 1)]
                shade += 1
            ax.barh(y, row.share, left=edge, height=0.62, color=color, edgecolor="w")
            _label_inside(ax, row.supplier, row.share, edge, y, color)
            edge += row.share
    row_labels(ax, labels)
    percents(ax.xaxis)
    return ax


def _label_inside(
    ax: Axes, name: str, share: float, left: float, y: float, color: str
) -> None:
    """Write name and share into a bar, on one line or two, if they fit."""
    ink = "white" if color == CHINA else INK
    weight = "bold" if color == CHINA else "normal"
    percent = f"{100 * share:.0f} %"
    broken = name.replace(" ", "\n")
    fits = [(f"{name} {percent}", 11), (f"{name}\n{percent}", 11)]
    fits += [(f"{broken}\n{percent}", 9), (percent, 10)]
    whole = ax.get_position().width * WIDTH  # inches for all of supply
    for text, size in fits:
        if text_width(text, size, weight) <= share * whole * 0.94:
            ax.text(
                left + share / 2, y, text, ha="center", va="center", color=ink,
                fontsize=size, fontweight=weight, linespacing=1.05,
            )  # fmt: skip
            return


def thresholds(criteria: pd.DataFrame, *, title: str, source: str) -> Axes:
    """How far each criterion is from its threshold, as a multiple of it.

    Parameters
    ----------
    criteria : one row per stage and criterion
        ``label``, ``ratio`` (value over threshold), ``words`` written beside the mark,
        ``met`` (bool).
    """
    ax = canvas(
        title, source, height=0.36 * len(criteria) + 0.3, left=2.9, right=1.9,
        xlabel="value as a multiple of its threshold (1 = at the threshold)",
    )  # fmt: skip
    far = 4.0  # beyond it an arrow head: one value must not press the others flat
    for y, row in enumerate(each(criteria)):
        color = CHINA if row.met else RAMP[0]
        end, marker = min(row.ratio, far), "o" if row.met else "s"
        ax.plot([1, end], [y, y], color=color, lw=2)
        ax.plot(end, y, ">" if end < row.ratio else marker, color=color, ms=8)
        ax.annotate(
            row.words, (max(1, end), y), xytext=(9, 0), color=INK, fontsize=10,
            textcoords="offset points", va="center", annotation_clip=False,
        )  # fmt: skip
    ax.axvline(1, color=INK, lw=1)
    ax.set_xlim(0, min(1.03 * far, max(2.0, 1.05 * criteria["ratio"].max())))
    ax.set_ylim(len(criteria) - 0.5, -0.7)
    row_labels(ax, criteria["label"], 10.5)
    return ax


def ranges(
    points: pd.DataFrame, *, title: str, source: str, xlabel: str, by: str
) -> Axes:
    """Values, and bounds where only a bound was printed, one row of marks each.

    Parameters
    ----------
    points : one row per mark
        ``label`` of the row, ``by`` a series (its marker and colour), ``share``,
        ``low``, ``high``; a missing ``share`` with bounds is drawn as a bar.
    """
    labels = list(dict.fromkeys(points["label"]))
    groups = list(dict.fromkeys(points[by]))
    ax = canvas(
        title,
        source,
        height=0.5 * len(labels) + 0.4,
        left=1.6,
        right=1.5,
        xlabel=xlabel,
    )
    for i, group in enumerate(groups):
        offset = 0.22 * (i - (len(groups) - 1) / 2)
        color, marker = LINES[i % len(LINES)], MARKERS[i % len(MARKERS)]
        part = points[points[by] == group]
        for row in each(part):
            y = labels.index(row.label) + offset
            if row.share == row.share:
                ax.plot(row.share, y, marker, color=color, ms=8)
                words, at = f"{100 * row.share:.0f} %", row.share
            else:
                ax.plot([row.low, row.high], [y, y], color=color, lw=5, alpha=0.55)
                words, at = f"{100 * row.low:.0f}–{100 * row.high:.0f} %", row.high
            ax.annotate(
                f"{words}  {group}", (at, y), xytext=(9, 0), fontsize=9, color=INK,
                textcoords="offset points", va="center", annotation_clip=False,
            )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    row_labels(ax, labels)
    ax.grid(axis="x", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    percents(ax.xaxis)
    return ax


def dumbbells(ends: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """A share at two ends of a period, one row each.

    Parameters
    ----------
    ends : ``label``, ``first`` and ``last`` (shares or missing), ``words`` at the end
    """
    ax = canvas(
        title,
        source,
        height=0.62 * len(ends) + 0.2,
        left=2.15,
        right=1.4,
        xlabel=xlabel,
    )
    for y, row in enumerate(each(ends)):
        if row.first != row.first or row.last != row.last:
            ax.text(0.01, y, row.words, va="center", color=QUIET, fontsize=10)
            continue
        ax.annotate(
            "", (row.last, y), (row.first, y),
            arrowprops={"arrowstyle": "-|>", "color": CHINA, "lw": 2, "shrinkA": 0,
                        "shrinkB": 0, "mutation_scale": 16},
        )  # fmt: skip
        ax.plot(row.first, y, "o", ms=8, mfc="white", mec=CHINA, mew=1.8)
        right = max(row.first, row.last)
        ax.annotate(
            row.words, (right, y), xytext=(12, 0), textcoords="offset points",
            va="center", fontsize=10, annotation_clip=False,
        )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(len(ends) - 0.5, -0.6)
    row_labels(ax, ends["label"])
    ax.grid(axis="x", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    percents(ax.xaxis)
    return ax
