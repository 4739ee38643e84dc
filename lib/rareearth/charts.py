"""One function per kind of figure; each returns its Axes and computes nothing.

Frames come ready to draw: one row is one mark, words are the words shown. China has
one colour in every figure, other suppliers a quiet ramp that survives greyscale, and
labels stand at the mark wherever they fit, so that no legend is needed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, PercentFormatter

from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

CHINA = "#b5402b"
RAMP = ("#6f8da7", "#8ca4b9", "#aabccb", "#c9d5de")
OTHERS = "#e9e9e9"
INK, QUIET = "#1a1a1a", "#666666"
# Distinct in greyscale and for the colour-blind; markers say the same once more. As
# lines they stand out from white, as letters not all would: names are in ink.
LINES = ("#b5402b", "#237bc0", "#c6871c", "#333333", "#643074", "#2f9080")
MARKERS = ("o", "s", "^", "D", "v", "P")
WIDTH = 10.0


def canvas(
    title: str,
    source: str,
    *,
    height: float,
    left: float = 0.9,
    right: float = 0.35,
    xlabel: str = "",
    ylabel: str = "",
) -> Axes:
    """Empty Axes below a title and above a source line, sizes in inches.

    Examples
    --------
    >>> ax = canvas("A title", "Source: nobody", height=2.0, xlabel="share (%)")
    >>> ax.figure.get_suptitle()
    'A title'
    """
    heads = textwrap.wrap(title, 90)
    feet = [line for part in source.split("\n") for line in textwrap.wrap(part, 138)]
    top = 0.28 + 0.27 * len(heads)
    bottom = 0.28 + 0.19 * len(feet) + (0.52 if xlabel else 0.3)
    total = height + top + bottom
    figure = plt.figure(figsize=(WIDTH, total))
    ax = figure.add_axes(
        (left / WIDTH, bottom / total, 1 - (left + right) / WIDTH, height / total)
    )
    figure.suptitle(
        "\n".join(heads), x=0.012, y=1 - 0.1 / total, ha="left", va="top",
        fontsize=13, fontweight="bold", color=INK,
    )  # fmt: skip
    figure.text(
        0.012, 0.12 / total, "\n".join(feet), ha="left", va="bottom",
        fontsize=9, color=QUIET, linespacing=1.35, gid="source",
    )  # fmt: skip
    ax.set_xlabel(xlabel, fontsize=11)
    ax.set_ylabel(ylabel, fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=10.5)
    return ax


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
    ax.set_yticks(range(len(labels)), labels, fontsize=11)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    return ax


def _label_inside(
    ax: Axes, name: str, share: float, left: float, y: float, color: str
) -> None:
    """Write name and share into a bar, on one line or two, if they fit."""
    ink = "white" if color == CHINA else INK
    weight = "bold" if color == CHINA else "normal"
    percent = f"{100 * share:.0f}%"
    broken = name.replace(" ", "\n")
    fits = [(f"{name} {percent}", 11), (f"{name}\n{percent}", 11)]
    fits += [(f"{broken}\n{percent}", 9), (percent, 10)]
    for text, size in fits:
        label = ax.text(
            left + share / 2, y, text, ha="center", va="center", color=ink,
            fontsize=size, fontweight=weight, linespacing=1.05,
        )  # fmt: skip
        if _width(ax, label) <= share * 0.94:
            return
        label.remove()


def _width(ax: Axes, text: Text) -> float:
    """Width of a text in data units."""
    box = text.get_window_extent().transformed(ax.transData.inverted())
    return box.width


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
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_ylim(0, max(1.0, series[y].max()))
    else:
        ax.set_ylim(bottom=0)
    ax.grid(axis="y", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    for at, words in marks:
        ax.axvline(at, color=QUIET, lw=1, ls=":")
        ax.text(at, 1.0, f" {words}", transform=ax.get_xaxis_transform(), va="top",
                fontsize=9, color=QUIET)  # fmt: skip
    _label_ends(ax, ends)
    return ax


def _label_ends(ax: Axes, ends: list[tuple[float, str, str, str]]) -> None:
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
    ax.set_yticks(range(len(criteria)), criteria["label"], fontsize=10.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
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
                words, at = f"{100 * row.share:.0f}%", row.share
            else:
                ax.plot([row.low, row.high], [y, y], color=color, lw=5, alpha=0.55)
                words, at = f"{100 * row.low:.0f}–{100 * row.high:.0f}%", row.high
            ax.annotate(
                f"{words}  {group}", (at, y), xytext=(9, 0), fontsize=9, color=INK,
                textcoords="offset points", va="center", annotation_clip=False,
            )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_yticks(range(len(labels)), labels, fontsize=11)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
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
    ax.set_yticks(range(len(ends)), ends["label"], fontsize=11)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#e5e5e5", lw=0.8)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    return ax


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
    ax.set_yticks(range(len(parts)), parts["label"], fontsize=10.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
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
    """
    ax = canvas(
        title, source, height=0.38 * len(amounts) + 0.2, left=left, right=1.5,
        xlabel=xlabel,
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
    ax.set_yticks(range(len(amounts)), amounts["label"], fontsize=10)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    return ax


def close(ax: Axes) -> None:
    """Forget a figure that was drawn outside :func:`rareearth.present.figure`."""
    figure: Figure = ax.figure  # type: ignore[assignment]
    plt.close(figure)
