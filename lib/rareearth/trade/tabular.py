"""Answers of interfaces, workbooks and Parquet as sheets of text."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pandas as pd

from rareearth.trade.sheet import Blob, Record, Sheet, Unreadable

LARGEST = 5_000_000  # rows of Parquet that are read whole


def answer(blob: Blob) -> Sheet:
    """Sheet of JSON: rows as objects (in ``data`` or ``value``), or lists.

    Parameters
    ----------
    blob : Blob

    Returns
    -------
    Sheet
        Numbers as they are written; inner objects behind a dot.

    Raises
    ------
    Unreadable
        If it is not whole, holds an error of the office, or no rows.
    """
    with blob.open() as raw:
        try:
            told = json.loads(
                raw.read().decode("utf-8-sig"), parse_float=str, parse_int=str
            )
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                f"{blob.name}: not whole JSON ({error}); download it again"
            ) from None
    rows = told
    if isinstance(told, dict):
        if told.get("error"):
            raise Unreadable(f"{blob.name}: the office answered: {told['error']}")
        rows = told.get("data", told.get("value"))
    if not isinstance(rows, list) or len({type(r) for r in rows} - {dict, list}):
        raise Unreadable(f"{blob.name}: JSON without rows in 'data' or 'value'")
    if not rows:
        raise Unreadable(
            f"{blob.name}: an answer with no rows: nothing was reported, or a "
            "parameter of the query was wrong"
        )
    if all(isinstance(r, dict) for r in rows):
        flat = [_flat(r) for r in rows]
        header = list(dict.fromkeys(key for row in flat for key in row))
        listed = [header, *([row.get(key, "") for key in header] for row in flat)]
    else:
        listed = [[_text(c) for c in row] for row in rows]
    return Sheet(blob, lambda: _numbered(listed))


def workbook(blob: Blob) -> list[Sheet]:
    """Sheets of a spreadsheet; of a formula the stored value counts.

    Raises
    ------
    Unreadable
        If it is not a whole one.
    """
    with blob.open() as stream:
        try:
            books = pd.read_excel(
                io.BytesIO(stream.read()),
                engine="calamine",
                sheet_name=None,
                header=None,
                dtype=object,
                keep_default_na=False,
            )
        except Exception as error:  # calamine raises its own, untyped
            raise Unreadable(
                f"{blob.name}: not a whole spreadsheet ({error})"
            ) from None
    return [_page(blob, str(name), cells) for name, cells in books.items()]


def _page(blob: Blob, name: str, cells: pd.DataFrame) -> Sheet:
    rows = [[_text(c) for c in row] for row in cells.to_numpy().tolist()]
    return Sheet(blob, lambda: _numbered(rows), name)


def parquet(blob: Blob) -> Sheet:
    """Sheet of a Parquet file.

    Raises
    ------
    Unreadable
        If it is not whole, or lies in an archive.
    """
    import duckdb

    if blob.packed:
        raise Unreadable(f"{blob.name}: Parquet in an archive; unpack it first")
    try:
        connection, file = duckdb.connect(), [str(blob.path)]
        length = connection.execute("SELECT count(*) FROM read_parquet(?)", file)
        if length.fetchall()[0][0] > LARGEST:
            raise Unreadable(
                f"{blob.name}: more than {LARGEST:,} rows, too many to read one by "
                "one; rareearth.trade.query takes out those that are wanted"
            )
        found = connection.execute("SELECT * FROM read_parquet(?)", file)
        names = [column[0] for column in found.description or []]
        rows = found.fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise Unreadable(f"{blob.name}: not a whole Parquet file ({first})") from None
    listed = [names, *([_text(c) for c in row] for row in rows)]
    return Sheet(blob, lambda: _numbered(listed))


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Object as one level of text, inner names behind a dot."""
    found: dict[str, str] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = _text(value)
    return found


def _numbered(rows: list[list[str]]) -> Iterator[Record]:
    """Give the records of a table in memory the numbers that a spreadsheet shows."""
    for row, cells in enumerate(rows, start=1):
        if any(cells):
            yield row, cells, ""


def _text(value: Any) -> str:
    """Cell as text: whole numbers without a point, dates as 2024-01-31."""
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 2**53
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
