"""Words of the figures and tables of a report on a control, computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth import charts, words
from rareearth.events import WINDOWS
from rareearth.findings.controls import Told
from rareearth.findings.effects import (
    ASKED,
    against_mean,
    choice,
    distinct,
    net,
    window,
)
from rareearth.findings.shipments import Case
from rareearth.findings.shipments_figures import LEVELS, one_line, source
from rareearth.frames import each, row_of
from rareearth.verdicts import FALL, POWER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LIMITS = (-1.0, 1.0)
XLABEL = "change over what the months before led to expect (%)"
MARKS = (
    "Mark and line: effect and 95 % interval, an arrow where it goes on. Upright tick: "
    f"the smallest fall that would be seen {words.percent(POWER)} of the time."
)


def levels(case: Case, told: Told) -> pd.DataFrame:
    """What the months before led to expect of each window, with its interval."""
    rows: list[dict[str, Any]] = []
    for row in each(told.effects.loc[list(WINDOWS)]):
        if not words.missing(row.effect_share):
            rows.append(
                {
                    "first": row.first_month.start_time,
                    "last": row.last_month.start_time,
                    "level": row.expected_tonnes,
                    "low": row.observed_tonnes / (1 + row.high_share),
                    "high": row.observed_tonnes / (1 + row.low_share),
                    "kind": "other",
                    "label": "expected",
                }
            )
    return pd.DataFrame(rows, columns=LEVELS)


def answer_frame(case: Case, told: Told) -> pd.DataFrame:
    """The windows as :func:`rareearth.charts.intervals` draws them."""
    rows = []
    for row in each(told.effects):
        asked = row.Index == ASKED
        tested = row.Index in WINDOWS
        about = net(case, row) if tested else "shown, not tested"
        head = f"{window(row)}" if tested else f"anticipation, {window(row)}"
        rows.append(
            {
                "label": f"{head}\n{about}" if about else head,
                "share": row.effect_share,
                "low": row.low_share,
                "high": row.high_share,
                "kind": "asked" if asked else "other" if tested else "quiet",
                "tick": row.mde_share if tested else None,
                "words": beside_mark(row),
            }
        )
    return pd.DataFrame(rows)


def beside_mark(row: Any) -> str:
    """An effect, its interval and its verdict in few words."""
    if words.missing(row.effect_share):
        return f"no effect can be computed\n{row.verdict}"
    low, high = (words.points(end) for end in (row.low_share, row.high_share))
    told = f"{words.change(row.effect_share)} [{low} to {high}]"
    return f"{told}\n{row.verdict}" if row.verdict else told


def answer(case: Case, told: Told) -> Axes:
    """Draw the effect by window."""
    tested = told.effects.loc[list(WINDOWS)]
    known = [f"{window(row)} {_short(row)}" for row in each(tested)]
    if (tested["verdict"] == "cannot tell").all():
        known = ["cannot tell in any window"]
    whose = words.capital(words.country(case.importer))
    return charts.intervals(
        answer_frame(case, told),
        title=f"{whose}: {'; '.join(known)}",
        source=f"{source(case.asked, case.product)}\n{MARKS}",
        xlabel=XLABEL,
        limits=LIMITS,
        lines=[(0, "as expected"), (-FALL, words.change(-FALL))],
        signed=True,
    )


def _short(row: Any) -> str:
    """A verdict, with its number where it tells something."""
    if row.verdict == "cannot tell":
        return str(row.verdict)
    return f"{words.change(row.effect_share)} ({row.verdict})"


def answer_alt(case: Case, told: Told) -> str:
    """The windows in words, with their numbers."""
    rows = each(answer_frame(case, told))
    listed = [f"{one_line(row.label)}: {one_line(row.words)}" for row in rows]
    return f"Effect by window, {len(listed)} rows. {'; '.join(listed)}."


def answer_table(case: Case, told: Told) -> pd.DataFrame:
    """The windows with all that their verdicts rest on."""
    rows = []
    for row in each(told.effects):
        rank = words.MISSING
        if not words.missing(row.placebo_rank):
            rank = f"{row.placebo_rank:.0f} of {row.placebo_windows:.0f}"
        rows.append(
            {
                "window": f"{row.Index}: {window(row)}",
                "months before": row.months_before,
                "months in it": row.months_after,
                "t a month": words.number(row.observed_tonnes, 0),
                "expected": words.number(row.expected_tonnes, 0),
                "effect": words.change(row.effect_share),
                "95 % interval": _interval(row),
                "p": words.number(row.p, 3),
                "p, Holm": words.number(row.p_holm, 3),
                "fall to be seen": words.change(row.mde_share),
                "placebo rank": rank,
                "verdict": row.verdict or "not tested",
            }
        )
    return pd.DataFrame(rows)


def _interval(row: Any) -> str:
    """Ends of an interval of changes."""
    if words.missing(row.low_share):
        return words.MISSING
    return f"{words.points(row.low_share)} to {words.points(row.high_share)} %"


def beside_frame(case: Case, told: Told) -> pd.DataFrame:
    """Importers as :func:`rareearth.charts.intervals` draws them."""
    rows = [
        {
            "label": words.capital(row.name).replace(" (", "\n("),
            "share": row.effect_share,
            "low": row.low_share,
            "high": row.high_share,
            "kind": "other" if place else "asked",
            "tick": row.mde_share,
            "words": beside_mark(row),
        }
        for place, row in enumerate(each(told.beside))
    ]
    return pd.DataFrame(rows)


def beside(case: Case, told: Told) -> Axes:
    """Draw the first window of all importers that have one."""
    known = [f"{row.name} {_short(row)}" for row in each(told.beside)]
    months = window(told.beside.iloc[0])
    return charts.intervals(
        beside_frame(case, told),
        title=f"{months}: {'; '.join(known)}",
        source=f"Exports as China’s customs tell them, imports as the importer’s own "
        f"do: two tellings, never one ratio.\n{MARKS}",
        xlabel=XLABEL,
        limits=LIMITS,
        lines=[(0, "as expected"), (-FALL, words.change(-FALL))],
        signed=True,
    )


def beside_alt(case: Case, told: Told) -> str:
    """The importers in words, with their numbers."""
    rows = each(beside_frame(case, told))
    listed = [f"{one_line(row.label)}: {one_line(row.words)}" for row in rows]
    return f"The first window of {len(listed)} series. {'; '.join(listed)}."


def tried_table(told: Told) -> pd.DataFrame:
    """The verdict under each choice of the months before, and their plain mean."""
    rows = [
        {
            "choice": choice(row),
            "months before": row.months_before,
            "effect": words.change(row.effect_share),
            "95 % interval": _interval(row),
            "p, Holm": words.number(row.p_holm, 3),
            "verdict": row.verdict,
        }
        for row in each(told.choices)
    ]
    first = next(each(told.choices))
    mean = {
        "choice": "the same months, their plain mean",
        "months before": first.months_before,
        "effect": words.change(against_mean(first)),
        "95 % interval": words.MISSING,
        "p, Holm": words.MISSING,
        "verdict": "not tested",
    }
    return pd.DataFrame([*rows, mean])


def answer_text(case: Case, told: Told) -> str:
    """How to read the effect by window."""
    text = (
        "The effect is what was counted over what the months before led to expect. "
        f"{len(case.approvals)} events that eased the control are known: windows after "
        "the first of them show the control net of approvals. A window without a "
        "visible fall may hide one that is smaller than the tick."
    )
    row = row_of(told.effects, ASKED)
    if row["verdict"] == "bit" and row["mde_share"] < row["effect_share"]:
        text += (
            f" The fall of {window(row)} is smaller than its tick: where a test often "
            "misses a fall of that size, the falls that it does find look larger on "
            "average than they are, so the interval says more than the point."
        )
    return (
        f"{text} A placebo rank of 1 says that no run of months before, as long as the "
        "window, lay as low; such runs overlap, so a rank is no p-value."
    )


def beside_text(case: Case, told: Told) -> str:
    """How to read the importers beside each other."""
    text = (
        "A fall that is no deeper for one importer than for everybody is not aimed at "
        "that importer. There is no series by month here that the control did not "
        "touch, so none of these is set against an untreated one."
    )
    if "others" in told.beside.index:
        whose = words.country(case.importer)
        text = f"All but {whose} is China’s total without {whose}. {text}"
    short = [
        f"{row.name}: {row.reason}"
        for row in each(told.beside)
        if row.verdict == "cannot tell"
    ]
    return f"{text} No verdict on {'; '.join(short)}." if short else text


def tried_text(case: Case, told: Told) -> str:
    """What was chosen after results had been seen."""
    return (
        "How many months before the event are left out as anticipation, and whether "
        "January and February count only together, was settled after results had been "
        "seen: the New Year moves between the two months, and stocks were rushed out "
        "ahead. So here is the first window under each combination; the first row is "
        "the one that the verdict rests on. Choices "
        f"that use other months: {distinct(told.choices)} of {len(told.choices)}. The "
        "last row sets the window against the plain mean of the months of the first "
        "row, in which old months weigh as much as new ones; it shows how much hangs "
        "on how expected is worked out."
    )
