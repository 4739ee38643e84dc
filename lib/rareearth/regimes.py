"""Regimes of a price: breaks in its drift and in its volatility.

A price wanders and has no level to break, so its monthly log changes are tested; the
level of a series is tested only where a unit root is rejected. Changes remember each
other, which makes tests for independent observations find breaks that are not there.
So the memory, a first-order autoregression around the best single break, is taken out
first, and sup-F is compared with what it gives for simulated changes of the same
length and memory without a break (a parametric bootstrap with a seed).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from rareearth.breaks import Statistic, cusum, f_statistics, segmentations, sup_f
from rareearth.verdicts import LEVEL

Floats = NDArray[np.float64]

FEWEST = 36
DRAWS = 2_000
WARM_UP = 50
# A break this many months from a change of source may be its doing.
SOURCE_MONTHS = 2
COLUMNS = ["last_before", "first_after", "before", "after", "source_change"]


class Breaks(NamedTuple):
    """Breaks found and the tests for them, or why they cannot be looked for."""

    testable: bool
    reason: str
    table: pd.DataFrame
    sup_f: Statistic | None = None
    cusum: Statistic | None = None


def change_breaks(
    changes: pd.Series,
    of: Literal["mean", "volatility"],
    source_changes: Sequence[str | pd.Period] = (),
) -> Breaks:
    """Find breaks of a price in its drift or volatility, from its monthly log changes.

    There is none where sup-F does not reject at 5 %, else as many as the smallest BIC
    has. A break in volatility is one in the distance of the changes from their median;
    volatility that comes in clusters is read as breaks.

    Parameters
    ----------
    changes
        Log changes on a monthly PeriodIndex (`rareearth.prices.log_changes`).
    of
        What may break.
    source_changes
        Months in which the source of the prices changed.

    Returns
    -------
    Breaks
        `table` has a row for each break: `last_before` and `first_after` (months),
        `before` and `after` (drift or volatility of the segments on both sides, as a
        share per year) and `source_change`, true where the source changed within two
        months. Not testable below 36 changes.

    Examples
    --------
    >>> months = pd.period_range("2020-01", periods=60, freq="M")
    >>> swings = np.random.default_rng(3).standard_normal(60)
    >>> swings *= np.repeat([0.02, 0.1], 30)
    >>> found = change_breaks(pd.Series(swings, months), "volatility")
    >>> [str(month) for month in found.table["first_after"]]
    ['2022-07']
    """
    known = changes.dropna()
    if len(known) < FEWEST:
        return _untestable(f"{len(known)} changes are known; {FEWEST} are needed")
    if of == "mean":
        return _breaks(known, known, _drift, source_changes)
    distance = (known - known.median()).abs()
    return _breaks(distance, known, _volatility, source_changes)


def level_breaks(
    series: pd.Series, source_changes: Sequence[str | pd.Period] = ()
) -> Breaks:
    """Find breaks of a series in its level, where it has one.

    Parameters
    ----------
    series
        Numbers in order, on a monthly PeriodIndex if there are `source_changes`.
    source_changes
        Months in which the source changed.

    Returns
    -------
    Breaks
        The `table` is that of `change_breaks`, with the mean levels on both sides. Not
        testable where the augmented Dickey–Fuller test (constant, lags by AIC) does
        not reject a unit root at 5 %, nor below 36 observations.

    Examples
    --------
    >>> walk = pd.Series(np.random.default_rng(0).standard_normal(100).cumsum())
    >>> level_breaks(walk).reason
    'not testable: a unit root is not rejected (p = 0.84)'
    """
    from statsmodels.tsa.stattools import adfuller

    known = series.dropna()
    if len(known) < FEWEST:
        return _untestable(f"{len(known)} observations are known; {FEWEST} are needed")
    p = adfuller(known.to_numpy(dtype=float), result_object=True).pvalue
    if p >= LEVEL:
        return _untestable(f"a unit root is not rejected (p = {p:.2f})")
    return _breaks(known, known, pd.Series.mean, source_changes)


def _untestable(reason: str) -> Breaks:
    """No answer, and why."""
    return Breaks(False, f"not testable: {reason}", pd.DataFrame(columns=COLUMNS))


def _drift(changes: pd.Series) -> float:
    """Mean log change as a share per year."""
    return float(np.expm1(12 * changes.mean()))


def _volatility(changes: pd.Series) -> float:
    """Spread of the log changes of a year."""
    return float(changes.std() * np.sqrt(12))


def _breaks(
    series: pd.Series,
    shown: pd.Series,
    measure: Callable[[pd.Series], float],
    source_changes: Sequence[str | pd.Period],
) -> Breaks:
    """Find breaks in the mean of `series`, with a measure of `shown` beside them."""
    fresh = pd.Series(innovations(series.to_numpy(dtype=float)), series.index)
    found = sup_f(fresh)
    test = found._replace(p=sup_f_p(series.to_numpy(dtype=float)))
    lasts: tuple[Any, ...] = ()
    if test.p < LEVEL:
        best = segmentations(fresh)
        lasts = best["last_before"].iloc[max(1, int(best["bic"].argmin()))]
    ends = [int(place) + 1 for place in np.flatnonzero(series.index.isin(lasts))]
    sides = [measure(shown.iloc[a:b]) for a, b in pairwise([0, *ends, len(shown)])]
    rows = [
        (last, shown.index[end], *around, _near(shown.index[end], source_changes))
        for last, end, around in zip(lasts, ends, pairwise(sides), strict=True)
    ]
    reason = f"sup-F = {test.statistic:.1f}, p = {test.p:.3f}"
    table = pd.DataFrame(rows, columns=COLUMNS)
    return Breaks(True, reason, table, test, cusum(fresh))


def _near(month: Any, source_changes: Sequence[str | pd.Period]) -> bool:
    """Whether a source changed within a few months."""
    return any(
        abs((month - pd.Period(change, "M")).n) <= SOURCE_MONTHS
        for change in source_changes
    )


def innovations(values: ArrayLike) -> Floats:
    """Take from each observation what it owes to the one before.

    Parameters
    ----------
    values
        (..., n) numbers in order.

    Returns
    -------
    array, (..., n)
        The numbers less their memory (negative memory counts as none); a break in
        the mean stays one, at the same place.

    Examples
    --------
    >>> innovations([1.0, -1, 1, -1, 1, -1, 1, -1]).tolist()
    [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]
    """
    series = np.asarray(values, dtype=float)
    f = np.nan_to_num(f_statistics(series), nan=-1.0)
    early = np.arange(series.shape[-1]) <= f.argmax(axis=-1)[..., None]
    sides = np.where(early, _mean(series, early), _mean(series, ~early))
    memory = np.clip(autocorrelation(series - sides), 0, None)[..., None]
    mean = series.mean(axis=-1, keepdims=True)
    before = np.concatenate([mean, series[..., :-1]], axis=-1)
    return np.asarray(series - memory * before)


def _mean(series: Floats, where: NDArray[np.bool_]) -> Floats:
    """Mean along the last axis, kept as an axis."""
    return np.asarray(series.mean(axis=-1, keepdims=True, where=where))


def autocorrelation(aside: Floats) -> Floats:
    """Correlation of neighbours, for numbers whose mean is 0.

    Examples
    --------
    >>> float(autocorrelation(np.array([1.0, 1, -1, -1])))
    0.25
    """
    squares = (aside**2).sum(axis=-1)
    products = (aside[..., 1:] * aside[..., :-1]).sum(axis=-1)
    return np.divide(products, squares, out=np.zeros_like(products), where=squares > 0)


def sup_f_p(values: Floats) -> float:
    """P-value of sup-F of the innovations, by simulation at the same memory.

    Parameters
    ----------
    values
        (n,) numbers in order.

    Examples
    --------
    >>> sup_f_p(np.repeat([0.0, 1.0], 20) + np.tile([0.1, -0.1], 20)) < 0.001
    True
    """
    n = len(values)
    memory = autocorrelation(values - values.mean())
    # an autocorrelation around an estimated mean is too low (Kendall 1954)
    memory = np.clip(memory + (1 + 3 * memory) / n, 0, 0.95)
    drawn = _without_break(n, round(20 * float(memory)) / 20)
    statistic = np.nanmax(f_statistics(innovations(values)))
    reached = len(drawn) - np.searchsorted(drawn, statistic)
    return float((reached + 1) / (len(drawn) + 1))


@lru_cache(maxsize=64)
def _without_break(n: int, memory: float) -> Floats:
    """Draws of sup-F for autoregressions without a break, sorted."""
    shocks = np.random.default_rng(0).standard_normal((WARM_UP + n, DRAWS))
    series = np.zeros_like(shocks)
    for month in range(1, len(shocks)):
        series[month] = memory * series[month - 1] + shocks[month]
    f = f_statistics(innovations(series[WARM_UP:].T))
    return np.sort(np.nanmax(f, axis=-1))
