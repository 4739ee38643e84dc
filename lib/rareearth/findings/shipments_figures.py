"""Words of what both kinds of report show: the months, and who is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from rareearth import charts, codes, words
from rareearth.events import BEFORE_MONTHS
from rareearth.findings.shipments import (
    CHINA,
    CODES,
    FEWEST_OF_YEAR,
    Case,
    Series,
    known_of_year,
    selected,
)
from rareearth.frames import each
from rareearth.periods import figures, number, period

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = ["first", "last", "level", "low", "high", "kind", "label"]
AFTER_MONTHS = 24


def about(case: Case) -> str:
    """The event in words: what it was, whom it names, who reports it."""
    event = case.event
    codes_named = event.hs6 if isinstance(event.hs6, str) else "none known"
    target = event.targets if isinstance(event.targets, str) else "not stated"
    return (
        f"**The event.** {event.date:%Y-%m-%d} ({event.precision}), {event.actor}, "
        f"{event.kind}: {event.description} Aimed at: {target}. Customs codes that it "
        f"falls into: {codes_named}. Source: {event.source}."
    )


def source(part: Series, product: str) -> str:
    """Who tells the series, of what."""
    common = "line 85051110" if product == "rare-earth magnets" else ""
    line = f", {part.line or common}" if part.line or common else ""
    if part.teller == CHINA:
        return f"China’s customs, exports of {product}{line}, as printed by the press."
    return f"{codes.name(part.teller)}: its customs, imports of {product}{line}."


def months_frame(case: Case) -> pd.DataFrame:
    """The figures of the series, two years before the control and two after."""
    first = number(case.control) - BEFORE_MONTHS
    last = number(case.event.date) + AFTER_MONTHS
    rows = [
        {
            "start": period(figure.months[0]).start_time,
            "months": len(figure.months),
            "monthly": figure.monthly,
            "tonnes": figure.amount,
            "kind": "derived" if figure.derived else "read",
        }
        for figure in figures(case.asked.rows)
        if first <= figure.months[0] <= last
    ]
    columns = ["start", "months", "monthly", "tonnes", "kind"]
    return pd.DataFrame(rows, columns=columns)


def months(case: Case, levels: pd.DataFrame, marks: pd.DataFrame) -> Axes:
    """Draw the months, what was expected of them and the events."""
    frame = months_frame(case)
    if case.asked.teller == CHINA:
        title = f"China’s exports of {case.product} to {words.country(case.importer)}"
    else:
        whose = words.capital(words.possessive(case.importer))
        title = f"{whose} imports of {case.product} from China"
    return charts.months(
        frame,
        title=f"{title}{_range(frame)}",
        source=f"{source(case.asked, case.product)} {_derived(frame)}\n"
        f"{_drawn(frame, levels)}",
        ylabel="gross weight (t a month)",
        levels=levels,
        events=marks,
    )


def _range(frame: pd.DataFrame) -> str:
    """When the least was shipped in a single month, and how much."""
    single = frame[frame["months"] == 1].nsmallest(1, "monthly")
    return "".join(
        f": least in {row.start:%B %Y}, {words.tonnes(row.monthly)}"
        for row in each(single)
    )


def _derived(frame: pd.DataFrame) -> str:
    """How many figures of a series are derived."""
    return f"{(frame['kind'] == 'derived').sum()} of {len(frame)} figures are derived."


def _drawn(frame: pd.DataFrame, levels: pd.DataFrame) -> str:
    """What light and hatched bars and upright lines are, as far as there are any."""
    told = []
    if (frame["kind"] == "derived").any():
        told.append("Light bars are derived from printed totals and growth rates.")
    if (frame["months"] > 1).any():
        told.append("A hatched bar is a printed range at its monthly mean.")
    if levels["low"].notna().any():
        told.append("Upright lines: 95 % interval of what was expected.")
    return " ".join(told)


def one_line(text: str, between: str = ", ") -> str:
    r"""Words of several lines on one, with `between` where a line says a new thing.

    Examples
    --------
    >>> one_line("The United Kingdom\n(its own customs),\nNovember")
    'The United Kingdom (its own customs), November'
    >>> one_line("90 %\nrestored"), one_line("82 % of\nMay")
    ('90 %, restored', '82 % of May')
    """
    whole = re.sub(r"(,| of)\n", r"\1 ", text).replace("\n(", " (")
    return whole.replace("\n", between)


def months_alt(case: Case, levels: pd.DataFrame, marks: pd.DataFrame) -> str:
    """The months in words, with their numbers."""
    frame = months_frame(case)
    if frame.empty:
        return f"No month is known; {len(marks)} events are marked."
    told = [f"{_span(row)} {words.tonnes(row.monthly)}" for row in each(frame)]
    lines = [
        f"{row.label} {row.first:%Y-%m} to {row.last:%Y-%m}: {words.tonnes(row.level)}"
        for row in each(levels)
    ]
    shown = marks[marks["date"] >= frame["start"].min()]
    named = [f"{row.label} {row.date:%Y-%m-%d}" for row in each(shown)]
    return (
        f"Bars of tonnes a month: {', '.join(told)}. Lines: "
        f"{'; '.join(lines) or '0'}. Events: {', '.join(named)}."
    )


def _span(row: pd.Series) -> str:
    """A month, or the first and last of a range."""
    last = row.start + pd.DateOffset(months=row.months - 1)
    return f"{row.start:%Y-%m}" + (f" to {last:%Y-%m}" if row.months > 1 else "")


def left_out(case: Case, imports: pd.DataFrame) -> pd.DataFrame:
    """Who cannot be asked about, or only without a test, and why.

    Parameters
    ----------
    case : with all series of its good
    imports : the table ``imports_monthly``
    """
    rows = []
    for part in case.series.values():
        if selected(part, case.control):
            known = known_of_year(part, case.control)
            reason = (
                f"growth printed by the press tells {known or 'none'} of the 12 months "
                f"before the control; a fair sample needs {FEWEST_OF_YEAR}"
            )
            teller = "China’s" if part.teller == CHINA else "its own"
            rows.append((codes.name(part.importer), f"{teller} customs", reason))
    ours = imports[imports["code"].str[:6].isin(CODES[case.product])]
    for (importer, product), lines in ours.groupby(["importer", "product"]):
        name = codes.name(str(importer))
        spans = sorted(set(lines["months"]))
        code = lines["code"].iloc[0]
        if min(spans) > 1:
            listed = words.listing([str(span) for span in spans])
            why = f"{product} ({code}) are printed for windows of {listed} months only"
            rows.append((name, "its own customs", why))
        elif product != case.product:
            why = f"its line {code} holds {product}: other goods are mixed in"
            rows.append((name, "its own customs", why))
    return pd.DataFrame(rows, columns=["importer", "as told by", "why"])
