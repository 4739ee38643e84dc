"""Files larger than memory as relations of DuckDB: BACI as published, trade tables.

A zip is taken apart one year at a time into a temporary folder, under names of our own.
A BACI file is a relation of text, and what its text means is said once, here, in SQL;
`rareearth.trade.baci` says the same row by row, for files that have something wrong.
"""

import glob
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rareearth.trade import baci, database, layout, schema
from rareearth.trade.archive import blobs
from rareearth.trade.database import literal
from rareearth.trade.sheet import Blob, Unreadable

YEAR = re.compile(r"_Y(\d{4})_")
BACI, TABLE = "baci", "table"
NUMBERS = {"t": "SMALLINT", "i": "SMALLINT", "j": "SMALLINT"}
NUMBERS |= {"k": "UINTEGER", "v": "DOUBLE", "q": "VARCHAR"}


@dataclass(frozen=True)
class Part:
    """One relation: a file, or a year of an archive.

    Attributes
    ----------
    name : str
        As it is told.
    kind : str
        `BACI` or `TABLE`.
    sql : str
        The relation: of text ``t, i, j, k, v, q``, or of the trade table.
    numbers : str
        The relation of BACI as `NUMBERS`; whatever is none is an error.
    hs_edition, source : str
        Of a BACI file, from its name.
    parquet : bool
        Whether a year can be had without reading the rest.
    year : int
        That its name tells, ``BACI_HS17_Y2022_…``; 0 if it tells none.
    """

    name: str
    kind: str
    sql: str
    numbers: str = ""
    hs_edition: str = ""
    source: str = ""
    parquet: bool = False
    year: int = 0


def paths_of(files: str | Path | Iterable[str | Path]) -> list[Path]:
    """Paths of one file or several."""
    if isinstance(files, str | Path):
        return [Path(files)]
    return [Path(file) for file in files]


def years(paths: Iterable[Path]) -> list[int]:
    """Years that files hold, as far as they tell without being read through; or none.

    A file of one year says it in its name (``…_Y2022_…``), Parquet inside.
    """
    found: set[int] = set()
    for path in paths:
        for blob in blobs(path):
            which, _, parquet = _layout(blob)
            if told := _year(blob):
                found.add(told)
            elif parquet and which:
                found |= _years_inside(blob)
            elif which:
                return []
    return sorted(found)


def parts(paths: Iterable[Path], years: Iterable[int] = ()) -> Iterator[Part]:
    """Relations of files, one at a time; of an archive, one year is unpacked at once.

    Parameters
    ----------
    paths : iterable of path
        BACI (zip, CSV, gzipped CSV, Parquet in its columns) or trade tables (Parquet,
        CSV).
    years : iterable of int
        Files of one other year are left out; empty: none is.

    Yields
    ------
    Part
        To be used before the next one is asked for.

    Raises
    ------
    Unreadable
        If a file is neither.
    """
    wanted = set(years)
    for path in paths:
        known = False
        for blob in blobs(path):
            laid_out = _layout(blob)
            if not laid_out[0]:
                continue  # a table of codes, a note
            known = True
            told = _year(blob)
            if wanted and told and told not in wanted:
                continue
            with _on_disk(blob) as file:
                yield _part(blob, file, *laid_out)
        if not known:
            out = f"{path.name.split('.')[0]}-trade.parquet"
            raise Unreadable(
                f"{path.name}: neither BACI nor a trade table; make it one with "
                f"rareearth convert {path.name} -o {out}"
            )


def _year(blob: Blob) -> int:
    """Year that a file's own name tells, or 0."""
    told = YEAR.search(blob.name.rsplit("/", 1)[-1])
    return int(told[1]) if told else 0


@contextmanager
def _on_disk(blob: Blob) -> Iterator[Path]:
    """Put a blob where DuckDB can read it: itself, or unpacked for a while."""
    if not blob.packed or blob.name == blob.path.name:  # DuckDB reads gzip itself
        yield blob.path
        return
    with tempfile.TemporaryDirectory(prefix="rareearth-") as folder:
        file = Path(folder) / "member"
        with blob.open() as stream, file.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        yield file


def kind(blob: Blob) -> str:
    """Kind of a file: `BACI`, `TABLE`, or empty for neither."""
    return _layout(blob)[0]


