"""Money of any of the offices in US dollars, by the rate of its month."""

import pandas as pd

from rareearth import tables


def held() -> pd.DataFrame:
    """Return the exchange rates of the data package: month, currency, per_usd."""
    return tables.load("exchange_rates")[["month", "currency", "per_usd"]]


def usd_per_unit(
    currency: pd.Series,
    start: pd.Series,
    months: pd.Series,
    rates: pd.DataFrame | None = None,
) -> pd.Series:
    """US dollars for a unit of money of a period.

    Parameters
    ----------
    currency : Series of str
        ISO 4217.
    start : Series of datetime64
        First day of the period.
    months : Series of int
        Its length; the rate of a longer period is the mean of its months.
    rates : DataFrame, optional
        ``month`` (first day), ``currency``, ``per_usd`` (units of the currency for
        one US dollar); default: the table of the data package.

    Returns
    -------
    Series of float
        NaN where a month of the period has no rate.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"month": pd.to_datetime(["2024-01-01"]), "currency": "EUR", "per_usd": 0.8}
    ... )
    >>> when = pd.to_datetime(pd.Series(["2024-01-01", "2024-01-01"]))
    >>> usd_per_unit(
    ...     pd.Series(["EUR", "USD"]), when, pd.Series([1, 12]), table
    ... ).tolist()
    [1.25, 1.0]
    """
    wanted = pd.DataFrame({"currency": currency, "start": start, "months": months})
    found = pd.Series(1.0, wanted.index).where(wanted["currency"] == "USD")
    foreign = wanted[(wanted["currency"] != "USD") & wanted["start"].notna()]
    if foreign.empty:
        return found
    table = held() if rates is None else rates
    by_month = 1 / table.set_index(["currency", "month"])["per_usd"].astype(float)
    known = by_month.to_dict()
    distinct = foreign.drop_duplicates()
    means = {}
    for row in distinct.itertuples(index=False):
        each = pd.date_range(row.start, periods=row.months, freq="MS")
        got = [known.get((row.currency, month)) for month in each]
        means[tuple(row)] = sum(got) / len(got) if None not in got else float("nan")
    found.loc[foreign.index] = [
        means[tuple(row)] for row in foreign.itertuples(index=False)
    ]
    return found
