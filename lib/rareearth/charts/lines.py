"""Lines over time, named at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from rareearth.charts.canvas import INK, LINES, MARKERS, QUIET, canvas, percents

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def lines(
    series: pd.DataFrame,
    *,
    x: str,
    y: str,
    by: str,
    title: str,
    source: str,
    ylabel: str,
    percent: bool = True,
    isolated: Mapping[str, str] | None = None,
    marks: Sequence[tuple[float, str]] = (),
    colors: Mapping[str, str] | None = None,
) -> Axes:
    """One line for each value of ``by``, named at its end; gaps stay gaps.

    Parameters
    ----------
    series : one row per point, sorted by ``x`` within ``by``
        ``dashed`` (bool, optional) marks points of a narrower list, drawn as a dashed
        line; a missing ``y`` is a gap.
    isolated : points drawn without a line, ``{name in by: marker}``
    marks : (x, words) of vertical lines, such as a change of coverage
    """
    groups = list(dict.fromkeys(series[by]))
    isolated = isolated or {}
    named = [g for g in groups if g not in isolated]
    longest = max((len(str(g)) for g in named), default=8)
    ax = canvas(
        title, source, height=3.7, right=0.55 + 0.088 * longest, ylabel=ylabel,
    )  # fmt: skip
    palette = dict(zip(named, LINES, strict=False)) | dict(colors or {})
    ends = []
    for i, group in enumerate(named):
        part = series[series[by] == group]
        color = palette[group]
        dashed = bool(part.get("dashed", False) is not False and part["dashed"].any())
        ax.plot(
            part[x], part[y], color=color, lw=2, ls=(0, (4, 1.5)) if dashed else "-",
            marker=MARKERS[i % len(MARKERS)], markevery=max(1, len(part) // 6), ms=5.5,
        )  # fmt: skip
        known = part.dropna(subset=[y])
        if len(known):
            marker = MARKERS[i % len(MARKERS)]
            ends.append((known[y].iloc[-1], str(group), color, marker))
    for group, marker in isolated.items():
        part = series[series[by] == group]
        color = palette.get(group, INK)
        ax.plot(
            part[x], part[y], ls="", marker=marker, ms=9, mfc="none", mec=color, mew=1.8
        )
    if percent:
        percents(ax.yaxis)
        ax.set_ylim(0, max(1.0, series[y].max()))
    else:
        ax.set_ylim(bottom=0)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,g}"))
    ax.grid(axis="y", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    for at, words in marks:
        ax.axvline(at, color=QUIET, lw=1, ls=":")
        ax.text(at, 1.0, f" {words}", transform=ax.get_xaxis_transform(), va="top",
                fontsize=9, color=QUIET)  # fmt: skip
    label_ends(ax, ends)
    return ax


def label_ends(ax: Axes, ends: list[tuple[float, str, str, str]]) -> None:
    """Names at the right of the axes, pushed apart where lines end close together.

    Each stands behind the marker of its line, which says whose it is without colour.
    """
    if not ends:
        return
    low, high = ax.get_ylim()
    gap = (high - low) * 0.072
    placed = sorted(ends)
    ys = [e[0] for e in placed]
    for _ in range(200):
        moved = False
        for i in range(1, len(ys)):
            if (short := gap - (ys[i] - ys[i - 1])) > 1e-9:
                ys[i - 1] -= short / 2
                ys[i] += short / 2
                moved = True
        ys[0] = max(ys[0], low + gap / 3)
        ys[-1] = min(ys[-1], high)
        if not moved:
            break
    for (_, name, color, marker), y in zip(placed, ys, strict=True):
        ax.plot(
            1.018, y, marker, color=color, ms=5.5, clip_on=False,
            transform=ax.get_yaxis_transform(),
        )  # fmt: skip
        ax.annotate(
            name, (1.018, y), xycoords=("axes fraction", "data"), xytext=(7, 0),
            textcoords="offset points", va="center", color=INK, fontsize=11,
            annotation_clip=False,
        )  # fmt: skip
