"""A small TOML file that says which column of a table is what.

::

    source = "Purchases of Magnet Works"
    [period]
    column = "Month"
    [exporter]
    column = "Origin"
    [importer]
    value = "DEU"

Each part names a column of the file, or a value that holds for every row, and what
belongs to it (a unit, a currency). What the file is about is the caller's: trade in
`rareearth.trade.own`.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rareearth.schema import nearest
from rareearth.trade import layout
from rareearth.trade.account import Ledger
from rareearth.trade.cells import decimal_mark
from rareearth.trade.files import sheets
from rareearth.trade.sheet import Encoding, Sheet, Unreadable

GENERAL = {
    "source": str,
    "sheet": str,
    "delimiter": str,
    "encoding": str,
    "decimal": str,
}


NUMBERS = ("value", "weight", "price", "low", "high")  # parts that hold numbers


@dataclass(frozen=True)
class Plan:
    """A mapping file as read.

    Attributes
    ----------
    path : Path
    parts : dict
        Name of a part → its table, with ``column`` or ``value``.
    general : dict
        ``source, sheet, delimiter, encoding, decimal``, where given.
    """

    path: Path
    parts: Mapping[str, Mapping[str, Any]]
    general: Mapping[str, str] = field(default_factory=dict)

    def option(self, part: str, name: str, default: Any = "") -> Any:
        """Return what a part says beside its column, or the default."""
        return self.parts.get(part, {}).get(name, default)


def plan(
    path: str | Path, known: Mapping[str, Collection[str]], needed: Collection[str]
) -> Plan:
    """Read and check a mapping file.

    Parameters
    ----------
    path : str or Path
        TOML.
    known : mapping
        Part → the options it may have beside ``column`` and ``value``.
    needed : collection of str
        Parts that must be there; of alternatives in one string (``a|b``) one.

    Returns
    -------
    Plan

    Raises
    ------
    Unreadable
        With the name that is wrong and what would be right.
    """
    path = Path(path)
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unreadable(f"{path}: there is no such mapping file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path.name}: not TOML ({error})") from None
    general = {name: value for name, value in told.items() if name in GENERAL}
    parts = {name: value for name, value in told.items() if name not in GENERAL}
    for name, value in general.items():
        if not isinstance(value, str):
            raise Unreadable(f"{path.name}: {name} is {value!r}; it must be a text")
    if "source" not in general:
        raise Unreadable(f"{path.name}: no source; it must say who made the figures")
    if general.get("decimal", ".") not in (".", ","):
        raise Unreadable(f"{path.name}: decimal is not '.' or ','")
    for name, part in parts.items():
        if name not in known:
            raise Unreadable(
                f"{path.name}: [{name}] is not known; it must be "
                f"{nearest(name, [*known, *GENERAL])}"
            )
        _check(path.name, name, part, known[name])
    for name in needed:
        if not any(each in parts for each in name.split("|")):
            raise Unreadable(
                f"{path.name}: no [{name.replace('|', '] or [')}]; it must say the "
                "column, or a value that holds for every row"
            )
    return Plan(path, parts, general)


def _check(file: str, name: str, part: Any, options: Collection[str]) -> None:
    """Check one part of a mapping file."""
    if not isinstance(part, dict):
        raise Unreadable(f"{file}: {name} is {part!r}; it must be a table, [{name}]")
    for option in part:
        allowed = ["column", "value", *options]
        if option not in allowed:
            raise Unreadable(
                f"{file}: {option} of [{name}] is not known; it must be "
                f"{nearest(option, allowed)}"
            )
    if ("column" in part) == ("value" in part):
        raise Unreadable(f"{file}: [{name}] must have a column or a value, one of them")


def rows(paths: Collection[str | Path], plan: Plan) -> tuple[Ledger, str]:
    """Rows of files under the names of a plan.

    Parameters
    ----------
    paths : collection of path
        CSV, XLSX or Parquet.
    plan : Plan

    Returns
    -------
    ledger : Ledger
        Its rows have a column of text for each part, and one for each option that
        names a column (``currency_column`` of ``value`` as ``value.currency_column``).
    decimal : str
        The decimal mark of its numbers.

    Raises
    ------
    Unreadable
        If a column is not in a file, with the nearest that are.
    """
    columns, constants = {}, {}
    for name, part in plan.parts.items():
        if "column" in part:
            columns[name] = str(part["column"])
        else:
            constants[name] = str(part["value"])
        for option, value in part.items():
            if option.endswith("_column"):
                columns[f"{name}.{option}"] = str(value)
    how = Encoding(plan.general.get("encoding", ""), plan.general.get("delimiter", ""))
    found = [_found(sheet, columns, plan) for sheet in _chosen(paths, how, plan)]
    ledger = layout.ledger(found)
    for name, value in constants.items():
        ledger.rows[name] = value
    numbers = [ledger.rows[name] for name in columns if name in NUMBERS]
    mark = plan.general.get("decimal", "")
    if not mark and numbers:
        mark = decimal_mark(numbers, found[0][0].delimiter)
    return ledger, mark or "."


def _chosen(paths: Collection[str | Path], how: Encoding, plan: Plan) -> list[Sheet]:
    """Sheets that the plan means: the one it names, or all."""
    every = [sheet for path in paths for sheet in sheets(path, how)]
    wanted = plan.general.get("sheet")
    if wanted is None:
        return every
    chosen = [sheet for sheet in every if sheet.name == wanted]
    if not chosen:
        names = nearest(wanted, [sheet.name for sheet in every])
        raise Unreadable(f"{plan.path.name}: no sheet '{wanted}'; it must be {names}")
    return chosen


def _found(
    sheet: Sheet, columns: Mapping[str, str], plan: Plan
) -> tuple[Sheet, layout.Places]:
    places = layout.match(sheet, {n: [c] for n, c in columns.items()}, columns)
    if places is not None:
        return sheet, places
    heads = sheet.head()
    header = max(heads, key=lambda h: len({*h} & {*columns.values()}))
    lacking = [c for c in columns.values() if c not in header]
    raise Unreadable(
        f"{sheet.file}: no column '{lacking[0]}', which {plan.path.name} names; it "
        f"must be {nearest(lacking[0], [c for c in header if c])}"
    )
