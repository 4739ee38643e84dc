"""The data package: load a table as it was known on a day, say where it is from.

Every table is one file and one entry in ``data/datapackage.json``; its schema, its
sources, its hash and how it is dated (``vintage``) stand there. `load` returns it
typed and checked, `editions` says what was published by then and what of it is not
held, `sources` gives the citations, `used` what a result must carry.
"""

import hashlib
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import schema
from rareearth.schema import TableError

PACKAGE = Path(__file__).resolve().parents[2] / "data"


def names(package: Path = PACKAGE) -> list[str]:
    """Names of all tables of the package, as in ``datapackage.json``."""
    return list(_resources(package))


def describe(name: str, package: Path = PACKAGE) -> dict[str, Any]:
    """Entry of a table in ``datapackage.json``.

    Parameters
    ----------
    name : str
        Name of the table.
    package : Path
        Folder of the data package.

    Returns
    -------
    dict
        Title, schema, sources, licences, vintage and hash; a copy.

    Raises
    ------
    TableError
        If there is no such table.

    Examples
    --------
    >>> describe("countries")["path"]
    'countries.csv'
    """
    resources = _resources(package)
    if name not in resources:
        raise TableError(f"no table '{name}'; {schema.nearest(name, resources)}")
    return json.loads(json.dumps(resources[name]))


def load(
    name: str, as_of: str = "", edition: str = "", package: Path = PACKAGE
) -> pd.DataFrame:
    """Table of the data package, typed and checked, as known on a day.

    Parameters
    ----------
    name : str
        Name of the table.
    as_of : str
        Day, as ``2025-06-30``; only what had been published by then is returned.
        Empty: everything held.
    edition : str
        ``""`` for the newest edition of each figure, ``"all"`` for every edition
        published by then. Where a table's rows belong together (a year's list of
        countries), they always come from one edition.
    package : Path
        Folder of the data package.

    Returns
    -------
    DataFrame
        A copy that may be changed. Empty, with its types, where nothing had been
        published by `as_of`.

    Raises
    ------
    TableError
        If the table, its schema, its key, its hash or its totals are not as declared,
        with row, column, value and what would be right.

    Examples
    --------
    >>> countries = load("countries").set_index("iso3")
    >>> countries.loc["USA", "name"], int(countries["eu27_2020"].sum())
    ('United States', 27)
    """
    day = _day(as_of)
    if edition not in ("", "all"):
        raise TableError(f"edition is '{edition}'; it must be '' (newest) or 'all'")
    frame = _whole(name, package)
    known = _known(frame, name, day, edition == "all", package)
    return known.reset_index(drop=True)


def editions(name: str, as_of: str = "", package: Path = PACKAGE) -> pd.DataFrame:
    """Editions behind a table on a day: used, newest existing, not held.

    Parameters
    ----------
    name : str
        Name of the table.
    as_of : str
        Day, as ``2025-06-30``; empty: newest.
    package : Path
        Folder of the data package.

    Returns
    -------
    DataFrame
        One row per statistic that the table draws on: ``statistic``, ``used`` (tuple
        of edition names, newest first; empty where nothing had been published),
        ``published`` (day of the newest used), ``newest`` and ``newest_published``
        (the newest edition that existed), ``not_held`` (tuple of editions newer than
        the newest used that the table does not have). No row for a table without
        editions.
    """
    entry, day = describe(name, package), _day(as_of)
    columns = ["statistic", "used", "published", "newest", "newest_published"]
    if entry["vintage"]["kind"] != "editions":
        return pd.DataFrame(columns=[*columns, "not_held"])
    column = entry["vintage"].get("column", "edition")
    table = _whole(name, package)
    known = load(name, as_of, package=package)
    exist = _whole("editions", package).sort_values("published", ascending=False)
    held = exist["edition"].isin(table[column])
    held |= exist["revises"].isin(table[column])  # a revision that left it as it was
    exist = exist.assign(held=held, used=exist["edition"].isin(known[column]))
    exist = exist[
        exist["statistic"].isin(exist.loc[held, "statistic"])
        & (exist["published"] <= day)
    ]
    rows = []
    for statistic, group in exist.groupby("statistic"):
        used = group[group["used"]]
        newest = group.iloc[0]
        since = used["published"].max() if len(used) else pd.Timestamp.min
        missing = group[~group["held"] & (group["published"] > since)]
        rows.append(
            {
                "statistic": statistic,
                "used": tuple(used["edition"]),
                "published": used["published"].max(),
                "newest": newest["edition"],
                "newest_published": newest["published"],
                "not_held": tuple(missing["edition"]),
            }
        )
    return pd.DataFrame(rows, columns=[*columns, "not_held"])


def used(name: str, as_of: str = "", package: Path = PACKAGE) -> dict[str, str]:
    """Return what a result that rests on a table must carry: edition and sha256.

    Parameters
    ----------
    name : str
        Name of the table.
    as_of : str
        Day, as ``2025-06-30``; empty: newest.
    package : Path
        Folder of the data package.

    Returns
    -------
    dict
        ``edition`` (names, newest first; for a table whose rows are dated, the day of
        the newest row; empty for a table without vintage) and ``sha256`` of the file.
    """
    entry = describe(name, package)
    vintage = entry["vintage"]
    edition = ""
    if vintage["kind"] == "editions":
        edition = "; ".join(_used_editions(name, as_of, package))
    elif vintage["kind"] == "rows":
        newest = load(name, as_of, package=package)[vintage["column"]].max()
        edition = "" if pd.isna(newest) else f"published by {newest:%Y-%m-%d}"
    return {"edition": edition, "sha256": entry["hash"].removeprefix("sha256:")}


