"""Months as a statistics office tells them: an importer's lines, consumer prices.

They are in the data package where they were adopted into it, and in the store of this
machine where they were fetched. A report rests on the package alone unless it is asked
for what was fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from rareearth import tables
from rareearth.trade import editions, schema
from rareearth.trade.fetch.entry import TARGETS

if TYPE_CHECKING:
    from rareearth.trade.fetch.series import Series, Source

ROUNDED = 2e-4  # how far a printed index may be from the same one fetched


INDEX = ("start", "index_1982_84", "status")


@dataclass(frozen=True)
class Line:
    """A code of a customs system that an importer is known by, month by month."""

    system: str
    product: str

    def __str__(self) -> str:
        """The code with its system."""
        return f"{self.system} {self.product}"


def lines(
    importer: str,
    *,
    as_of: str = "",
    fetched: bool = False,
    root: Path = editions.STORE,
    package: Path = tables.PACKAGE,
) -> list[Line]:
    """Lines that an importer is known by, in the package or with what was fetched.

    Parameters
    ----------
    importer : str
        ISO3 or ``EU27``.
    as_of : str
        Day, of the package's editions; empty: the newest.
    fetched : bool
        Also what the store of this machine holds.
    root, package : Path
        Store of fetched editions, data package.
    """
    found = {
        Line(system, product)
        for table in _adopted(importer, as_of, package).values()
        for system, product in table[["system", "product"]].itertuples(index=False)
    }
    if fetched:
        found |= _kept(importer, root)
    return sorted(found, key=lambda line: (line.product, line.system))


def series(
    product: str,
    importer: str,
    *,
    as_of: str = "",
    fetched: bool = False,
    root: Path = editions.STORE,
    package: Path = tables.PACKAGE,
) -> Series:
    """Imports of a good by month and origin, with where each part is from.

    Parameters
    ----------
    product : str
        Code, digits only; longer codes below it count as its parts.
    importer, as_of, fetched, root, package
        As in `lines`.

    Returns
    -------
    Series
        Its `sources` are one for each part; the part of the package is named after its
        table.

    Raises
    ------
    LookupError
        If there is no such series, with what there is.
    NotOneSeries
        If package and store tell two different things.
    """
    from rareearth.trade.fetch import series as kept

    held = {
        name: table[table["product"].str.startswith(product)]
        for name, table in _adopted(importer, as_of, package).items()
    }
    names = [name for name, rows in held.items() if len(rows)]
    rows = held[names[0]][list(schema.COLUMNS)] if names else None
    if fetched and product in {line.product for line in _kept(importer, root)}:
        title = names[0] if names else ""
        return kept.fetched(
            product, importer=importer, package=rows, title=title, root=root
        )
    if rows is None:
        known = lines(
            importer, as_of=as_of, fetched=fetched, root=root, package=package
        )
        raise LookupError(
            f"no months of {product} into {importer}; there is: "
            f"{', '.join(map(str, known)) or 'nothing'}"
        )
    return _of_package(product, names[0], held[names[0]], as_of, package)


def consumer_prices(
    as_of: str = "",
    fetched: bool = False,
    *,
    root: Path = editions.STORE,
    package: Path = tables.PACKAGE,
) -> tuple[pd.DataFrame, list[Source]]:
    """US consumer prices: the package's table, carried on with what was fetched.

    Parameters
    ----------
    as_of, fetched, root, package
        As in `lines`.

    Returns
    -------
    table : DataFrame
        ``start, index_1982_84, status``; a month that was never counted is missing.
    sources : list of Source
        Of the months that were fetched; empty where none are used.

    Raises
    ------
    NotOneSeries
        If the office tells a month of the package otherwise.
    """
    held = tables.load("cpi", as_of, package=package)[list(INDEX)]
    kept = [editions.newest(f, root) for f in editions.feeds(root)] if fetched else []
    found = [edition for edition in kept if edition.about["office"] == "bls"]
    if not found:
        return held, []
    from rareearth.trade.fetch.series import NotOneSeries, Source

    edition = max(found, key=lambda edition: str(edition.about["fetched"]))
    told = edition.table()[list(INDEX)]
    both = held.merge(told, on="start")
    off = both[(both[f"{INDEX[1]}_x"] / both[f"{INDEX[1]}_y"] - 1).abs() > ROUNDED]
    if len(off):
        month, ours, _, theirs, _ = off.iloc[0]
        raise NotOneSeries(
            f"consumer prices of {pd.Timestamp(month):%Y-%m} are {ours} in the package "
            f"and {theirs} in the fetch"
        )
    later = told[told["start"] > held["start"].max()].sort_values("start")
    if later.empty:
        return held, []
    months = later["start"].dt.strftime("%Y-%m")
    about = edition.about
    part = Source(
        "fetched", about["title"], "consumer prices", min(months), max(months),
        about["fetched"], edition.feed, edition.name, about["sha256"],
    )  # fmt: skip
    return pd.concat([held, later], ignore_index=True), [part]


def _adopted(importer: str, as_of: str, package: Path) -> dict[str, pd.DataFrame]:
    """Rows of an importer in the tables of the package that hold an office's months."""
    there = set(tables.names(package))
    found = {}
    for target in TARGETS.values():
        if target.trade and target.table in there:
            table = tables.load(target.table, as_of, package=package)
            found[target.table] = table[table["importer"] == importer]
    return found


def _kept(importer: str, root: Path) -> set[Line]:
    """Lines of an importer that the store holds by month."""
    queries = [editions.newest(f, root).about["query"] for f in editions.feeds(root)]
    return {
        Line(query["system"], product)
        for query in queries
        if query["importer"] == importer and query["step"] == 1
        for product in query["products"]
    }


def _of_package(
    product: str, name: str, rows: pd.DataFrame, as_of: str, package: Path
) -> Series:
    """A series of the package alone."""
    from rareearth.trade.fetch.offices import desk, standing
    from rareearth.trade.fetch.series import Series, Source

    [office] = [key for key, target in TARGETS.items() if target.table == name]
    told = rows["start"].dt.strftime("%Y-%m")
    states = dict.fromkeys(sorted(told.unique()), "data")
    system = rows["system"].iloc[0]
    source = Source("package", name, f"{system} {product}", min(states), max(states))
    published = tables.editions(name, as_of, package)["published"].max()
    day = date.fromisoformat(as_of) if as_of else published.date()
    return Series(
        rows[list(schema.COLUMNS)]
        .assign(part="package")
        .sort_values(["start", "exporter", "importer"], ignore_index=True),
        states,
        [source],
        standing(desk(office).OFFICE, {product: states}, day),
    )
