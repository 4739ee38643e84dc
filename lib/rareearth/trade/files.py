"""Any file as sheets of text: CSV, JSON, XLSX or Parquet; plain, gzipped or zipped.

What a file is shows in its first bytes, never in its name. Nothing is unpacked under a
name that an archive gives, nothing in a cell is run, and what unpacks to far more than
its own size is refused. A cell stays text until a reader knows what it means: a code
keeps its zeros, Namibia's ``NA`` is not a missing value.
"""

import codecs
import csv
import gzip
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import pandas as pd

LARGEST_LINE = 1 << 20  # characters
BOMB_RATIO, BOMB_BYTES = 200, 64 << 20  # unpacked over packed, above that many bytes
HEAD = 12  # records in which a header is looked for

FOREIGN = {  # what is no data, by its first bytes
    b"%PDF": "a PDF; download the data behind it as CSV or XLSX",
    b"7z\xbc\xaf": "a 7z archive; unpack it (7z x FILE) and read what is inside",
    b"Rar!": "a RAR archive; unpack it and read what is inside",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database; export the table as CSV",
}


class Unreadable(ValueError):
    """A file that cannot be read as what it should be, with what would be right."""


@dataclass
class Sheet:
    """One table of a file: records of text with the number each has in the file.

    `records` starts anew at each call and yields ``(row, cells, fault)``; `fault` says
    what is wrong with a line that is no record. `header` is the record that names the
    columns, as an index into the records; a reader sets it.
    """

    file: str
    name: str
    records: Callable[[], Iterator[tuple[int, list[str], str]]]
    path: Path
    member: str = ""
    header: int = 0
    notes: list[str] = field(default_factory=list)

    def head(self) -> list[list[str]]:
        """First records, to recognise the layout by."""
        found = []
        for _, cells, fault in self.records():
            found.append([] if fault else cells)
            if len(found) == HEAD:
                break
        return found


@dataclass(frozen=True)
class Encoding:
    """How to read a file that does not say so itself; empty means: find out."""

    charset: str = ""
    delimiter: str = ""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sheets(path: str | Path, how: Encoding = Encoding()) -> list[Sheet]:
    """Sheets of a file, of every file in it if it is an archive.

    Parameters
    ----------
    path : str or Path
        CSV, JSON, XLSX, XLS or Parquet; as it is, gzipped, or in a zip.
    how : Encoding
        Character set and delimiter, where the user says them.

    Returns
    -------
    list of Sheet

    Raises
    ------
    Unreadable
        If the file is empty, broken, a bomb, or of a kind that holds no data.
    """
    path = Path(path)
    if not path.is_file():
        raise Unreadable(f"{path}: there is no such file")
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(16)
    if start[:2] == b"\x1f\x8b":
        source = _metered(lambda: gzip.open(path, "rb"), size, path.name)
        return _sheets(path, path.name, "", source, how)
    if start[:4] == b"PK\x03\x04" and not _is_workbook(path):
        return [
            sheet
            for member in members(path)
            for sheet in _sheets(
                path, f"{path.name}/{member}", member, _zipped(path, member), how
            )
        ]
    return _sheets(path, path.name, "", lambda: path.open("rb"), how)


def members(path: Path) -> list[str]:
    """Names of the files in a zip that may hold data, in order.

    Raises
    ------
    Unreadable
        If the archive is broken, encrypted, empty or a bomb.
    """
    with _archive(path) as archive:
        infos = [i for i in archive.infolist() if not i.is_dir()]
        infos = [i for i in infos if not i.filename.startswith("__MACOSX/")]
        unpacked = sum(i.file_size for i in infos)
        if unpacked > max(BOMB_BYTES, BOMB_RATIO * path.stat().st_size):
            raise Unreadable(_bomb(path.name))
        locked = [i.filename for i in infos if i.flag_bits & 1]
        if locked:
            raise Unreadable(f"{path.name}: {locked[0]} is locked by a password")
        if not infos:
            raise Unreadable(f"{path.name}: an archive with nothing in it")
        return sorted(i.filename for i in infos)


@contextmanager
def opened(path: Path, member: str) -> Iterator[IO[bytes]]:
    """Bytes of a file or of a member of a zip, unpacked."""
    with (_zipped(path, member) if member else lambda: path.open("rb"))() as stream:
        yield stream


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Unreadable(
            f"{path.name}: not a whole zip ({error}); download it again"
        ) from None