def _layout(blob: Blob) -> tuple[str, list[str], bool]:
    """Kind of a file (empty if neither), its columns, and whether it is Parquet."""
    with blob.open() as stream:
        start = stream.readline(1 << 16)
    parquet = start.startswith(b"PAR1") and not blob.packed
    if parquet:
        header = _columns(blob)
    else:
        text = start.decode("utf-8-sig", errors="replace").strip()
        header = [name.strip('" ') for name in text.split(",")]
    if set(header) >= set(schema.COLUMNS):
        return TABLE, header, parquet
    named = {layout.plain(name) for name in header}
    baci_like = all(named & set(known) for known in baci.NAMES.values())
    exact = parquet or len(header) == len(baci.NAMES)
    return BACI if baci_like and exact else "", header, parquet


def _part(blob: Blob, file: Path, which: str, header: list[str], parquet: bool) -> Part:
    """Relation of a file of BACI or of a trade table."""
    gzipped = blob.packed and file == blob.path
    relation = _parquet(file) if parquet else _csv(file, header, gzipped)
    if which == TABLE:
        return Part(blob.name, TABLE, _typed(relation, parquet), parquet=parquet)
    found = {layout.plain(name): name for name in header}
    column = {
        name: next(found[known] for known in names if known in found)
        for name, names in baci.NAMES.items()
    }
    kinds = {its: NUMBERS[name] for name, its in column.items()}
    typed = relation if parquet else _csv(file, header, gzipped, kinds)
    text = {name: f'"{its}"::VARCHAR' for name, its in column.items()}
    if parquet:  # whole numbers may be kept as such that are not
        whole = {name: f"regexp_replace({text[name]}, '\\.0$', '')" for name in "tijk"}
        text |= whole
    numbers = {name: f'"{its}"::{NUMBERS[name]}' for name, its in column.items()}
    hs_edition, source = baci.edition(blob.name)
    return Part(
        blob.name,
        BACI,
        _named(relation, text),
        _named(typed, numbers),
        hs_edition,
        source,
        parquet,
        _year(blob),
    )


def _named(relation: str, cells: dict[str, str]) -> str:
    """Relation with BACI's own names of columns."""
    picked = ", ".join(f"{cell} AS {name}" for name, cell in cells.items())
    return f"(SELECT {picked} FROM {relation})"


def _parquet(file: Path) -> str:
    """Parquet as a relation, of its own columns and not of its folders' names."""
    return f"read_parquet({_plainly(file)}, hive_partitioning = false)"


def _plainly(file: Path) -> str:
    """Name of a file as a literal that is no pattern of names."""
    return literal(glob.escape(str(file)))


def _csv(
    file: Path, header: list[str], gzipped: bool, kinds: dict[str, str] | None = None
) -> str:
    """CSV as a relation, of text where no other kind is told.

    A line that does not fit is an error, and so is nothing where a number should be.
    """
    packing = "gzip" if gzipped else "none"  # whatever its name
    told = dict.fromkeys(header, "VARCHAR") | (kinds or {})
    columns = ", ".join(f"{literal(n)}: {literal(kind)}" for n, kind in told.items())
    numbers = ", ".join(literal(n) for n, kind in told.items() if kind != "VARCHAR")
    whole = f", force_not_null = [{numbers}]" if numbers else ""
    return (
        f"read_csv({_plainly(file)}, header = true, auto_detect = false, delim = ',', "
        f"quote = '\"', columns = {{{columns}}}{whole}, "
        f"compression = '{packing}', hive_partitioning = false)"
    )


def _typed(relation: str, parquet: bool) -> str:
    """Trade table out of a relation of text, or of what Parquet holds."""
    kinds = {"datetime64[us]": "TIMESTAMP", "int64": "BIGINT", "float64": "DOUBLE"}
    cells = ", ".join(
        (name if parquet else f"nullif(trim({name}), '')")
        + f"::{kinds.get(kind, 'VARCHAR')} AS {name}"
        for name, kind in schema.COLUMNS.items()
    )
    return f"(SELECT {cells} FROM {relation})"


def _columns(blob: Blob) -> list[str]:
    import duckdb

    with database.faults(blob.name), _on_disk(blob) as file:
        sql = f"DESCRIBE SELECT * FROM {_parquet(file)}"
        return [row[0] for row in duckdb.connect().execute(sql).fetchall()]


def _years_inside(blob: Blob) -> set[int]:
    """Years of a Parquet file."""
    with database.faults(blob.name), _on_disk(blob) as file:
        part = _part(blob, file, *_layout(blob))
        year = "t::SMALLINT" if part.kind == BACI else "year(start)"
        sql = f"SELECT DISTINCT {year} FROM {part.sql}"
        found = {row[0] for row in database.connection().execute(sql).fetchall()}
    if None in found:
        raise Unreadable(f"{blob.name}: a flow has no year; it must have one")
    return found
