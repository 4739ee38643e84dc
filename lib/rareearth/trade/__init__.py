"""Trade data of any provider in the one trade table, checked and accounted for."""

from __future__ import annotations

import pandas as pd

from rareearth import tables


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
