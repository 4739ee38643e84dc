"""Trade data of any provider in the one trade table, checked and accounted for.

`read` gives a file as a `Reading`: its table, what became of every row, and what was
refused. `convert` writes files as one Parquet file of the trade table. `query` and
`indicators` work on files larger than memory. Who reads what: `PROVIDERS`; what may
become of a row: `FATES`.
"""

import pandas as pd

from rareearth import tables
from rareearth.trade.account import FATES, Reading
from rareearth.trade.convert import convert, origin
from rareearth.trade.indicators import indicators
from rareearth.trade.query import query
from rareearth.trade.reader import PROVIDERS, read
from rareearth.trade.sheet import Unreadable

__all__ = [
    "FATES",
    "PROVIDERS",
    "Reading",
    "Unreadable",
    "convert",
    "indicators",
    "origin",
    "query",
    "read",
    "table",
]


def table(trade_file: str = "", as_of: str = "") -> pd.DataFrame:
    """The trade table that a report rests on: this collection's, or one file instead.

    Parameters
    ----------
    trade_file : path of a trade table (CSV), or empty for the collection's own
    as_of : day; only editions published by then, for the collection's own table

    Returns
    -------
    DataFrame, one row per flow, in the columns of the table ``trade``
    """
    if not trade_file:
        return tables.load("trade", as_of)
    fields = tables.describe("trade")["schema"]["fields"]
    text = {f["name"]: "str" for f in fields if f["type"] == "string"}
    return pd.read_csv(
        trade_file, dtype=text, parse_dates=["start"], keep_default_na=False,
        na_values={"tonnes": [""], "value_usd": [""]},
    )  # fmt: skip
