"""Any provider's files as one Parquet file of the trade table, written whole or not.

BACI goes through DuckDB, a year at a time, so that the world since 1995 fits a small
machine; a year with anything wrong in it is read row by row instead, so that every
fault is told.
The file is sorted by year, then product: a few products are a few blocks of it.
"""

import json
import os
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth.trade import baci, bulk, database, query, reader, schema, written
from rareearth.trade.account import COUNTED, TOLD, Reading, Told
from rareearth.trade.bulk import Part
from rareearth.trade.database import literal
from rareearth.trade.files import sha256, sheets
from rareearth.trade.sheet import Unreadable

ORDER = "start, product, importer, exporter"


def convert(
    paths: str | Path | Iterable[str | Path],
    out: str | Path,
    provider: str | None = None,
    *,
    flow: str = "",
    reporter: str = "",
    product: str = "",
    mapping: str | Path | None = None,
    rates: pd.DataFrame | None = None,
    allow_refused: bool = False,
) -> Reading:
    """Write files as one Parquet file of the trade table.

    Parameters
    ----------
    paths : path or iterable of path
        Of any providers; the files of one are read as one.
    out : path
        Replaced if it exists; written whole or not at all.
    provider, flow, reporter, product, mapping, rates
        As `rareearth.trade.read` takes them.
    allow_refused : bool
        Write although rows are refused.

    Returns
    -------
    Reading
        Account, refused rows and notes; its table is empty, for it is in the file. If
        rows are refused and that is not allowed, nothing is written.

    Raises
    ------
    Unreadable
        As `read` does, and where two releases or editions of BACI tell one year.
    """
    files, target = bulk.paths_of(paths), Path(out)
    if not target.parent.is_dir():
        raise Unreadable(f"{target.parent}: there is no such folder to write to")
    reader.check_names(files)
    if target.is_dir():
        raise Unreadable(f"{target}: is a folder; name a file to write")
    if target.exists() and any(target.samefile(f) for f in files if f.exists()):
        raise Unreadable(f"{target}: is read from; write to another file")
    told: dict[str, Any] = {"flow": flow, "reporter": reporter, "product": product}
    with tempfile.TemporaryDirectory(prefix=".convert-", dir=target.parent) as folder:
        readings: list[Reading] = []
        world = [] if provider or mapping else [f for f in files if _is_baci(f)]
        others = _groups([f for f in files if f not in world], provider, mapping)
        codes = others.pop("baci", []) if world else []  # tables beside the flows
        for name, group in others.items():
            reading = reader.read(group, name, mapping=mapping, rates=rates, **told)
            _dump(reading.table, Path(folder) / f"{len(readings)}.parquet")
            readings.append(reading)
        readings += _world(world, codes, Path(folder), len(readings))
        whole = _together(readings, files)
        if whole.refused.empty or allow_refused:
            made = Path(folder) / "whole"
            parts = [Path(folder) / f"{n}.parquet" for n in range(len(readings))]
            _join(parts, made, whole)
            os.replace(made, target)
    return whole


def _is_baci(path: Path) -> bool:
    return any(bulk.kind(blob) == bulk.BACI for blob in bulk.blobs(path))


def _groups(
    files: list[Path], provider: str | None, mapping: str | Path | None
) -> dict[str | None, list[Path]]:
    """Files of one provider each."""
    if provider or mapping:
        return {provider: files} if files else {}
    groups: dict[str | None, list[Path]] = {}
    for file in files:
        groups.setdefault(reader.provider_of(file), []).append(file)
    return groups


def _world(
    files: list[Path], codes: list[Path], folder: Path, first: int
) -> list[Reading]:
    """Write each year of BACI, and tell what became of its rows."""
    readings: list[Reading] = []
    told: dict[int, list[tuple[str, str]]] = {}
    connection = database.connection()
    database.know_countries(connection)
    for part in bulk.parts(files):
        if part.kind != bulk.BACI:
            continue
        out = folder / f"{first + len(readings)}.parquet"
        with database.faults(part.name):
            account = scan(connection, part)
            if account is not None:
                _sorted(connection, part, out)
        if account is None:
            reading = _row_by_row(part, [*files, *codes])
            _dump(reading.table, out)
        else:
            nothing = pd.DataFrame(columns=TOLD)
            reading = Reading(schema.empty(), account, nothing, "baci")
        for year in _years(out):
            told.setdefault(year, []).append((part.hs_edition, part.source))
            baci.one_telling(year, told[year])
        readings.append(reading)
    return readings


