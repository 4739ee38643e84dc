"""How far shipments came back: a level after, over the same months before.

This describes; it claims no effect of anything. Amounts of customs are complete, so the
share itself is exact; what is uncertain is the level behind it, since single months
swing for no lasting reason. The interval is Student's t on the log ratios of the
matched months. It allows the swings of neighbouring months a correlation of 0.3, the
upper limit of what China's monthly exports show against the same month a year before,
within three to six months (eight countries and three products, 2018–2024).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from rareearth.matching import matched
from rareearth.periods import figures, inside, joined_new_year, number, period
from rareearth.verdicts import LEVEL

CORRELATION = 0.3
FEWEST_POINTS = 3


class Recovery(NamedTuple):
    """A level after as a share of the level before, and what it rests on."""

    share: float
    low_share: float
    high_share: float
    months: int
    points: int
    derived: int
    left_out: tuple[str, ...]


def recovery(
    shipments: pd.DataFrame | pd.Series,
    first: str | pd.Period,
    last: str | pd.Period,
    control: str | pd.Period | pd.Timestamp,
    *,
    world: pd.DataFrame | pd.Series | None = None,
    value: str = "tonnes",
    selected: bool = False,
    correlation: float = CORRELATION,
) -> Recovery:
    """Level from `first` to `last` over the same calendar months before a control.

    A printed range counts with its months where it lies inside the window and the
    same months before are known as a sum. January and February count only together.

    Parameters
    ----------
    shipments
        Amounts of one importer: a Series of single months or rows with `start`,
        `months`, `value` and, if there is one, `kind` (``derived``).
    first, last
        The months after, at most twelve.
    control
        Its day or month; the months before are the twelve that end before it.
    world
        Amounts of all importers. If given, the recovery is relative: that of
        `shipments` over that of everybody else in the same months.
    value
        Column that holds the amounts.
    selected
        True where months are known only because someone printed their growth: they
        are no fair sample, so there is no interval.

    Returns
    -------
    Recovery
        `share` (1 = as before) and its 95 % interval, missing below three points; the
        number of `months` matched; the number of `points`, which are single months or
        ranges, and of those with a `derived` figure; the months `left_out`.

    Raises
    ------
    NothingMatches
        If no month after has its match; a ValueError.
    ValueError
        If the window is longer than a year or begins before the control, or an amount
        of the world is not above the importer's.

    Examples
    --------
    >>> months = pd.period_range("2024-03", "2025-10", freq="M")
    >>> tonnes = pd.Series(100.0, months)
    >>> tonnes["2025-07":] = [81.0, 80, 78, 81]
    >>> found = recovery(tonnes, "2025-07", "2025-10", "2025-04-04")
    >>> f"{found.share:.2f} [{found.low_share:.2f}, {found.high_share:.2f}]"
    '0.80 [0.77, 0.83]'
    """
    points, left_out = matched(shipments, world, first, last, control, value)
    after, before = points["after"], points["before"]
    share = after.sum() / before.sum()
    ratios = after / before
    if world is not None:
        others_after = points["world_after"] - after
        others_before = points["world_before"] - before
        if (others_after <= 0).any() or (others_before <= 0).any():
            raise ValueError("an importer's amount is not below that of the world")
        share /= others_after.sum() / others_before.sum()
        ratios /= others_after / others_before
    half = np.nan if selected else half_width(points["months"], ratios, correlation)
    return Recovery(
        float(share),
        float(share * np.exp(-half)),
        float(share * np.exp(half)),
        sum(map(len, points["months"])),
        len(points),
        int(points["derived"].sum()),
        left_out,
    )


def recovery_of_mean(
    shipments: pd.DataFrame | pd.Series,
    first: str | pd.Period,
    last: str | pd.Period,
    mean: float,
    *,
    value: str = "tonnes",
) -> Recovery:
    """Level from `first` to `last` over a given monthly mean, such as that of 2024.

    The months keep their season here, which widens the interval.

    Parameters
    ----------
    shipments, first, last, value
        As in `recovery`.
    mean
        Amount of an average month before.

    Examples
    --------
    >>> months = pd.period_range("2025-07", periods=3, freq="M")
    >>> tonnes = pd.Series([9.0, 10, 11], months)
    >>> recovery_of_mean(tonnes, "2025-07", "2025-09", mean=20.0).share
    0.5
    """
    window = range(number(first), number(last) + 1)
    points = inside(joined_new_year(figures(shipments, value)), window)
    months = tuple(month for point in points for month in point.months)
    if not months:
        raise ValueError(f"no figure lies between {first} and {last}")
    share = sum(point.amount for point in points) / len(months) / mean
    ratios = [point.monthly / mean for point in points]
    half = half_width([point.months for point in points], ratios)
    return Recovery(
        share,
        float(share * np.exp(-half)),
        float(share * np.exp(half)),
        len(months),
        len(points),
        sum(point.derived for point in points),
        tuple(str(period(month)) for month in window if month not in months),
    )


def export_share(
    shipments: pd.DataFrame | pd.Series,
    world: pd.DataFrame | pd.Series,
    first: str | pd.Period,
    last: str | pd.Period,
    control: str | pd.Period | pd.Timestamp,
    *,
    value: str = "tonnes",
) -> tuple[float, float]:
    """Share of an importer in all exports, before and after, in the same months.

    Parameters
    ----------
    shipments, world, first, last, control, value
        As in `recovery`.

    Returns
    -------
    before, after
        Shares in [0, 1].

    Examples
    --------
    >>> months = pd.period_range("2024-04", "2025-06", freq="M")
    >>> world = pd.Series(100.0, months)
    >>> part = pd.Series([20.0] * 12 + [10.0] * 3, months)
    >>> export_share(part, world, "2025-04", "2025-06", "2025-04")
    (0.2, 0.1)
    """
    points, _ = matched(shipments, world, first, last, control, value)
    sums = points[["before", "world_before", "after", "world_after"]].sum()
    return (
        float(sums["before"] / sums["world_before"]),
        float(sums["after"] / sums["world_after"]),
    )


def half_width(
    months: Iterable[tuple[int, ...]],
    ratios: Iterable[float],
    correlation: float = CORRELATION,
) -> float:
    """Half of the 95 % interval of a mean log ratio.

    Parameters
    ----------
    months
        Tuples of the months that each point covers.
    ratios
        After over before, for each point.
    correlation
        Of the swings of neighbouring months.

    Returns
    -------
    float
        In logs; missing below three points or where a ratio is 0.

    Examples
    --------
    >>> round(half_width([(0,), (1,), (2,)], [0.9, 1.0, 1.1]), 2)
    0.32
    """
    spans = list(months)
    values = np.array(list(ratios), dtype=float)
    if len(spans) < FEWEST_POINTS or not values.all():
        return float("nan")
    logs = np.log(values)
    shared = np.array(
        [[_covariance(one, other, correlation) for one in spans] for other in spans]
    )
    inverse = np.linalg.inv(shared)
    length = np.array([len(span) for span in spans]) / sum(map(len, spans))
    share = inverse.sum(axis=0) / inverse.sum()
    aside = logs - share @ logs
    variance = aside @ inverse @ aside / (len(spans) - 1)
    error = np.sqrt(variance * (length @ shared @ length))
    return float(error * stdtrit(len(spans) - 1, 1 - LEVEL / 2))


def _covariance(
    one: tuple[int, ...], other: tuple[int, ...], correlation: float
) -> float:
    """Covariance of two means over months, in units of a single month's variance."""
    lag = np.abs(np.subtract.outer(one, other))
    return float((correlation**lag).mean())
