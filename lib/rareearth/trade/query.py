"""Trade files larger than memory: a few flows out of them, indicators of all of them.

DuckDB reads BACI as CEPII publishes it and trade tables as `convert` writes them; what
is not asked for is left in the file. Values are added up as whole thousandths of a
dollar, so that a sum is exact and the same whatever the order of rows and the number of
threads.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import codes
from rareearth.trade import bulk, database, schema
from rareearth.trade.bulk import Part
from rareearth.trade.database import literal
from rareearth.trade.sheet import Unreadable


def query(
    files: str | Path | Iterable[str | Path],
    products: Collection[str] = (),
    importers: Collection[str] = (),
    exporters: Collection[str] = (),
    years: Collection[int] = (),
) -> pd.DataFrame:
    """Flows out of files larger than memory.

    Parameters
    ----------
    files : path or iterable of path
        BACI (zip, yearly CSV, plain or gzipped, or Parquet) or trade tables (Parquet or
        CSV, as `convert` writes them).
    products : collection of str
        Customs codes, whole; empty: all.
    importers, exporters : collection of str
        Countries, by ISO3 or name; empty: all.
    years : collection of int
        Years in which the flows begin; empty: all.

    Returns
    -------
    DataFrame
        Trade table.

    Raises
    ------
    Unreadable
        If a file is of another layout, a row that is asked for cannot be read, or a
        flow stands twice.
    """
    wanted: dict[str, list[Any]] = {
        "importer": sorted({codes.iso3(c) for c in importers}),
        "exporter": sorted({codes.iso3(c) for c in exporters}),
        "product": sorted({str(p) for p in products}),
        "year": sorted({int(y) for y in years}),
    }
    connection = database.connection()
    found = [schema.empty()]
    for part in bulk.parts(bulk.paths_of(files), wanted["year"]):
        if part.kind == bulk.BACI:
            database.know_countries(connection)
        with database.faults(part.name):
            found.append(connection.execute(_select(part, wanted)).df())
    table = schema.typed(pd.concat(found, ignore_index=True))
    twice = table[table.duplicated(schema.KEY)]
    if len(twice):
        row = twice.iloc[0]
        raise Unreadable(
            f"{row['source']}: the flow {row['exporter']} to {row['importer']} of "
            f"{row['product']}, {row['start']:%Y} stands twice; two editions in one "
            "file, or one file named twice?"
        )
    return table


def _select(part: Part, wanted: dict[str, list[Any]]) -> str:
    """Write the SQL of the flows of a part, its filters as deep as they go."""
    if part.kind == bulk.BACI:
        return baci_rows(part, wanted)
    filters = [
        f"{n} IN ({_list(of)})" for n, of in wanted.items() if of and n != "year"
    ]
    spans = [
        f"start >= '{y}-01-01' AND start < '{y + 1}-01-01'" for y in wanted["year"]
    ]
    if spans:
        filters.append("(" + " OR ".join(spans) + ")")
    where = " AND ".join(filters) or "true"
    return f"SELECT {', '.join(schema.COLUMNS)} FROM {part.sql} WHERE {where}"


def baci_rows(
    part: Part, wanted: dict[str, list[Any]] | None = None, order: str = ""
) -> str:
    """Write the SQL of the rows of a BACI part in the columns of the trade table.

    Parameters
    ----------
    part : Part
    wanted : dict, optional
        ``product, exporter, importer, year`` → what is wanted of each; empty: all.
    order : str
        Columns to sort by.

    Returns
    -------
    str
    """
    tonnes = "nullif(trim(q), 'NA')::DOUBLE"
    edition = literal(part.hs_edition) if part.hs_edition else "NULL::VARCHAR"
    return f"""
        SELECT start, 12::BIGINT AS months, exporter, importer, product,
               {edition} AS hs_edition, value_usd, 'fob' AS valuation, tonnes,
               CASE WHEN tonnes > 0 THEN 'unknown basis' ELSE 'missing' END
                   AS tonnes_status,
               'reconciled' AS reported_by, 'complete' AS coverage,
               {literal(part.source)} AS source
        FROM (
            SELECT make_date(t::INTEGER, 1, 1)::TIMESTAMP AS start,
                   {database.six("trim(k)")} AS product,
                   round(v::DOUBLE * 1000, 3) AS value_usd,
                   coalesce(e.iso3, error('country ' || i || ' is not known'))
                       AS exporter,
                   coalesce(m.iso3, error('country ' || j || ' is not known'))
                       AS importer,
                   CASE WHEN {tonnes} > 0 THEN {tonnes} END AS tonnes
            FROM (SELECT * FROM {part.sql} WHERE {_baci_filter(wanted or {})}) AS raw
            LEFT JOIN countries AS e ON e.scheme = 'un' AND e.code = trim(i)
            LEFT JOIN countries AS m ON m.scheme = 'un' AND m.code = trim(j)
            {f"ORDER BY {order}" if order else ""}
        )
    """


def _baci_filter(wanted: dict[str, list[Any]]) -> str:
    """Condition on the text of BACI's columns."""
    filters = []
    if wanted.get("product"):
        said = {p for code in wanted["product"] for p in (code, code.lstrip("0"))}
        among = f"IN ({_list(sorted(said))})"
        # blanks are looked for only where there is room for them: trimming takes long
        room = f"strlen(k) > {min(map(len, said))}"
        filters.append(f"(k {among} OR {room} AND trim(k) {among})")
    if wanted.get("year"):
        filters.append(f"trim(t) IN ({_list(wanted['year'])})")
    for side, column in (("exporter", "i"), ("importer", "j")):
        if wanted.get(side):
            filters.append(
                f"trim({column}) IN (SELECT code FROM countries "
                f"WHERE scheme = 'un' AND iso3 IN ({_list(wanted[side])}))"
            )
    return " AND ".join(filters) or "true"


def _list(values: Iterable[object]) -> str:
    return ", ".join(literal(v) for v in values)
