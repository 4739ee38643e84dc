"""What may be asked of yearly trade: who, when, which stage, by what."""

from __future__ import annotations

import os
from functools import cache
from typing import NamedTuple

from rareearth.report import Value, Values


def importers(values: Values) -> dict[Value, str]:
    """Who imports anything in the trade table, and the EU27 that they make up."""
    from rareearth import codes

    return {iso3: codes.name(iso3) for iso3 in (*_held(values).importers, "EU27")}


def years(values: Values) -> dict[Value, str]:
    """The years of the trade table, and those that mines are known for after it.

    Also those that ``as_of`` leaves out: a page asked up to 2025 shows what was known.
    """
    from rareearth import tables

    traded = _held(values).years
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


def products(values: Values) -> dict[Value, str]:
    """The traded goods of the chain that the trade table holds."""
    from rareearth import codes, stages

    goods = codes.products("HS").set_index("code")
    known = goods.loc[goods["stage"].isin(stages.TRADED), "description"]
    held = _held(values).products
    return {product: known[product] for product in held if product in known}


def years_traded(values: Values) -> dict[Value, str]:
    """The years of the trade table."""
    return dict.fromkeys(_held(values).years, "")


def fetched(values: Values) -> dict[Value, str]:
    """Whether months that were fetched on this machine are used too."""
    return {False: "the data package alone", True: "what was fetched, too"}


class Held(NamedTuple):
    """What a trade table holds."""

    importers: tuple[str, ...]
    years: tuple[int, ...]
    products: tuple[str, ...]


def _held(values: Values) -> Held:
    """What the trade table holds that a notebook would use."""
    file = str(values.get("trade_file", ""))
    return _read(file, os.stat(file).st_mtime_ns if file else 0)


@cache
def _read(file: str, changed: int) -> Held:
    """What a trade table holds, read once until it changes."""
    from rareearth import codes, stages, trade

    flows = trade.table(file)
    if stages.staged(flows).empty:
        goods = codes.products("HS")
        chain = goods.loc[goods["stage"].isin(stages.TRADED), "code"]
        raise trade.Unreadable(
            f"{os.path.basename(file)}: holds no goods of the chain, which are "
            f"{', '.join(chain)}; it holds {', '.join(flows['product'].unique()[:5])}"
        )
    years = flows["start"].dt.year.unique()
    return Held(
        tuple(sorted(flows["importer"].unique())),
        tuple(sorted(map(int, years))),
        tuple(sorted(flows["product"].unique())),
    )
