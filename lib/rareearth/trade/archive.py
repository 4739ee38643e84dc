"""Zip and gzip, opened without harm.

Nothing is written under a name that an archive gives, so an absolute path in it reaches
nothing. What unpacks to far more than its own size is a bomb and refused, and a stream
that breaks off is told, not read to where it broke.
"""

import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rareearth.trade.sheet import Blob, Unreadable

RATIO, LEAST = 200, 64 << 20  # unpacked over packed, above that many bytes
WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}


def blobs(path: Path) -> list[Blob]:
    """Return the unpacked files of a file: itself, or all that an archive holds.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Blob

    Raises
    ------
    Unreadable
        If there is no such file, or the archive is broken, locked, empty or a bomb.
    """
    if not path.is_file():
        raise Unreadable(f"{path}: there is no such file")
    with path.open("rb") as stream:
        start = stream.read(4)
    if start[:2] == b"\x1f\x8b":
        source = _metered(lambda: gzip.GzipFile(path), path)
        return [Blob(path, path.name, source, packed=True)]
    if start != b"PK\x03\x04" and start != b"PK\x05\x06":
        return [Blob(path, path.name, lambda: path.open("rb"))]
    with _archive(path) as archive:
        infos = [
            i
            for i in archive.infolist()
            if not i.is_dir() and not i.filename.startswith("__MACOSX/")
        ]
        _check(path, infos)
        if WORKBOOKS & {i.filename for i in infos}:
            return [Blob(path, path.name, lambda: path.open("rb"))]
    names = sorted(i.filename for i in infos)
    return [
        Blob(path, f"{path.name}/{name}", _member(path, name), packed=True)
        for name in names
    ]


def _check(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that is empty, locked, a bomb, or has a name twice."""
    if not infos:
        raise Unreadable(f"{path.name}: an archive with nothing in it")
    if sum(i.file_size for i in infos) > _limit(path):
        raise Unreadable(_bomb(path))
    locked = [i.filename for i in infos if i.flag_bits & 1]
    if locked:
        raise Unreadable(f"{path.name}: {locked[0]} is locked by a password")
    (name, times), *_ = Counter(i.filename for i in infos).most_common(1)
    if times > 1:
        raise Unreadable(
            f"{path.name}: holds {times} files of the name {name}; unpack it, see "
            "which is meant, and name that one"
        )


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Unreadable(
            f"{path.name}: not a whole zip ({error}); download it again"
        ) from None


def _member(path: Path, name: str) -> Callable[[], Any]:
    """Open a member so that the archive closes with it."""

    def source() -> IO[bytes]:
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.open(name)  # keeps its own hold on the file
        except NotImplementedError as error:
            raise Unreadable(
                f"{path.name}: {name} is packed in a way that is not read here "
                f"({error}); unpack it and name the file inside"
            ) from None
        except (zipfile.BadZipFile, EOFError) as error:
            raise Unreadable(
                f"{path.name}: {name} does not stand where the archive says "
                f"({error}); download it again, or unpack it and name the file inside"
            ) from None

    return _metered(source, path)


def _limit(path: Path) -> int:
    return max(LEAST, RATIO * path.stat().st_size)


def _bomb(path: Path) -> str:
    return (
        f"{path.name}: unpacks to more than {RATIO} times its size, as no statistics "
        "do; unpack it yourself if you trust it"
    )


def _metered(source: Callable[[], Any], path: Path) -> Callable[[], Any]:
    return lambda: io.BufferedReader(_Meter(source(), path), 1 << 18)


class _Meter(io.RawIOBase):
    """A stream that stops where more comes out than its packed size explains."""

    def __init__(self, inner: Any, path: Path) -> None:
        self.inner, self.path, self.left = inner, path, _limit(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.inner.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise Unreadable(
                f"{self.path.name}: breaks off or is damaged ({error}); download it "
                "again"
            ) from None
        self.left -= len(data)
        if self.left < 0:
            raise Unreadable(_bomb(self.path))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.inner.close()
        super().close()
