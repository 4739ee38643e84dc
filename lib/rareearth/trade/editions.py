"""Editions of what was fetched: every answer and every table kept, none overwritten.

A folder that git ignores holds

- ``raw/<sha256>.gz``: each answer as it came, compressed, named by its hash;
- ``<feed>/<edition>/``: ``edition.json`` (office, query, time, the hashes of all
  answers, what each month is) and ``table.csv``, the normalised table made of them;
- ``<feed>/open.json``: the parts that an unfinished run has brought.

An edition is named by the time at which it was complete, appears all at once, and is
never changed: a newer one stands beside it.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

# Of this project; RAREEARTH_FETCHED names another, such as one that a team shares
STORE = Path(
    os.environ.get("RAREEARTH_FETCHED")
    or Path(__file__).resolve().parents[3] / ".rareearth" / "fetched"
)
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class NoEdition(LookupError):
    """A feed or edition that is not in the store."""


class Damaged(ValueError):
    """A kept file that is not what its hash says."""


@dataclass(frozen=True)
class Edition:
    """One fetched edition of a feed.

    Attributes
    ----------
    feed, name : str
        Of which feed; time at which it was complete, as ``20261124T120000Z``.
    about : dict
        ``office, title, licence, adoptable, query, fetched, parts, states, notes,
        account, sha256``.
    folder : Path
    """

    feed: str
    name: str
    about: dict[str, Any]
    folder: Path

    def table(self) -> pd.DataFrame:
        """The normalised table, if it is what was kept.

        Raises
        ------
        Damaged
            If the file was changed since.
        """
        data = (self.folder / "table.csv").read_bytes()
        if hashlib.sha256(data).hexdigest() != self.about["sha256"]:
            raise Damaged(
                f"{self.folder / 'table.csv'} was changed after it was kept; remove "
                "the edition and fetch again"
            )
        return parsed(data)


def feeds(root: Path = STORE) -> list[str]:
    """Names of the feeds that have editions."""
    if not root.is_dir():
        return []
    return [p.name for p in sorted(root.iterdir()) if p.name != "raw" and _names(p)]


def editions(feed: str, root: Path = STORE) -> list[Edition]:
    """Editions of a feed, the oldest first.

    Raises
    ------
    NoEdition
        If there is none, with the feeds that have some.
    """
    folder = root / feed if NAME.fullmatch(feed) else root / "none"
    names = _names(folder)
    if not names:
        known = ", ".join(feeds(root)) or "none yet: rareearth update fetches"
        raise NoEdition(f"no edition of '{feed}'; there are: {known}")
    return [
        Edition(feed, name, json.loads((path / "edition.json").read_text()), path)
        for name in names
        for path in [folder / name]
    ]


def newest(feed: str, root: Path = STORE) -> Edition:
    """The newest edition of a feed; raises NoEdition where there is none."""
    return editions(feed, root)[-1]


def keep_answer(body: bytes, root: Path = STORE) -> str:
    """Keep an answer as it came, and return its SHA-256."""
    name = hashlib.sha256(body).hexdigest()
    try:
        answer(name, root)
    except Damaged:  # or not there yet
        write(root / "raw" / f"{name}.gz", gzip.compress(body, mtime=0))
    return name


def answer(sha256: str, root: Path = STORE) -> bytes:
    """A kept answer.

    Raises
    ------
    Damaged
        If it is not there or not what its name says.
    """
    path = root / "raw" / f"{sha256}.gz"
    try:
        body = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(f"{path}: {error}") from None
    if hashlib.sha256(body).hexdigest() != sha256:
        raise Damaged(f"{path} is not what its name says")
    return body


def publish(
    feed: str,
    about: Mapping[str, Any],
    table: pd.DataFrame,
    at: datetime,
    root: Path = STORE,
) -> Edition:
    """Keep a new edition beside the old ones; it appears all at once.

    Parameters
    ----------
    feed : str
        Small letters, digits and dashes.
    about : mapping
        See `Edition`; ``feed``, ``edition`` and ``sha256`` are added.
    table : DataFrame
    at : datetime
        Names it; if the clock went back, the name follows the newest one.
    root : Path

    Returns
    -------
    Edition
    """
    if not NAME.fullmatch(feed):
        raise NoEdition(f"feed '{feed}'; a name is small letters, digits and dashes")
    folder = root / feed
    name = f"{at:%Y%m%dT%H%M%SZ}"
    before = _names(folder)
    if before and name <= before[-1]:
        stem, _, count = before[-1].partition("-")
        name = f"{stem}-{int(count or 1) + 1:03d}"
    data = table.to_csv(index=False, lineterminator="\n").encode()
    whole = {"feed": feed, "edition": name, **about}
    whole["sha256"] = hashlib.sha256(data).hexdigest()
    aside = folder / f".{name}.new"
    if aside.exists():
        shutil.rmtree(aside)
    write(aside / "table.csv", data)
    write(aside / "edition.json", json.dumps(whole, indent=1, sort_keys=True).encode())
    aside.rename(folder / name)
    return Edition(feed, name, whole, folder / name)


def parsed(data: bytes) -> pd.DataFrame:
    """A kept table: codes and words as text, ``start`` and ``month`` as dates."""
    text = {"exporter", "importer", "product", "hs_edition", "valuation", "currency"}
    text |= {"tonnes_status", "reported_by", "coverage", "source"}
    head = pd.read_csv(io.BytesIO(data), nrows=0).columns
    return pd.read_csv(
        io.BytesIO(data),
        dtype={name: "str" for name in head if name in text},
        parse_dates=[name for name in head if name in ("start", "month")],
        keep_default_na=False,
        na_values=[""],
    )


def write(path: Path, data: bytes) -> None:
    """Put data in place as a file all at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _names(folder: Path) -> list[str]:
    """Names of the editions in a feed's folder, the oldest first."""
    if not folder.is_dir():
        return []
    return sorted(p.parent.name for p in folder.glob("[0-9]*/edition.json"))


