"""Amounts and changes as horizontal bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import (
    CHINA,
    INK,
    LINES,
    OTHERS,
    QUIET,
    RAMP,
    canvas,
    row_labels,
    text_width,
)
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def contributions(parts: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """Signed contributions, one bar each, with words beside it.

    Parameters
    ----------
    parts : ``label``, ``change`` (share points in [-1, 1]), ``kind`` (``china``,
        ``new``, ``lost`` or anything else), ``words``
    """
    ax = canvas(
        title,
        source,
        height=0.42 * len(parts) + 0.2,
        left=2.15,
        right=0.6,
        xlabel=xlabel,
    )
    colors = {"china": CHINA, "new": LINES[5], "lost": QUIET}
    for y, row in enumerate(each(parts)):
        ax.barh(
            y, row.change, height=0.66, color=colors.get(row.kind, RAMP[0]),
            hatch="//" if row.kind == "new" else None, edgecolor="white",
        )  # fmt: skip
        side = 1 if row.change >= 0 else -1
        ax.annotate(
            row.words, (row.change, y), xytext=(5 * side, 0), fontsize=10,
            textcoords="offset points", va="center", ha="left" if side > 0 else "right",
        )  # fmt: skip
    ax.axvline(0, color=INK, lw=1)
    reach = 1.45 * max(0.02, parts["change"].abs().max())
    low = min(0.0, parts["change"].min())
    high = max(0.0, parts["change"].max())
    ax.set_xlim(min(-0.3 * reach, 1.6 * low), max(0.3 * reach, 1.6 * high))
    ax.set_ylim(len(parts) - 0.5, -0.6)
    row_labels(ax, parts["label"], 10.5)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda v, _: f"{100 * v:+.0f}".replace("-", "−") if v else "0")
    )
    return ax


def bars(
    amounts: pd.DataFrame, *, title: str, source: str, xlabel: str, left: float = 3.2
) -> Axes:
    """Amounts as horizontal bars with words at their ends.

    Parameters
    ----------
    amounts : ``label``, ``amount``, ``words``, ``kind`` (``solid``: there today;
        ``pale``: only announced)
    left : inches for the labels; wider ones get what they need
    """
    widest = max((text_width(label, 10) for label in amounts["label"]), default=0.0)
    ax = canvas(
        title, source, height=0.38 * len(amounts) + 0.2,
        left=max(left, widest + 0.25), right=1.5, xlabel=xlabel,
    )  # fmt: skip
    for y, row in enumerate(each(amounts)):
        solid = row.kind == "solid"
        ax.barh(
            y, row.amount, height=0.66, color=RAMP[0] if solid else OTHERS,
            edgecolor=RAMP[0], hatch=None if solid else "//",
        )  # fmt: skip
        ax.annotate(
            row.words, (row.amount, y), xytext=(5, 0), textcoords="offset points",
            va="center", fontsize=10, annotation_clip=False,
        )  # fmt: skip
    ax.set_xlim(0, 1.02 * amounts["amount"].max())
    ax.set_ylim(len(amounts) - 0.5, -0.6)
    row_labels(ax, amounts["label"], 10)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    return ax
