"""Answers of interfaces, workbooks and Parquet as sheets of text."""

import glob
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from rareearth.trade.sheet import Blob, Record, Sheet, Unreadable

LARGEST = 5_000_000  # rows of Parquet that are read whole
# cells of a workbook that show an error: the attributes and the error
ERROR = re.compile(
    r"""<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>
    (?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<""",
    re.VERBOSE,
)


class Fraction(str):
    """Text of a cell that is a number in the file and no whole one."""

    __slots__ = ()


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
                raw.read().decode("utf-8-sig"), parse_float=_written, parse_int=str
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
    return _sheet(blob, listed)


def workbook(blob: Blob) -> list[Sheet]:
    """Sheets of a spreadsheet; of a formula the stored value counts.

    An error such as ``#DIV/0!`` is text, not an empty cell, in XLSX; the old XLS does
    not show it.

    Raises
    ------
    Unreadable
        If it is not a whole one.
    """
    with blob.open() as stream:
        raw = io.BytesIO(stream.read())
        try:
            books = pd.read_excel(
                raw,
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
    errors = _errors(raw)
    return [
        _page(blob, str(name), cells, errors.get(str(name), []))
        for name, cells in books.items()
    ]


def _page(
    blob: Blob, name: str, cells: pd.DataFrame, errors: list[tuple[int, int, str]]
) -> Sheet:
    rows = [[_text(c) for c in row] for row in cells.to_numpy().tolist()]
    for row, place, error in errors:
        if row < len(rows) and place < len(rows[row]):
            rows[row][place] = error
    return _sheet(blob, rows, name)


def _errors(raw: io.BytesIO) -> dict[str, list[tuple[int, int, str]]]:
    """Row, place and text of the cells with an error, by sheet of an XLSX."""
    raw.seek(0)
    if not zipfile.is_zipfile(raw):
        return {}
    found = {}
    with zipfile.ZipFile(raw) as book:
        for name, part in _parts(book).items():
            cells = ERROR.findall(book.read(part).decode("utf-8", "replace"))
            found[name] = [
                (int(row) - 1, _place(letters), html.unescape(error))
                for letters, row, error in cells
            ]
    return found


def _parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Name of each sheet of an XLSX → the part of the file that holds its cells."""
    names = set(book.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    told = book.read("xl/workbook.xml").decode("utf-8", "replace")
    links = book.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {
        tag["Id"]: tag["Target"]
        for tag in _tags(links, "Relationship")
        if {"Id", "Target"} <= tag.keys()
    }
    found = {}
    for tag in _tags(told, "sheet"):
        target = targets.get(tag.get("r:id", ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in names:
            found[html.unescape(tag.get("name", ""))] = part
    return found


def _tags(xml: str, name: str) -> list[dict[str, str]]:
    """Attributes of each tag of a name."""
    tags = re.findall(rf"<(?:\w+:)?{name}\s([^>]*)>", xml)
    return [dict(re.findall(r'([\w:]+)="([^"]*)"', tag)) for tag in tags]


def _place(letters: str) -> int:
    """Place of a column of a spreadsheet, from 0: A is 0, AB is 27."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _sheet(blob: Blob, rows: list[list[str]], name: str = "") -> Sheet:
    """Sheet of a table in memory."""

    def fractions(place: int) -> set[int]:
        return {
            row
            for row, cells in enumerate(rows, start=1)
            if place < len(cells) and isinstance(cells[place], Fraction)
        }

    return Sheet(blob, lambda: _numbered(rows), name, fractions=fractions)


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
        # a name is no pattern, and a folder `year=2022` no column
        connection, file = duckdb.connect(), [glob.escape(str(blob.path))]
        table = "FROM read_parquet(?, hive_partitioning = false)"
        length = connection.execute(f"SELECT count(*) {table}", file)
        if length.fetchall()[0][0] > LARGEST:
            raise Unreadable(
                f"{blob.name}: more than {LARGEST:,} rows, too many to read one by "
                "one; rareearth.trade.query takes out those that are wanted"
            )
        found = connection.execute(f"SELECT * {table}", file)
        names = [column[0] for column in found.description or []]
        rows = found.fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise Unreadable(f"{blob.name}: not a whole Parquet file ({first})") from None
    listed = [names, *([_text(c) for c in row] for row in rows)]
    return _sheet(blob, listed)


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


def _written(number: str) -> str:
    """Number of JSON as it is written."""
    return number if float(number).is_integer() else Fraction(number)


def _text(value: Any) -> str:
    """Cell as text: whole numbers without a point, dates as 2024-01-31."""
    if isinstance(value, Fraction):
        return value
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 2**53 else repr(value)
        return Fraction(format(Decimal(repr(value)), "f"))
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return str(value) if whole else Fraction(format(value, "f"))
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
