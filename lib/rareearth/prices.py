"""Prices in one unit and in real money.

A quote is one day and a mean is a mean: a series holds one kind. How prices move is in
`rareearth.moves`, when that changed in `rareearth.regimes`, and what lies between two
markets in `rareearth.markets`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rareearth.periods import monthly

KG = {"kg": 1.0, "t": 1000.0, "g": 0.001, "lb": 0.45359237}
# China's value added tax on goods: from this month on, this share.
CHINA_VAT = {"1994-01": 0.17, "2018-05": 0.16, "2019-04": 0.13}
VAT = ("included", "excluded", "not stated", "not applicable")


def usd_per_kg(quotes: pd.DataFrame, exchange_rates: pd.DataFrame) -> pd.DataFrame:
    """Quotes in US dollars per kilogram of the product as quoted.

    The exchange rate is that of the quote's month. Value added tax is taken out where
    the quote says that it holds it; what is not stated stays as quoted. Purity is not
    converted: 1 kg of 99 % oxide stays 1 kg of 99 % oxide.

    Parameters
    ----------
    quotes
        Rows with `date`, `price`, `currency`, `unit` (of mass: kg, t, g or lb), `vat`
        (``included``, ``excluded``, ``not stated`` or ``not applicable``) and, if there
        is one, `vat_share` (the rate it holds, 0.13 for 13 %); without it, China's rate
        of that month is used for prices in CNY.
    exchange_rates
        Rows with `currency`, `start` (of the month) and `units_per_usd`.

    Returns
    -------
    pandas.DataFrame
        The quotes with `price_usd_per_kg`; `vat` says ``excluded`` where it was taken
        out.

    Raises
    ------
    ValueError
        Naming row, column and value that cannot be converted.

    Examples
    --------
    >>> quotes = pd.DataFrame(
    ...     {
    ...         "date": ["2025-06-30"],
    ...         "price": [1_610_000.0],
    ...         "currency": ["CNY"],
    ...         "unit": ["t"],
    ...         "vat": ["included"],
    ...     }
    ... )
    >>> rates = pd.DataFrame(
    ...     {"currency": ["CNY"], "start": ["2025-06-01"], "units_per_usd": [7.18]}
    ... )
    >>> usd_per_kg(quotes, rates)["price_usd_per_kg"].round(2).tolist()
    [198.44]
    """
    months = pd.PeriodIndex(exchange_rates["start"], freq="M")
    keys = zip(exchange_rates["currency"], months, strict=True)
    rates = dict(zip(keys, exchange_rates["units_per_usd"].astype(float), strict=True))
    converted = [_usd_per_kg(label, row, rates) for label, row in quotes.iterrows()]
    vat = quotes["vat"].replace("included", "excluded")
    return quotes.assign(price_usd_per_kg=converted, vat=vat)


def _usd_per_kg(
    label: object, quote: pd.Series, rates: dict[tuple[str, pd.Period], float]
) -> float:
    """One quote converted."""

    def wrong(column: str, right: str) -> ValueError:
        return ValueError(
            f"quotes, row {label}, column {column}: {quote[column]!r}; {right}"
        )

    if quote["unit"] not in KG:
        raise wrong("unit", f"write one of {', '.join(KG)}")
    if quote["vat"] not in VAT:
        raise wrong("vat", f"write one of {', '.join(VAT)}")
    if not quote["price"] > 0:
        raise wrong("price", "a price is above 0")
    currency, month = quote["currency"], pd.Period(quote["date"], "M")
    rate = 1.0 if currency == "USD" else rates.get((currency, month), np.nan)
    if np.isnan(rate):
        known = ", ".join(sorted({"USD", *(name for name, _ in rates)}))
        raise wrong("currency", f"no exchange rate for {month}; there are {known}")
    tax = 0.0
    if quote["vat"] == "included":
        tax = float(quote.get("vat_share", np.nan))
        if np.isnan(tax) and currency == "CNY":
            tax = china_vat(month)
        if np.isnan(tax):
            raise wrong("vat", f"say in vat_share how much of {currency} prices")
    return float(quote["price"]) / rate / KG[quote["unit"]] / (1 + tax)


def china_vat(month: str | pd.Period) -> float:
    """China's value added tax on goods in a month, as a share.

    Examples
    --------
    >>> china_vat("2018-04"), china_vat("2018-05"), china_vat("2025-06")
    (0.17, 0.16, 0.13)
    """
    day = str(pd.Period(month, "M"))
    return [share for since, share in CHINA_VAT.items() if since <= day][-1]


def real(price: pd.Series, cpi: pd.Series, base_year: int) -> pd.Series:
    """Price in the money of a year.

    Parameters
    ----------
    price
        By month, in the currency whose prices `cpi` measures.
    cpi
        Consumer price index by month, with gaps where it was not published.
    base_year
        Its mean index, over the months published, is 1.

    Returns
    -------
    pandas.Series
        By month, missing where there is no index, ending with the index.

    Examples
    --------
    >>> months = pd.period_range("2025-09", periods=4, freq="M")
    >>> cpi = pd.Series([100.0, None, 125.0], months[:3])
    >>> real(pd.Series(100.0, months), cpi, 2025).tolist()
    [112.5, nan, 90.0]
    """
    price, cpi = monthly(price), monthly(cpi)
    base = cpi[f"{base_year}-01" : f"{base_year}-12"]
    if base.empty:
        years = f"{cpi.index[0]} to {cpi.index[-1]}"
        raise ValueError(f"the price index has no month of {base_year}; it has {years}")
    until = price[price.index <= cpi.index[-1]]
    return until * base.mean() / cpi.reindex(until.index)


def positive(price: pd.Series) -> pd.Series:
    """Price on a monthly index, in order, without empty months and above 0.

    Examples
    --------
    >>> positive(pd.Series([2.0], pd.PeriodIndex(["2025-01"], freq="M"))).tolist()
    [2.0]
    """
    price = monthly(price)
    if (price <= 0).any():
        month = price.index[price <= 0][0]
        raise ValueError(
            f"the price of {month} is {price[month]:g}; it must be above 0"
        )
    return price


def log_changes(price: pd.Series) -> pd.Series:
    """Log changes from one month to the next; no change reaches over a gap.

    Parameters
    ----------
    price
        By month, above 0.

    Examples
    --------
    >>> months = pd.PeriodIndex(["2025-01", "2025-02", "2025-04"], freq="M")
    >>> log_changes(pd.Series([100.0, 110.0, 120.0], months)).round(3).to_dict()
    {Period('2025-02', 'M'): 0.095}
    """
    price = positive(price)
    every = pd.period_range(price.index[0], price.index[-1], freq="M")
    return np.log(price.reindex(every)).diff().dropna()


def annual_means(price: pd.Series) -> pd.Series:
    """Mean of each year of which every month is known, by year.

    Examples
    --------
    >>> months = pd.period_range("2024-01", periods=18, freq="M")
    >>> annual_means(pd.Series(range(18), months)).to_dict()
    {2024: 5.5}
    """
    price = monthly(price)
    years = price.groupby(price.index.to_series().dt.year)
    return years.mean()[years.count() == 12].rename_axis("year")


def unmoved_months(price: pd.Series) -> int:
    """Count of the last months in which the price stayed exactly what it was.

    A line that does not move may be a market without deals, not a calm one.

    Examples
    --------
    >>> months = pd.period_range("2026-06", periods=4, freq="M")
    >>> unmoved_months(pd.Series([230.0, 252.0, 252.0, 252.0], months))
    2
    """
    moved = monthly(price).diff().ne(0).to_numpy()[::-1]
    return int(moved.argmax())
