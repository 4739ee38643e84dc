"""A table against its declared schema: types, limits and keys.

The schema is the one of the data package (Frictionless Table Schema). Whatever does
not hold is told with table, row, column, value and what would be right. Rows are
counted as a spreadsheet shows them: the header is row 1. What must hold between
figures is in `identities`.
"""

import csv
import difflib
import gzip
import io
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from rareearth.identities import rule_faults, sum_faults

NUMBERS = {"integer": "int64", "number": "float64"}
SHOWN = 8  # faults told at once


class TableError(ValueError):
    """A table that is not what its schema says."""


def fail(table: str, faults: Iterable[str]) -> None:
    """Raise TableError if there is any fault; the first few are told."""
    told = list(faults)
    if told:
        more = f"\n… and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        raise TableError("\n".join(f"{table}: {t}" for t in told[:SHOWN]) + more)


def nearest(value: object, allowed: Iterable[object]) -> str:
    """Say what would be right instead of a value, the nearest first.

    Parameters
    ----------
    value : object
        What was given.
    allowed : iterable
        What could have been given.

    Returns
    -------
    str
        The end of a message: at most eight allowed values.

    Examples
    --------
    >>> nearest("metal", ["mine", "compounds", "metals", "magnets"])
    'one of: metals, magnets, mine, compounds'
    """
    words = {str(word).casefold(): str(word) for word in sorted(allowed, key=str)}
    key = str(value).casefold()
    like = difflib.get_close_matches(key, words, n=SHOWN, cutoff=0.3)
    shown = (like + sorted(words.keys() - like, key=lambda w: (len(w), w)))[:SHOWN]
    more = ", …" if len(words) > len(shown) else ""
    return "one of: " + ", ".join(words[w] for w in shown) + more


def table(data: bytes, entry: dict[str, Any], where: str) -> pd.DataFrame:
    """Read a table of the data package and check it against its entry.

    Parameters
    ----------
    data : bytes
        The file, CSV or gzipped CSV.
    entry : dict
        Its resource in ``datapackage.json``.
    where : str
        The name that messages begin with.

    Returns
    -------
    DataFrame
        The columns of the schema: text as ``str``, whole numbers as ``int64``
        (``Int64`` where a value may be missing), numbers as ``float64``, dates as
        ``datetime64``; an empty cell is missing.

    Raises
    ------
    TableError
        With row, column, value and what would be right.
    """
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    fields = entry["schema"]["fields"]
    fail(where, _header_faults(data, fields))
    coded = _read(data, fields, where)
    for field in fields:
        fail(where, _column_faults(coded[field["name"]], field))
    unique = [[f["name"]] for f in fields if f.get("constraints", {}).get("unique")]
    for key in [entry["schema"].get("primaryKey", []), *unique]:
        fail(where, _key_faults(coded, key))
    frame = pd.DataFrame({f["name"]: _plain(coded[f["name"]], f) for f in fields})
    fail(where, rule_faults(frame, entry.get("rules", [])))
    for total in entry.get("sums", []):
        fail(where, sum_faults(frame, total))
    return frame


def _header_faults(data: bytes, fields: list[dict[str, Any]]) -> Iterable[str]:
    """Check the header and, where it could go unseen, the cells of each row."""
    names = [f["name"] for f in fields]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        yield f"row {row}: not UTF-8; save it as UTF-8"
        return
    head = text.partition("\n")[0].rstrip("\r")
    if head != ",".join(names):
        yield f"header is {head}; it must be {','.join(names)}"
    elif not _required(fields[-1]):
        # a short row only shows where the last cell may not be empty
        for n, cells in enumerate(csv.reader(io.StringIO(text)), start=1):
            if len(cells) != len(names):
                yield f"row {n}: {len(cells)} cells; it must have {len(names)}"


def _read(data: bytes, fields: list[dict[str, Any]], where: str) -> pd.DataFrame:
    """Read numbers as such and text as categories, in the order of appearance."""
    dtypes = {f["name"]: NUMBERS.get(f["type"], "object") for f in fields}
    for field in fields:
        if field["type"] == "integer" and not _required(field):
            dtypes[field["name"]] = "Int64"
    options: dict[str, Any] = {
        "keep_default_na": False,
        "na_values": [""],
        "skip_blank_lines": False,
    }
    try:
        frame = pd.read_csv(io.BytesIO(data), dtype=dtypes, **options)
    except pd.errors.ParserError as error:
        raise TableError(f"{where}: {error}") from None
    except ValueError as error:
        text = pd.read_csv(io.BytesIO(data), dtype="str", **options)
        numbers = [f for f in fields if f["type"] in NUMBERS]
        faults = [t for f in numbers for t in _number_faults(text[f["name"]], f)]
        fail(where, faults or [str(error)])
    for name in (n for n, dtype in dtypes.items() if dtype == "object"):
        code, text = pd.factorize(frame[name])
        frame[name] = pd.Categorical.from_codes(code, pd.Index(text, dtype="str"))
    return frame


