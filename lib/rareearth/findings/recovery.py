"""The answer of 04-export-controls for an approval: levels, shares and verdicts."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from rareearth import recovery, words
from rareearth.findings import levels
from rareearth.findings.levels import DAYS_BEFORE, MOST_MONTHS, Window
from rareearth.findings.shipments import CHINA, WORLD, Case, Series
from rareearth.frames import each, row_of
from rareearth.present import value
from rareearth.verdicts import HALF, RECOVERY_RULE, RESTORED

# Who stands in the headline beside the importer asked about.
BESIDE = (WORLD, "USA", "DEU", "JPN", "KOR", "GBR", "EU27")
RULE = f"""\
An approval is described; no effect of it is claimed: truce, licences and talks lie in
one window. The window is the first {MOST_MONTHS} months after it, as far as they are
known; its own month counts if it came within the first {DAYS_BEFORE} days. The level is
that of the same calendar months in the year before the control; January and February
count only together, a printed range counts with its months if it lies inside the
window. The relative level is the importer’s over that of China’s shipments to all
others in the same months, which takes out what all share.

{RECOVERY_RULE} The interval allows the swings of neighbouring months a correlation of
{recovery.CORRELATION:g}. Where months are known only because the press printed their
growth they are selected, and there is no interval."""


class Told(NamedTuple):
    """All that the page shows of one approval."""

    window: Window | None
    levels: pd.DataFrame
    relative: pd.Series
    shares: tuple[float, float]
    choices: pd.DataFrame
    months: pd.DataFrame
    printed: pd.DataFrame


def told(case: Case, imports: pd.DataFrame) -> Told:
    """Compute what the page shows.

    Parameters
    ----------
    case : its event is an approval
    imports : the table ``imports_monthly``, for means of windows that it prints
    """
    window = levels.window(case)
    return Told(
        window,
        levels.levels(case),
        levels.relative(case, window),
        levels.export_shares(case, window),
        levels.tried(case),
        levels.months(case),
        levels.own_windows(case, imports),
    )


def sentence(case: Case, told: Told) -> str:
    """The answer in a few sentences, the first of them in bold.

    Parameters
    ----------
    case : its event is an approval
    told : as :func:`told` gives it
    """
    own = row_of(told.levels, case.importer)
    if words.missing(own["share"]):
        flow = f"China’s shipments of {case.product} to {words.country(case.importer)}"
        if case.asked.teller != CHINA:
            whose = words.possessive(case.importer)
            flow = f"{whose} imports of {case.product} from China"
        return (
            f"**How far {flow} came back after the approvals of {day(case.event)}: "
            f"{own['verdict']}. {words.capital(own['reason'])}.**"
        )
    lines = [f"**{_first(case, told, own)}**"]
    if not words.missing(told.shares[0]):
        before, after = (words.percent(share, 1) for share in told.shares)
        lines.append(
            f"The share of {words.country(case.importer)} in these exports went from "
            f"{before} to {after}."
        )
    if case.importer != WORLD and WORLD in told.levels.index:
        world = row_of(told.levels, WORLD)
        if not words.missing(world["share"]):
            lines.append(f"China’s exports to the world: {_level(world)}.")
    known = [row for row in (own, told.relative) if not words.missing(row["share"])]
    if "cannot tell" in [row["verdict"] for row in known]:
        lines.append(
            f"Another verdict needs an interval that begins at "
            f"{words.percent(RESTORED)} or more, lies between {words.percent(HALF)} "
            f"and 100 %, or ends below {words.percent(HALF)}."
        )
    lines.append(_steady(told))
    if own["derived"]:
        lines.append(
            f"{own['derived']} of the {own['points']} points rest on a derived figure."
        )
    return " ".join(line for line in lines if line)


def day(event: Any) -> str:
    """When an event was, no finer than it is known."""
    if event.precision in ("month", "year"):
        return f"{event.date:%B %Y}"
    return f"{event.date.day} {event.date:%B %Y}"


def _first(case: Case, told: Told, own: pd.Series) -> str:
    """The level, and the level against all others."""
    since = f"{case.control.day} {case.control:%B %Y}"
    counted = f"China’s exports of {case.product} to {words.country(case.importer)}"
    if case.asked.teller != CHINA:
        whose = words.possessive(case.importer)
        counted = f"{whose} imports of {case.product} from China"
    text = (
        f"In {told.window}, after the approvals of {day(case.event)}, {counted} were "
        f"at {words.percent(own['share'])} of the same months before the control of "
        f"{since} ({_ends(own)}; verdict: {own['verdict']})"
    )
    if words.missing(told.relative["share"]):
        return f"{text}."
    return (
        f"{text}; against China’s exports to all others they were at "
        f"{_level(told.relative)}."
    )


def _level(row: pd.Series) -> str:
    """A level with its interval and its verdict."""
    share = words.percent(row["share"])
    return f"{share} ({_ends(row)}; verdict: {row['verdict']})"


def _ends(row: pd.Series) -> str:
    """The interval of a level, or why there is none."""
    if words.missing(row["low_share"]):
        return f"no interval: {row['reason']}"
    return f"95 % interval {words.span(row['low_share'], row['high_share'])}"


def _steady(told: Told) -> str:
    """Whether the verdicts hold under other choices, in a sentence."""
    stated = row_of(told.choices, "stated")
    kinds = {"": "level", "relative_": "relative level"}
    parts = []
    for prefix, name in kinds.items():
        tried = told.choices[told.choices[f"{prefix}share"].notna()].iloc[1:]
        other = tried[tried[f"{prefix}verdict"] != stated[f"{prefix}verdict"]]
        if len(other):
            listed = "; ".join(
                f"{verdict}: {words.listing(rows['label'])}"
                for verdict, rows in other.groupby(f"{prefix}verdict")
            )
            parts.append(
                f"{len(other)} of {len(tried)} other choices give the {name} another "
                f"verdict ({listed})"
            )
    if not parts:
        return "No other choice that was tried gives another verdict."
    return f"{words.capital(words.listing(parts))}."


def values(case: Case, told: Told) -> list[dict[str, Any]]:
    """The values of ``headline.json``: every verdict with the numbers it rests on.

    Parameters
    ----------
    case, told : as :func:`sentence` takes them
    """
    span = str(told.window) if told.window else None
    own = row_of(told.levels, case.importer)
    found = []
    order = [case.importer, *(b for b in BESIDE if b != case.importer)]
    order += [name for name in told.levels.index if name not in order]
    for name in order:
        if name in told.levels.index:
            row, part = row_of(told.levels, name), case.series[name]
            key = f"recovery.{name.lower()}"
            found += _level_of(key, f"level of {row['name']}", row, part, span)
    exports: dict[str, Any] = {"sources": ["exports_monthly", "events"]}
    found += [
        _share("recovery.relative", "level against all others", told.relative,
               case.asked, span),
        *(
            value(f"export_share.{side}", f"share in China’s exports, {side}",
                  None if words.missing(share) else share, "share", span,
                  method="of the matched months, by weight", **exports)
            for side, share in zip(("before", "after"), told.shares, strict=True)
        ),
        value("recovery.verdict", "verdict on the level", own["verdict"], "verdict",
              span, method=own["reason"], sources=[_table(case.asked), "events"]),
        value("recovery.relative_verdict", "verdict on the level against all others",
              told.relative["verdict"], "verdict", span,
              method=told.relative["reason"], **exports),
    ]  # fmt: skip
    for row in each(told.choices.iloc[1:]):
        one = row_of(told.choices, row.Index)
        found += _tried(f"tried.{row.Index}", row.label, one, case.asked)
    for row in each(told.printed):
        found.append(
            value(f"printed.{row.importer.lower()}", f"{row.name}, means of windows",
                  row.share, "share", row.last, method=f"over {row.first}",
                  sources=["imports_monthly"])
        )  # fmt: skip
    return found


def _tried(id: str, label: str, row: pd.Series, part: Series) -> list[dict[str, Any]]:
    """Level and relative level under another choice."""
    found = []
    for prefix, name in (("", "level"), ("relative_", "relative")):
        if not words.missing(row[f"{prefix}share"]):
            own = row[[f"{prefix}{c}" for c in levels.COLUMNS]]
            own.index = pd.Index(levels.COLUMNS)
            found += _level_of(f"{id}.{name}", f"{name}, {label}", own, part, None)
    return found


def _level_of(
    id: str, label: str, row: pd.Series, part: Series, span: str | None
) -> list[dict[str, Any]]:
    """A level and its verdict."""
    about: dict[str, Any] = {"sources": [_table(part), "events"]}
    return [
        _share(id, label, row, part, span),
        value(f"{id}.verdict", f"verdict, {label}", row["verdict"], "verdict", span,
              method=row["reason"], **about),
    ]  # fmt: skip


def _share(
    id: str, label: str, row: pd.Series, part: Series, span: str | None
) -> dict[str, Any]:
    """A level, with how many points it rests on."""
    return value(
        id, label, row["share"], "share", span,
        low=row["low_share"], high=row["high_share"],
        method=f"{row['points']} points, {row['derived']} of them derived",
        sources=[_table(part), "events"],
    )  # fmt: skip


def _table(part: Series) -> str:
    """The table that a series is from."""
    return "exports_monthly" if part.teller == CHINA else "imports_monthly"
