"""The sheet that every figure is drawn on: colours, sizes, title, source line."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import PercentFormatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

CHINA = "#b5402b"
RAMP = ("#6f8da7", "#8ca4b9", "#aabccb", "#c9d5de")
OTHERS = "#e9e9e9"
INK, QUIET = "#1a1a1a", "#666666"
# Distinct in greyscale and for the colour-blind; markers say the same once more. As
# lines they stand out from white, as letters not all would: names are in ink.
LINES = ("#b5402b", "#237bc0", "#c6871c", "#333333", "#643074", "#2f9080")
MARKERS = ("o", "s", "^", "D", "v", "P")
WIDTH = 10.0
HEADING = 13, "bold"  # size and weight of titles
EDGE = 0.012  # of the width, left and right of a title


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
    heads = lines_of(title)
    feet = [line for part in source.split("\n") for line in textwrap.wrap(part, 138)]
    top = 0.28 + 0.27 * len(heads)
    bottom = 0.28 + 0.19 * len(feet) + (0.52 if xlabel else 0.3)
    total = height + top + bottom
    figure = plt.figure(figsize=(WIDTH, total))
    ax = figure.add_axes(
        (left / WIDTH, bottom / total, 1 - (left + right) / WIDTH, height / total)
    )
    figure.suptitle(
        "\n".join(heads), x=EDGE, y=1 - 0.1 / total, ha="left", va="top",
        fontsize=HEADING[0], fontweight=HEADING[1], color=INK,
    )  # fmt: skip
    figure.text(
        EDGE, 0.12 / total, "\n".join(feet), ha="left", va="bottom",
        fontsize=9, color=QUIET, linespacing=1.35, gid="source",
    )  # fmt: skip
    ax.set_xlabel(xlabel, fontsize=11)
    ax.set_ylabel(ylabel, fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=10.5)
    return ax


def lines_of(title: str) -> list[str]:
    """A title in the fewest lines that fit the width, none much shorter than others.

    A number and its percent sign stay on one line.

    Examples
    --------
    >>> lines_of("A title")
    ['A title']
    >>> [len(line) for line in lines_of("word " * 20)]
    [49, 49]
    """
    whole = re.sub(r"(?<=\d) (?=%)", "\u00a0", title)
    wraps = (textwrap.wrap(whole, width) for width in range(len(whole), 0, -1))
    fitting = (lines for lines in wraps if all(map(_fits, lines)))
    first = next(fitting, [])
    *_, even = first, *takewhile(lambda lines: len(lines) == len(first), fitting)
    return [line.replace("\u00a0", " ") for line in even]


def _fits(line: str) -> bool:
    """Whether a line of a title is no wider than the sheet."""
    width = sum(_advance(word) for word in line.split(" ")) - _advance("")
    return width <= WIDTH * (1 - 2 * EDGE)


@cache
def _advance(word: str) -> float:
    """How far a word of a title and the space after it reach, in inches."""
    return text_width(f"{word} |", *HEADING) - text_width("|", *HEADING)


@cache
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of a text in inches, of its longest line where it has several.

    It is measured without drawing, which would take ten times as long.
    """
    font = FontProperties(size=size, weight=weight)
    widths = (
        text_to_path.get_text_width_height_descent(line, font, ismath=False)[0]
        for line in text.split("\n")
    )
    return float(max(widths) / 72)


def close(ax: Axes) -> None:
    """Forget a figure that was drawn outside :func:`rareearth.present.figure`."""
    figure: Figure = ax.figure  # type: ignore[assignment]
    plt.close(figure)


def percents(axis: Axis) -> None:
    """Label an axis of shares as the text writes percentages."""
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))


def row_labels(ax: Axes, labels: Iterable[str], size: float = 11) -> None:
    """Name the rows of a figure of horizontal marks, the first on top."""
    names = list(labels)
    ax.set_yticks(range(len(names)), names, fontsize=size)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
