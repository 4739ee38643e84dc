"""How far shipments came back after an approval: the levels, and what they rest on."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from rareearth import recovery, words
from rareearth.findings.shipments import (
    CHINA,
    WORLD,
    Case,
    Series,
    selected,
    world_beside,
)
from rareearth.matching import NothingMatches, matched
from rareearth.periods import figures, number, period
from rareearth.verdicts import recovery_verdict

MOST_MONTHS = 6
# A month counts as after if no more than these first days of it lie before.
DAYS_BEFORE = 7
CORRELATIONS = (0.0, 0.1, 0.2, 0.5)
STATED = f"as stated: correlation {recovery.CORRELATION:g}"
LEVEL = ["share", "low_share", "high_share"]
COLUMNS = [
    *("name", "first", "last", *LEVEL, "months", "points", "derived", "left_out"),
    *("selected", "verdict", "reason"),
]


class Window(NamedTuple):
    """The months after an approval."""

    first: pd.Period
    last: pd.Period

    def __str__(self) -> str:
        """The months in words."""
        year = f" {self.first:%Y}" if self.first.year != self.last.year else ""
        if self.first == self.last:
            return f"{self.first:%B %Y}"
        return f"{self.first:%B}{year} to {self.last:%B %Y}"


def window(case: Case, *, other_start: bool = False) -> Window | None:
    """The first months after the approval, as far as the importer's are known.

    Parameters
    ----------
    case : its event is an approval
    other_start : begin a month later if the approval's own counts, else with it

    Returns
    -------
    At most :data:`MOST_MONTHS`; None where no month after is known.
    """
    event = case.event
    own = event.precision == "day" and event.date.day <= DAYS_BEFORE
    first = number(event.date) + (own == other_start)
    return _until(case, first, first + MOST_MONTHS - 1)


def _until(case: Case, first: int, last: int) -> Window | None:
    """Months from one count to another, as far as the importer's are known."""
    known = [month for figure in figures(case.asked.rows) for month in figure.months]
    last = min(last, max(known))
    return Window(period(first), period(last)) if first <= last else None


def level(case: Case, part: Series, months: Window | None, **how: Any) -> pd.Series:
    """The level of one importer, or why there is none.

    Parameters
    ----------
    case, part : the case and one of its series
    months : the window
    how : as :func:`rareearth.recovery.recovery` takes it

    Returns
    -------
    What :class:`rareearth.recovery.Recovery` holds, with the verdict and its reason.
    """
    row = pd.Series(None, COLUMNS, dtype=object)
    row["name"], row["verdict"] = part.name, "cannot tell"
    row[LEVEL] = float("nan")
    row[["months", "points", "derived"]] = 0
    row["selected"] = chosen = selected(part, case.control)
    if months is None:
        row["reason"] = "no month after the approval is known"
        return row
    row["first"], row["last"] = months
    try:
        found = recovery.recovery(
            part.rows, *months, case.control, selected=chosen, **how
        )
    except NothingMatches as nothing:
        row["reason"] = str(nothing)
        return row
    for name, known in found._asdict().items():
        row[name] = known
    row["verdict"] = recovery_verdict(found.low_share, found.high_share)
    row["reason"] = _reason(found, chosen)
    return row


def _reason(found: recovery.Recovery, chosen: bool) -> str:
    """What a verdict rests on."""
    if chosen:
        return "its months are known only where the press printed their growth"
    if found.points < recovery.FEWEST_POINTS:
        return (
            f"{found.points} points give no interval; {recovery.FEWEST_POINTS} are "
            "needed"
        )
    return f"95 % interval {words.span(found.low_share, found.high_share)}"


def levels(case: Case) -> pd.DataFrame:
    """The level of every importer in the same months, the one asked about first.

    Returns
    -------
    One row per ``importer`` as :func:`level` gives them.
    """
    months = window(case)
    order = [case.importer, *(name for name in case.series if name != case.importer)]
    rows = {name: level(case, case.series[name], months) for name in order}
    return _table(rows, "importer")


def _table(rows: dict[str, pd.Series], name: str) -> pd.DataFrame:
    """Rows as a table with numbers in their columns."""
    table = pd.DataFrame(rows).T.rename_axis(name)
    return table.astype(dict.fromkeys(LEVEL, float))


def relative(case: Case, months: Window | None, **how: Any) -> pd.Series:
    """The level against China's shipments to all others in the same months.

    Empty, with the reason, for the world and where China's customs do not tell it.
    """
    world = world_beside(case, case.asked)
    if world is not None:
        return level(case, case.asked, months, world=world.rows, **how)
    row = level(case, case.asked, None)
    row["reason"] = "the world has no others to be set against"
    if case.importer != WORLD:
        row["reason"] = "what it tells of imports is not set against China’s exports"
    return row


def export_shares(case: Case, months: Window | None) -> tuple[float, float]:
    """The importer's share in China's exports before and after, or missing."""
    world = world_beside(case, case.asked)
    missing = float("nan"), float("nan")
    if world is None or months is None:
        return missing
    try:
        return recovery.export_share(case.asked.rows, world.rows, *months, case.control)
    except NothingMatches:
        return missing


