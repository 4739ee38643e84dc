"""Fetched editions taken into the data package, for offices whose terms allow it.

Trade goes into one table for each office: a month is written again only where it is new
or was revised, under the name of its edition, so that the table holds every edition and
a day in the past finds what was known then. Price index and exchange rates are carried
on from where the package's tables end. A month that is not whole is not taken.
"""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import tables
from rareearth.trade import schema
from rareearth.trade.editions import Edition
from rareearth.trade.fetch import package as packages
from rareearth.trade.fetch.codebook import (
    csv_of,
    readme_line,
    source_of,
    title_until,
    with_edition,
    with_line,
    with_source,
)
from rareearth.trade.fetch.entry import KEY, TARGETS, entry_of

GROUP = ["product", "importer", "exporter", "start"]
TOLERANCE = 2e-4  # of rates and indices, which are printed rounded


class NotAdopted(ValueError):
    """An edition that the package cannot or may not take, and why."""


@dataclass(frozen=True)
class Adopted:
    """Which table took how many rows, from which feed, as which edition."""

    table: str
    feed: str
    edition: str
    rows: int


def adopt(fetched: Iterable[Edition], package: Path = tables.PACKAGE) -> list[Adopted]:
    """Take editions into the data package, all of them or none.

    Parameters
    ----------
    fetched : iterable of Edition
    package : Path
        Folder of the data package.

    Returns
    -------
    list of Adopted
        Only tables that have new rows; the package is untouched if there is none.

    Raises
    ------
    NotAdopted
        If the office's terms do not allow it, or a figure of the package would change.
    TableError
        If the package would not hold afterwards; it is as it was.
    """
    packages.recover(package)
    told: list[Adopted] = []
    held: dict[str, pd.DataFrame] = {}
    used: dict[str, list[Edition]] = {}
    for edition in fetched:
        _allowed(edition)
        target = TARGETS[edition.about["office"]]
        before = held.get(target.table, _held(target.table, package))
        if target.trade:
            after = _with_flows(before, edition, edition_name(edition))
        else:
            after = _with_series(before, edition, target.table)
        if len(after) == len(before) and after.equals(before):
            continue
        held[target.table] = after
        used.setdefault(target.table, []).append(edition)
        name, rows = edition_name(edition), len(after) - len(before)
        told.append(Adopted(target.table, edition.feed, name, rows))
    if held:
        _write(held, used, package)
    return told


def edition_name(edition: Edition) -> str:
    """Name of an edition in the package: the office and the day.

    >>> about = {"office": "census", "fetched": "2026-11-24T12:00:00+00:00"}
    >>> edition_name(Edition("us-magnets", "20261124T120000Z", about, Path()))
    'US Census 2026-11-24'
    """
    return f"{TARGETS[edition.about['office']].short} {edition.about['fetched'][:10]}"


def _allowed(edition: Edition) -> None:
    """Refuse what the office's terms keep out of the package."""
    if edition.about["adoptable"] and edition.about["office"] in TARGETS:
        return
    raise NotAdopted(
        f"{edition.feed}: {edition.about['title']} does not allow its figures to be "
        f"published again ({edition.about['licence']}); use them with --fetched"
    )


def _held(name: str, package: Path) -> pd.DataFrame:
    """All rows of a table of the package; none if it is not there yet."""
    if name not in tables.names(package):
        columns = {"edition": "str", "system": "str"} | schema.COLUMNS
        return pd.DataFrame(columns=list(columns)).astype(columns)
    return tables.load(name, edition="all", package=package)


def _with_flows(before: pd.DataFrame, edition: Edition, name: str) -> pd.DataFrame:
    """Rows of a table with the months that an edition tells anew."""
    about = edition.about
    months = _months_told(about)
    table = edition.table().assign(edition=name)
    national = TARGETS[about["office"]].system
    table["system"] = table["product"].str.len().map({6: "HS"}).fillna(national)
    state = _states(table, months)
    new = table[state == "data"]
    # the same feed once more on one day: its rows of that day are written again
    mine = (before["edition"] == name) & (_states(before, months) != "")
    base = before[~mine]
    now = _newest(base)
    withdrawn = now[(_states(now, months) == "no trade") & (now["value_usd"] > 0)]
    zeros = withdrawn.assign(
        edition=name, value_usd=0.0, tonnes=float("nan"), tonnes_status="missing"
    )
    zeros = zeros.drop_duplicates(GROUP)
    new = pd.concat([new, zeros])[list(before.columns)].astype(before.dtypes.to_dict())
    was = _contents(now)
    moved = {month for month, rows in _contents(new).items() if was.get(month) != rows}
    added = new[[month in moved for month in _month(new)]]
    return pd.concat([base, added]).sort_values(KEY, ignore_index=True)


