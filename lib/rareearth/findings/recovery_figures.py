"""Words of the figures and tables of a report on an approval, computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth import charts, words
from rareearth.findings.recovery import Told
from rareearth.findings.shipments import CHINA, Case
from rareearth.findings.shipments_figures import LEVELS, one_line, source
from rareearth.frames import each, row_of
from rareearth.verdicts import HALF, RESTORED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LIMITS = (0.0, 2.0)
XLABEL = "level, of the same months before the control (%)"
LINES = [
    (1, "as before"),
    (RESTORED, ""),
    (HALF, words.percent(HALF)),
]
MARKS = (
    "Mark and line: level and 95 % interval, an arrow where it goes on; open marks "
    f"have no interval. Dashed: {words.percent(HALF)} and {words.percent(RESTORED)}."
)


def levels(case: Case, told: Told) -> pd.DataFrame:
    """The mean month before and after, to be drawn over the months."""
    rows: list[dict[str, Any]] = []
    if told.window and len(told.months):
        count = row_of(told.levels, case.importer)["months"]
        mean = {side: told.months[side].sum() / count for side in ("before", "after")}
        for name, label, (first, last) in (
            *(("before", "same months before", run) for run in _before(case, told)),
            ("after", "after", told.window),
        ):
            rows.append(
                {
                    "first": first.start_time,
                    "last": last.start_time,
                    "level": mean[name],
                    "low": float("nan"),
                    "high": float("nan"),
                    "kind": "asked" if name == "after" else "other",
                    "label": label,
                }
            )
    return pd.DataFrame(rows, columns=LEVELS)


def _before(case: Case, told: Told) -> list[tuple[pd.Period, pd.Period]]:
    """The same months before the control, in runs without a gap."""
    assert told.window is not None
    year = case.control.to_period("M")
    months = pd.period_range(*told.window, freq="M")
    same = sorted(year - 12 + (month - year).n % 12 for month in months)
    starts = [month for month in same if month - 1 not in same]
    ends = [month for month in same if month + 1 not in same]
    return list(zip(starts, ends, strict=True))


def answer_frame(case: Case, told: Told) -> pd.DataFrame:
    """Level, relative level and what stands beside it, as they are drawn."""
    own = row_of(told.levels, case.importer)
    rows = [_row(words.capital(own["name"]), own, "asked")]
    if not words.missing(told.relative["share"]):
        rows.append(_row("the same against China’s\nexports to all others",
                         told.relative, "asked"))  # fmt: skip
    return pd.DataFrame(rows)


def _row(label: str, row: pd.Series, kind: str) -> dict[str, Any]:
    """One level as it is drawn."""
    return {
        "label": label,
        "share": row["share"],
        "low": row["low_share"],
        "high": row["high_share"],
        "kind": kind,
        "tick": None,
        "words": _words(row),
    }


def _words(row: pd.Series) -> str:
    """A level, its interval and its verdict in few words."""
    if words.missing(row["share"]):
        return f"no month matches\n{row['verdict']}"
    told = words.percent(row["share"])
    if not words.missing(row["low_share"]):
        told += f" [{100 * row['low_share']:.0f} to {100 * row['high_share']:.0f}]"
        return f"{told}\n{row['verdict']}"
    count = row["months"]
    return f"{told}, {count} month{'s' if count > 1 else ''}\n{row['verdict']}"


def months_table(told: Told) -> pd.DataFrame:
    """The points that the level rests on, in words."""
    return pd.DataFrame(
        [
            {
                "months": row.months,
                "t before": words.number(row.before, 0),
                "t after": words.number(row.after, 0),
                "level": words.percent(row.share),
                "against all others": words.percent(row.relative_share),
                "rests on": "a derived figure" if row.derived else "printed figures",
            }
            for row in each(told.months)
        ],
        columns=["months", "t before", "t after", "level", "against all others",
                 "rests on"],
    )  # fmt: skip


def beside_frame(case: Case, told: Told) -> pd.DataFrame:
    """Importers with a level, and windows printed as means, as they are drawn."""
    rows = []
    for importer in told.levels.index:
        row = row_of(told.levels, importer)
        if not words.missing(row["share"]):
            kind = "asked" if importer == case.importer else "other"
            label = words.capital(row["name"]).replace(" (", "\n(")
            rows.append(_row(label, row, kind))
    rows.sort(key=lambda row: (row["kind"] != "asked", words.missing(row["low"])))
    for line in each(told.printed):
        rows.append(
            {
                "label": f"{words.capital(line.name)},\n{line.last}",
                "share": line.share,
                "low": float("nan"),
                "high": float("nan"),
                "kind": "quiet",
                "tick": None,
                "words": f"{words.percent(line.share)} of\n{line.first}",
            }
        )
    return pd.DataFrame(rows, columns=["label", "share", "low", "high", "kind", "tick",
                                       "words"])  # fmt: skip


def answer(case: Case, told: Told) -> Axes:
    """Draw level and relative level."""
    own = row_of(told.levels, case.importer)
    title = f"{words.capital(own['name'])}: no month matches one before"
    if not words.missing(own["share"]):
        title = (
            f"{words.capital(own['name'])}, {told.window}: "
            f"{words.percent(own['share'])} of the same months before"
        )
    if not words.missing(told.relative["share"]):
        title += f", {words.percent(told.relative['share'])} against all others"
    return charts.intervals(
        answer_frame(case, told),
        title=title,
        source=f"{source(case.asked, case.product)}\n{MARKS}",
        xlabel=XLABEL,
        limits=LIMITS,
        lines=LINES,
    )


def answer_alt(case: Case, told: Told) -> str:
    """Level and relative level in words, with their numbers."""
    return _alt(answer_frame(case, told), "level")


def _alt(frame: pd.DataFrame, what: str) -> str:
    """Rows of a figure in words."""
    listed = [
        f"{one_line(row.label, ' ')}: {one_line(row.words)}" for row in each(frame)
    ]
    return f"{len(listed)} rows of {what}. {'; '.join(listed)}."


def answer_table(case: Case, told: Told) -> pd.DataFrame:
    """The points that the level rests on, in words."""
    return months_table(told)


def answer_text(case: Case, told: Told) -> str:
    """How to read level and relative level."""
    text = (
        "The level says how much is shipped again; the level against all others says "
        "whether this importer came back as others did. What moves all of China’s "
        "exports, such as demand for magnets, moves the first and not the second."
    )
    if case.asked.teller != CHINA:
        text += (
            " These are imports as the importer’s own customs tell them, so there is "
            "no second one."
        )
    return text


def beside(case: Case, told: Told) -> Axes:
    """Draw the levels of all importers in the same months."""
    frame = beside_frame(case, told)
    fair = [
        f"{row['name']} {words.percent(row['share'])}"
        for _, row in told.levels.iterrows()
        if not words.missing(row["low_share"])
    ]
    months = f"{told.window}" if told.window else "After the approval"
    return charts.intervals(
        frame,
        title=f"{months}: {words.listing(fair) or 'no level has an interval'}",
        source=f"Exports as China’s customs tell them, imports as the importer’s own "
        f"do: two tellings, never one ratio.\n{MARKS}",
        xlabel=XLABEL,
        limits=LIMITS,
        lines=LINES,
    )


def beside_alt(case: Case, told: Told) -> str:
    """The levels of all importers in words, with their numbers."""
    return _alt(beside_frame(case, told), "levels of importers")


def beside_text(case: Case, told: Told) -> str:
    """How to read the importers beside each other."""
    chosen = [
        row["name"]
        for _, row in told.levels.iterrows()
        if row["selected"] and not words.missing(row["share"])
    ]
    text = "Each mark is the same window over its own same months before the control."
    if chosen:
        text += (
            f" The months of {words.listing(chosen)} are known only where the press "
            "printed their growth, and it prints what is remarkable: they are "
            "selected, so they have no interval, and their verdict is: cannot tell."
        )
    if len(told.printed):
        text += (
            " Windows that an importer’s customs printed as means have no matched "
            "season: they stand here for the direction only."
        )
    return text


def tried_table(told: Told) -> pd.DataFrame:
    """Level and relative level under other choices."""
    return pd.DataFrame(
        [
            {
                "choice": row.label,
                "level": words.percent(row.share),
                "95 % interval": words.span(row.low_share, row.high_share),
                "verdict": row.verdict,
                "against all others": words.percent(row.relative_share),
                "its interval": words.span(
                    row.relative_low_share, row.relative_high_share
                ),
                "its verdict": words.MISSING
                if words.missing(row.relative_share)
                else row.relative_verdict,
            }
            for row in each(told.choices)
        ]
    )


def tried_text(case: Case, told: Told) -> str:
    """What was chosen, and when."""
    return (
        "Two choices decide most here, and both were made when results could be seen: "
        "how alike the swings of neighbouring months are taken to be, and which months "
        "count as after. The first row is the one that the verdict rests on; a choice "
        "that turns a verdict shows how little it hangs on."
    )
