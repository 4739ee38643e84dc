"""How a price moves: its drift, its volatility, its season.

Prices wander. A straight line through a random walk mostly "finds" a trend that is not
there, so no line is fitted: what is measured are monthly log changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from rareearth.periods import monthly
from rareearth.prices import log_changes, positive
from rareearth.regimes import autocorrelation
from rareearth.verdicts import LEVEL

FEWEST_MONTHS = 13
FEWEST_CHANGES = 6
FULL_YEARS = 4


class Estimate(NamedTuple):
    """A share, its 95 % interval, and how many changes it rests on."""

    share: float
    low_share: float
    high_share: float
    changes: int


def drift(price: pd.Series) -> Estimate:
    """Mean growth of a price, as a share per year, with an interval that holds.

    The mean monthly log change, annualised; it is the last price over the first, spread
    over the months between, so a gap does no harm. Its interval rests on the long-run
    variance by equal-weighted cosines with Student's t (Lazarus, Lewis, Stock & Watson
    2018, Journal of Business & Economic Statistics 36, 541–559).

    Parameters
    ----------
    price
        By month, above 0, at least 13 months.

    Returns
    -------
    Estimate
        As shares per year: 0.1 is 10 % a year.

    Examples
    --------
    >>> months = pd.period_range("2020-01", periods=25, freq="M")
    >>> path = np.exp(0.01 * np.arange(25) + np.tile([0.1, -0.1], 13)[:25])
    >>> found = drift(pd.Series(path, months))
    >>> round(found.share, 3), found.low_share < 0.127 < found.high_share
    (0.127, True)
    """
    price = positive(price)
    if len(price) < FEWEST_MONTHS:
        raise ValueError(
            f"{len(price)} months are too few for a drift; {FEWEST_MONTHS} are needed"
        )
    logs = np.log(price.to_numpy())
    months = np.diff(price.index.astype("int64").to_numpy())
    mean = (logs[-1] - logs[0]) / months.sum()
    aside = np.diff(logs) - mean * months
    n = len(aside)
    cosines = max(2, int(0.4 * n ** (2 / 3)))
    place = np.pi * np.outer(np.arange(1, cosines + 1), np.arange(n) + 0.5) / n
    long_run = float(((np.cos(place) @ aside) ** 2).mean() * 2 / n)
    error = np.sqrt(n * long_run) / months.sum()
    half = float(stdtrit(cosines, 1 - LEVEL / 2)) * error
    value, low, high = np.expm1(12 * np.array([mean, mean - half, mean + half]))
    return Estimate(float(value), float(low), float(high), n)


def volatility(price: pd.Series, windows: dict[str, tuple[str, str]]) -> pd.DataFrame:
    """Spread of monthly log changes by window, as a share per year.

    The interval is that of Bonett (2006, Computational Statistics & Data Analysis 50,
    775–782) for tails of any weight, which are taken from all windows together, and
    allows for the memory of the changes.

    Parameters
    ----------
    price
        By month, above 0.
    windows
        Name → first and last month; a change belongs to the later of its two months.

    Returns
    -------
    pandas.DataFrame
        By window: `volatility_share` (standard deviation of a month's log change times
        the root of 12), `low_share`, `high_share` and the number of `changes`. Missing
        below six changes; without an interval where the price never moved.

    Examples
    --------
    >>> months = pd.period_range("2024-01", periods=25, freq="M")
    >>> path = np.exp(np.cumsum([0.05, -0.05] * 12 + [0.05]))
    >>> found = volatility(pd.Series(path, months), {"2025": ("2025-01", "2025-12")})
    >>> found["volatility_share"].round(2).tolist(), found["changes"].tolist()
    ([0.18], [12])
    """
    changes = log_changes(price)
    parts = {name: changes[first:last] for name, (first, last) in windows.items()}
    squares, errors = _log_squares(list(parts.values()), changes)
    half = errors * float(ndtri(1 - LEVEL / 2))
    table = {
        "volatility_share": [part.std() for part in parts.values()],
        "low_share": np.exp((squares - half) / 2),
        "high_share": np.exp((squares + half) / 2),
    }
    shares = pd.DataFrame(table, index=pd.Index(parts, name="window")) * np.sqrt(12)
    counts = np.array([len(part) for part in parts.values()])
    shares[counts < FEWEST_CHANGES] = np.nan
    return shares.assign(changes=counts)


def volatility_ratio(
    price: pd.Series, before: tuple[str, str], after: tuple[str, str]
) -> Estimate:
    """Volatility after over volatility before: below 1 the price became calmer.

    Parameters
    ----------
    price
        By month, above 0.
    before, after
        First and last month of each window, at least six changes in each.

    Returns
    -------
    Estimate
        Without an interval where the price never moved after.

    Raises
    ------
    ValueError
        If a window has too few changes, or the price never moved before.

    Examples
    --------
    >>> months = pd.period_range("2023-12", periods=37, freq="M")
    >>> size = np.repeat([0.02, 0.08], 18) * np.tile([1, -1, -1, 1], 9)
    >>> path = pd.Series(np.exp(np.cumsum([0, *size])), months)
    >>> ratio = volatility_ratio(path, ("2024-01", "2025-06"), ("2025-07", "2026-12"))
    >>> round(ratio.share, 1), ratio.low_share > 1
    (4.0, True)
    """
    changes = log_changes(price)
    parts = [changes[first:last] for first, last in (before, after)]
    for part, (first, last) in zip(parts, (before, after), strict=True):
        if len(part) < FEWEST_CHANGES:
            raise ValueError(
                f"{len(part)} changes lie in {first} to {last}; {FEWEST_CHANGES} are "
                "needed for a volatility"
            )
    if not parts[0].std():
        raise ValueError(f"the price never moved from {before[0]} to {before[1]}")
    squares, errors = _log_squares(parts, changes)
    middle = (squares[1] - squares[0]) / 2
    half = float(ndtri(1 - LEVEL / 2) * np.hypot(*errors) / 2)
    low, high = np.exp([middle - half, middle + half])
    share = parts[1].std() / parts[0].std()
    return Estimate(float(share), float(low), float(high), sum(map(len, parts)))


def _log_squares(
    parts: list[pd.Series], changes: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Log variance of each part and its standard error, after Bonett (2006)."""
    scaled = [
        ((part - part.median()) / part.std(ddof=0)).to_numpy()
        for part in parts
        if len(part) >= FEWEST_CHANGES and part.std(ddof=0) > 0
    ]
    kurtosis = float((np.concatenate(scaled) ** 4).mean()) if scaled else np.nan
    memory = max(float(autocorrelation((changes - changes.mean()).to_numpy())), 0.0)
    memory = (1 + memory**2) / (1 - memory**2)
    n = np.array([max(len(part), 3) for part in parts])
    small = n / (n - float(ndtri(1 - LEVEL / 2)))
    spread = np.array([part.var() for part in parts])
    spread[spread == 0] = np.nan
    error = small * np.sqrt((kurtosis - (n - 3) / n) * memory / (n - 1))
    return np.log(small * spread), error