def differences(old: pd.DataFrame, new: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Cells that two editions tell differently.

    Parameters
    ----------
    old, new : DataFrame
        Of the same columns; rows of one key are added up first.
    key : list of str
        Columns that say what a row speaks of.

    Returns
    -------
    DataFrame
        The key, ``column``, ``old``, ``new``, ``change`` (new over old less 1, missing
        where either is). A row that only one of them has is missing in the other.

    Examples
    --------
    >>> old = pd.DataFrame({"exporter": ["CHN", "JPN"], "value_usd": [100.0, 7.0]})
    >>> new = pd.DataFrame({"exporter": ["CHN", "DEU"], "value_usd": [110.0, 5.0]})
    >>> differences(old, new, ["exporter"])
      exporter     column    old    new  change
    0      CHN  value_usd  100.0  110.0     0.1
    1      DEU  value_usd    NaN    5.0     NaN
    2      JPN  value_usd    7.0    NaN     NaN
    """
    measures = [c for c in old.columns if c not in key and is_numeric_dtype(old[c])]
    sides = [
        frame.groupby(key, dropna=False)[measures].sum(min_count=1)
        for frame in (old, new)
    ]
    cells = [
        pd.DataFrame({"old": before, "new": after})
        .rename_axis(key)
        .reset_index()
        .assign(column=measure)
        for measure in measures
        for before, after in [sides[0][measure].align(sides[1][measure])]
    ]
    both = pd.concat(cells, ignore_index=True)
    moved = both[
        (both["old"] != both["new"]) & both[["old", "new"]].notna().any(axis=1)
    ]
    moved = moved.assign(change=(moved["new"] / moved["old"] - 1).round(6))
    columns = [*key, "column", "old", "new", "change"]
    return moved[columns].sort_values([*key, "column"], ignore_index=True)


def key_of(table: pd.DataFrame) -> list[str]:
    """What a row of a fetched table speaks of.

    >>> key_of(pd.DataFrame(columns=["currency", "start", "units_per_usd"]))
    ['currency', 'start']
    """
    names = ("product", "importer", "exporter", "currency", "start", "months")
    return [name for name in names if name in table.columns]
