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

import codecs
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

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
    _check_general(path.name, general)
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


def _check_general(file: str, general: Mapping[str, Any]) -> None:
    """Check what a mapping file says of the whole file."""
    for name, value in general.items():
        if not isinstance(value, str):
            raise Unreadable(f"{file}: {name} is {value!r}; it must be a text")
    if not general.get("source", "").strip():
        raise Unreadable(f"{file}: no source; it must say who made the figures")
    if general.get("decimal", ".") not in (".", ","):
        raise Unreadable(f"{file}: decimal is not '.' or ','")
    delimiter = general.get("delimiter", "")
    if len(delimiter) > 1 or delimiter in ('"', "\n", "\r", "\0"):
        raise Unreadable(
            f"{file}: delimiter is {delimiter!r}; it must be one character, such as "
            "';' or '\\t'"
        )
    charset = general.get("encoding") or "utf-8"
    if not _is_charset(charset):
        raise Unreadable(
            f"{file}: encoding is {charset!r}; it must be a character set, such as "
            "utf-8, cp1252 or gb18030"
        )


def _is_charset(name: str) -> bool:
    """Whether text can be encoded so; Python has codecs for other things too."""
    try:
        return "1;a".encode(name).decode(name) == "1;a" and bool(
            codecs.getincrementaldecoder(name)
        )
    except (LookupError, ValueError):
        return False


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
        If a column is not in a file, with the nearest that are; if the numbers of the
        files can be read in two ways, or are written in two.
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
    mark = plan.general.get("decimal") or _mark(ledger.rows, columns, found)
    if mark == ",":
        _written_so(ledger.rows, columns, found)
    return ledger, mark


def _mark(
    rows: pd.DataFrame,
    columns: Collection[str],
    found: list[tuple[Sheet, layout.Places]],
) -> str:
    """Decimal mark of the numbers of all files; of each by itself, all the same."""
    numbers = [name for name in columns if name in NUMBERS]
    text = rows[numbers].copy()
    for name in numbers:
        # a cell that is a number has no other reading
        text[name] = text[name].mask(layout.fractions(found, rows, name), "")
    delimiters = {sheet.file: sheet.delimiter for sheet, _ in found}
    marks: dict[str, str] = {}
    for file, part in text.groupby(rows["file"], sort=False):
        told = [part[name] for name in numbers]
        if any(column.str.contains("[.,]").any() for column in told):
            try:
                mark = decimal_mark(told, delimiters[str(file)])
            except Unreadable as error:
                raise Unreadable(f"{file}: {error}") from None
            marks.setdefault(mark, str(file))
    if len(marks) > 1:
        raise Unreadable(
            f"the decimal mark of {marks['.']} is '.', that of {marks[',']} is ','; "
            "read them one by one"
        )
    return next(iter(marks), ".")


def _written_so(
    rows: pd.DataFrame,
    columns: Collection[str],
    found: list[tuple[Sheet, layout.Places]],
) -> None:
    """Write cells that are numbers with a decimal comma, as the texts beside them."""
    for name in columns:
        if name in NUMBERS:
            comma = rows[name].str.replace(".", ",", regex=False)
            where = layout.fractions(found, rows, name)
            rows[name] = rows[name].mask(where, comma)


def _chosen(paths: Collection[str | Path], how: Encoding, plan: Plan) -> list[Sheet]:
    """Sheets that the plan means: the one it names, or all that are not empty."""
    every = [sheet for path in paths for sheet in sheets(path, how)]
    wanted = plan.general.get("sheet")
    if wanted is None:
        filled = [sheet for sheet in every if sheet.head()]
        if not filled:
            raise Unreadable(f"{every[0].file}: the sheet is empty")
        return filled
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
    if not heads:
        raise Unreadable(f"{sheet.file}: the sheet is empty")
    wanted = list(columns.values())
    header = max(heads, key=lambda h: len({*h} & {*wanted}))
    lacking = [c for c in wanted if not layout.fitting([c], header)] or wanted
    raise Unreadable(
        f"{sheet.file}: no column '{lacking[0]}', which {plan.path.name} names; it "
        f"must be {nearest(lacking[0], [c for c in header if c])}"
    )
