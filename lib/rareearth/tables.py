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

from rareearth import identities, schema, vintage
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
    # Copy on write: it costs nothing until it is changed.
    return _as_known(name, day, edition == "all", package).copy(deep=False)


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
    day, declared = _day(as_of), describe(name, package)["vintage"]
    return vintage.standing(_whole(name, package), declared, _editions(package), day)


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
    declared, edition = entry["vintage"], ""
    if declared["kind"] == "editions":
        edition = "; ".join(_used_editions(name, as_of, package))
    elif declared["kind"] == "rows":
        newest = load(name, as_of, package=package)[vintage.column(declared)].max()
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
        schema.fail(entry["path"], identities.agreement_faults(frame, other, shared))


def forget() -> None:
    """Forget every table that was read, for a package that has been changed."""
    for read in (_resources, _whole, _as_known):
        read.cache_clear()


def _citation(source: dict[str, str], entry: dict[str, Any]) -> str:
    """One source as one line."""
    accessed = f"accessed {source['accessed']}" if "accessed" in source else ""
    licence = source.get("license", entry["licenses"][0]["title"])
    told = ", ".join(part for part in (source["title"], licence, accessed) if part)
    return f"{told}. {source.get('path', '')}".strip()


def _used_editions(name: str, as_of: str, package: Path) -> list[str]:
    """Name the editions that `load` draws on, newest first."""
    declared = describe(name, package)["vintage"]
    if declared["kind"] != "editions":
        return []
    found = set(load(name, as_of, package=package)[vintage.column(declared)])
    order = vintage.ordered(_editions(package))["edition"]
    return [edition for edition in reversed(order.tolist()) if edition in found]


def _editions(package: Path) -> pd.DataFrame:
    """Read the table of editions."""
    return _whole("editions", package)


@cache
def _as_known(name: str, day: pd.Timestamp, every: bool, package: Path) -> pd.DataFrame:
    """What was known on a day; never handed out itself."""
    declared = describe(name, package)["vintage"]
    frame = _whole(name, package)
    if declared["kind"] == "editions":
        frame = vintage.of_editions(frame, declared, _editions(package), day, every)
    elif declared["kind"] == "rows":
        frame = frame[frame[vintage.column(declared)] <= day]
    return frame.reset_index(drop=True)


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
