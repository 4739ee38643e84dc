"""Concentration of every product and importer in files larger than memory.

A year at a time, so that memory does not grow with the years. Values are whole
thousandths of a dollar: their sums and the sums of their squares are exact and the same
whatever the order of rows and the number of threads.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth.trade import bulk, database, schema
from rareearth.trade.bulk import Part
from rareearth.trade.sheet import Unreadable

# of a number: four times as fast as of a text
SIX = """if(product BETWEEN 10000 AND 999999, lpad(product::VARCHAR, 6, '0'),
            error('product ' || product || ' is not of six digits'))"""
TIES = 1024  # more than there are countries
MEMORY = "260MB"  # a year of BACI has 0.8 million products × importers
THREADS = 4  # in so little memory
COLUMNS = ["year", "product", "importer", "value_usd", "suppliers", "top_supplier"]
COLUMNS += ["top_share", "hhi", "effective_suppliers"]


def indicators(
    files: str | Path | Iterable[str | Path],
    reported_by: str = "",
    coverage: str = "",
    memory: str = MEMORY,
) -> Iterator[pd.DataFrame]:
    """Total, suppliers and concentration of every product and importer, year by year.

    Parameters
    ----------
    files : path or iterable of path
        BACI or trade tables, as `rareearth.trade.query` takes them.
    reported_by, coverage : str
        Which telling to take from a trade table that holds several.
    memory : str
        What DuckDB may use.

    Yields
    ------
    DataFrame
        A year, sorted by product and importer: ``year, product, importer, value_usd,
        suppliers, top_supplier, top_share, hhi, effective_suppliers`` (shares in
        [0, 1]). Of equal suppliers the first in the alphabet of ISO3 is the top one.
        Flows of a country to itself are left out; a share of nothing is missing.

    Raises
    ------
    Unreadable
        If a file is of another layout, a row cannot be read, a flow stands twice, or a
        trade table tells flows in more than one way.
    """
    paths = bulk.paths_of(files)
    connection = database.connection(memory, THREADS)
    database.know_countries(connection)
    telling = _telling(reported_by, coverage)
    ways: set[tuple[str, str]] = set()
    years: list[int | None] = [*bulk.years(paths)] or [None]
    for year in years:
        connection.execute("DROP TABLE IF EXISTS found")
        names: list[str] = []
        for part in bulk.parts(paths, [year] if year else []):
            with database.faults(part.name):
                ways |= _ways(connection, part, year, telling)
                _check_one(part, ways)
                grouped = _grouped(connection, part, year, telling)
                how = "INSERT INTO found" if names else "CREATE TEMP TABLE found AS"
                connection.execute(f"{how} {grouped}")
                _check_known(connection, part)
                _check_year(connection, part)
            names.append(part.name)
        if len(names) > 1:
            _merge(connection)
        _check_once(connection, names)
        shown = _shown(connection)
        for said in sorted(shown["year"].unique()):
            yield shown[shown["year"] == said].reset_index(drop=True)
        del shown  # not to be held beside the next year


def _telling(reported_by: str, coverage: str) -> dict[str, str]:
    """Say which telling is asked for, of those that there are."""
    for said, allowed in (
        (reported_by, schema.TELLERS),
        (coverage, schema.COVERAGES),
    ):
        if said and said not in allowed:
            raise ValueError(f"'{said}' must be one of {', '.join(allowed)}")
    return {"reported_by": reported_by, "coverage": coverage}


def _ways(
    connection: Any, part: Part, year: int | None, telling: dict[str, str]
) -> set[tuple[str, str]]:
    """Find who tells the flows of a part, and whether all of them."""
    if part.kind == bulk.BACI:
        return {("reconciled", "complete")}
    told = _told(part, year, telling)
    found = connection.execute(f"SELECT DISTINCT reported_by, coverage FROM {told}")
    return {(str(by), str(coverage)) for by, coverage in found.fetchall()}


def _check_one(part: Part, ways: set[tuple[str, str]]) -> None:
    """Refuse flows that are told in more than one way."""
    if len(ways) > 1:
        told = "; ".join(sorted(f"{by}, {coverage}" for by, coverage in ways))
        raise Unreadable(
            f"{part.name}: tells flows in several ways ({told}, with the files before "
            "it); say which with reported_by and coverage"
        )


def _grouped(
    connection: Any, part: Part, year: int | None, telling: dict[str, str]
) -> str:
    """Write the SQL of the sums of a part by year, product and importer."""
    if part.kind == bulk.TABLE:
        flows, product = _table(connection, part, year, telling), "product"
    else:
        flows, product = _baci(part, year), SIX
    return f"""
        SELECT year, {product} AS product, importer, sum(amount)::BIGINT AS total,
               count(*)::INTEGER AS suppliers,
               max(amount * {TIES} + ({TIES - 1} - exporter)) AS top,
               sum(amount::HUGEINT * amount)::HUGEINT AS squares, {database.either()}
        FROM ({flows}) GROUP BY year, product, importer
    """


def _uneven() -> str:
    """Condition on sums: of another number of rows than of exporters."""
    return f"suppliers IS DISTINCT FROM {database.different('found')}"


def _baci(part: Part, year: int | None) -> str:
    """Write the SQL of flows of BACI: ranks of countries, thousandths of a dollar.

    Every row passes here: what need not be text is a number, a negative value fails as
    a number without sign, and countries that nobody knows are looked for afterwards.
    """
    # what a file holds besides the year in its name is looked for afterwards
    where = f"WHERE t = {year}" if year and not part.year else ""
    # a CSV that lacks a value is refused when it is read
    v = "coalesce(v, error('a flow has no value'))" if part.parquet else "v"
    return f"""
        SELECT t AS year, k AS product, m.rank AS importer, e.rank AS exporter,
               round({v} * 1000000)::UBIGINT::BIGINT AS amount,
               {", ".join("e." + bit for bit in database.bits())}
        FROM (SELECT * FROM {part.numbers} {where}) AS raw
        LEFT JOIN countries AS e ON e.number = i
        LEFT JOIN countries AS m ON m.number = j
        WHERE e.rank IS DISTINCT FROM m.rank OR e.rank IS NULL
    """


def _told(part: Part, year: int | None, telling: dict[str, str]) -> str:
    """Write the SQL of the rows of a trade table that are asked for."""
    filters = [f"{name} = '{said}'" for name, said in telling.items() if said]
    if year:
        filters.append(f"start >= '{year}-01-01' AND start < '{year + 1}-01-01'")
    where = " AND ".join(["value_usd IS NOT NULL", *filters])
    return f"(SELECT * FROM {part.sql} WHERE {where})"


def _table(
    connection: Any, part: Part, year: int | None, telling: dict[str, str]
) -> str:
    """Write the SQL of flows of a trade table, months of a year added up."""
    told = _told(part, year, telling)
    lengths = connection.execute(f"SELECT DISTINCT months FROM {told}").fetchall()
    flows = f"""
        SELECT year(start)::SMALLINT AS year, start, months, product, importer,
               exporter, round(value_usd * 1000)::UBIGINT::BIGINT AS amount
        FROM {told} WHERE exporter IS DISTINCT FROM importer
    """
    if lengths != [(12,)]:
        twice = "a flow stands twice, or for months and for their year"
        flows = f"""
            SELECT year, product, importer, exporter,
                   if(count(*) > count(DISTINCT start) OR sum(months) > 12
                      OR count(months) < count(*),
                      error('{twice}: ' || product || ' from ' || exporter || ' to '
                            || importer || ' in ' || year),
                      sum(amount))::BIGINT AS amount
            FROM ({flows}) GROUP BY year, product, importer, exporter
        """
    return f"""
        SELECT year, product, m.rank AS importer, e.rank AS exporter, amount,
               {", ".join("e." + bit for bit in database.bits())}
        FROM ({flows}) AS flow
        LEFT JOIN countries AS e ON e.scheme = 'iso3' AND e.code = flow.exporter
        LEFT JOIN countries AS m ON m.scheme = 'iso3' AND m.code = flow.importer
    """


def _merge(connection: Any) -> None:
    """Make one row of those that several parts gave for a product and importer."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE found AS
        SELECT year, product, importer, sum(total)::BIGINT AS total,
               sum(suppliers)::INTEGER AS suppliers, max(top) AS top,
               sum(squares)::HUGEINT AS squares, {database.either()}
        FROM found GROUP BY year, product, importer
    """)


def _check_known(connection: Any, part: Part) -> None:
    """Refuse codes of countries that nobody knows: they gave no rank and no bit."""
    strange = f"SELECT 1 FROM found WHERE importer IS NULL OR {_uneven()} LIMIT 1"
    if not connection.execute(strange).fetchall():
        return
    rows, sides, known = part.numbers, ("i", "j"), "number"
    if part.kind == bulk.TABLE:
        rows, sides, known = part.sql, ("exporter", "importer"), "iso3"
    codes = " UNION ".join(f"SELECT {side} AS code FROM {rows}" for side in sides)
    unknown = connection.execute(f"""
        SELECT code FROM ({codes}) WHERE code IS NULL OR code NOT IN
            (SELECT {known} FROM countries WHERE {known} IS NOT NULL)
        ORDER BY code
    """).fetchall()
    if unknown:
        told = ", ".join(str(code) for (code,) in unknown[:5])
        raise Unreadable(
            f"{part.name}: no country is known by the code {told}; "
            f"rareearth check {part.name.split('/')[0]} names the rows"
        )


def _check_year(connection: Any, part: Part) -> None:
    """Refuse a file that holds another year than its name tells."""
    if not part.year:
        return
    other = f"SELECT year FROM found WHERE year IS DISTINCT FROM {part.year} LIMIT 1"
    for (year,) in connection.execute(other).fetchall():
        raise Unreadable(
            f"{part.name}: holds a flow of {year}; by its name it must hold those of "
            f"{part.year} and no others"
        )


def _check_once(connection: Any, names: list[str]) -> None:
    """Refuse flows that stand twice: fewer exporters than rows."""
    twice = connection.execute(f"""
        SELECT year, product, iso3 FROM found JOIN countries ON rank = importer
        WHERE countries.scheme = 'iso3' AND {_uneven()}
        ORDER BY ALL LIMIT 1
    """).fetchall()
    if twice:
        year, product, importer = twice[0]
        raise Unreadable(
            f"{', '.join(names)}: a flow of {product} to {importer} in {year} "
            "stands twice; two editions in one file, or one file named twice?"
        )


def _shown(connection: Any) -> pd.DataFrame:
    """Make the indicators of the sums."""
    found = connection.execute("SELECT DISTINCT product FROM found ORDER BY product")
    products = [row[0] for row in found.fetchall()]
    places = sorted(schema.places())
    connection.register("goods", pd.DataFrame({"product": products}).reset_index())
    table = connection.execute(f"""
        SELECT year, index::INTEGER AS product, importer, total / 1000 AS value_usd,
               suppliers, ({TIES - 1} - top % {TIES})::SMALLINT AS top_supplier,
               (top // {TIES}) / nullif(total, 0) AS top_share,
               squares::DOUBLE / nullif(total::DOUBLE * total::DOUBLE, 0) AS hhi
        FROM found JOIN goods USING (product) ORDER BY year, index, importer
    """).df()
    for side, words in {
        "product": products,
        "importer": places,
        "top_supplier": places,
    }.items():
        table[side] = pd.Categorical.from_codes(table[side].to_numpy(), pd.Index(words))
    return table.assign(effective_suppliers=1 / table["hhi"])[COLUMNS]
