"""What was quoted, for what and where, and one of it as a line by month.

A line is one publisher's quotes of one product in one market: the last of each month.
Two publishers, two purities or a quote and a mean are never joined into one.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from rareearth import prices, tables
from rareearth.markets import SAME

ELEMENTS = {
    "La": "lanthanum", "Ce": "cerium", "Pr": "praseodymium", "Nd": "neodymium",
    "NdPr": "neodymium-praseodymium", "Sm": "samarium", "Eu": "europium",
    "Gd": "gadolinium", "Tb": "terbium", "Dy": "dysprosium", "Ho": "holmium",
    "Er": "erbium", "Tm": "thulium", "Yb": "ytterbium", "Lu": "lutetium",
    "Y": "yttrium", "Sc": "scandium",
}  # fmt: skip
FORM = "oxide"
MARKETS = ("Europe", "FOB China", "China domestic")  # from outside to inside
COLUMNS = [
    *("date", "date_precision", "material", "form", "purity", "market", "publisher"),
    *("kind", "price_usd_per_kg", "low_usd_per_kg", "high_usd_per_kg", "vat", "origin"),
]


class Line(NamedTuple):
    """One publisher's prices of one product in one market, the last of each month.

    `rows` has a row for each month with a quote, on a monthly index, in the columns
    `COLUMNS`.
    """

    material: str
    market: str
    rows: pd.DataFrame

    @property
    def price(self) -> pd.Series:
        """Price by month in USD per kg; months without a quote are not there."""
        return self.rows["price_usd_per_kg"]

    @property
    def publisher(self) -> str:
        """Who published it."""
        return str(self.rows["publisher"].iloc[-1])

    @property
    def source_changes(self) -> list[pd.Period]:
        """Months in which the publisher drew on other sources than before."""
        origin = self.rows["origin"].fillna("")
        changed = origin.ne(origin.shift()).to_numpy()
        return list(self.rows.index[changed][1:])

    @property
    def points(self) -> pd.DataFrame:
        """One row for each month: `month`, `date`, `price_usd_per_kg` and `label`.

        The price is missing where nothing was quoted, the date then the month's first;
        the label is the publisher.
        """
        every = pd.period_range(self.rows.index[0], self.rows.index[-1], freq="M")
        rows = self.rows.reindex(every)
        days = rows["date"].fillna(pd.Series(every.to_timestamp(), every))
        drawn = rows[["price_usd_per_kg"]].assign(month=every, date=days)
        drawn = drawn.assign(label=self.publisher).reset_index(drop=True)
        return drawn[["month", "date", "price_usd_per_kg", "label"]]


def held(as_of: str = "") -> pd.DataFrame:
    """Quotes of oxides in the data package, in US dollars per kilogram.

    Month-end quotes and single quotes of many publishers; lists that a producer sets
    for a month are no quotes and are left out, monthly means too.

    Parameters
    ----------
    as_of
        Day, as ``2025-06-30``: only what had been published by then.

    Returns
    -------
    pandas.DataFrame
        One row for each quote, in the columns `COLUMNS`; of a quoted range the price
        is the middle. `date_precision` is ``day`` or ``about``: the latter are in no
        line.
    """
    monthly = tables.load("prices_monthly", as_of)
    monthly = monthly[monthly["statistic"] == "last quote"]
    monthly = monthly.assign(kind="quote", date_precision="day", vat="not stated")
    single = tables.load("price_quotes", as_of)
    single = single[~single["kind"].str.startswith("list")]
    single = prices.usd_per_kg(single, tables.load("exchange_rates"))
    ratio = single["price_usd_per_kg"] / single["price"]
    single = single.assign(
        kind="quote",
        origin=None,
        date_precision=single["date_precision"].replace("month", "about"),
        low_usd_per_kg=single["low"] * ratio,
        high_usd_per_kg=single["high"] * ratio,
    )
    both = pd.concat([monthly[COLUMNS], single[COLUMNS].astype({"origin": "str"})])
    return both[both["form"] == FORM].reset_index(drop=True)


def table(price_file: str = "", as_of: str = "") -> pd.DataFrame:
    """Quotes that a report rests on: of this collection, or of one file instead.

    Parameters
    ----------
    price_file
        Path of a file of your own with its mapping (`rareearth.price_file`); empty:
        the collection's own.
    as_of
        Day; of a file of your own, only quotes up to it.
    """
    if not price_file:
        return held(as_of)
    from rareearth import price_file as own

    quotes = own.reading(price_file).quotes
    return quotes[quotes["date"] <= as_of] if as_of else quotes


def line(quotes: pd.DataFrame, material: str, market: str, since: str = "") -> Line:
    """The longest line that one publisher's quotes of a material in a market give.

    Parameters
    ----------
    quotes
        As `table` gives them.
    material, market
        As they stand there.
    since
        First month; empty: the first quoted.

    Returns
    -------
    Line
        Of the publisher and purity with the most months.

    Raises
    ------
    ValueError
        If there is no quote; it says what there is.

    Examples
    --------
    >>> found = line(held(), "terbium", "FOB China", "2019-01")
    >>> found.publisher, found.price.iloc[0].item(), found.source_changes
    ('KOMIS', 429.38, [Period('2026-01', 'M')])
    """
    rows = quotes[
        (quotes["material"] == material)
        & (quotes["market"] == market)
        & quotes["date_precision"].isin(["day", "month"])
    ]
    rows = rows.assign(month=pd.PeriodIndex(rows["date"], freq="M"))
    rows = rows[rows["month"] >= pd.Period(since, "M")] if since else rows
    if rows.empty:
        known = "; ".join(f"{m}: {', '.join(w)}" for m, w in offered(quotes).items())
        when = f" since {since}" if since else ""
        raise ValueError(f"no quote of {material} in {market}{when}; there are {known}")
    product = rows[list(SAME)].fillna("").agg("|".join, axis=1)
    months = rows.groupby(product)["month"].agg(["nunique", "max"])
    longest = months.sort_values(["nunique", "max"], kind="stable").index[-1]
    own = rows[product == longest].sort_values("date", kind="stable")
    last = own.groupby("month").tail(1).set_index("month")
    return Line(material, market, last[COLUMNS])


def offered(quotes: pd.DataFrame) -> dict[str, list[str]]:
    """Markets in which each material was quoted.

    Examples
    --------
    >>> offered(held())["terbium"]
    ['China domestic', 'Europe', 'FOB China']
    """
    known = quotes[
        (quotes["market"] != "not stated")
        & quotes["date_precision"].isin(["day", "month"])
    ]
    return {
        str(material): sorted(set(group["market"]))
        for material, group in known.groupby("material")
    }
