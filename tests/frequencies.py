"""How often the methods are right in simulated worlds of known truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from worlds import Draws, observed, random_walk

from rareearth.moves import drift, volatility
from rareearth.prediction import layout, limits, prediction
from rareearth.recovery import half_width
from rareearth.regimes import sup_f_p
from rareearth.verdicts import LEVEL, POWER

Figures = tuple[tuple[int, ...], ...]


class Answers(NamedTuple):
    """What the test of an event says in each draw."""

    rejects: Draws
    covers: Draws
    mde_share: Draws


def event_answers(
    amounts: Draws,
    months: range,
    before: Figures,
    window: Figures,
    effect: float | Draws = 0.0,
) -> Answers:
    """Answers for worlds in which the window's amounts change by `effect` (a share)."""
    after = tuple(month for figure in window for month in figure)
    known = np.log(observed(amounts, months, before))
    seen = np.log(observed(amounts, months, (after,))[:, 0]) + np.log1p(effect)
    world = prediction(layout(before, after), known)
    bounds = limits(before, after)
    tail = bounds.tail(LEVEL) / 2
    found, error = world.below(seen), world.below(seen - np.log1p(effect))
    reach = world.quantile(bounds.reach(POWER))
    return Answers(
        np.minimum(found, 1 - found) < tail,
        np.minimum(error, 1 - error) >= tail,
        np.expm1(world.quantile(tail) - reach),
    )


def _two_means(
    before: Draws, window: Draws, weight: Callable[[Draws, int], Draws]
) -> Draws:
    """t of the difference of two means, with weights for products of residuals."""
    n, k = before.shape[1], window.shape[1]
    aside = np.concatenate(
        [
            (before - before.mean(axis=1, keepdims=True)) / -n,
            (window - window.mean(axis=1, keepdims=True)) / k,
        ],
        axis=1,
    )
    lag = np.abs(np.subtract.outer(np.arange(n + k), np.arange(n + k)))
    variance = ((aside @ weight(lag, n + k)) * aside).sum(axis=1)
    return (window.mean(axis=1) - before.mean(axis=1)) / np.sqrt(variance)


def ordinary_t(before: Draws, window: Draws, *_: Figures) -> Draws:
    """Rejections of the t-test for two independent samples."""
    return np.asarray(stats.ttest_ind(before, window, axis=1).pvalue < LEVEL)


def newey_west(before: Draws, window: Draws, *_: Figures) -> Draws:
    """Rejections of a dummy for the window, HAC with six lags, normal limits."""
    t = _two_means(before, window, lambda lag, _: np.clip(1 - lag / 7, 0, None))
    return np.abs(t) > stats.norm.ppf(1 - LEVEL / 2)


def fixed_b(before: Draws, window: Draws, *_: Figures) -> Draws:
    """Rejections with all lags and fixed-b limits (Kiefer & Vogelsang 2005)."""
    t = _two_means(before, window, lambda lag, n: 1 - lag / n)
    return np.abs(t) > 1.96 + 2.9694 + 0.4160 - 0.5324


def plain_autoregression(
    before: Draws, window: Draws, months_before: Figures, months_after: Figures
) -> Draws:
    """Rejections of the forecast by an AR(1) estimated from the months before."""
    aside = before - before.mean(axis=1, keepdims=True)
    memory = (aside[:, 1:] * aside[:, :-1]).sum(axis=1) / (aside**2).sum(axis=1)
    memory = np.clip(np.round(memory, 1), 0, 0.9)
    rejects = np.zeros(len(before), dtype=bool)
    when = np.array([np.mean(m) for m in (*months_before, *months_after)])
    n, one = before.shape[1], np.ones(before.shape[1])
    to_mean = np.repeat(1 / window.shape[1], window.shape[1])
    for value in np.unique(memory):
        here = memory == value
        lag = np.abs(np.subtract.outer(when, when))
        full = value**lag if value else np.eye(len(when))
        inverse = np.linalg.inv(full[:n, :n])
        toward = full[:n, n:] @ to_mean
        share = inverse @ one / (one @ inverse @ one)
        bias = 1 - one @ inverse @ toward
        centre = before[here] @ (inverse @ toward + bias * share)
        left = before[here] - (before[here] @ share)[:, None]
        scale = ((left @ inverse) * left).sum(axis=1) / (n - 1)
        spread = to_mean @ full[n:, n:] @ to_mean - toward @ inverse @ toward
        spread += bias**2 / (one @ inverse @ one)
        t = (window[here].mean(axis=1) - centre) / np.sqrt(scale * spread)
        rejects[here] = np.abs(t) > stats.t.ppf(1 - LEVEL / 2, n - 1)
    return rejects


