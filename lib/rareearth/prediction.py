"""What a short monthly series would have done next, with limits that hold.

The model is a level that wanders and monthly noise around it (the local level model:
Harvey 1989, *Forecasting, Structural Time Series Models and the Kalman Filter*, ch. 4):
the level takes one random step a month, and `wander` is the variance of that step over
the variance of the noise. 0 is noise around a constant, infinity is a random walk.
China's monthly exports of rare earths, 2018–2024, in logs, have 0.01–0.13 by weight
and 0.16–0.63 by value.

Eight months cannot tell these worlds apart, so a prediction is an average over three of
them, each weighted by how well it fits the months before. Its tails are then widened
by simulation until false positives stay at or below their level in every world, up to
the random walk, which as a rule is the worst: a maximised Monte Carlo test (Dufour
2006, Journal of Econometrics 133, 443–477). Its draws have a seed: nothing changes
from run to run.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax, stdtrit

Floats = NDArray[np.float64]
Months = tuple[int, ...]

# Averaged over: typical of China's exports by weight, by value, and a random walk.
WANDER = (0.06, 0.4, np.inf)
# The worlds that limits are simulated in; with less wander they hold with room.
WORLDS = (0.1, 0.4, 1.0, 4.0, np.inf)
DRAWS = 8_000
BISECTIONS = 30
# Added to the power asked for: the season, which the model takes for noise, may be
# against the window.
SEASON_MARGIN = 0.07


def covariance(observations: tuple[Months, ...], wander: float) -> Floats:
    """Covariance of means over months, in units of the noise's (the step's) variance.

    Parameters
    ----------
    observations
        The months each observation is the mean of, as counts of months.
    wander
        Variance of the level's monthly step over that of the noise, 0 to infinity.

    Returns
    -------
    array, (n, n)
        The level's unknown start is left out: only contrasts have this covariance.

    Examples
    --------
    >>> covariance(((1,), (2,), (3, 4)), np.inf)
    array([[1. , 1. , 1. ],
           [1. , 2. , 2. ],
           [1. , 2. , 3.25]])
    """
    first = min(min(months) for months in observations)
    last = max(max(months) for months in observations)
    time = np.arange(1, last - first + 2, dtype=float)
    averages = np.zeros((len(observations), len(time)))
    for row, months in enumerate(observations):
        averages[row, np.array(months) - first] = 1 / len(months)
    steps = np.minimum.outer(time, time)
    by_month = steps if np.isinf(wander) else np.eye(len(time)) + wander * steps
    return np.asarray(averages @ by_month @ averages.T)


class Layout(NamedTuple):
    """All that follows from which months are known, for each value of wander."""

    weights: Floats  # (k, n): the best linear prediction from the months before
    spread: Floats  # (k,): its variance, in units of the scale
    within: Floats  # (k,): variance of single months in the window around their mean
    residual: Floats  # (k, n, n): quadratic form of the scale
    evidence: Floats  # (k,): what the restricted likelihood owes to the layout

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the scale."""
        return int(self.weights.shape[1]) - 1


@lru_cache(maxsize=256)
def layout(
    before: tuple[Months, ...], window: Months, wander: tuple[float, ...] = WANDER
) -> Layout:
    """Prediction of a window's mean from the observations before it.

    Parameters
    ----------
    before
        Months of each observation before, at least three observations.
    window
        Months to predict the mean of.
    wander
        The worlds to average over.

    Examples
    --------
    >>> layout(((0,), (1,), (2,)), (3, 4)).weights[-1].round(6) + 0.0
    array([0., 0., 1.])
    """
    n = len(before)
    if n < 3:
        raise ValueError(f"{n} figures before the window; a prediction needs 3 or more")
    parts = []
    for value in wander:
        full = covariance((*before, window), value)
        singly = covariance((*before, *((month,) for month in window)), value)
        inverse = np.linalg.inv(full[:n, :n])
        toward = full[:n, n]
        total = inverse.sum()
        share = inverse.sum(axis=1) / total
        bias = 1 - inverse.sum(axis=0) @ toward
        parts.append(
            (
                inverse @ toward + bias * share,
                full[n, n] - toward @ inverse @ toward + bias**2 / total,
                np.trace(singly[n:, n:]) / len(window) - full[n, n],
                inverse - np.outer(share, share) * total,
                (np.linalg.slogdet(inverse)[1] - np.log(total)) / 2,
            )
        )
    return Layout(*(np.array(part) for part in zip(*parts, strict=True)))


