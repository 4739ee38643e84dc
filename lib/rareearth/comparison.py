"""Two ends of a comparison, like with like.

One year is an accident, so an end is the total of several. And some years are held as
the complete list of flows, others as the leading ones: what seems to change from one to
the other is what the shorter leaves out, so both ends come from the same list.
"""

from collections import Counter
from typing import NamedTuple

import pandas as pd


class NotComparable(ValueError):
    """The two ends cannot be compared; the message says why."""


class Ends(NamedTuple):
    """Flows at both ends, the years found there, and the list they come from."""

    first: pd.DataFrame
    last: pd.DataFrame
    first_years: tuple[int, ...]
    last_years: tuple[int, ...]
    coverage: str


def ends(
    flows: pd.DataFrame,
    first_year: int,
    last_year: int,
    window: int = 3,
    coverage: str | None = None,
) -> Ends:
    """Flows of the first and the last ``window`` years, both out of one list.

    Where years are held as ``complete`` and as ``leading flows``, the list that has
    more of both ends is taken; the complete one if they are equal.

    Parameters
    ----------
    flows : DataFrame of one importer and stage, or of production
        ``year`` or ``start``, the amounts, ``coverage`` (without it: complete).
    first_year, last_year : first year of the first end, last year of the last end
    window : years in each end
    coverage : the list to take, where only that one will do

    Raises
    ------
    NotComparable
        If no list has rows at both ends, or the ends overlap.

    Examples
    --------
    >>> flows = pd.DataFrame({"year": [2010, 2011, 2024], "value_usd": [1.0, 2.0, 3.0]})
    >>> both = ends(flows, 2010, 2024)
    >>> both.first_years, both.last_years, both.coverage
    ((2010, 2011), (2024,), 'complete')
    """
    early, late = windows(first_year, last_year, window)
    if min(late) <= max(early):
        raise NotComparable(f"{first_year} to {last_year} is no room for two ends")
    held = {k: v for k, v in _held(flows).items() if coverage in (None, k)}
    fit = {k: v for k, v in held.items() if v & early and v & late}
    if not fit:
        lists = "; ".join(f"{k}: {sorted(v)}" for k, v in held.items()) or "no rows"
        raise NotComparable(
            f"no list has rows both in {min(early)}–{max(early)} and in"
            f" {min(late)}–{max(late)}, and lists do not mix ({lists})"
        )
    kind = max(fit, key=lambda k: (len(fit[k] & (early | late)), k == "complete"))
    first_years, last_years = sorted(held[kind] & early), sorted(held[kind] & late)
    return Ends(
        first=_rows(flows, kind, first_years),
        last=_rows(flows, kind, last_years),
        first_years=tuple(first_years),
        last_years=tuple(last_years),
        coverage=kind,
    )


def windows(
    first_year: int, last_year: int, window: int = 3
) -> tuple[set[int], set[int]]:
    """Years of the first and of the last end.

    Examples
    --------
    >>> early, late = windows(2010, 2024)
    >>> max(early), min(late)
    (2012, 2022)
    """
    early = set(range(first_year, first_year + window))
    return early, set(range(last_year - window + 1, last_year + 1))


def _rows(flows: pd.DataFrame, kind: str, years: list[int]) -> pd.DataFrame:
    """Flows of these years in one list."""
    there = _year(flows).isin(years)
    return flows[there & (flows["coverage"] == kind) if "coverage" in flows else there]


def _year(flows: pd.DataFrame) -> pd.Series:
    """Year of each row."""
    return flows["year"] if "year" in flows else pd.to_datetime(flows["start"]).dt.year


def _held(flows: pd.DataFrame) -> dict[str, set[int]]:
    """Years in each list, of which all twelve months are there."""
    count = len(flows)
    periods = {
        *zip(
            flows["coverage"] if "coverage" in flows else ["complete"] * count,
            _year(flows),
            flows["start"] if "start" in flows else [0] * count,
            flows["months"] if "months" in flows else [12] * count,
            strict=True,
        )
    }
    months: Counter[tuple[str, int]] = Counter()
    for kind, year, _, length in periods:
        months[str(kind), int(year)] += length
    held: dict[str, set[int]] = {}
    for (kind, year), known in sorted(months.items()):
        if known >= 12:
            held.setdefault(kind, set()).add(year)
    return held
