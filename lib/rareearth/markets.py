"""Two markets: a premium where their quotes can be compared, else a range."""

from __future__ import annotations

import pandas as pd

PREMIUM_DAYS = 7
SAME = ("publisher", "material", "form", "purity")


def premium(quotes: pd.DataFrame, market: str, over: str) -> pd.DataFrame:
    """Price in one market over that in another, quote by quote.

    Only quotes of the same publisher for the same product (material, form and purity),
    at most seven days apart, are compared: publishers differ in what they ask whom, and
    within a month prices move by more than markets lie apart.

    Parameters
    ----------
    quotes
        Rows with `date`, `date_precision` (others than ``day`` are left out),
        `publisher`, `material`, `form`, `purity` (may be missing), `market` and
        `price_usd_per_kg` (of a quoted range, its middle).
    market, over
        The markets to compare.

    Returns
    -------
    pandas.DataFrame
        One row for each quote in `market` that has one in `over`: what both share,
        `date` and `price_usd_per_kg`, `over_date` and `over_price_usd_per_kg`, the
        `days` between (positive: `over` is older) and `premium_share` (0.3: 30 % more).

    Raises
    ------
    ValueError
        If a market has no quotes.

    Examples
    --------
    >>> quotes = pd.DataFrame(
    ...     {
    ...         "date": ["2025-12-26", "2025-12-24", "2025-12-01"],
    ...         "date_precision": ["day"] * 3,
    ...         "publisher": ["A"] * 3,
    ...         "material": ["neodymium"] * 3,
    ...         "form": ["oxide"] * 3,
    ...         "purity": ["99.5%"] * 3,
    ...         "market": ["Europe", "FOB China", "FOB China"],
    ...         "price_usd_per_kg": [175.0, 125.0, 110.0],
    ...     }
    ... )
    >>> found = premium(quotes, "Europe", "FOB China")
    >>> found["days"].tolist(), found["premium_share"].round(2).tolist()
    ([2], [0.4])
    """
    for name in (market, over):
        if name not in set(quotes["market"]):
            known = ", ".join(sorted(set(quotes["market"])))
            raise ValueError(f"no quotes in the market {name}; there are {known}")
    columns = [*SAME, "date", "price_usd_per_kg"]
    days = quotes[quotes["date_precision"] == "day"]
    dated = days.assign(
        date=pd.to_datetime(days["date"]), purity=days["purity"].fillna("not stated")
    )
    dated = dated.dropna(subset=["price_usd_per_kg"]).sort_values("date")
    left = dated.loc[dated["market"] == market, columns]
    right = dated.loc[dated["market"] == over, columns]
    right = right.assign(over_date=right["date"]).rename(
        columns={"price_usd_per_kg": "over_price_usd_per_kg"}
    )
    pairs = pd.merge_asof(
        left,
        right,
        on="date",
        by=list(SAME),
        direction="nearest",
        tolerance=pd.Timedelta(days=PREMIUM_DAYS),
    ).dropna(subset=["over_date"])
    return pairs.assign(
        days=(pairs["date"] - pairs["over_date"]).dt.days,
        premium_share=pairs["price_usd_per_kg"] / pairs["over_price_usd_per_kg"] - 1,
    ).reset_index(drop=True)


def ranges(quotes: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest quote by market and month, of whatever publisher.

    What stands beside each other here is no premium: publisher, purity, basis and day
    differ.

    Parameters
    ----------
    quotes
        Rows of one product with `date`, `publisher`, `market`, `price_usd_per_kg`.

    Returns
    -------
    pandas.DataFrame
        By `market` and `month`: `low_usd_per_kg`, `high_usd_per_kg`, how many `quotes`
        and the `publishers`.

    Examples
    --------
    >>> quotes = pd.DataFrame(
    ...     {
    ...         "date": ["2025-05-06", "2025-05-20"],
    ...         "publisher": ["A", "B"],
    ...         "market": ["Europe", "Europe"],
    ...         "price_usd_per_kg": [700.0, 1000.0],
    ...     }
    ... )
    >>> ranges(quotes).reset_index(drop=True).to_dict("records")
    [{'low_usd_per_kg': 700.0, 'high_usd_per_kg': 1000.0, 'quotes': 2,
      'publishers': 'A, B'}]
    """
    month = pd.PeriodIndex(quotes["date"], freq="M").rename("month")
    grouped = quotes.groupby(["market", month])
    return grouped.agg(
        low_usd_per_kg=("price_usd_per_kg", "min"),
        high_usd_per_kg=("price_usd_per_kg", "max"),
        quotes=("price_usd_per_kg", "count"),
        publishers=("publisher", lambda names: ", ".join(sorted(set(names)))),
    )
