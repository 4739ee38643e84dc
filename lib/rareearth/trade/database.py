"""The DuckDB that large files are read with, the countries it knows, and its faults.

Each country has a bit of its own: the bits of several flows, joined by "or", count the
exporters among them, exactly and in any order, so a flow that stands twice is found.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import tables
from rareearth.trade import schema
from rareearth.trade.sheet import Unreadable

WORD = 120  # bits of a UHUGEINT in use


def connection(memory: str = "1GB", threads: int = 16) -> Any:
    """Connect to a DuckDB that keeps within a memory.

    Parameters
    ----------
    memory : str
        Limit; beyond it DuckDB writes to a temporary folder.
    threads : int
        At most so many; each holds 32 MB of a CSV, which cannot be written elsewhere.

    Returns
    -------
    duckdb.DuckDBPyConnection
    """
    import duckdb

    folder = str(Path(tempfile.gettempdir()) / "rareearth-duckdb")
    found = duckdb.connect(config={"memory_limit": memory, "temp_directory": folder})
    found.execute("SET enable_progress_bar = false")
    found.execute(f"SET threads = least({threads}, current_setting('threads'))")
    found.execute("SET TimeZone = 'UTC'")  # a day is the same everywhere
    # it takes a file for smaller than a list of countries, and keeps the file
    found.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    return found


def know_countries(connection: Any) -> None:
    """Give a connection the countries, if it has them not.

    They are a relation ``countries``: ``scheme`` (``un`` or ``iso3``), ``code``,
    ``iso3``, ``rank`` (place of the ISO3 in the alphabet), ``number`` (a UN code as
    one) and ``bit0`` and on: words of `WORD` bits, in one of which the bit of that rank
    is set.
    """
    has = "FROM duckdb_tables() WHERE table_name = 'countries'"
    if connection.execute(has).fetchall():
        return
    words = ", ".join(
        f"CASE WHEN rank // {WORD} = {n} "
        f"THEN 1::UHUGEINT << (rank % {WORD})::UHUGEINT ELSE 0 END AS {word}"
        for n, word in enumerate(bits())
    )
    connection.register("known", countries())
    number = "CASE WHEN scheme = 'un' THEN code::SMALLINT END AS number"
    connection.execute(
        "CREATE TEMP TABLE countries AS "
        f"SELECT * REPLACE (rank::SMALLINT AS rank), {number}, {words} FROM known"
    )
    connection.unregister("known")


def bits() -> list[str]:
    """Columns of ``countries`` in one of which each country has a bit of its own."""
    return [f"bit{n}" for n in range(-(-len(schema.places()) // WORD))]


def either() -> str:
    """Write the SQL of the bits of several rows, as columns of the same names."""
    return ", ".join(f"bit_or({bit}) AS {bit}" for bit in bits())


def different(relation: str) -> str:
    """Write the SQL of how many countries have their bit in a relation's columns."""
    return " + ".join(f"bit_count({relation}.{bit}::HUGEINT)" for bit in bits())


@cache
def countries() -> pd.DataFrame:
    """Countries by code: ``scheme, code, iso3, rank``."""
    places = sorted(schema.places())
    table = tables.load("country_codes")
    table = table.loc[table["scheme"] == "un", ["scheme", "code", "iso3"]]
    table = table[table["iso3"].isin(places)]
    same = pd.DataFrame({"scheme": "iso3", "code": places, "iso3": places})
    rank = {iso3: n for n, iso3 in enumerate(places)}
    both = pd.concat([table, same], ignore_index=True)
    return both.assign(rank=both["iso3"].map(rank))


@contextmanager
def faults(name: str) -> Iterator[None]:
    """Tell what DuckDB finds wrong with a file as what it is: an unreadable file."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        told = " ".join(str(error).split("\n\n")[0].split())[:200]
        raise MemoryError(
            f"{name}: it takes more memory than DuckDB was given; give it more ({told})"
        ) from None
    except duckdb.Error as error:
        told = " ".join(str(error).split("\n\n")[0].split())[:300]
        raise Unreadable(
            f"{name}: {told}; rareearth check {name.split('/')[0]} names the rows"
        ) from None


def literal(value: object) -> str:
    """Text as a literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"