def sources(*names: str, as_of: str = "", package: Path = PACKAGE) -> list[str]:
    """Citations of the sources behind tables, each once, in the order of the package.

    Parameters
    ----------
    *names : str
        Names of tables.
    as_of : str
        Day, as ``2025-06-30``: only the editions used then are cited.
    package : Path
        Folder of the data package.

    Returns
    -------
    list of str
        Publisher, title, licence, day of access and address.
    """
    told: dict[str, None] = {}
    for name in names:
        entry = describe(name, package)
        known = _used_editions(name, as_of, package)
        for source in entry["sources"]:
            if source.get("edition", "") in ("", *known):
                told[_citation(source, entry)] = None
    return list(told)


def check(name: str, package: Path = PACKAGE) -> None:
    """Check a table and what it shares with others; silent if all is as declared.

    Parameters
    ----------
    name : str
        Name of the table.
    package : Path
        Folder of the data package.

    Raises
    ------
    TableError
        As `load` does, and where a table disagrees with another one that prints the
        same figure.
    """
    frame = _whole(name, package)
    entry = describe(name, package)
    for shared in entry.get("agrees", []):
        other = _whole(shared["table"], package)
        schema.fail(entry["path"], schema.agreement_faults(frame, other, shared))


def forget() -> None:
    """Forget every table that was read, for a package that has been changed."""
    for cached in (_resources, _whole, _ranks):
        cached.cache_clear()


def _citation(source: dict[str, str], entry: dict[str, Any]) -> str:
    """One source as one line."""
    accessed = f"accessed {source['accessed']}" if "accessed" in source else ""
    licence = source.get("license", entry["licenses"][0]["title"])
    told = ", ".join(part for part in (source["title"], licence, accessed) if part)
    return f"{told}. {source.get('path', '')}".strip()


def _used_editions(name: str, as_of: str, package: Path) -> list[str]:
    """Names of the editions that `load` draws on, newest first."""
    vintage = describe(name, package)["vintage"]
    if vintage["kind"] != "editions":
        return []
    known = load(name, as_of, package=package)
    rank = _ranks(package)
    found = known[vintage.get("column", "edition")].unique()
    return sorted(found, key=lambda e: -rank[e])


def _known(
    frame: pd.DataFrame, name: str, day: pd.Timestamp, every: bool, package: Path
) -> pd.DataFrame:
    """Rows published by a day, and of them the newest edition of each group."""
    vintage = _resources(package)[name]["vintage"]
    if vintage["kind"] == "none":
        return frame
    if vintage["kind"] == "rows":
        return frame[frame[vintage["column"]] <= day]
    column = vintage.get("column", "edition")
    published = _whole("editions", package).set_index("edition")["published"]
    frame = frame[frame[column].isin(published.index[published <= day])]
    if every or frame.empty:
        return frame
    within = vintage["within"]
    groups = frame[[*within, column]].drop_duplicates()
    order = groups.sort_values(column, key=lambda c: c.map(_ranks(package)))
    newest = order.drop_duplicates(within, keep="last") if within else order.tail(1)
    return frame if len(newest) == len(groups) else frame.merge(newest)


@cache
def _ranks(package: Path) -> dict[str, int]:
    """Order of publication of each edition, the newest highest."""
    order = _whole("editions", package).sort_values(["published", "edition"])
    return {edition: n for n, edition in enumerate(order["edition"])}


def _day(as_of: str) -> pd.Timestamp:
    """Read as_of; the end of time where it is empty."""
    if not as_of:
        return pd.Timestamp.max
    try:
        return pd.Timestamp(date.fromisoformat(as_of))
    except ValueError:
        raise TableError(
            f"as_of is '{as_of}'; it must be '' or a day like 2025-06-30"
        ) from None


@cache
def _resources(package: Path) -> dict[str, dict[str, Any]]:
    """Entries of the package by name."""
    path = package / "datapackage.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["resources"]
    except FileNotFoundError:
        raise TableError(f"{path}: there is no data package") from None
    except json.JSONDecodeError as error:
        raise TableError(f"{path}: {error}; it must be JSON") from None
    return {entry["name"]: entry for entry in entries}


@cache
def _whole(name: str, package: Path) -> pd.DataFrame:
    """Read a table with all its editions, checked; never handed out itself."""
    entry = describe(name, package)
    fields = {field["name"]: field for field in entry["schema"]["fields"]}
    for foreign in entry["schema"].get("foreignKeys", []):
        reference = foreign["reference"]
        allowed = _whole(reference["resource"], package)[reference["fields"]]
        fields[foreign["fields"]].setdefault("constraints", {})["enum"] = list(allowed)
    path = package / entry["path"]
    if not path.exists():
        raise TableError(
            f"{path}: there is no such file, but datapackage.json names it"
        )
    data = path.read_bytes()
    frame = schema.table(data, entry, entry["path"])
    found = "sha256:" + hashlib.sha256(data).hexdigest()
    if found != entry["hash"]:
        raise TableError(
            f"{entry['path']}: hash in datapackage.json is {entry['hash']}; it must be "
            f"{found} if the change of the file is meant"
        )
    return frame
