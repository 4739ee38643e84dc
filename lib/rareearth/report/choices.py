"""What each parameter may be, by its name: the one map that all notebooks share.

Values that can be listed stand in :data:`ALLOWED`, as a function of the tables and of
the other parameters; days and files, which nobody can list, have their rule in
:data:`FORMS`.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from rareearth.report import WrongCall

Value = str | int | float | bool
Values = dict[str, Value]


def _traded(values: Values) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Importers and years of the trade table that a notebook would use."""
    importers, years, _ = _table(values)
    return importers, years


def _table(values: Values) -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
    """Importers, years and products of the trade table that a notebook would use."""
    file = str(values.get("trade_file", ""))
    return _kept(file, os.stat(file).st_mtime_ns if file else 0)


@cache
def _kept(
    file: str, changed: int
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
    """Importers, years and products of a trade table, read once until it changes."""
    from rareearth import trade

    flows = trade.table(file)
    years = flows["start"].dt.year.unique()
    importers, products = flows["importer"].unique(), flows["product"].unique()
    return (
        tuple(sorted(importers)),
        tuple(sorted(map(int, years))),
        tuple(sorted(products)),
    )


def _importers(values: Values) -> dict[Value, str]:
    """Who imports anything in the trade table, and the EU27 that they make up."""
    from rareearth import codes

    importers, _ = _traded(values)
    return {iso3: codes.name(iso3) for iso3 in (*importers, "EU27")}


def _years(values: Values) -> dict[Value, str]:
    """The years of the trade table, and those that mines are known for after it.

    Also those that ``as_of`` leaves out: a page asked up to 2025 shows what was known.
    """
    from rareearth import tables

    _, traded = _traded(values)
    mined = tables.load("production")["year"]
    later = sorted(set(mined[mined > max(traded, default=0)].tolist()))
    return dict.fromkeys((*traded, *later), "")


def _stages(values: Values) -> dict[Value, str]:
    """The stages that are traded."""
    from rareearth import stages

    return dict.fromkeys(stages.TRADED, "")


def _bases(values: Values) -> dict[Value, str]:
    """What a share may be a share of."""
    return {"value": "US dollars", "weight": "gross tonnes"}


def _products(values: Values) -> dict[Value, str]:
    """The traded goods of the chain that the trade table holds."""
    from rareearth import codes, stages

    goods = codes.products("HS").set_index("code")
    known = goods.loc[goods["stage"].isin(stages.TRADED), "description"]
    _, _, products = _table(values)
    return {product: known[product] for product in products if product in known}


def _year(values: Values) -> dict[Value, str]:
    """The years of the trade table."""
    _, traded = _traded(values)
    return dict.fromkeys(traded, "")


def _tables(values: Values) -> dict[Value, str]:
    """The tables of the data package."""
    from rareearth import tables

    return {name: tables.describe(name)["title"] for name in tables.names()}


def _compared(values: Values) -> dict[Value, str]:
    """Editions of the table that were known by then; empty: every earlier one."""
    from rareearth import tables, vintage

    name, as_of = str(values.get("table", "production")), str(values.get("as_of", ""))
    declared = tables.describe(name)["vintage"]
    if declared["kind"] != "editions":
        return {"": "no editions"}
    held = tables.load(name, as_of, edition="all")[vintage.column(declared)]
    return {"": "every earlier edition"} | dict.fromkeys(sorted(held.unique()), "")


def _fetched(values: Values) -> dict[Value, str]:
    """Whether months that were fetched on this machine are used too."""
    return {False: "the data package alone", True: "what was fetched, too"}


# What a parameter may be, with its name for readers, given the other parameters.
ALLOWED: dict[str, Callable[[Values], dict[Value, str]]] = {
    "importer": _importers,
    "first_year": _years,
    "last_year": _years,
    "stage": _stages,
    "basis": _bases,
    "table": _tables,
    "compare_to": _compared,
    "product": _products,
    "year": _year,
    "fetched": _fetched,
}


def _day(text: str) -> None:
    """Refuse what is neither empty nor a day."""
    try:
        if text and datetime.date.fromisoformat(text).isoformat() != text:
            raise ValueError(text)
    except ValueError:
        raise WrongCall(
            f"as_of must be '' (newest) or a day like 2025-06-30, not {text!r}"
        ) from None


def _file(text: str) -> None:
    """Refuse what is neither empty nor the path of a file that can be read."""
    if text and not (Path(text).is_file() and os.access(text, os.R_OK)):
        raise WrongCall(
            f"trade_file must be '' (the package's table) or a file, not {text!r}"
        )


# What is neither listed nor free: refused by a function.
FORMS: dict[str, Callable[[str], None]] = {"as_of": _day, "trade_file": _file}