def one_world(wander: tuple[float, ...]) -> Callable[..., Draws]:
    """Rejections of this project's prediction without simulated limits."""

    def rejections(
        before: Draws, window: Draws, months_before: Figures, months_after: Figures
    ) -> Draws:
        after = tuple(month for figure in months_after for month in figure)
        world = prediction(layout(months_before, after, wander), before, False)
        below = world.below(window.mean(axis=1))
        return np.minimum(below, 1 - below) < LEVEL / 2

    return rejections


def placebo_ranks(before: Draws, window: Draws, *_: Figures) -> Draws:
    """Rejections where ranks among runs of months before are called p-values."""
    k = window.shape[1]
    runs = np.lib.stride_tricks.sliding_window_view(before, k, axis=1).mean(axis=2)
    middle = before.mean(axis=1, keepdims=True)
    far = np.abs(window.mean(axis=1, keepdims=True) - middle)
    p = (1 + (np.abs(runs - middle) >= far).sum(axis=1)) / (1 + runs.shape[1])
    return p <= LEVEL


RIVALS: dict[str, Callable[..., Draws]] = {
    "t-test": ordinary_t,
    "HAC(6)": newey_west,
    "fixed-b": fixed_b,
    "AR(1) forecast": plain_autoregression,
    "random walk only": one_world((np.inf,)),
    "average, raw limits": one_world((0.06, 0.4, np.inf)),
    "placebo ranks": placebo_ranks,
}


def recovery_coverage(
    rng: np.random.Generator,
    draws: int,
    points: Figures,
    wander: float,
    noise: float,
    memory: float = 0.0,
) -> float:
    """How often the interval of a recovery holds the ratio of the levels behind it.

    The month-to-month noise may remember the month before; the level wanders.
    """
    length = max(map(max, points)) + 1
    level = random_walk(rng, draws, 12 + length, noise * np.sqrt(wander))
    swings = rng.standard_normal(level.shape)
    for month in range(1, level.shape[1]):
        swings[:, month] *= np.sqrt(1 - memory**2)
        swings[:, month] += memory * swings[:, month - 1]
    amounts, truth = np.exp(level + noise * swings), np.exp(level)
    inside = 0
    used = np.concatenate([np.array(point) for point in points])
    for draw in range(draws):
        sums = [
            [amounts[draw, np.array(point) + shift].sum() for point in points]
            for shift in (0, 12)
        ]
        ratio = np.log(sum(sums[1]) / sum(sums[0]))
        right = np.log(truth[draw, used + 12].sum() / truth[draw, used].sum())
        half = half_width(points, np.divide(sums[1], sums[0]))
        inside += abs(ratio - right) <= half
    return inside / draws


def _series(path: Draws) -> pd.Series:
    """One path of prices on months."""
    return pd.Series(path, pd.period_range("2018-01", periods=len(path), freq="M"))


def drift_coverage(paths: Draws, truth: float, missing: float = 0.0) -> float:
    """How often the interval of the drift holds the true one (a share per year)."""
    rng = np.random.default_rng(0)
    inside = 0
    for path in paths:
        price = _series(path)
        if missing:
            kept = rng.random(len(price)) >= missing
            kept[[0, -1]] = True
            price = price[kept]
        found = drift(price)
        inside += found.low_share <= truth <= found.high_share
    return inside / len(paths)


def straight_line_trends(paths: Draws) -> float:
    """How often a straight line through log prices has a "significant" slope."""
    time = np.arange(paths.shape[1])
    return float(
        np.mean([stats.linregress(time, np.log(path)).pvalue < 0.05 for path in paths])
    )


def volatility_coverage(paths: Draws, months: int) -> float:
    """How often the interval of the volatility of the last months holds the truth."""
    inside = 0
    for path in paths:
        price = _series(path)
        first, last = str(price.index[-months]), str(price.index[-1])
        rest = str(price.index[1]), str(price.index[-months - 1])
        table = volatility(price, {"last": (first, last), "rest": rest}).loc["last"]
        inside += table["low_share"] <= 0.1 * np.sqrt(12) <= table["high_share"]
    return inside / len(paths)


def break_rejections(paths: Draws, of: str) -> float:
    """How often a break is found in the drift or the volatility."""
    changes = np.diff(np.log(paths), axis=1)
    if of == "volatility":
        changes = np.abs(changes - np.median(changes, axis=1, keepdims=True))
    return float(np.mean([sup_f_p(one) < LEVEL for one in changes]))
