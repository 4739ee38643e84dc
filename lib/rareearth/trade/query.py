"""Trade files larger than memory: a few flows out of them, indicators of all of them.

DuckDB reads BACI as CEPII publishes it and trade tables as `convert` writes them; what
is not asked for is left in the file. Values are added up as whole thousandths of a
dollar, so that a sum is exact and the same whatever the order of rows and the number of
threads.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import codes
from rareearth.trade import bulk, database, schema
from rareearth.trade.bulk import Part
from rareearth.trade.database import literal
from rareearth.trade.sheet import Unreadable

YEAR = """CASE WHEN regexp_full_match(trim(t), '(19[6-9]|20[0-9])[0-9]') THEN t::INTEGER
          ELSE error('t is ' || coalesce(t, 'missing') || '; it must be a year') END"""
WEIGHT = "nullif(nullif(trim(q), 'NA'), '')"


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
    ValueError
        If what is asked for can mean nothing: a code that no product has, a group of
        countries.
    """
    wanted: dict[str, list[Any]] = {
        "importer": _countries(importers),
        "exporter": _countries(exporters),
        "product": _products(products),
        "year": sorted({int(y) for y in years}),
    }
    connection = database.connection()
    found = [schema.empty()]
    for part in bulk.parts(bulk.paths_of(files), wanted["year"]):
        if part.kind == bulk.BACI:
            _check_six(wanted["product"])
            database.know_countries(connection)
        with database.faults(part.name):
            flows = connection.execute(_select(part, wanted)).df()
        if part.kind == bulk.BACI:  # neither a value nor a weight is no trade
            flows = flows[(flows["value_usd"] != 0) | flows["tonnes"].notna()]
        found.append(flows)
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
    edition = literal(part.hs_edition) if part.hs_edition else "NULL::VARCHAR"
    where = _baci_filter(wanted or {})
    exporter, importer = (
        f"coalesce({side}.iso3, error('country ' || coalesce({code}, 'missing') "
        "|| ' is not known'))"
        for side, code in (("e", "i"), ("m", "j"))
    )
    return f"""
        SELECT start, 12::BIGINT AS months, exporter, importer, product,
               {edition} AS hs_edition, value_usd, 'fob' AS valuation, tonnes,
               CASE WHEN tonnes > 0 THEN 'unknown basis' ELSE 'missing' END
                   AS tonnes_status,
               'reconciled' AS reported_by, 'complete' AS coverage,
               {literal(part.source)} AS source
        FROM (
            SELECT make_date({YEAR}, 1, 1)::TIMESTAMP AS start,
                   {_six("trim(k)")} AS product,
                   {exporter} AS exporter, {importer} AS importer,
                   round({_amount("v")} * 1000, 3) AS value_usd,
                   CASE WHEN {WEIGHT} IS NOT NULL THEN nullif({_amount("q")}, 0) END
                       AS tonnes
            FROM (SELECT * FROM {part.sql} WHERE {where}) AS raw
            LEFT JOIN countries AS e ON e.code = {_code("i")}
            LEFT JOIN countries AS m ON m.code = {_code("j")}
            {f"ORDER BY {order}" if order else ""}
        )
    """


def _six(code: str) -> str:
    """Write the SQL of a product's six digits; its first zero may have been lost."""
    told = f"coalesce({code}, 'missing')"
    return (
        f"if(regexp_full_match({code}, '[0-9]{{5,6}}'), lpad({code}, 6, '0'), "
        f"error('product ' || {told} || ' is not of six digits'))"
    )


def _amount(cell: str) -> str:
    """Write the SQL of a number of 0 or more, or of what is wrong with it."""
    number = f"TRY_CAST({cell} AS DOUBLE)"
    told = f"coalesce({cell}, 'missing')"
    return (
        f"CASE WHEN isfinite({number}) AND {number} >= 0 THEN {number} "
        f"ELSE error('{cell} is ' || {told} || '; it must be a number, 0 or more') END"
    )


def _code(cell: str) -> str:
    """Write the SQL of a country's code, which may have been filled up with zeros."""
    return f"ltrim(trim({cell}), '0')"


def _countries(asked: Collection[str]) -> list[str]:
    """ISO3 of countries that are asked for."""
    if isinstance(asked, str):
        raise ValueError(f"'{asked}' is a text; it must be a list, as ['{asked}']")
    found = sorted({codes.iso3(c) for c in asked})
    for iso3 in found:
        if iso3 not in schema.places():
            raise ValueError(f"{iso3} is no country of a trade table; name its members")
    return found


def _products(asked: Collection[str]) -> list[str]:
    """Codes of products that are asked for."""
    if isinstance(asked, str):
        raise ValueError(f"'{asked}' is a text; it must be a list, as ['{asked}']")
    found = sorted({str(code) for code in asked})
    for code in found:
        if not re.fullmatch(schema.PRODUCT, code):
            raise ValueError(
                f"'{code}' is no code of customs, which has 2 to 10 digits"
            )
    return found


def _check_six(products: list[str]) -> None:
    """Refuse codes that no row of BACI can have."""
    for code in products:
        if len(code) != 6:
            raise ValueError(f"'{code}' is no product of BACI, which has six digits")


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
                f"{_code(column)} IN (SELECT code FROM countries "
                f"WHERE iso3 IN ({_list(wanted[side])}))"
            )
    return " AND ".join(filters) or "true"


def _list(values: Iterable[object]) -> str:
    return ", ".join(literal(v) for v in values)
