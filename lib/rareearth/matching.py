"""The same months before and after: which figures can be set against each other.

A printed range can be matched only as a whole, with all figures that it overlaps.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from rareearth.periods import (
    Figure,
    figures,
    inside,
    joined_new_year,
    number,
    period,
    total,
)


class NothingMatches(ValueError):
    """No month after is known together with the same month before."""


def matched(
    shipments: pd.DataFrame | pd.Series,
    world: pd.DataFrame | pd.Series | None,
    first: str | pd.Period,
    last: str | pd.Period,
    control: str | pd.Period | pd.Timestamp,
    value: str,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Points known both after and before, and the months that are not.

    Parameters
    ----------
    shipments, world, first, last, control, value
        As in `rareearth.recovery.recovery`.

    Returns
    -------
    points
        One row for each smallest group of months that no figure reaches across:
        `months` after (tuples of counts), whether `derived`, the amounts `after` and
        `before` and, with a world, `world_after` and `world_before`.
    left_out
        Months of the window without a match.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "start": ["2024-07", "2025-07", "2025-08", "2025-09"],
    ...         "months": [2, 1, 1, 1],
    ...         "tonnes": [50.0, 20.0, 25.0, 30.0],
    ...     }
    ... )
    >>> points, left_out = matched(
    ...     rows, None, "2025-07", "2025-09", "2025-04", "tonnes"
    ... )
    >>> points[["after", "before"]].values.tolist(), left_out
    ([[45.0, 50.0]], ('2025-09',))
    """
    zero, start, end = number(control), number(first), number(last)
    if not zero <= start <= end < start + 12:
        raise ValueError(
            f"the window {first} to {last} must begin at the control {control} or "
            "later and be one to twelve months long"
        )
    window = {month: month for month in range(start, end + 1)}
    year_before = {zero - 12 + (month - zero) % 12: month for month in window}
    told = {"": shipments, "world_": world}
    sides = {
        f"{prefix}{side}": _moved(known, months)
        for prefix, rows in told.items()
        if rows is not None
        for known in (figures(rows, value),)
        for side, months in (("after", window), ("before", year_before))
    }
    points = []
    for months in _together(window, sides):
        amounts = {side: total(known, months) for side, known in sides.items()}
        if None not in amounts.values():
            used = [one for known in sides.values() for one in inside(known, months)]
            derived = any(figure.derived for figure in used)
            points.append({"months": months, "derived": derived, **amounts})
    if not points:
        raise NothingMatches(
            f"no month from {first} to {last} is known together with the same month of "
            f"the year before {period(zero)}"
        )
    table = pd.DataFrame(points)
    left_out = set(window).difference(*table["months"])
    return table, tuple(str(period(month)) for month in sorted(left_out))


def _moved(known: list[Figure], months: dict[int, int]) -> list[Figure]:
    """Figures inside the months, with the months they are compared with."""
    return [
        figure._replace(months=tuple(months[month] for month in figure.months))
        for figure in inside(joined_new_year(known), months)
    ]


def _together(
    months: Iterable[int], sides: dict[str, list[Figure]]
) -> list[tuple[int, ...]]:
    """Months in the smallest groups that no figure of any side reaches across."""
    group = {month: month for month in months}
    for known in sides.values():
        for figure in known:
            joined = {group[month] for month in figure.months}
            group = {m: min(joined) if g in joined else g for m, g in group.items()}
    return [
        tuple(month for month in group if group[month] == root)
        for root in dict.fromkeys(group.values())
    ]