def student(value: Floats, freedom: int) -> Floats:
    """Distribution function of Student's t with whole degrees of freedom.

    The finite sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4: twenty times as
    fast as the incomplete beta function, which is what simulated limits wait for.

    Parameters
    ----------
    value
        Any shape.
    freedom
        1 or more.

    Examples
    --------
    >>> student(np.array([0.0, 1.0, np.inf]), 1).round(12)
    array([0.5 , 0.75, 1.  ])
    """
    odd = freedom % 2
    ratio = np.clip(value / np.sqrt(freedom), -1e100, 1e100)  # infinite ones, too
    cosine = 1 / (1 + ratio * ratio)  # its square
    series = np.ones_like(cosine)
    for n in range((freedom - odd) // 2 - 1, 0, -1):
        series = 1 + series * cosine * ((2 * n - 1 + odd) / (2 * n + odd))
    if not odd:
        return np.asarray((1 + ratio * np.sqrt(cosine) * series) / 2)
    inside = ratio * cosine * series if freedom > 1 else 0
    return np.asarray(0.5 + (np.arctan(ratio) + inside) / np.pi)


class Prediction(NamedTuple):
    """A mixture of t distributions, one for each value of wander."""

    centre: Floats
    scale: Floats
    weight: Floats
    freedom: int

    def below(self, value: Floats | float) -> Floats:
        """Probability of a value as low as this or lower."""
        tail = student((value - self.centre) / self.scale, self.freedom)
        return np.asarray((self.weight * tail).sum(axis=0))

    def quantile(self, share: Floats | float) -> Floats:
        """Value that is not reached with probability `share`, by bisection.

        Of several shares, the last dimension of the values.
        """
        each = (...,) + (None,) * np.ndim(share)
        parts = (self.centre[each], self.scale[each], self.weight[each])
        world = Prediction(*parts, self.freedom)
        ends = world.centre + world.scale * stdtrit(self.freedom, share)
        low, high = ends.min(axis=0), ends.max(axis=0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            short = world.below(middle) < share
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.asarray((low + high) / 2)


def prediction(known: Layout, logs: Floats, logs_of_totals: bool = True) -> Prediction:
    """Distribution of the window's value in a world where nothing happened.

    Parameters
    ----------
    known
        The layout of the months.
    logs
        (n,) logs of the observations before, or (series, n) of many series at once.
    logs_of_totals
        The window's value is the log of its mean amount, which lies above the mean
        of the logs by half the variance within the window. False for differences of
        two logs, where this cancels.

    Raises
    ------
    ValueError
        If the observations are all equal.

    Examples
    --------
    >>> known = layout(((0,), (1,), (2,), (3,)), (4, 5))
    >>> world = prediction(known, np.array([1.0, 1.2, 0.8, 1.0]))
    >>> round(float(world.below(world.quantile(0.2))), 6)
    0.2
    """
    aside = (slice(None),) + (None,) * (logs.ndim - 1)
    squares = np.einsum("...i,...i->...", logs @ known.residual, logs)
    if (squares <= 0).any():
        raise ValueError(
            "the figures before the window are all equal: they hold no noise from "
            "which limits could be read"
        )
    variance = squares.reshape(-1, *logs.shape[:-1]) / known.freedom
    centre = (known.weights @ logs.T).reshape(-1, *logs.shape[:-1])
    if logs_of_totals:
        centre = centre + known.within[aside] * variance / 2
    fit = known.evidence[aside] - known.freedom / 2 * np.log(variance)
    weight = softmax(fit, axis=0)
    scale = np.sqrt(known.spread[aside] * variance)
    return Prediction(centre, scale, weight, known.freedom)


class Limits(NamedTuple):
    """Tails of the prediction in each of `WORLDS`, from which its limits are read."""

    two_sided: Floats  # (worlds, draws), sorted
    lower: Floats  # (worlds, draws), sorted

    def p_value(self, below: float) -> float:
        """Probability of a value this far out, in the world where it is largest."""
        tail = 2 * min(below, 1 - below)
        reached = [np.searchsorted(world, tail, "right") for world in self.two_sided]
        return float((max(reached) + 1) / (self.two_sided.shape[1] + 1))

    def tail(self, level: float) -> float:
        """Two-sided tail of the prediction to reject below, so that `level` holds."""
        place = int(level * (self.two_sided.shape[1] + 1)) - 1
        return float(self.two_sided[:, place].min())

    def reach(self, power: float) -> float:
        """Share of the prediction that in every world holds at least `power`."""
        place = int(np.ceil((power + SEASON_MARGIN) * self.lower.shape[1])) - 1
        return float(self.lower[:, place].max())


@lru_cache(maxsize=8)
def _shocks(count: int) -> Floats:
    """Standard normal draws, the same in every run."""
    return np.random.default_rng(20250404).standard_normal((DRAWS, count))


@lru_cache(maxsize=96)
def limits(before: tuple[Months, ...], window: Months) -> Limits:
    """Tails of the prediction, simulated for one layout of months.

    Parameters
    ----------
    before, window
        As in `layout`.

    Examples
    --------
    >>> found = limits(tuple((month,) for month in range(10)), (12, 13, 14))
    >>> found.tail(0.05) < 0.05
    True
    """
    known = layout(before, window)
    shocks = _shocks(len(before) + 1)
    lower = []
    for wander in WORLDS:
        root = np.linalg.cholesky(covariance((*before, window), wander))
        values = shocks @ root.T
        world = prediction(known, values[:, :-1], logs_of_totals=False)
        lower.append(world.below(values[:, -1]))
    tails = np.array(lower)
    two_sided = np.sort(2 * np.minimum(tails, 1 - tails))
    return Limits(two_sided, np.sort(tails))