def _plain(column: pd.Series, field: dict[str, Any]) -> pd.Series:
    """Turn categories into text, dates or true and false."""
    if column.dtype != "category":
        return column
    values = column.cat.categories
    if field["type"] == "date":
        dates = pd.to_datetime(values, format="%Y-%m-%d").as_unit("us")
        return pd.Series(pd.Series(dates).reindex(column.cat.codes).to_numpy())
    if field["type"] == "boolean":
        return column == "true"
    return pd.Series(pd.Series(values, dtype="str").reindex(column.cat.codes).array)


def _required(field: dict[str, Any]) -> bool:
    return bool(field.get("constraints", {}).get("required"))


def _number_faults(text: pd.Series, field: dict[str, Any]) -> Iterable[str]:
    """Find what kept a column of numbers, read as text, from being read as such."""
    whole = field["type"] == "integer"
    number = pd.to_numeric(text, errors="coerce")
    bad = text.notna() & (number.isna() | whole & (number % 1 != 0))
    if whole and _required(field):
        bad |= text.isna()
    right = "a whole number" if whole else "a number"
    yield from _told(text[bad], field, lambda value: right)


def _column_faults(column: pd.Series, field: dict[str, Any]) -> Iterable[str]:
    """Find cells that are not of the field's type or break its constraints."""
    limits = field.get("constraints", {})
    if limits.get("required"):
        yield from _told(column[column.isna()], field, lambda value: "a value")
    distinct = column.dtype == "category"
    values = pd.Series(column.cat.categories) if distinct else column.dropna()
    for bad, right in _tests(values, field["type"], limits):
        wrong = values[bad.fillna(False).to_numpy(bool)]
        if len(wrong):
            cells = column[column.isin(wrong)] if distinct else wrong
            yield from _told(cells, field, right)


def _tests(
    values: pd.Series, kind: str, limits: dict[str, Any]
) -> Iterable[tuple[pd.Series, Callable[[object], str]]]:
    """Which values are wrong, and what would be right, for each limit of a field."""
    if kind == "date":
        day = pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
        wrong = day.isna() | (values.str.len() != len("2025-06-30"))
        yield wrong, lambda value: "a date like 2025-06-30"
    if kind == "boolean":
        yield ~values.isin(["true", "false"]), lambda value: "true or false"
    if want := limits.get("enum"):
        yield ~values.isin(want), lambda value: nearest(value, want)
    if form := limits.get("pattern"):
        yield ~values.str.fullmatch(form), lambda value: f"of the form {form}"
    if "minimum" in limits:
        low = limits["minimum"]
        yield values < low, lambda value: f"at least {low}"
    if "maximum" in limits:
        high = limits["maximum"]
        yield values > high, lambda value: f"at most {high}"


def _told(
    cells: pd.Series, field: dict[str, Any], right: Callable[[object], str]
) -> Iterable[str]:
    """Tell wrong cells by row, column, value and what would be right."""
    for row, value in cells.items():
        shown = "empty" if pd.isna(value) else f"'{value}'"
        at = f"row {int(str(row)) + 2}, column {field['name']}"
        yield f"{at}: {shown}; it must be {right(value)}"


def _key_faults(frame: pd.DataFrame, key: list[str]) -> Iterable[str]:
    """Find rows whose key stands in an earlier row too."""
    if not key:
        return
    codes = pd.DataFrame(
        {
            c: frame[c].cat.codes if frame[c].dtype == "category" else frame[c]
            for c in key
        }
    )
    again = codes.duplicated()
    if not again.any():
        return
    first = codes.index.to_series().groupby([codes[c] for c in key]).transform("min")
    for row in codes.index[again]:
        values = ", ".join(str(frame.loc[row, c]) for c in key)
        yield (
            f"row {row + 2}, columns {', '.join(key)}: '{values}' stands in row "
            f"{first[row] + 2} too; a key must stand once"
        )