def _is_workbook(path: Path) -> bool:
    """Whether a zip is a spreadsheet, as XLSX and ODS are."""
    with _archive(path) as archive:
        names = set(archive.namelist())
    return bool({"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & names)


def _zipped(path: Path, member: str) -> Callable[[], IO[bytes]]:
    def source() -> IO[bytes]:
        return zipfile.ZipFile(path).open(member)

    return _metered(source, path.stat().st_size, path.name)


def _bomb(name: str) -> str:
    return (
        f"{name}: unpacks to more than {BOMB_RATIO} times its size, as no real "
        "statistics do; unpack it yourself if you trust it"
    )


class _Meter(io.RawIOBase):
    """A stream that stops where more comes out than its packed size explains."""

    def __init__(self, inner: IO[bytes], limit: int, name: str) -> None:
        self.inner, self.left, self.name = inner, limit, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.inner.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise Unreadable(
                f"{self.name}: breaks off or is damaged ({error}); download it again"
            ) from None
        self.left -= len(data)
        if self.left < 0:
            raise Unreadable(_bomb(self.name))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.inner.close()
        super().close()


def _metered(
    source: Callable[[], IO[bytes]], size: int, name: str
) -> Callable[[], IO[bytes]]:
    limit = max(BOMB_BYTES, BOMB_RATIO * size)
    return lambda: io.BufferedReader(_Meter(source(), limit, name), 1 << 18)


def _sheets(
    path: Path, file: str, member: str, source: Callable[[], IO[bytes]], how: Encoding
) -> list[Sheet]:
    """Sheets of one unpacked file."""
    with source() as stream:
        start = stream.read(4096)
    if not start.strip():
        raise Unreadable(f"{file}: the file is empty")
    for magic, what in FOREIGN.items():
        if start.startswith(magic):
            raise Unreadable(f"{file}: {what}")
    if start.startswith(b"PK\x03\x04") or start.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook(path, file, member, source)
    if start.startswith(b"PAR1"):
        return [_parquet(path, file, member, source)]
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"["):
        return [_json(path, file, member, source)]
    if text[:1] == b"<":
        raise Unreadable(
            f"{file}: a web page (HTML or XML), whatever its name ends in; download "
            "the data as CSV, JSON or XLSX"
        )
    return [_csv(path, file, member, source, how)]


def _csv(
    path: Path, file: str, member: str, source: Callable[[], IO[bytes]], how: Encoding
) -> Sheet:
    charset = how.charset or _charset(file, source)
    try:
        with source() as raw, io.TextIOWrapper(raw, charset, newline="") as text:
            first = next((x for x in iter(lambda: text.readline(1 << 16), "") if x.strip()), "")
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable(f"{file}: cannot be read as {charset} ({error})") from None
    delimiter = how.delimiter or _delimiter(first)

    def records() -> Iterator[tuple[int, list[str], str]]:
        with source() as raw, io.TextIOWrapper(raw, charset, newline="") as text:
            yield from _records(_lines(text, file), delimiter)

    notes = [] if charset in ("utf-8", "utf-8-sig") else [f"{file}: read as {charset}"]
    return Sheet(file, "", records, path, member, notes=notes)


def _records(
    lines: Iterator[str], delimiter: str
) -> Iterator[tuple[int, list[str], str]]:
    """CSV records with the number of their first line; faults are told, not raised."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        row = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield row, [], f"not a line of CSV ({error})"
            continue
        if cells:
            yield row, [c.strip() for c in cells], ""


def _lines(text: IO[str], file: str) -> Iterator[str]:
    """Lines of a text, none longer than a record can be."""
    n = 0
    while line := text.readline(LARGEST_LINE + 1):
        n += 1
        if len(line) > LARGEST_LINE:
            raise Unreadable(
                f"{file}, row {n}: a line of more than {LARGEST_LINE:,} characters, "
                "as no record has; not a CSV file, or its line ends were lost"
            )
        yield line


def _charset(file: str, source: Callable[[], IO[bytes]]) -> str:
    """Character set of a text: UTF-8 if it is, else GB18030 or cp1252."""
    with source() as stream:
        start = stream.read(1 << 16)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:
        raise Unreadable(f"{file}: not text, nor any kind of file known here")
    chinese = "商品".encode("gb18030") in start.split(b"\n", 1)[0]
    tried = ["utf-8", "gb18030" if chinese else "cp1252", "latin-1"]
    return next(c for c in tried if _decodes(source, c))


def _decodes(source: Callable[[], IO[bytes]], charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)()
    with source() as stream:
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(line: str) -> str:
    """Delimiter of a header: the candidate most often outside quotes."""
    bare = "".join(line.split('"')[::2])
    return max(",;\t|", key=bare.count)


def _json(
    path: Path, file: str, member: str, source: Callable[[], IO[bytes]]
) -> Sheet:
    """Sheet of an answer of an interface: rows as objects, or lists under a header."""
    with source() as raw:
        try:
            answer = json.loads(
                raw.read().decode("utf-8-sig"), parse_float=str, parse_int=str
            )
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                f"{file}: not whole JSON ({error}); download it again"
            ) from None
    if isinstance(answer, dict):
        if answer.get("error"):
            raise Unreadable(f"{file}: the office answered: {answer['error']}")
        rows = answer.get("data", answer.get("value"))
    else:
        rows = answer
    if not isinstance(rows, list) or not all(isinstance(r, (dict, list)) for r in rows):
        raise Unreadable(f"{file}: JSON without a list of rows in 'data' or 'value'")
    if not rows:
        raise Unreadable(
            f"{file}: an answer with no rows: nothing was reported, or a parameter of "
            "the query was wrong"
        )
    if isinstance(rows[0], dict):
        flat = [_flat(r) if isinstance(r, dict) else {} for r in rows]
        header = list(dict.fromkeys(key for row in flat for key in row))
        listed = [header, *([row.get(key, "") for key in header] for row in flat)]
    else:
        listed = [[_text(c) for c in row] for row in rows]
    return Sheet(file, "", lambda: _numbered(listed), path, member)


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Object as one level of text, inner names behind a dot."""
    found: dict[str, str] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = _text(value).strip()
    return found


def _workbook(
    path: Path, file: str, member: str, source: Callable[[], IO[bytes]]
) -> list[Sheet]:
    """Sheets of a spreadsheet; formulas are not computed, the stored value counts."""
    with source() as stream:
        try:
            books = pd.read_excel(
                io.BytesIO(stream.read()),
                engine="calamine",
                sheet_name=None,
                header=None,
                dtype=object,
                keep_default_na=False,
            )
        except Unreadable:
            raise
        except Exception as error:  # calamine raises its own, untyped
            raise Unreadable(f"{file}: not a whole spreadsheet ({error})") from None
    found = []
    for name, cells in books.items():
        rows = [[_text(c).strip() for c in row] for row in cells.to_numpy().tolist()]

        def records(rows: list[list[str]] = rows) -> Iterator[tuple[int, list[str], str]]:
            return _numbered(rows)

        found.append(Sheet(f"{file}[{name}]", str(name), records, path, member))
    return found


def _parquet(
    path: Path, file: str, member: str, source: Callable[[], IO[bytes]]
) -> Sheet:
    """Sheet of a Parquet file on disk."""
    import duckdb

    if member or path.read_bytes()[:4] != b"PAR1":
        raise Unreadable(f"{file}: Parquet inside an archive; unpack it first")
    try:
        found = duckdb.sql("SELECT * FROM read_parquet(?)", params=[str(path)])
        names, rows = found.columns, found.fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise Unreadable(f"{file}: not a whole Parquet file ({first})") from None
    listed = [names, *([_text(c).strip() for c in row] for row in rows)]
    return Sheet(file, "", lambda: _numbered(listed), path, member)


def _numbered(rows: list[list[str]]) -> Iterator[tuple[int, list[str], str]]:
    """Records of a table in memory, numbered as a spreadsheet shows them."""
    for row, cells in enumerate(rows, start=1):
        if any(cells):
            yield row, cells, ""


def _text(value: Any) -> str:
    """Cell as text: whole numbers without a point, dates as 2024-01-31."""
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if value != value:  # not a number: an empty cell
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        midnight = value.time().isoformat() == "00:00:00"
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
