"""A table against its declared schema: types, limits, keys, rules and sums.

The schema is the one of the data package (Frictionless Table Schema) with two
keys of our own beside it: ``rules``, expressions that hold in every row, and
``sums``, parts that add up to a printed total. Whatever does not hold is told with
table, row, column, value and what would be right. Rows are counted as a
spreadsheet shows them: the header is row 1.
"""

import csv
import difflib
import gzip
import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

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
    words = sorted(map(str, set(allowed)))
    like = difflib.get_close_matches(str(value), words, n=SHOWN, cutoff=0.3)
    rest = sorted((w for w in words if w not in like), key=len)
    shown = (like + rest)[:SHOWN]
    return "one of: " + ", ".join(shown) + (", …" if len(words) > len(shown) else "")


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
    frame = _read(data, fields, where)
    # text as categories: limits are checked on the few distinct values
    text = [c for c in frame.columns if frame[c].dtype == "str"]
    coded = frame.astype(dict.fromkeys(text, "category"))
    for field in fields:
        fail(where, _column_faults(coded[field["name"]], field))
    fail(where, _key_faults(coded, entry["schema"].get("primaryKey", [])))
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
        yield f"row {row}: not UTF-8; save the file as UTF-8"
        return
    head = next(csv.reader([text.partition("\n")[0]]), [])
    if head != names:
        yield f"header is {','.join(head)}; it must be {','.join(names)}"
    elif not fields[-1].get("constraints", {}).get("required"):
        # a short row only shows where the last cell may not be empty
        for n, cells in enumerate(csv.reader(io.StringIO(text)), start=1):
            if len(cells) != len(names):
                yield f"row {n}: {len(cells)} cells; it must have {len(names)}"


def _read(data: bytes, fields: list[dict[str, Any]], where: str) -> pd.DataFrame:
    """Read every column in its type."""
    dtypes = {f["name"]: NUMBERS.get(f["type"], "str") for f in fields}
    for field in fields:
        if field["type"] == "integer" and not _required(field):
            dtypes[field["name"]] = "Int64"
    options: dict[str, Any] = {
        "keep_default_na": False,
        "na_values": [""],
        "skip_blank_lines": False,
        "encoding": "utf-8",
    }
    try:
        frame = pd.read_csv(io.BytesIO(data), dtype=dtypes, **options)
    except pd.errors.ParserError as error:
        raise TableError(f"{where}: {error}") from None
    except ValueError as error:
        text = pd.read_csv(io.BytesIO(data), dtype="str", **options)
        faults = [fault for f in fields for fault in _misfits(text[f["name"]], f)]
        fail(where, faults or [str(error)])
    for field in fields:
        name, kind = field["name"], field["type"]
        if kind in ("date", "boolean"):
            fail(where, _misfits(frame[name], field))
            frame[name] = (
                frame[name] == "true"
                if kind == "boolean"
                else pd.to_datetime(frame[name], format="%Y-%m-%d")
            )
    return frame


def _required(field: dict[str, Any]) -> bool:
    return bool(field.get("constraints", {}).get("required"))


def _misfits(text: pd.Series, field: dict[str, Any]) -> Iterable[str]:
    """Find cells that are not of the field's type in the column read as text."""
    name, kind = field["name"], field["type"]
    full = text[text.notna()]
    if kind in NUMBERS:
        number = pd.to_numeric(full, errors="coerce")
        bad = number.isna() | (kind == "integer") & (number % 1 != 0)
        right = "a whole number" if kind == "integer" else "a number"
        if _required(field):
            for row in text.index[text.isna()]:
                yield f"row {row + 2}, column {name}: empty; it must be {right}"
    elif kind == "date":
        iso = full.str.fullmatch(r"\d{4}-\d\d-\d\d").fillna(False).astype(bool)
        bad = ~iso | pd.to_datetime(full, format="%Y-%m-%d", errors="coerce").isna()
        right = "a date like 2025-06-30"
    elif kind == "boolean":
        bad, right = ~full.isin(["true", "false"]), "true or false"
    else:
        return
    for row, value in full[bad].items():
        yield f"row {int(str(row)) + 2}, column {name}: '{value}'; it must be {right}"


