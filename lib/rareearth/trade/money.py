"""Money of any of the offices in US dollars, by the rate of its month."""

from functools import cache

import pandas as pd

from rareearth import tables


def held() -> pd.DataFrame:
    """Return the exchange rates of the data package: start, currency, units_per_usd."""
    return tables.load("exchange_rates")[["start", "currency", "units_per_usd"]]


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
        ``start`` (first day of a month), ``currency``, ``units_per_usd`` (units of the
        currency for one US dollar); default: the table of the data package.

    Returns
    -------
    Series of float
        NaN where a month of the period has no rate.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "start": pd.to_datetime(["2024-01-01"]),
    ...         "currency": "EUR",
    ...         "units_per_usd": 0.8,
    ...     }
    ... )
    >>> when = pd.to_datetime(pd.Series(["2024-01-01", "2024-01-01"]))
    >>> usd_per_unit(
    ...     pd.Series(["EUR", "USD"]), when, pd.Series([1, 12]), table
    ... ).tolist()
    [1.25, 1.0]
    """
    found = pd.Series(1.0, currency.index).where(currency == "USD")
    foreign = (currency != "USD") & start.notna()
    if not foreign.any():
        return found
    table = held() if rates is None else rates
    by_month = (1 / table.set_index(["currency", "start"])["units_per_usd"]).to_dict()

    @cache
    def mean(currency: str, start: pd.Timestamp, months: int) -> float:
        each = pd.date_range(start, periods=months, freq="MS")
        known = [by_month.get((currency, month), float("nan")) for month in each]
        return sum(known) / months

    periods = zip(currency[foreign], start[foreign], months[foreign], strict=True)
    means = [mean(*period) for period in periods]
    return found.where(~foreign, pd.Series(means, currency.index[foreign]))