def decomposition(series: pd.Series) -> pd.DataFrame:
    """Trend, season and rest of a series, by STL (Cleveland and others 1990).

    Parameters
    ----------
    series
        By month; of a price, its logs.

    Returns
    -------
    pandas.DataFrame
        `trend`, `season` and `rest` of the longest run without a gap; they add up to
        the series.

    Raises
    ------
    ValueError
        If no run holds four full years.

    Examples
    --------
    >>> months = pd.period_range("2020-01", periods=60, freq="M")
    >>> parts = decomposition(pd.Series(np.tile(np.arange(12.0), 5), months))
    >>> parts["season"].iloc[:3].round(1).tolist()
    [-5.5, -4.5, -3.5]
    """
    from statsmodels.tsa.seasonal import STL

    known = monthly(series)
    run = (known.index.astype("int64").to_series().diff() != 1).cumsum().to_numpy()
    longest = known[run == np.bincount(run).argmax()]
    if len(longest) < 12 * FULL_YEARS:
        raise ValueError(
            f"the longest run without a gap has {len(longest)} months; a season needs "
            f"{FULL_YEARS} full years"
        )
    parts = STL(longest.to_numpy(), period=12).fit()
    return pd.DataFrame(
        {"trend": parts.trend, "season": parts.seasonal, "rest": parts.resid},
        longest.index,
    )


def season_p(price: pd.Series) -> float:
    """P-value that the log changes of the twelve calendar months are alike.

    STL draws a season through any wandering series; this is the rank test of Kruskal &
    Wallis (1952) for whether there is one.

    Parameters
    ----------
    price
        By month, above 0.

    Raises
    ------
    ValueError
        If a calendar month has fewer than four changes.

    Examples
    --------
    >>> months = pd.period_range("2020-01", periods=61, freq="M")
    >>> cycle = np.tile(np.sin(np.arange(12)), 6)[:61] + np.arange(61) / 1000
    >>> season_p(pd.Series(np.exp(cycle), months)) < 0.01
    True
    """
    from scipy.stats import kruskal

    changes = log_changes(price)
    by_month = changes.groupby(changes.index.month)  # type: ignore[attr-defined]
    fewest = min(by_month.size().reindex(range(1, 13), fill_value=0))
    if fewest < FULL_YEARS:
        raise ValueError(
            f"a calendar month has {fewest} changes; a season needs {FULL_YEARS}"
        )
    return float(kruskal(*(group for _, group in by_month)).pvalue)
