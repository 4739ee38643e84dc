"""Months, and printed ranges of months: a figure stands for the months it covers.

A statistics office prints some months singly and others only as a sum
("January and February"). Such a sum is one figure of two months; it is never split.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import pandas as pd


class Figure(NamedTuple):
    """One printed figure: the months it covers, their sum, and how it came to be."""

    months: tuple[int, ...]
    amount: float
    derived: bool = False

    @property
    def monthly(self) -> float:
        """The amount of an average month."""
        return self.amount / len(self.months)


def number(month: str | pd.Period | pd.Timestamp) -> int:
    """Month as a count of months, so that months can be subtracted.

    Examples
    --------
    >>> number("2025-04") - number("2024-12")
    4
    """
    period = pd.Period(month, "M")
    return int(period.year) * 12 + int(period.month) - 1


def period(number: int) -> pd.Period:
    """Month of such a count.

    Examples
    --------
    >>> period(number("2025-04") + 9)
    Period('2026-01', 'M')
    """
    return pd.Period(year=number // 12, month=number % 12 + 1, freq="M")


def monthly(series: pd.Series) -> pd.Series:
    """Series on a monthly index, in order and without its empty months.

    Parameters
    ----------
    series
        Numbers on a PeriodIndex of months or a DatetimeIndex.

    Returns
    -------
    pandas.Series
        The same numbers, as float, on a sorted monthly PeriodIndex.

    Raises
    ------
    ValueError
        If a month occurs twice, or the index holds no months.

    Examples
    --------
    >>> dates = pd.to_datetime(["2025-02-28", "2025-01-31"])
    >>> monthly(pd.Series([2, 1], dates)).tolist()
    [1.0, 2.0]
    """
    name = series.name or "the series"
    index = series.index
    if isinstance(index, pd.DatetimeIndex):
        index = index.to_period("M")
    if not isinstance(index, pd.PeriodIndex) or index.freqstr != "M":
        raise ValueError(
            f"{name}: the index must be months (a monthly PeriodIndex or dates), "
            f"not {type(series.index).__name__}"
        )
    result = pd.Series(series.to_numpy(dtype=float), index, name=series.name).dropna()
    if result.index.has_duplicates:
        twice = result.index[result.index.duplicated()][0]
        raise ValueError(f"{name}: month {twice} occurs twice; one number a month")
    return result.sort_index()


def figures(shipments: pd.DataFrame | pd.Series, value: str = "tonnes") -> list[Figure]:
    """Figures that do not overlap, in order of time.

    Single months come first; a range is kept where none of its months stands in a
    figure kept before it, shorter ranges first. So no month is counted twice.

    Parameters
    ----------
    shipments
        Either a Series of single months, or rows with `start` (month or date of the
        first month), `months` (how many), the column named by `value` (their sum)
        and, if there is one, `kind` (``derived`` where a row was computed).
    value
        Column that holds the amounts.

    Returns
    -------
    list of Figure
        Empty cells are left out.

    Raises
    ------
    ValueError
        If a column is missing, a row has no whole number of months, an amount is
        negative, or one period has two amounts.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "start": ["2025-01", "2025-03", "2025-01"],
    ...         "months": [2, 1, 3],
    ...         "tonnes": [30.0, 20.0, 50.0],
    ...     }
    ... )
    >>> [(len(figure.months), figure.amount) for figure in figures(rows)]
    [(2, 30.0), (1, 20.0)]
    """
    if isinstance(shipments, pd.Series):
        single = monthly(shipments)
        shipments = pd.DataFrame(
            {"start": single.index, "months": 1, value: single.to_numpy()}
        )
    missing = [c for c in ("start", "months", value) if c not in shipments]
    if missing:
        raise ValueError(
            f"shipments have no column {', '.join(missing)}; they have "
            f"{', '.join(map(str, shipments.columns))}"
        )
    rows = shipments[shipments[value].notna()]
    twice = rows.duplicated(["start", "months"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise ValueError(
            f"shipments: {row['start']} with months {row['months']} occurs twice; "
            "choose one figure for a period"
        )
    kept: dict[tuple[int, ...], Figure] = {}
    taken: set[int] = set()
    rows = rows.sort_values(["months", "start"])
    derived = rows["kind"] == "derived" if "kind" in rows else [False] * len(rows)
    columns = (rows["start"], rows["months"], rows[value], derived)
    for label, start, length, amount, computed in zip(
        rows.index, *columns, strict=True
    ):
        if length != int(length) or length < 1:
            raise ValueError(
                f"shipments, row {label}, column months: {length} is not a "
                "whole number of months from 1"
            )
        if amount < 0:
            raise ValueError(
                f"shipments, row {label}, column {value}: {amount} is negative"
            )
        first = number(start)
        months = tuple(range(first, first + int(length)))
        if taken.isdisjoint(months):
            taken.update(months)
            kept[months] = Figure(months, float(amount), bool(computed))
    return [kept[months] for months in sorted(kept)]


def inside(figures: list[Figure], months: Collection[int]) -> list[Figure]:
    """Figures of which every month lies in `months`.

    Examples
    --------
    >>> printed = [Figure((1, 2), 30.0), Figure((3,), 20.0)]
    >>> [figure.amount for figure in inside(printed, {2, 3})]
    [20.0]
    """
    allowed = set(months)
    return [figure for figure in figures if allowed.issuperset(figure.months)]


def joined_new_year(figures: list[Figure]) -> list[Figure]:
    """Figures with January and February only together.

    China's New Year falls into one or the other and empties it, so China's statistics
    are read over both; a lone January or February says nothing and is left out.

    Examples
    --------
    >>> known = [Figure((number(m),), 5.0) for m in ("2024-02", "2025-01", "2025-02")]
    >>> [(len(figure.months), figure.amount) for figure in joined_new_year(known)]
    [(2, 10.0)]
    """
    single = {f.months[0]: f for f in figures if len(f.months) == 1}
    kept = []
    for figure in figures:
        month = figure.months[0]
        if len(figure.months) > 1 or month % 12 > 1:
            kept.append(figure)
        elif month % 12 == 0 and month + 1 in single:
            other = single[month + 1]
            kept.append(
                Figure(
                    (month, month + 1),
                    figure.amount + other.amount,
                    figure.derived or other.derived,
                )
            )
    return kept


def total(figures: list[Figure], months: tuple[int, ...]) -> float | None:
    """Amount of exactly these months, or None where no figures add up to it.

    Examples
    --------
    >>> printed = [Figure((1, 2), 30.0), Figure((3,), 20.0)]
    >>> total(printed, (1, 2, 3)), total(printed, (2, 3))
    (50.0, None)
    """
    there = inside(figures, months)
    if sum(len(figure.months) for figure in there) != len(months):
        return None
    return sum(figure.amount for figure in there)