def _column_faults(column: pd.Series, field: dict[str, Any]) -> Iterable[str]:
    """Find cells that break the constraints of the field."""
    limits = field.get("constraints", {})
    values = column
    if column.dtype == "category":  # the few distinct texts instead of every row
        values = pd.Series(column.cat.categories)
    checks = {
        "enum": lambda want: (~values.isin(want), lambda v: nearest(v, want)),
        "minimum": lambda want: (values < want, lambda v: f"at least {want}"),
        "maximum": lambda want: (values > want, lambda v: f"at most {want}"),
        "pattern": lambda want: (
            ~values.astype("str").str.fullmatch(want).fillna(True).astype(bool),
            lambda v: f"of the form {want}",
        ),
    }
    if limits.get("required"):
        for row in column.index[column.isna()]:
            yield f"row {row + 2}, column {field['name']}: empty; it must have a value"
    for name in (n for n in checks if n in limits):
        bad, right = checks[name](limits[name])
        bad = bad.fillna(False).to_numpy(dtype=bool)
        if not bad.any():
            continue
        rows = column.isin(values[bad]) if column.dtype == "category" else bad
        for row, value in column[rows].items():
            at = f"row {int(str(row)) + 2}, column {field['name']}"
            yield f"{at}: '{value}'; it must be {right(value)}"


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


def rule_faults(frame: pd.DataFrame, rules: list[dict[str, str]]) -> Iterable[str]:
    """Find rows in which a rule of the entry does not hold.

    Parameters
    ----------
    frame : DataFrame
        The table.
    rules : list of dict
        ``{"holds": expression, "columns": "a, b", "says": what would be right}``;
        the expression is one of `DataFrame.eval` and is true or false in each row.

    Yields
    ------
    str
        Row, columns, values and what would be right.
    """
    for rule in rules:
        holds = _where(frame, rule["holds"])
        columns = [c.strip() for c in rule["columns"].split(",")]
        for row in frame.index[~holds]:
            values = ", ".join(str(frame.loc[row, c]) for c in columns)
            yield (
                f"row {row + 2}, columns {rule['columns']}: '{values}'; {rule['says']}"
            )


def sum_faults(frame: pd.DataFrame, total: dict[str, Any]) -> Iterable[str]:
    """Find groups in which the parts do not add up to the printed total.

    Parameters
    ----------
    frame : DataFrame
        The table.
    total : dict
        ``value`` (the column to add up), ``within`` (columns of a group), ``parts``
        (an expression for the rows that are parts), either ``total`` (an expression
        for the row that is the total) or ``equals`` (a number), and ``rounding``,
        the largest difference in units of the total's last digit that is not zero
        (or, with ``equals``, per part).

    Yields
    ------
    str
        Group, sum, printed total and the rounding that would be allowed.
    """
    value, within = total["value"], total["within"]
    parts = frame[_where(frame, total["parts"])].groupby(within)[value]
    sums, counts = parts.sum(min_count=1).dropna(), parts.count()
    if "total" in total:
        rows = frame[_where(frame, total["total"])].set_index(within)
        wanted = rows[value].reindex(sums.index).dropna()
        allowed = wanted.map(_last_digit) * total["rounding"]
    else:
        wanted = pd.Series(float(total["equals"]), index=sums.index)
        allowed = counts.reindex(sums.index) * total["rounding"]
    for group in wanted.index[(sums - wanted).abs().reindex(wanted.index) > allowed]:
        at = ", ".join(
            f"{c} {g}"
            for c, g in zip(within, np.atleast_1d(np.array(group, object)), strict=True)
        )
        yield (
            f"{at}, column {value}: the parts add up to {sums[group]:,g}; they must "
            f"make {wanted[group]:,g} within {allowed[group]:,g}"
        )


def agreement_faults(
    frame: pd.DataFrame, other: pd.DataFrame, shared: dict[str, Any]
) -> Iterable[str]:
    """Find figures that two tables print differently.

    Parameters
    ----------
    frame, other : DataFrame
        The tables.
    shared : dict
        ``on`` (columns that both have), ``value``, ``where`` and ``there``
        (expressions for the rows of the one and the other), ``table`` (name of the
        other).

    Yields
    ------
    str
        What is compared, both values; or that there was nothing to compare.
    """
    on, value = shared["on"], shared["value"]
    here = frame[_where(frame, shared["where"])]
    there = other[_where(other, shared["there"])]
    both = here.merge(there, on=on, suffixes=("", "_there")).dropna(subset=value)
    if both.empty:
        yield f"nothing in common with {shared['table']} on {', '.join(on)}"
    for _, row in both[both[value] != both[f"{value}_there"]].iterrows():
        at = ", ".join(f"{c} {row[c]}" for c in on)
        yield (
            f"{at}, column {value}: '{row[value]}'; {shared['table']} has "
            f"{row[f'{value}_there']} for the same figure"
        )


def _where(frame: pd.DataFrame, expression: str) -> "pd.Series[bool]":
    """Evaluate an expression of true or false in each row; missing is false."""
    found = pd.Series(frame.eval(expression, engine="python"), index=frame.index)
    return found.fillna(False).astype(bool)


def _last_digit(number: float) -> float:
    """Return the unit of the last digit that is not zero: 390000 -> 10000."""
    unit = 1.0
    while number and number % (unit * 10) == 0:
        unit *= 10
    return unit
