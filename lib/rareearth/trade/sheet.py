"""A table of a file as text, before anyone knows what its columns mean."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

HEAD = 12  # records in which a header is looked for
Record = tuple[int, list[str], str]  # row in the file, cells, what is wrong with it


class Unreadable(ValueError):
    """A file that cannot be read as what it should be, with what would be right."""


@dataclass(frozen=True)
class Blob:
    """One unpacked file.

    Attributes
    ----------
    path : Path
        The file on disk, perhaps an archive around it.
    name : str
        As it is told: ``BACI_HS17.zip/BACI_HS17_Y2024.csv``.
    open : callable
        Its bytes, from the start at each call.
    packed : bool
        Whether it lies in an archive.
    """

    path: Path
    name: str
    open: Callable[[], IO[bytes]]
    packed: bool = False


@dataclass
class Sheet:
    """One table of a file: records of text with the row each has in the file.

    Attributes
    ----------
    blob : Blob
        The file that it is in.
    records : callable
        Its records, from the first at each call; a line that is no record comes without
        cells and with its fault.
    name : str
        Of a sheet of a workbook.
    delimiter : str
        Of a text; a comma for all else.
    fractions : callable
        Rows in which the cell at a place is a number, not text, and no whole one.
    header : int
        Which record names the columns; a reader sets it.
    notes : list of str
        What is odd without being wrong.
    """

    blob: Blob
    records: Callable[[], Iterator[Record]]
    name: str = ""
    delimiter: str = ","
    fractions: Callable[[int], set[int]] = lambda _: set()
    header: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def file(self) -> str:
        """Name by which rows are told: of the file, and of the sheet in it."""
        return f"{self.blob.name}[{self.name}]" if self.name else self.blob.name

    def head(self) -> list[list[str]]:
        """First records, to recognise the layout by."""
        found = []
        for _, cells, _ in self.records():
            found.append(cells)
            if len(found) == HEAD:
                break
        return found


@dataclass(frozen=True)
class Encoding:
    """How to read a text that does not say so itself; empty means: find out."""

    charset: str = ""
    delimiter: str = ""
