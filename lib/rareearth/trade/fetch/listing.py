"""Editions as tables to look at: of the feeds, and of the data package."""

from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import tables
from rareearth.schema import nearest
from rareearth.trade import editions
from rareearth.trade.editions import Edition, NoEdition


def newest_of_all(root: Path) -> pd.DataFrame:
    """The newest edition of each feed, one a row."""
    rows = [
        {"feed": name, **_row(editions.newest(name, root))}
        for name in editions.feeds(root)
    ]
    return pd.DataFrame(rows).drop(columns=["sha256"], errors="ignore")


def editions_of(name: str, root: Path) -> pd.DataFrame:
    """Editions of a feed, or those that a table of the package has rows of.

    Raises
    ------
    NoEdition, TableError
        If there is nothing of that name.
    """
    if _is_feed(name, root):
        rows = [_row(edition) for edition in editions.editions(name, root)]
        return pd.DataFrame(rows)
    column = _edition_column(name)
    held = tables.load(name, edition="all")[column]
    counted = held.value_counts().rename("rows").rename_axis("edition").reset_index()
    listed = tables.load("editions")[["edition", "published"]]
    return listed.merge(counted, on="edition")


def difference(name: str, pair: tuple[str, str], root: Path) -> pd.DataFrame:
    """Cells that two editions of a feed or of a table of the package differ in.

    Parameters
    ----------
    name : str
        Feed or table.
    pair : tuple of str
        Names of editions; of a feed, their beginnings.
    root : Path
        The store of editions.

    Returns
    -------
    DataFrame
        As `rareearth.trade.editions.differences`.

    Raises
    ------
    NoEdition
        If there is no such edition, or more than one, with those that there are.
    """
    if _is_feed(name, root):
        there = {edition.name: edition for edition in editions.editions(name, root)}
        old, new = (there[_one(wanted, list(there))].table() for wanted in pair)
        return editions.differences(old, new, editions.key_of(old))
    column = _edition_column(name)
    whole = tables.load(name, edition="all")
    names = list(whole[column].unique())
    old, new = (
        whole[whole[column] == _one(wanted, names)].drop(columns=column)
        for wanted in pair
    )
    key = [c for c in tables.describe(name)["schema"]["primaryKey"] if c != column]
    return editions.differences(old, new, key)


def _is_feed(name: str, root: Path) -> bool:
    """Whether a name is a feed's; one that is nothing is taken for a feed's."""
    return name in editions.feeds(root) or name not in tables.names()


def _one(wanted: str, names: list[str]) -> str:
    """The one name that is or begins with what was wanted."""
    found = [n for n in names if n == wanted] or [
        n for n in names if n.startswith(wanted)
    ]
    if len(found) != 1:
        raise NoEdition(f"{len(found)} editions '{wanted}…'; {nearest(wanted, names)}")
    return found[0]


def _edition_column(name: str) -> str:
    """Column of a table of the package that names the edition of a row."""
    vintage = tables.describe(name)["vintage"]
    if vintage["kind"] != "editions":
        raise NoEdition(f"{name}: its rows are dated one by one, it has no editions")
    return str(vintage.get("column", "edition"))


def _row(edition: Edition) -> dict[str, Any]:
    """What a list of editions says of one."""
    table = edition.table()
    ends = ["", ""]
    if len(table):
        ends = [f"{end:%Y-%m}" for end in (table["start"].min(), table["start"].max())]
    return {
        "edition": edition.name,
        "office": edition.about["office"],
        "fetched": edition.about["fetched"],
        "first_month": ends[0],
        "last_month": ends[1],
        "rows": len(table),
        "sha256": edition.about["sha256"][:12],
    }
