"""What each parameter may be, by its name: the one map that all notebooks share.

Values that can be listed stand in :data:`ALLOWED`, as a function of the tables and of
the other parameters; days and files, which nobody can list, have their rule in
:data:`FORMS`.
"""

from __future__ import annotations

import datetime
import os
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd

from rareearth.report import WrongCall

Value = str | int | float | bool
Values = dict[str, Value]


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


def _importers(values: Values) -> dict[Value, str]:
    """Who imports anything in the trade table, and the EU27 that they make up.

    Asked about an event, they are those whose months are known of the product.
    """
    from rareearth import codes

    if "event" in values:
        return {iso3: codes.name(iso3) for iso3 in _by_month(values)}
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


def _by_month(values: Values) -> list[str]:
    """Importers of a product by month."""
    from rareearth import tables
    from rareearth.findings import shipments

    as_of = str(values.get("as_of", ""))
    exports = tables.load("exports_monthly", as_of)
    imports = tables.load("imports_monthly", as_of)
    return shipments.importers(exports, imports, str(values.get("product", "")))


def _events(values: Values) -> dict[Value, str]:
    """China's export controls and approvals."""
    from rareearth import tables
    from rareearth.findings import shipments

    events = tables.load("events", str(values.get("as_of", "")))
    offered = shipments.offered(events).sort_values("date", kind="stable")
    days = offered["date"].dt.strftime("%Y-%m-%d")
    told = [
        textwrap.shorten(text, 60, placeholder="…") for text in offered["description"]
    ]
    return dict(zip(offered["id"], days + " " + told, strict=True))


def _products(values: Values) -> dict[Value, str]:
    """Goods that China's customs tell by month, with their customs line."""
    from rareearth import tables

    exports = tables.load("exports_monthly", str(values.get("as_of", "")))
    lines = exports.groupby("product")["national_code"].first()
    known = {
        good: "" if line != line else f"{good}, {line}" for good, line in lines.items()
    }
    return {str(good): name or str(good) for good, name in known.items()}


def _quoted(values: Values) -> dict[str, list[str]]:
    """Markets in which each material was quoted, in what a notebook would use."""
    file, as_of = str(values.get("price_file", "")), str(values.get("as_of", ""))
    return _markets(file, _stamps(file), as_of)


def _stamps(file: str) -> tuple[int, ...]:
    """When a file of prices and its mapping changed last; nothing without a file."""
    from rareearth import price_file

    paths = (Path(file), price_file.mapping_of(file)) if file else ()
    return tuple(os.stat(path).st_mtime_ns for path in paths)


@cache
def _markets(file: str, changed: tuple[int, ...], as_of: str) -> dict[str, list[str]]:
    """Markets of each material, read once until the file changes."""
    from rareearth import quotes

    return quotes.offered(quotes.table(file, as_of))


def _materials(values: Values) -> dict[Value, str]:
    """What was quoted, and where."""
    return {m: ", ".join(where) for m, where in _quoted(values).items()}


def _markets_of(values: Values) -> dict[Value, str]:
    """Where the material was quoted; without one, where anything was."""
    quoted = _quoted(values)
    anywhere = [market for markets in quoted.values() for market in markets]
    return dict.fromkeys(quoted.get(str(values.get("material", "")), anywhere), "")


def _months(values: Values) -> dict[Value, str]:
    """Months from the first quote of anything to the last of this material there."""
    from rareearth import quotes

    table = quotes.table(
        str(values.get("price_file", "")), str(values.get("as_of", ""))
    )
    first = last = table["date"]
    for name in ("material", "market"):
        if name in values:
            last = last[table.loc[last.index, name] == values[name]]
    if last.empty:  # the material or the market is what is wrong
        last = first
    months = pd.period_range(first.min(), last.max(), freq="M")
    return dict.fromkeys(map(str, months), "")


def _base_years(values: Values) -> dict[Value, str]:
    """Years of which consumer prices are known."""
    from rareearth import tables

    cpi = tables.load("cpi", str(values.get("as_of", ""))).dropna()
    return dict.fromkeys(map(int, cpi["start"].dt.year.unique()), "")


def _fetched(values: Values) -> dict[Value, str]:
    """Whether months that were fetched on this machine are used too."""
    return {False: "the data package alone", True: "what was fetched, too"}


# What a parameter may be, with its name for readers, given the other parameters.
ALLOWED: dict[str, Callable[[Values], dict[Value, str]]] = {
    "event": _events,
    "importer": _importers,
    "product": _products,
    "first_year": _years,
    "last_year": _years,
    "stage": _stages,
    "basis": _bases,
    "material": _materials,
    "market": _markets_of,
    "since": _months,
    "base_year": _base_years,
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


def _price_file(text: str) -> None:
    """Refuse what is neither empty nor a file of prices that reads without a fault."""
    from rareearth import price_file, trade

    if not text:
        return
    if not (Path(text).is_file() and os.access(text, os.R_OK)):
        raise WrongCall(
            f"price_file must be '' (the package's quotes) or a file, not {text!r}"
        )
    try:
        price_file.reading(text)
    except trade.Unreadable as error:
        raise WrongCall(f"price_file: {error}") from None


# Parameters that name a file, from wherever a kernel runs.
FILES = ("trade_file", "price_file")

# What is neither listed nor free: refused by a function.
FORMS: dict[str, Callable[[str], None]] = {
    "as_of": _day,
    "trade_file": _file,
    "price_file": _price_file,
}
