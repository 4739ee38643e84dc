"""Tables themselves: what they cover, how old they are, how they were revised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, MaxNLocator

from rareearth.charts.canvas import INK, LINES, RAMP, canvas, percents, row_labels
from rareearth.frames import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def grid(cells: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """One row of years for each part: full where all is known, open where some is not.

    Parameters
    ----------
    cells : ``label``, ``year``, ``known`` (share of the rows with a figure, in [0, 1]),
        ``words`` at the end of each label's row

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"label": ["a"], "year": [2024], "known": [1.0], "words": ["1 row"]}
    >>> grid(pd.DataFrame(one), title="t", source="s", xlabel="year").get_xlabel()
    'year'
    """
    labels = list(dict.fromkeys(cells["label"]))
    longest = max(len(label) for label in labels)
    ax = canvas(
        title, source, height=0.34 * len(labels) + 0.3, xlabel=xlabel,
        left=min(3.6, 0.4 + 0.085 * longest), right=1.9,
    )  # fmt: skip
    span = cells["year"].max() - cells["year"].min() + 1
    for y, label in enumerate(labels):
        part = cells[cells["label"] == label]
        ax.plot(
            [part["year"].min(), part["year"].max()], [y, y], color="#dddddd", lw=1,
            zorder=0,
        )  # fmt: skip
        for row in each(part):
            whole, none = row.known == 1, row.known == 0
            ax.plot(
                row.year, y, "x" if none else "s", ms=min(8, 400 / span),
                mec=INK if none else RAMP[0], mew=1, clip_on=False,
                mfc=RAMP[0] if whole else "white",
            )  # fmt: skip
        ax.annotate(
            part["words"].iloc[0], (1.02, y), xycoords=("axes fraction", "data"),
            va="center", fontsize=9.5, color=INK, annotation_clip=False,
        )  # fmt: skip
    ax.set_ylim(len(labels) - 0.5, -0.6)
    ax.set_xlim(cells["year"].min() - 0.6, cells["year"].max() + 0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=9, min_n_ticks=1))
    row_labels(ax, labels, 10)
    return ax


def ages(marks: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """Age of each table as a part of the age at which it is stale.

    Parameters
    ----------
    marks : ``label``, ``ratio`` (age over limit), ``words``, ``stale`` (bool)
    """
    ax = canvas(
        title, source, height=0.33 * len(marks) + 0.3, left=1.9, right=1.9,
        xlabel=xlabel,
    )  # fmt: skip
    for y, row in enumerate(each(marks)):
        ax.barh(
            y, row.ratio, height=0.62, color=LINES[2] if row.stale else RAMP[0],
            hatch="//" if row.stale else None, edgecolor="white",
        )  # fmt: skip
        ax.annotate(
            row.words, (row.ratio, y), xytext=(6, 0), textcoords="offset points",
            va="center", fontsize=10, annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    ax.axvline(1, color=INK, lw=1, zorder=0)
    ax.set_xlim(0, max(1.4, 1.03 * marks["ratio"].max()))
    ax.set_ylim(len(marks) - 0.5, -0.6)
    row_labels(ax, marks["label"], 10.5)
    percents(ax.xaxis)
    return ax


def revised(changes: pd.DataFrame, *, title: str, source: str, xlabel: str) -> Axes:
    """Signed changes, one bar each, with what was and what is beside it.

    Parameters
    ----------
    changes : ``label``, ``change`` (share points), ``words``
    """
    longest = changes["label"].str.len().max()
    ax = canvas(
        title, source, height=0.38 * len(changes) + 0.3, xlabel=xlabel,
        left=min(4.6, max(2.2, 0.35 + 0.083 * longest)), right=2.0,
    )  # fmt: skip
    for y, row in enumerate(each(changes)):
        ax.barh(y, row.change, height=0.62, color=RAMP[0], edgecolor="white")
        ax.annotate(
            row.words, (max(0, row.change), y), xytext=(6, 0), va="center",
            textcoords="offset points", fontsize=10, annotation_clip=False,
        )  # fmt: skip
    ax.axvline(0, color=INK, lw=1)
    low, high = min(0, changes["change"].min()), max(0, changes["change"].max())
    room = 0.04 * (high - low)
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(len(changes) - 0.5, -0.6)
    row_labels(ax, changes["label"], 10)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda v, _: f"{100 * v:+.3g}".replace("-", "−") if v else "0")
    )
    return ax
