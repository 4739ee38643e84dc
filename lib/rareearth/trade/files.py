"""Any file as sheets of text: CSV, JSON, XLSX or Parquet; plain, gzipped or zipped.

What a file is shows in its first bytes, never in its name. A cell stays text until a
reader knows what it means: a code keeps its zeros, Namibia's ``NA`` is not a missing
value, a formula is never computed. A CSV is given line by line, so that a line which
does not fit can be told by its number.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rareearth.trade import archive, tabular
from rareearth.trade.sheet import Blob, Encoding, Record, Sheet, Unreadable

LARGEST_LINE = 1 << 20  # characters
FOREIGN = {  # what is no data, by its first bytes
    b"%PDF": "a PDF; download the data behind it as CSV or XLSX",
    b"7z\xbc\xaf": "a 7z archive; unpack it (7z x FILE) and read what is inside",
    b"Rar!": "a RAR archive; unpack it and read what is inside",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database; export the table as CSV",
    b"PK\x03\x04": "a zip in an archive; unpack it first",
}
HOW = Encoding()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sheets(path: str | Path, how: Encoding = HOW) -> list[Sheet]:
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
    return [s for blob in archive.blobs(Path(path)) for s in _sheets(blob, how)]


def _sheets(blob: Blob, how: Encoding) -> list[Sheet]:
    """Sheets of one unpacked file."""
    with blob.open() as stream:
        start = stream.read(4096)
    if not start.strip():
        raise Unreadable(f"{blob.name}: the file is empty")
    book = start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    if book and not blob.packed:
        return tabular.workbook(blob)
    for magic, what in FOREIGN.items():
        if start.startswith(magic):
            raise Unreadable(f"{blob.name}: {what}")
    if start.startswith(b"PAR1"):
        return [tabular.parquet(blob)]
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"["):
        return [tabular.answer(blob)]
    if text[:1] == b"<":
        raise Unreadable(
            f"{blob.name}: a web page (HTML or XML), whatever its name ends in; "
            "download the data as CSV, JSON or XLSX"
        )
    return [_text(blob, how)]


def _text(blob: Blob, how: Encoding) -> Sheet:
    """Sheet of a delimited text."""
    charset = how.charset or _charset(blob)
    if how.charset and not _decodes(blob, charset):
        raise Unreadable(f"{blob.name}: is not {charset}, as encoding says")
    with blob.open() as raw, io.TextIOWrapper(raw, charset, newline="") as text:
        first = next((line for line in _lines(text, blob) if line.strip()), "")
    delimiter = how.delimiter or _delimiter(first)

    def records() -> Iterator[Record]:
        with blob.open() as raw, io.TextIOWrapper(raw, charset, newline="") as text:
            yield from _records(_lines(text, blob), delimiter)

    plain = charset in ("utf-8", "utf-8-sig")
    notes = [] if plain else [f"{blob.name}: read as {charset}"]
    return Sheet(blob, records, delimiter=delimiter, notes=notes)


def _records(lines: Iterator[str], delimiter: str) -> Iterator[Record]:
    """CSV records with the number of their first line; faults are told, not raised."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        row = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield row, [], f"a whole line of CSV ({error})"
            continue
        if cells:
            yield row, cells, ""


def _lines(text: IO[str], blob: Blob) -> Iterator[str]:
    """Lines of a text, none longer than a record can be."""
    n = 0
    while line := text.readline(LARGEST_LINE + 1):
        n += 1
        if len(line) > LARGEST_LINE:
            raise Unreadable(
                f"{blob.name}, row {n}: a line of more than {LARGEST_LINE:,} "
                "characters, as no record has; not a CSV, or its line ends were lost"
            )
        yield line


def _charset(blob: Blob) -> str:
    """Character set of a text: UTF-8 if it is, else GB18030 or cp1252."""
    with blob.open() as stream:
        start = stream.read(1 << 16)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:
        raise Unreadable(f"{blob.name}: not text, nor any kind of file known here")
    chinese = "商品".encode("gb18030") in start.split(b"\n", 1)[0]
    tried = ["utf-8", "gb18030" if chinese else "cp1252", "latin-1"]
    return next(c for c in tried if _decodes(blob, c))


def _decodes(blob: Blob, charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)()
    with blob.open() as stream:
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _delimiter(line: str) -> str:
    """Delimiter of a header: the candidate most often outside quotes."""
    bare = "".join(line.split('"')[::2])
    return max(",;\t|", key=bare.count)