def tried(case: Case) -> pd.DataFrame:
    """Level and relative level under other choices than the stated one.

    Returns
    -------
    One row per ``choice``: ``label``, the columns of :func:`level`, and those of the
    relative level with ``relative_`` before their names.
    """
    months = window(case)
    rows = {"stated": _both(case, months, STATED)}
    for at in CORRELATIONS:
        label = f"correlation {at:g}"
        rows[f"correlation_{at:.1f}"] = _both(case, months, label, correlation=at)
    for key, other in _windows(case).items():
        if other is not None and other != months:
            rows[key] = _both(case, other, str(other))
    mean = _mean_of_year(case)
    if mean is not None and months is not None:
        rows["mean_of_year"] = _against_mean(case, months, mean)
    return _table(rows, "choice").astype({f"relative_{name}": float for name in LEVEL})


def _both(case: Case, months: Window | None, label: str, **how: Any) -> pd.Series:
    """Level and relative level of one choice."""
    beside = relative(case, months, **how).add_prefix("relative_")
    own = level(case, case.asked, months, **how)
    return pd.concat([pd.Series({"label": label}), own, beside])


def _windows(case: Case) -> dict[str, Window | None]:
    """Other windows: another start, up to the next wave, and all months since."""
    stated = window(case)
    if stated is None:
        return {}
    first = number(stated.first)
    waves = case.approvals[case.approvals["kind"] == "permit"]["date"]
    later = waves[waves > case.event.date]
    found = {
        "other_start": window(case, other_start=True),
        "all_since": _until(case, first, first + 11),  # each month before once
    }
    if len(later):
        found["to_next_wave"] = _until(case, first, number(later.min()) - 1)
    return found


def _mean_of_year(case: Case) -> float | None:
    """Mean month of the calendar year before the control's, if it is printed."""
    rows = case.asked.rows
    start = pd.Timestamp(case.control.year - 1, 1, 1)
    year = rows[(rows["start"] == start) & (rows["months"] == 12)]["tonnes"]
    return None if year.empty else float(year.iloc[0]) / 12


def _against_mean(case: Case, months: Window, mean: float) -> pd.Series:
    """The level against the mean of a calendar year; there is no relative one."""
    found = recovery.recovery_of_mean(case.asked.rows, *months, mean)
    label = f"against the mean month of {case.control.year - 1}"
    row = _both(case, None, label)
    for name, known in found._asdict().items():
        row[name] = known
    row["verdict"] = recovery_verdict(found.low_share, found.high_share)
    row["reason"] = _reason(found, chosen=False)
    row["relative_reason"] = "not computed"
    return row


def months(case: Case) -> pd.DataFrame:
    """The points that the level rests on, one row each.

    Returns
    -------
    ``months`` (in words), ``before`` and ``after`` (tonnes), ``share``, ``derived``
    and, beside the world, ``relative_share``; empty where nothing matches.
    """
    stated = window(case)
    columns = ["months", "before", "after", "share", "derived", "relative_share"]
    world = world_beside(case, case.asked)
    if stated is None:
        return pd.DataFrame(columns=columns)
    rows = None if world is None else world.rows
    try:
        points, _ = matched(case.asked.rows, rows, *stated, case.control, "tonnes")
    except NothingMatches:
        return pd.DataFrame(columns=columns)
    points["share"] = points["after"] / points["before"]
    points["relative_share"] = float("nan")
    if world is not None:
        rest = (points["world_after"] - points["after"]) / (
            points["world_before"] - points["before"]
        )
        points["relative_share"] = points["share"] / rest
    points["months"] = [
        str(Window(period(span[0]), period(span[-1]))) for span in points["months"]
    ]
    return points[columns]


def own_windows(case: Case, imports: pd.DataFrame) -> pd.DataFrame:
    """Mean months of whole windows, before and after, as importers' customs have them.

    Returns
    -------
    One row per importer: ``name``, ``before`` and ``after`` (t a month), ``first`` and
    ``last`` (the windows in words), ``share``. Seasons are not matched.
    """
    rows = []
    means = imports[
        (imports["product"] == case.product)
        & (imports["partner"] == CHINA)
        & (imports["statistic"] == "monthly mean")
        & imports["tonnes"].notna()
    ].sort_values("start")
    for importer, lines in means.groupby("importer"):
        before, after = lines.iloc[0], lines.iloc[-1]
        if before["start"] < case.control < after["start"]:
            rows.append(
                {
                    "importer": importer,
                    "name": f"{words.country(str(importer))} (its own customs)",
                    "first": _months_of(before),
                    "last": _months_of(after),
                    "before": before["tonnes"],
                    "after": after["tonnes"],
                    "share": after["tonnes"] / before["tonnes"],
                }
            )
    columns = ["importer", "name", "first", "last", "before", "after", "share"]
    return pd.DataFrame(rows, columns=columns)


def _months_of(row: pd.Series) -> str:
    """The months of a printed window in words."""
    first = number(row["start"])
    return str(Window(period(first), period(first + row["months"] - 1)))
