"""The headline of 02-diversification: its sentence and its values."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from rareearth import NoData, comparison, diversification, stages, words
from rareearth.comparison import Ends, NotComparable
from rareearth.diversification import Change, Verdict
from rareearth.findings.dependency import GOODS
from rareearth.present import value

SAID = {
    "worked": "has worked",
    "partly": "has worked in part",
    "not": "has not worked",
}


class Told(NamedTuple):
    """What one stage tells: its ends and changes, or the reason why they are not."""

    ends: Ends | None
    share: Change | None
    hhi: Change | None
    verdict: Verdict
    reason: str


def by_stage(
    imports: pd.DataFrame, first_year: int, last_year: int, basis: str = "value"
) -> dict[str, Told]:
    """Changes and verdict of each traded stage between two ends of three years.

    Parameters
    ----------
    imports : as :func:`rareearth.stages.imports_of` gives them
    first_year, last_year : first year of the first end, last year of the last
    basis : ``value`` or ``weight``

    Raises
    ------
    NoData
        Where there are no imports at all, as before the first edition of trade.
    """
    if imports.empty:
        raise NoData(stages.UNPUBLISHED)
    told = {}
    for stage in stages.TRADED:
        rows = imports[imports["stage"] == stage]
        if basis == "weight" and stage == "magnets":
            nothing = Verdict("cannot tell", stages.NO_MAGNET_WEIGHT, pd.DataFrame())
            told[stage] = Told(None, None, None, nothing, stages.NO_MAGNET_WEIGHT)
            continue
        verdict = diversification.verdict(rows, first_year, last_year, basis=basis)
        try:
            ends = comparison.ends(rows, first_year, last_year)
            told[stage] = Told(
                ends,
                diversification.share_change(ends, basis=basis),
                diversification.hhi_change(ends, basis=basis),
                verdict,
                "",
            )
        except NotComparable as error:
            told[stage] = Told(None, None, None, verdict, str(error))
    return told


def period(years: tuple[int, ...]) -> str:
    """Years of one end as they are written."""
    return words.years(years[0], years[-1])


def sentence(importer: str, stage: str, told: dict[str, Told], basis: str) -> str:
    """The answer for one stage, its parts, and the verdicts of the others."""
    one = told[stage]
    whose, goods = words.possessive(importer), GOODS[stage]
    by = "value" if basis == "value" else "gross weight"
    answer = one.verdict.answer
    if one.share is None or one.ends is None:
        bold = (
            f"Whether {whose} supply of {goods} has become more diverse cannot be "
            f"told: {one.reason}."
        )
        return f"**{bold}** {_others(stage, told)}"
    change = one.share
    if answer in SAID:
        bold = f"Diversification of {whose} {goods} {SAID[answer]}: between "
    else:
        bold = f"Whether {whose} {goods} were diversified cannot be told: between "
    bold += (
        f"{period(one.ends.first_years)} and {period(one.ends.last_years)} China’s "
        f"share, by {by}, {_moved(change.first, change.last)}."
    )
    lines = [f"**{bold}**"]
    if answer not in SAID:
        lines.append(f"{_capital(_reason(one))}.")
    lines += [_parts(change), _hhi(one.hhi), _others(stage, told)]
    return " ".join(line for line in lines if line)


def _reason(one: Told) -> str:
    """Why the verdict is what it is, for a reader."""
    return one.verdict.reason.replace("CHN", "China’s share")


def _capital(text: str) -> str:
    """The text with a capital at its start and no full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")


def _moved(first: float, last: float) -> str:
    """Where a share went, in words."""
    if words.percent(first) == words.percent(last):
        return f"stayed at {words.percent(last)}"
    verb = "rose" if last > first else "fell"
    return f"{verb} from {words.percent(first)} to {words.percent(last)}"


def _parts(change: Change) -> str:
    """Who gained what China lost, or lost what it gained."""
    others = -change.change
    verb = "gained" if others >= 0 else "lost"
    all_others = f"The others together {verb} {abs(100 * others):.1f} points"
    if change.new is None or change.lost is None:
        return f"{all_others}; who of them is new, leading flows do not tell."
    stayed, new, lost = (
        words.points(part, 1) for part in (change.continuing, change.new, change.lost)
    )
    return (
        f"{all_others}: suppliers present at both ends {stayed}, new ones {new}, lost "
        f"ones {lost}."
    )


def _hhi(change: Change | None) -> str:
    """How the concentration of all suppliers moved."""
    if change is None:
        return ""
    verb = "rose" if change.last > change.first else "fell"
    return f"The HHI {verb} from {change.first:.2f} to {change.last:.2f}."


def _others(stage: str, told: dict[str, Told]) -> str:
    """Verdicts of the stages that were not asked for."""
    rest = [s for s in told if s != stage]
    return f"The other stages: {words.listing(_verdict(s, told[s]) for s in rest)}."


def _verdict(stage: str, one: Told) -> str:
    """One stage's verdict in a few words."""
    if one.share is None:
        return f"{stage} {one.verdict.answer}"
    ends = f"{words.percent(one.share.first)} to {words.percent(one.share.last)}"
    return f"{stage} {one.verdict.answer} ({ends})"


def values(stage: str, told: dict[str, Told]) -> list[dict[str, Any]]:
    """The values of ``headline.json``: parts of each stage, and the verdicts."""
    found = []
    for name, one in told.items():
        change = one.share
        years = _years(one)
        parts = {
            "china_share_change": ("change of China’s share", "change"),
            "continuing": ("gained by suppliers present at both ends", "continuing"),
            "new": ("gained by new suppliers", "new"),
            "lost": ("given back by lost suppliers", "lost"),
        }
        method = one.reason or (change.reason if change and change.reason else "")
        method = method or "exact shift-share between totals of three years"
        for id, (label, field) in parts.items():
            number = None if change is None else getattr(change, field)
            found.append(
                value(f"{name}.{id}", f"{label}, {GOODS[name]}", number, "share change",
                      years, method=method, sources=["trade"])
            )  # fmt: skip
        found.append(
            value(f"{name}.verdict", f"verdict on {GOODS[name]}", one.verdict.answer,
                  "verdict", years, method=_reason(one), sources=["trade"])
        )  # fmt: skip
    chosen = told[stage]
    found.append(
        value("verdict", f"verdict on {GOODS[stage]}", chosen.verdict.answer, "verdict",
              _years(chosen), method=_reason(chosen), sources=["trade"])
    )  # fmt: skip
    return found


def _years(one: Told) -> str | None:
    """Both ends of a stage as they are written."""
    if one.ends is None:
        return None
    return f"{period(one.ends.first_years)} to {period(one.ends.last_years)}"
