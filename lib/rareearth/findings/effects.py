"""Effects of a control by window, for one importer and for those beside it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rareearth import events, words
from rareearth.events import WINDOWS
from rareearth.findings.shipments import (
    CHINA,
    Case,
    Series,
    names,
    others,
    selected,
    world_beside,
)
from rareearth.frames import row_of
from rareearth.verdicts import LEVEL, control_verdict

ASKED = next(iter(WINDOWS))  # the window that the headline speaks of
NUMBERS = [
    *("observed_tonnes", "expected_tonnes", "mean_before_tonnes"),
    *("effect_share", "low_share", "high_share"),
    *("mde_share", "p", "p_holm", "placebo_rank", "placebo_windows"),
]
# Chosen after results had been seen; so the page shows what the others would give.
CHOICES = {
    "joined_3": (3, True),
    "joined_2": (2, True),
    "single_3": (3, False),
    "single_2": (2, False),
}


def effects(
    case: Case,
    importer: str = "",
    *,
    anticipation: int = events.ANTICIPATION_MONTHS,
    new_year: bool = True,
) -> pd.DataFrame:
    """Effect and verdict by window.

    Parameters
    ----------
    case : its event is a control
    importer : one of the case's, or empty for the one asked about
    anticipation, new_year : as :func:`rareearth.events.effects` takes them

    Returns
    -------
    The table of :func:`rareearth.events.effects` with ``verdict`` and ``reason``; of
    the anticipation, which is not tested, both are empty.
    """
    part = case.series[importer or case.importer]
    known, unusable = _usable(case, part)
    table = events.effects(
        known, case.control, anticipation=anticipation, new_year=new_year
    )
    if unusable:
        table[NUMBERS] = float("nan")
    world = world_beside(case, part)
    rest = None
    fell = (table["p_holm"] < LEVEL) & (table["effect_share"] < 0)
    if world is not None and fell.any():
        rest = events.effects(
            others(world, part),
            case.control,
            anticipation=anticipation,
            new_year=new_year,
        )
    told = [
        control_verdict(
            row_of(table, window),
            others=None if rest is None else row_of(rest, window),
            unusable=unusable or _unnamed(case),
            anticipation=anticipation,
        )
        for window in WINDOWS
    ]
    table["verdict"] = ["", *(verdict.verdict for verdict in told)]
    table["reason"] = ["", *(verdict.reason for verdict in told)]
    return table


def _usable(case: Case, part: Series) -> tuple[pd.DataFrame, str]:
    """Rows without those that are zero before the control, and what that means."""
    silent = (part.rows["tonnes"] == 0) & (part.rows["start"] < case.control)
    if not silent.any():
        return part.rows, ""
    return part.rows[~silent], (
        f"nothing was shipped in {silent.sum()} of the periods before the control, so "
        "there is no effect in percent"
    )


def _unnamed(case: Case) -> str:
    """Why the control says nothing of the good, or nothing."""
    if names(case.event.hs6, case.product):
        return ""
    return f"no customs code that the control is known to name holds {case.product}"


def beside(case: Case) -> pd.DataFrame:
    """The first window of every importer with a fair sample of months before.

    Returns
    -------
    One row per ``importer`` (``name``), the one asked about first: the columns of
    :func:`effects`; the last row is the world without the importer asked about.
    """
    shown = [case.importer, *(i for i in case.series if i != case.importer)]
    rows = {}
    for importer in shown:
        part = case.series[importer]
        if importer == case.importer or not selected(part, case.control):
            rows[importer] = row_of(effects(case, importer), ASKED)
            rows[importer]["name"] = part.name
    world = world_beside(case, case.asked)
    if world is not None and not selected(case.asked, case.control):
        rest = Series("", others(world, case.asked), CHINA)
        added = case._replace(series=case.series | {"": rest})
        row = row_of(effects(added._replace(importer="")), ASKED)
        row["name"] = f"all but {words.country(case.importer)}"
        rows["others"] = row
    return pd.DataFrame(rows).T.rename_axis("importer")


def tried(case: Case) -> pd.DataFrame:
    """The first window under each choice of months.

    Returns
    -------
    One row per choice, as :data:`CHOICES` names them: ``anticipation``, ``new_year``
    and the columns of :func:`effects`.
    """
    rows = {}
    for name, (anticipation, new_year) in CHOICES.items():
        found = effects(case, anticipation=anticipation, new_year=new_year)
        rows[name] = row_of(found, ASKED)
        rows[name]["anticipation"] = anticipation
        rows[name]["new_year"] = new_year
    return pd.DataFrame(rows).T.rename_axis("choice")


def distinct(choices: pd.DataFrame) -> int:
    """How many of the choices rest on months of their own."""
    return len(choices.drop_duplicates(["months_before", "expected_tonnes"]))


def window(row: Any) -> str:
    """The months of a window in words.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> ends = pd.period_range("2025-11", "2026-04", freq="M")[[0, -1]]
    >>> window(SimpleNamespace(first_month=ends[0], last_month=ends[1]))
    'November 2025 to April 2026'
    """
    first, last = row.first_month, row.last_month
    year = f" {first:%Y}" if first.year != last.year else ""
    return f"{first:%B}{year} to {last:%B %Y}"


def known(row: Any) -> str:
    """How many months of a window are known, where it is not all of them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> ends = pd.period_range("2025-11", "2026-04", freq="M")[[0, -1]]
    >>> months = {"first_month": ends[0], "last_month": ends[1]}
    >>> known(SimpleNamespace(months_after=5, **months))
    ' (5 of its 6 months known)'
    """
    length = (row.last_month - row.first_month).n + 1
    if row.months_after >= length:
        return ""
    return f" ({row.months_after:.0f} of its {length} months known)"


def against_mean(row: Any) -> float:
    """Change of a window over the plain mean of the months before."""
    return float(row.observed_tonnes / row.mean_before_tonnes - 1)


def net(case: Case, row: Any) -> str:
    """What a window after approvals is net of, or nothing."""
    if case.approvals.empty:
        return ""
    first = case.approvals["date"].min().to_period("M")
    if first > row.last_month:
        return ""
    if first > row.first_month:
        return f"control, with approvals from {first:%B %Y} on"
    return "control net of later approvals"


def choice(row: Any) -> str:
    """A choice of months in words.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> choice(SimpleNamespace(anticipation=2, new_year=False))
    'January and February singly, 2 months left out'
    """
    joined = "together" if row.new_year else "singly"
    return f"January and February {joined}, {row.anticipation} months left out"
