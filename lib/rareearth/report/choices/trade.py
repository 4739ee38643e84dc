"""What may be asked of yearly trade: who, when, which stage, by what."""

from __future__ import annotations

import os
from functools import cache

from rareearth.report import Value, Values


def importers(values: Values) -> dict[Value, str]:
    """Who imports anything in the trade table, and the EU27 that they make up."""
    from rareearth import codes

    found, _ = _traded(values)
    return {iso3: codes.name(iso3) for iso3 in (*found, "EU27")}


def years(values: Values) -> dict[Value, str]:
    """The years of the trade table, and those that mines are known for after it.

    Also those that ``as_of`` leaves out: a page asked up to 2025 shows what was known.
    """
    from rareearth import tables

    _, traded = _traded(values)
    mined = tables.load("production")["year"]
    later = sorted(set(mined[mined > max(traded, default=0)].tolist()))
    return dict.fromkeys((*traded, *later), "")


def stages_traded(values: Values) -> dict[Value, str]:
    """The stages that are traded."""
    from rareearth import stages

    return dict.fromkeys(stages.TRADED, "")


def bases(values: Values) -> dict[Value, str]:
    """What a share may be a share of."""
    return {"value": "US dollars", "weight": "gross tonnes"}


def fetched(values: Values) -> dict[Value, str]:
    """Whether months that were fetched on this machine are used too."""
    return {False: "the data package alone", True: "what was fetched, too"}


def _traded(values: Values) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Importers and years of the trade table that a notebook would use."""
    file = str(values.get("trade_file", ""))
    return _importers_and_years(file, os.stat(file).st_mtime_ns if file else 0)


@cache
def _importers_and_years(
    file: str, changed: int
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Importers and years of a trade table, read once until it changes."""
    from rareearth import trade

    flows = trade.table(file)
    years = flows["start"].dt.year.unique()
    return tuple(sorted(flows["importer"].unique())), tuple(sorted(map(int, years)))