def _months_told(about: dict[str, Any]) -> dict[tuple[str, str, str], str]:
    """State by product as asked, importer and month."""
    importer = about["query"]["importer"]
    return {
        (product, importer, month): state
        for product, line in about["states"].items()
        for month, state in line.items()
    }


def _states(table: pd.DataFrame, months: dict[tuple[str, str, str], str]) -> pd.Series:
    """State of each row's month in an edition; empty where it does not tell of it."""
    asked = {product for product, _, _ in months}
    found = []
    for product, importer, month in _month(table):
        line = next((code for code in asked if product.startswith(code)), "")
        found.append(months.get((line, importer, month), ""))
    return pd.Series(found, table.index, dtype="str")


def _month(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Product, importer and month of each row."""
    month = table["start"].dt.strftime("%Y-%m")
    return list(zip(table["product"], table["importer"], month, strict=True))


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    """Of each month the rows of its newest edition; their names end in a day."""
    groups = [table[column] for column in ("product", "importer", "start")]
    newest = table["edition"].groupby(groups).transform("max")
    return table[table["edition"] == newest]


def _contents(table: pd.DataFrame) -> dict[tuple[str, str, str], list[str]]:
    """What is told of each month, to compare it."""
    cells = ["exporter", "tonnes_status", "value_usd", "tonnes", "valuation"]
    found: dict[tuple[str, str, str], list[str]] = {}
    rows = table[cells].itertuples(index=False, name=None)
    for month, row in zip(_month(table), rows, strict=True):
        found.setdefault(month, []).append(" ".join(map(str, row)))
    return {month: sorted(rows) for month, rows in found.items()}


def _with_series(before: pd.DataFrame, edition: Edition, name: str) -> pd.DataFrame:
    """Rows of a table with the months after it; none of its own may change."""
    key = [c for c in ("currency", "start") if c in before.columns]
    [measure] = [c for c in ("index_1982_84", "units_per_usd") if c in before.columns]
    new = edition.table()
    both = before.merge(new, on=key, suffixes=("", "_new"))
    off = both[(both[measure] / both[f"{measure}_new"] - 1).abs() > TOLERANCE]
    if len(off):
        row = off.iloc[0]
        told = " ".join(str(row[c])[:10] for c in key)
        raise NotAdopted(
            f"{name}: {told} is {row[measure]} in the package and "
            f"{row[f'{measure}_new']} at the office ({len(off)} such rows); look for "
            "the reason and change the package by hand"
        )
    known = set(before[key].itertuples(index=False, name=None))
    is_new = [k not in known for k in new[key].itertuples(index=False, name=None)]
    after = new[is_new]
    day = pd.Timestamp(edition.about["fetched"][:10])
    usual = after["start"] + pd.offsets.MonthEnd(2)
    after = after.assign(published=usual.where(usual < day, day))
    after = after[list(before.columns)].astype(before.dtypes.to_dict())
    return pd.concat([before, after]).sort_values(key, ignore_index=True)


def _write(
    held: dict[str, pd.DataFrame], used: dict[str, list[Edition]], package: Path
) -> None:
    """Write tables, their entries, the list of editions and the codebook together."""
    text = (package / "datapackage.json").read_text(encoding="utf-8")
    book = (package / "README.md").read_text(encoding="utf-8")
    editions = tables.load("editions", package=package)
    files: dict[str, bytes] = {}
    for name, table in held.items():
        target = TARGETS[used[name][0].about["office"]]
        new = name not in tables.names(package)
        entry = entry_of(target) if new else tables.describe(name, package)
        for edition in used[name]:
            source = source_of(edition, edition_name(edition))
            entry["sources"] = with_source(entry["sources"], source)
            if target.trade:
                editions = with_edition(
                    editions, edition, edition_name(edition), target.statistic
                )
        if not target.trade:
            entry["title"] = title_until(entry["title"], table["start"].max())
        data = csv_of(table)
        if entry["path"].endswith(".gz"):
            data = gzip.compress(data, mtime=0)
        files[entry["path"]] = data
        text = packages.with_entry(text, entry, data)
        if new:
            book = with_line(book, readme_line(target))
    entry = tables.describe("editions", package)
    files[entry["path"]] = csv_of(editions)
    text = packages.with_entry(text, entry, files[entry["path"]])
    files["README.md"] = book.encode()
    files["datapackage.json"] = text.encode()
    packages.replace(files, [*held, "editions"], package)