def scan(connection: Any, part: Part) -> pd.DataFrame | None:
    """Account of a part of BACI, or none if anything in it has to be told by row.

    Parameters
    ----------
    connection : DuckDBPyConnection
        As `rareearth.trade.database.connection` gives it; it knows the countries.
    part : Part

    Returns
    -------
    DataFrame or None
        As `Reading.account`.
    """
    import duckdb

    tonnes = "CASE WHEN trim(q) NOT IN ('NA', '') THEN TRY_CAST(q AS DOUBLE) END"
    sql = f"""
        WITH told AS (
            SELECT TRY_CAST(trim(t) AS SMALLINT) AS year, trim(k) AS k,
                   regexp_full_match(trim(t) || trim(k), '[0-9]{{10}}')
                       AND NOT contains(v, '_') AS plain,
                   TRY_CAST(v AS DOUBLE) AS v, {tonnes} AS tonnes,
                   trim(q) IN ('NA', '') AS unweighed,
                   e.rank AS exporter, m.rank AS importer,
                   {", ".join("e." + bit for bit in database.bits())}
            FROM {part.sql}
            LEFT JOIN countries AS e ON e.scheme = 'un' AND e.code = trim(i)
            LEFT JOIN countries AS m ON m.scheme = 'un' AND m.code = trim(j)
        ), checked AS (
            SELECT *, coalesce(
                year BETWEEN 1960 AND 2100 AND exporter <> importer AND isfinite(v)
                AND v > 0 AND (unweighed OR isfinite(tonnes) AND tonnes >= 0)
                AND plain AND k >= '010000', false) AS good
            FROM told
        ), added AS (
            SELECT count(*) AS rows, count_if(good) AS good,
                   sum(round(v * 1000000)::BIGINT) AS value,
                   sum(round(tonnes * 1000)::BIGINT) AS weight, {database.either()}
            FROM checked GROUP BY year, k, importer
        )
        SELECT sum(rows)::BIGINT, sum(good), sum({database.different("added")}),
               sum(value) / 1000, sum(weight) / 1000
        FROM added
    """
    try:
        found = connection.execute(sql).fetchall()
    except duckdb.OutOfMemoryException:
        raise  # the file may be clean
    except duckdb.Error:
        return None  # a line that does not fit its header
    rows, good, flows, value, weight = found[0]
    if not rows or not rows == good == flows:
        return None
    read = [part.name, "read", "", rows, value, weight]
    return pd.DataFrame([read], columns=COUNTED)


def _row_by_row(part: Part, files: list[Path]) -> Reading:
    """Read one part row by row, with the tables of codes beside it."""
    every = [s for f in files for s in sheets(f) if part.name.startswith(f.name)]
    found = [(s, baci.match(s)) for s in every]
    mine = [(s, p) for s, p in found if p and (s.file == part.name or "t" not in p)]
    return baci.reading(mine, Told())


def _sorted(connection: Any, part: Part, out: Path) -> None:
    """Write the flows of a part of BACI in the order of the file."""
    connection.execute(f"COPY ({query.baci_rows(part, order=ORDER)}) TO {_file(out)}")


def _dump(table: pd.DataFrame, out: Path) -> None:
    """Write a trade table in the order of the file."""
    import duckdb

    connection = duckdb.connect()
    connection.register("flows", table)
    types = {"str": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE"}
    columns = ", ".join(
        f"{name}::{types.get(kind, 'TIMESTAMP')} AS {name}"
        for name, kind in schema.COLUMNS.items()
    )
    connection.execute(
        f"COPY (SELECT {columns} FROM flows ORDER BY {ORDER}) TO {_file(out)}"
    )


def _file(out: Path) -> str:
    return f"{literal(out)} (FORMAT parquet, COMPRESSION zstd)"


def _years(file: Path) -> list[int]:
    import duckdb

    sql = f"SELECT DISTINCT year(start) FROM read_parquet({literal(file)})"
    return [row[0] for row in duckdb.connect().execute(sql).fetchall()]


def _join(parts: Collection[Path], out: Path, whole: Reading) -> None:
    """Write parts one after the other, those of the earliest year first."""
    import duckdb

    account = whole.account.astype(object).where(whole.account.notna(), None)
    made = {
        "files": whole.hashes,
        "account": account.to_dict("records"),
        "notes": whole.notes,
    }
    held = {p: set(_years(p)) for p in parts}
    first = {p: min(held[p], default=0) for p in parts}
    _check_once(held)
    files = ", ".join(literal(p) for p in sorted(parts, key=lambda p: first[p]))
    told = literal(json.dumps(made, ensure_ascii=False))
    duckdb.connect().execute(
        f"COPY (SELECT * FROM read_parquet([{files}])) TO {literal(out)} "
        "(FORMAT parquet, COMPRESSION zstd, "
        f"KV_METADATA {{{written.KEY}: {told}}})"
    )


def _check_once(held: dict[Path, set[int]]) -> None:
    """Refuse flows that two parts hold, among those that hold a year together."""
    shared = [
        part
        for part, years in held.items()
        if any(years & other for p, other in held.items() if p != part)
    ]
    if not shared:
        return
    key = ", ".join(schema.KEY)
    files = ", ".join(literal(part) for part in shared)
    sql = f"""
        SELECT product, exporter, importer, year(start) FROM read_parquet([{files}])
        GROUP BY {key} HAVING count(*) > 1 ORDER BY ALL LIMIT 1
    """
    for product, exporter, importer, year in (
        database.connection().execute(sql).fetchall()
    ):
        raise Unreadable(
            f"the flow of {product} from {exporter} to {importer} in {year} stands in "
            "two of the files; leave one of them out"
        )


def _together(readings: list[Reading], files: list[Path]) -> Reading:
    """One reading of several, without their tables."""
    if not readings:
        raise Unreadable("no file was named")
    return Reading(
        schema.empty(),
        pd.concat([r.account for r in readings], ignore_index=True),
        pd.concat([r.refused for r in readings], ignore_index=True),
        " and ".join(dict.fromkeys(r.provider for r in readings)),
        [note for r in readings for note in r.notes],
        {f.name: sha256(f) for f in files},
    )
