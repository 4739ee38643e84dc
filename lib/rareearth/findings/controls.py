"""The answer of 04-export-controls for a control: effects by window, and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from rareearth import events, words
from rareearth.events import WINDOWS
from rareearth.findings.effects import (
    ASKED,
    beside,
    choice,
    distinct,
    effects,
    known,
    net,
    tried,
    window,
)
from rareearth.findings.shipments import CHINA, Case, Series
from rareearth.frames import each, row_of
from rareearth.present import value
from rareearth.verdicts import CONTROL_RULE, POWER

RULE = f"""{events.WINDOWS_RULE}
The headline speaks of the first window; a window after an approval shows the control
net of approvals and is titled so.

{CONTROL_RULE}

Holm’s correction is over the three windows of the importer asked about; others shown
beside it have their own. A rank among placebo dates is shown and is no p-value."""


@dataclass(frozen=True)
class Told:
    """All that the page shows of one control."""

    case: Case
    effects: pd.DataFrame
    choices: pd.DataFrame

    @cached_property
    def beside(self) -> pd.DataFrame:
        """The others, whom the answer does not need: they take as long as it."""
        return beside(self.case)


def told(case: Case, imports: pd.DataFrame) -> Told:
    """Compute what the page shows.

    Parameters
    ----------
    case : its event is a control
    imports : the table ``imports_monthly``, of which no more than the case is needed
    """
    return Told(case, effects(case), tried(case))


def sentence(case: Case, told: Told) -> str:
    """The answer in a few sentences, the first of them in bold.

    Parameters
    ----------
    case : its event is a control
    told : as :func:`told` gives it
    """
    found, choices = told.effects, told.choices
    row = row_of(found, ASKED)
    lines = [f"**{_first(case, row)}**"]
    if words.missing(row["effect_share"]):
        return lines[0]
    if row["verdict"] == "cannot tell":
        lines.append(f"{_numbers(case, row)}.")
    lines += [
        f"A fall of {words.percent(-row['mde_share'])} or more would be seen "
        f"{words.percent(POWER)} of the time.",
        _steady(row, choices),
    ]
    later = [
        f"{words.change(w.effect_share)} in {window(w)}{known(w)}, {w.verdict}"
        for w in each(found.iloc[2:])
        if not words.missing(w.effect_share)
    ]
    if later:
        lines.append(
            f"Later windows, net of approvals: {'; '.join(later)}."
            if net(case, found.iloc[2])
            else f"Later windows: {'; '.join(later)}."
        )
    if row["verdict"] in ("bit", "diverted"):
        lines.append(
            "US tariffs moved in the same weeks: that licensing was the cause is not "
            "identified."
        )
    return " ".join(lines)


def _first(case: Case, row: pd.Series) -> str:
    """What shipments did in the first window, and the verdict."""
    day = f"{case.control.day} {case.control:%B %Y}"
    if row["verdict"] == "cannot tell":
        part = case.asked
        flow = f"China’s shipments of {case.product} to {words.country(part.importer)}"
        if part.teller != CHINA:
            whose = words.possessive(part.importer)
            flow = f"{whose} imports of {case.product} from China"
        return (
            f"Whether China’s control of {day} cut {flow}: {row['verdict']}. "
            f"{words.capital(row['reason'])}."
        )
    return (
        f"{_numbers(case, row)}; the verdict on China’s control of {day} is: "
        f"{row['verdict']}."
    )


def _numbers(case: Case, row: pd.Series) -> str:
    """What was counted in a window, against what was expected."""
    part = case.asked
    side = "fewer" if row["effect_share"] < 0 else "more"
    amount = f"{words.percent(abs(row['effect_share']))} {side} tonnes"
    told = f"China shipped {amount} of {case.product}"
    told += f" to {words.country(part.importer)}"
    if part.teller != CHINA:
        told = f"the customs of {words.country(part.importer)} counted {amount} of "
        told += f"{case.product} from China"
    return (
        f"In {window(row)} {told} than the months before led one to expect "
        f"({interval(row)}, {words.probability(row['p_holm'])} after Holm’s correction)"
    )


def _steady(row: pd.Series, choices: pd.DataFrame) -> str:
    """Whether the verdict holds under other choices of months, in a sentence."""
    different = choices[choices["verdict"] != row["verdict"]]
    if different.empty:
        return (
            f"All {len(choices)} choices of the months before that were tried give the "
            f"same verdict; {_differ(choices)}."
        )
    told = [f"{choice(c)}: {c.verdict}, {_why(c)}" for c in each(different)]
    return (
        f"The verdict hangs on choices made after results had been seen: "
        f"{len(different)} of {len(choices)} give another ({'; '.join(told)})."
    )


def _differ(choices: pd.DataFrame) -> str:
    """How many of the choices are another test at all."""
    count = distinct(choices)
    if count == 1:
        return "they all use the same months"
    return f"{count} of them differ in the months they use"


def _why(row: Any) -> str:
    """The number that a verdict rests on."""
    if words.missing(row.p_holm):
        return str(row.reason)
    return words.probability(row.p_holm)


def interval(row: Any) -> str:
    """An interval of changes in words."""
    low, high = (words.points(row[end]) for end in ("low_share", "high_share"))
    return f"95 % interval {low} to {high} %"


def values(case: Case, told: Told) -> list[dict[str, Any]]:
    """The values of ``headline.json``: every verdict with the numbers it rests on.

    Parameters
    ----------
    case, told : as :func:`sentence` takes them
    """
    part = case.asked
    found = _of("event", "shipments asked about", row_of(told.effects, ASKED), part)
    for name in list(WINDOWS)[1:]:
        key = name.replace("–", "_").replace(" ", "_")
        row = row_of(told.effects, name)
        found += _of(f"event.{key}", f"the same, {name}", row, part)
    for row in each(told.choices):
        one = row_of(told.choices, row.Index)
        found += _of(f"tried.{row.Index}", choice(row), one, part)
    for name in told.beside.index[1:]:
        row, teller = row_of(told.beside, name), case.series.get(name, part)
        found += _of(f"beside.{name.lower()}", row["name"], row, teller)
    return found


def _of(id: str, label: str, row: pd.Series, part: Series) -> list[dict[str, Any]]:
    """One window of one series."""
    years = f"{row['first_month']} to {row['last_month']}"
    table = "exports_monthly" if part.teller == CHINA else "imports_monthly"
    about: dict[str, Any] = {"sources": [table, "events"]}
    effect = None if words.missing(row["effect_share"]) else row["effect_share"]
    return [
        value(f"{id}.effect", f"change, {label}", effect, "share change", years,
              low=row["low_share"], high=row["high_share"],
              method="over what the months before led to expect, 95 % interval",
              **about),
        value(f"{id}.p_holm", f"p after Holm, {label}", row["p_holm"], "probability",
              years, method="maximised Monte Carlo test, two-sided", **about),
        value(f"{id}.mde", f"smallest fall to be seen, {label}", row["mde_share"],
              "share change", years, method=f"power {words.percent(POWER)}", **about),
        value(f"{id}.low_power", f"whether a fall of 30 % may be missed, {label}",
              bool(row["low_power"]), "flag", years, **about),
        value(f"{id}.months_before", f"months before, {label}",
              row["months_before"], "count", years, **about),
        value(f"{id}.months_after", f"months in the window, {label}",
              row["months_after"], "count", years, **about),
        value(f"{id}.verdict", f"verdict, {label}", row["verdict"], "verdict", years,
              method=row["reason"], **about),
    ]  # fmt: skip
