"""One function per kind of figure; each returns its Axes and computes nothing.

Frames come ready to draw: one row is one mark, words are the words shown. China has
one colour in every figure, other suppliers a quiet ramp that survives greyscale, and
labels stand at the mark wherever they fit, so that no legend is needed.
"""

from rareearth.charts.amounts import bars, contributions
from rareearth.charts.canvas import (
    CHINA,
    INK,
    LINES,
    MARKERS,
    OTHERS,
    QUIET,
    RAMP,
    canvas,
    close,
)
from rareearth.charts.intervals import intervals
from rareearth.charts.lines import lines
from rareearth.charts.marks import event_marks
from rareearth.charts.months import months
from rareearth.charts.prices import quotes
from rareearth.charts.shares import dumbbells, ladder, ranges, thresholds
from rareearth.charts.tables import ages, grid, revised
from rareearth.charts.tellings import apart, beside

__all__ = [
    "CHINA",
    "INK",
    "LINES",
    "MARKERS",
    "OTHERS",
    "QUIET",
    "RAMP",
    "ages",
    "apart",
    "bars",
    "beside",
    "canvas",
    "close",
    "contributions",
    "dumbbells",
    "event_marks",
    "grid",
    "intervals",
    "ladder",
    "lines",
    "months",
    "quotes",
    "ranges",
    "revised",
    "thresholds",
]
