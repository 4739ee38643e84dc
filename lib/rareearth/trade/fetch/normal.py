"""Answers as a table: trade by the readers of `rareearth.trade`, series by their own.

Nothing of the office's layout is left; a row that the reader refuses means that the
layout is not the documented one, and no table is made.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import codes, tables, trade
from rareearth.trade import editions, schema
from rareearth.trade.fetch import bls, estat, fed
from rareearth.trade.fetch.errors import Incomplete, LayoutChanged
from rareearth.trade.fetch.query import Query

# reader of each office's answers
READERS = {
    "census": "census",
    "eurostat": "comext",
    "hmrc": "hmrc",
    "comtrade": "comtrade",
    "estat": "estat",
}


def normalised(
    query: Query, bodies: Sequence[bytes], rates: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Table of a query's answers, what became of each row, and what was odd.

    Parameters
    ----------
    query : Query
    bodies : sequence of bytes
        All answers, as they were kept.
    rates : DataFrame, optional
        As `known_rates` gives them; for offices that tell other money than dollars.

    Returns
    -------
    table : DataFrame
        The trade table, only the months and the country asked, the European Union as
        one importer; for consumer prices ``start, index_1982_84, status``; for exchange
        rates ``currency, start, units_per_usd``.
    account : dict
        Rows of the answers by fate.
    notes : list of str

    Raises
    ------
    LayoutChanged
        If a row cannot be read.
    Incomplete
        If a month has no exchange rate yet.
    """
    if query.office == "bls":
        return _prices(query, bodies)
    if query.office == "fed":
        return _rates(query, bodies)
    full = [body for body in bodies if body.strip()]
    if query.office == "estat":
        full = [estat.customs_file(full)] if full else []
    if not full:
        return schema.empty(), {}, []
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, body in enumerate(full, start=1):
            paths.append(Path(folder) / f"answer-{number:03d}")
            paths[-1].write_bytes(body)
        try:
            reading = trade.read(paths, READERS[query.office], rates=rates)
        except trade.Unreadable as error:
            raise LayoutChanged(query.office, str(error)) from None
    _refused(query, reading.refused)
    account = reading.account.groupby("fate", sort=False)["rows"].sum()
    counted = {str(fate): int(rows) for fate, rows in account.items()}
    return _as_asked(query, reading.table), counted, list(reading.notes)


def known_rates(root: Path = editions.STORE) -> pd.DataFrame:
    """Exchange rates of the package, and of fetched editions where they go further.

    Returns
    -------
    DataFrame
        ``currency, start, units_per_usd``.
    """
    held = tables.load("exchange_rates")[["currency", "start", "units_per_usd"]]
    fetched = [
        edition.table()
        for feed in editions.feeds(root)
        for edition in [editions.newest(feed, root)]
        if edition.about["office"] == "fed"
    ]
    return pd.concat([held, *fetched]).drop_duplicates(["currency", "start"])


def _refused(query: Query, refused: pd.DataFrame) -> None:
    """Raise what the first refused row means."""
    if refused.empty:
        return
    row = refused.iloc[0]
    if row["column"] == "value" and "exchange rate" in row["expected"]:
        raise Incomplete(
            query.office,
            "a month whose exchange rate is not known yet; fetch the rates first "
            "(a feed of the office fed)",
        )
    add = ""
    if row["column"] == "partner":
        add = "; a new code of the office is added to data/partner_codes.csv"
    raise LayoutChanged(
        query.office,
        f"{len(refused)} rows cannot be read; the first: {row['column']} "
        f"'{row['value']}', it must be {row['expected']}{add}",
    )


def _as_asked(query: Query, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the country, flow and months that were asked."""
    teller = "importer" if query.flow == "import" else "exporter"
    if query.teller == "EU27":
        table = codes.extra_eu(table)
    first = pd.Timestamp(query.first_month)
    last = pd.Timestamp(query.last_month)
    wanted = (table[teller] == query.teller) & (table["reported_by"] == teller)
    wanted &= table["start"].between(first, last)
    return schema.typed(table[wanted])


def _prices(
    query: Query, bodies: Sequence[bytes]
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Consumer prices; a month that was never counted stays missing."""
    rows: list[dict[str, Any]] = []
    for body in bodies:
        for _, month, value in bls.values(body):
            missing = value.strip() == "-"
            rows.append(
                {
                    "start": pd.Timestamp(month),
                    "index_1982_84": None if missing else _number(query, value),
                    "status": "never published" if missing else "published",
                }
            )
    columns = {"start": "datetime64[us]", "index_1982_84": float, "status": "str"}
    return _series(query, rows, columns)


def _rates(
    query: Query, bodies: Sequence[bytes]
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Exchange rates, all as units of the currency for one dollar."""
    names = {series: currency for currency, series in fed.SERIES.items()}
    rows: list[dict[str, Any]] = []
    for body in bodies:
        series, told = fed.values(body)
        currency = names[series]
        for month, value in told:
            if value in ("", "."):
                continue
            rate = _number(query, value)
            rate = 1 / rate if currency in fed.DOLLARS_FOR_ONE else rate
            rows.append(
                {
                    "currency": currency,
                    "start": pd.Timestamp(month),
                    "units_per_usd": round(rate, 4),
                }
            )
    columns = {"currency": "str", "start": "datetime64[us]", "units_per_usd": float}
    return _series(query, rows, columns)


def _series(
    query: Query, rows: list[dict[str, Any]], columns: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Rows of the months asked, in order."""
    table = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    first, last = pd.Timestamp(query.first_month), pd.Timestamp(query.last_month)
    table = table[table["start"].between(first, last)]
    order = [c for c in ("currency", "start") if c in columns]
    table = table.sort_values(order, ignore_index=True)
    return table, {"read": len(table)}, []


def _number(query: Query, text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 < number < float("inf"):
        raise LayoutChanged(query.office, f"'{text}'; it must be a number above 0")
    return number
