"""When did a series change: breaks in its mean, dated and tested.

Dates are exact: the breaks that leave the smallest sum of squares are found by dynamic
programming (Bai & Perron 2003, Journal of Applied Econometrics 18, 1–22). The tests
here take observations for independent; `rareearth.regimes` asks the question of prices.
"""

from __future__ import annotations

from math import exp, floor, gamma, log, pi, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TRIM = 0.15
MOST = 5


class Statistic(NamedTuple):
    """A statistic, its p-value, and the last observation before the break it is at."""

    statistic: float
    p: float
    last_before: Any = None


def segmentations(
    series: pd.Series, trim: float = TRIM, most: int = MOST
) -> pd.DataFrame:
    """Best breaks in the mean, for each number of breaks.

    Parameters
    ----------
    series
        Numbers in order; missing ones are left out.
    trim
        Shortest segment, as a share of the length.
    most
        Largest number of breaks.

    Returns
    -------
    pandas.DataFrame
        By number of breaks: `last_before` (index labels of the last observation before
        each break), the sum of squares `rss` and `bic` (smaller is better; a break
        counts as two parameters).

    Raises
    ------
    ValueError
        If the series is too short for one break.

    Examples
    --------
    >>> steps = pd.Series([1.0, 2, 1, 2, 8, 9, 8, 9, 3, 4, 3, 4])
    >>> segmentations(steps, trim=0.25, most=2)["last_before"].tolist()
    [(), (3,), (3, 7)]
    """
    known = series.dropna()
    values = known.to_numpy(dtype=float)
    n = len(values)
    shortest = max(2, floor(trim * n))
    if n < 2 * shortest:
        raise ValueError(f"{n} observations are too few for a break; 4 are needed")
    cost = _squares(values)
    most = min(most, n // shortest - 1)
    # best[m][j]: smallest sum of squares of the first j + 1 observations, m breaks
    best = [np.where(np.arange(n) >= shortest - 1, cost[0], np.inf)]
    split: list[NDArray[np.int64]] = []
    for _ in range(most):
        total = np.full((n, n), np.inf)
        for end in range(n):
            until = end - shortest + 1
            if until > 0:
                total[end, :until] = best[-1][:until] + cost[1 : until + 1, end]
        split.append(total.argmin(axis=1))
        best.append(total.min(axis=1))
    rows = []
    for breaks in range(most + 1):
        ends, end = [], n - 1
        for level in range(breaks, 0, -1):
            end = int(split[level - 1][end])
            ends.append(end)
        rss = float(best[breaks][n - 1])
        likelihood = n * (log(2 * pi * rss / n) + 1)
        labels = tuple(known.index[end] for end in reversed(ends))
        rows.append((labels, rss, likelihood + 2 * (breaks + 1) * log(n)))
    table = pd.DataFrame(rows, columns=["last_before", "rss", "bic"])
    return table.rename_axis("breaks")


def _squares(values: Floats) -> Floats:
    """Sum of squares around its mean of every run from row to column."""
    n = len(values)
    values = values - values.mean()
    sums = np.concatenate([[0.0], values.cumsum()])
    squares = np.concatenate([[0.0], (values**2).cumsum()])
    length = np.arange(1, n + 1) - np.arange(n)[:, None]
    run = sums[1:] - sums[:-1, None]
    square = squares[1:] - squares[:-1, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(length > 0, square - run**2 / length, np.inf)


def f_statistics(values: ArrayLike, trim: float = TRIM) -> Floats:
    """Chow's F for a break in the mean after each observation.

    Parameters
    ----------
    values
        (..., n) numbers in order.
    trim
        Share at each end where no break is looked for.

    Returns
    -------
    array, (..., n)
        Missing in the trimmed ends.

    Examples
    --------
    >>> f_statistics([0.0, 1, 0, 1, 4, 5, 4, 5], 0.25).round(1).tolist()[3]
    96.0
    """
    series = np.asarray(values, dtype=float)
    n = series.shape[-1]
    aside = series - series.mean(axis=-1, keepdims=True)
    size = np.arange(1, n + 1)
    rest = n - size
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = aside.cumsum(axis=-1) ** 2 * (1 / size + 1 / rest)
        total = (aside**2).sum(axis=-1, keepdims=True)
        f = gain / ((total - gain) / (n - 2))
    shortest = floor(trim * n)
    return np.where((size >= shortest) & (rest >= shortest), f, np.nan)


def sup_f(series: pd.Series, trim: float = TRIM) -> Statistic:
    """Test for one break in the mean at an unknown date: the largest of Chow's F.

    Parameters
    ----------
    series
        Numbers in order, without autocorrelation; missing ones are left out.
    trim
        Share at each end where no break is looked for.

    Returns
    -------
    Statistic
        The p-value is the tail of Andrews (1993, Econometrica 61, 821–856) in the
        approximation of Csörgő & Horváth (1997, Limit Theorems in Change-Point
        Analysis, 1.3), good below 0.2 and 1 at most.

    Examples
    --------
    >>> found = sup_f(pd.Series([0.0, 1, 0, 1, 4, 5, 4, 5]), 0.25)
    >>> round(found.statistic, 1), found.last_before
    (96.0, 3)
    """
    known = series.dropna()
    f = f_statistics(known.to_numpy(dtype=float), trim)
    place = int(np.nanargmax(f))
    statistic = float(f[place])
    return Statistic(statistic, sup_f_p(statistic, trim), known.index[place])


def sup_f_p(statistic: float, trim: float = TRIM) -> float:
    """P-value of sup-F for one mean, in the limit of a long series.

    Examples
    --------
    >>> round(sup_f_p(8.85), 3)
    0.05
    """
    if statistic <= 1:
        return 1.0
    range_ = 2 * log((1 - trim) / trim)
    density = sqrt(statistic / 2) * exp(-statistic / 2) / gamma(0.5)
    tail = density * (range_ * (1 - 1 / statistic) + 4 / statistic)
    return float(min(tail, 1.0))


def cusum(series: pd.Series) -> Statistic:
    """Test whether the mean stays the same: the cumulated distances from it.

    Parameters
    ----------
    series
        Numbers in order, without autocorrelation; missing ones are left out.

    Examples
    --------
    >>> cusum(pd.Series([0.0, 1, 0, 1, 4, 5, 4, 5] * 3)).p > 0.05
    True
    """
    from statsmodels.stats.diagnostic import breaks_cusumolsresid

    values = series.dropna().to_numpy(dtype=float)
    statistic, p, _ = breaks_cusumolsresid(values - values.mean(), ddof=1)
    return Statistic(float(statistic), float(p))
