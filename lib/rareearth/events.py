"""What an event did to shipments, by window, with the smallest effect to be seen.

An effect is the mean amount of a window over what the months before led one to expect
(`rareearth.prediction`), minus one. Only the months before enter the expectation, so
the smallest fall that could be seen is known before the window is looked at.
"""

from __future__ import annotations

import numpy as np
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
from rareearth.prediction import layout, limits, prediction
from rareearth.verdicts import FALL, LEVEL, POWER

# Months after the event; the month of the event itself is 0.
WINDOWS = {"months 0–3": (0, 3), "months 4–6": (4, 6), "months 7–12": (7, 12)}
AMOUNTS = ("observed", "expected", "mean_before")
BEFORE_MONTHS = 24
ANTICIPATION_MONTHS = 3

WINDOWS_RULE = f"""\
What is expected rests on the {BEFORE_MONTHS} months before the event without the last
{ANTICIPATION_MONTHS}, in which shipments may have been rushed; those are shown apart.
Expected is what a level that wanders from month to month, with noise around it, would
have been next (a local level model, averaged over how much it wanders); the latest
months weigh most.
The windows are {", ".join(WINDOWS)} after the event, its own month being 0.
January and February of China's exports count only together: the New Year falls into
one or the other."""


def effects(
    shipments: pd.DataFrame | pd.Series,
    event: str | pd.Period | pd.Timestamp,
    *,
    control: pd.DataFrame | pd.Series | None = None,
    value: str = "tonnes",
    windows: dict[str, tuple[int, int]] = WINDOWS,
    anticipation: int = ANTICIPATION_MONTHS,
    new_year: bool = True,
) -> pd.DataFrame:
    """Effect of an event by window, against what the months before led to expect.

    Parameters
    ----------
    shipments
        Amounts by month, positive before the event: a Series of single months or rows
        with `start`, `months` and `value` (see `rareearth.periods.figures`).
    event
        Day or month of the event; its month is month 0.
    control
        Amounts of something the event did not touch, known for the same periods; the
        effect is then that on the ratio. None where there is no such thing.
    value
        Column that holds the amounts.
    windows
        Name → first and last month after the event.
    anticipation
        Months before the event that are left out of what is expected.
    new_year
        Count January and February only together, as is right for China's exports.

    Returns
    -------
    pandas.DataFrame
        One row for the anticipation, which is not tested, and one for each window:

        - `first_month`, `last_month` (months), `months_before`, `months_after` (how
          many are known and used);
        - ``observed_<value>`` and ``expected_<value>``, of an average month (with a
          control: the ratio to it), and ``mean_before_<value>``, the plain mean of
          the months before, which nothing else here rests on;
        - `effect_share` with `low_share` and `high_share` (95 %), −0.4 being 40 % less;
          `mde_share`, the fall that would be seen 80 % of the time; `low_power`,
          true where a fall of 30 % would be seen less often;
        - `p` that there was no effect, two-sided, and `p_holm` over the windows;
        - `placebo_rank` of `placebo_windows`: how far down this change stands among
          those of equally long runs of months before the event, 1 being lowest. Those
          overlap, so the rank is no p-value.

        Numbers are missing where fewer than three figures lie before, or none in the
        window.

    Raises
    ------
    ValueError
        If an amount before the event is zero or all are equal, or the control lacks a
        period.

    Examples
    --------
    >>> months = pd.period_range("2023-06", "2025-07", freq="M")
    >>> tonnes = pd.Series([100.0, 120, 95, 110, 105] * 5 + [40.0], months)
    >>> tonnes["2025-04":] = [50.0, 30, 45, 40]
    >>> found = effects(tonnes, "2025-04-04").loc["months 0–3"]
    >>> int(found.months_before), f"{found.effect_share:.0%}", bool(found.p < 0.01)
    (19, '-61%', True)
    """
    zero = number(event)
    known = figures(shipments, value)
    if new_year:
        known = joined_new_year(known)
    beside = None if control is None else figures(control, value)
    before = inside(known, range(zero - BEFORE_MONTHS, zero - anticipation))
    spans = {"anticipation": (-anticipation, -1), **windows}
    rows = {}
    for name, (a, b) in spans.items():
        after = inside(known, range(zero + a, zero + b + 1))
        rows[name] = {
            "first_month": period(zero + a),
            "last_month": period(zero + b),
            "months_before": _length(before),
            "months_after": _length(after),
            **_effect(before, after, beside),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("window")
    place = list(table.columns).index("p")
    table.insert(place + 1, "p_holm", holm(table["p"].iloc[1:]))
    table.insert(place, "low_power", ~(table["mde_share"] >= -FALL))
    units = {name: f"{name}_{value}" for name in AMOUNTS}
    return table.rename(columns=units)


def _length(figures: list[Figure]) -> int:
    """How many months the figures cover."""
    return sum(len(figure.months) for figure in figures)


def _mean(figures: list[Figure]) -> float:
    """Amount of an average month."""
    return sum(figure.amount for figure in figures) / _length(figures)


def _effect(
    before: list[Figure], after: list[Figure], control: list[Figure] | None
) -> dict[str, float]:
    """Numbers of one window; see `effects`."""
    names = (
        "observed expected mean_before effect_share low_share high_share mde_share p"
    )
    if len(before) < 3 or not after:
        return dict.fromkeys([*names.split(), *PLACEBO], np.nan)
    months_before = tuple(figure.months for figure in before)
    months_after = tuple(month for figure in after for month in figure.months)
    amounts = np.array([figure.monthly for figure in before])
    observed, mean_before = _mean(after), _mean(before)
    if control is not None:
        every = tuple(month for months in months_before for month in months)
        mean_before = mean_before / _control_mean(control, every)
        amounts = amounts / [_control_mean(control, months) for months in months_before]
        observed = observed / _control_mean(control, months_after)
    if not amounts.all():
        month = period(months_before[int(amounts.argmin())][0])
        raise ValueError(
            f"the amount of {month} is 0; an effect in percent needs amounts above 0 "
            "before the event"
        )
    known = layout(months_before, months_after)
    world = prediction(known, np.log(amounts), logs_of_totals=control is None)
    bounds = limits(months_before, months_after)
    tail = bounds.tail(LEVEL) / 2
    shares = np.array([tail, 0.5, bounds.reach(POWER), 1 - tail])
    lowest, middle, reach, highest = world.quantile(shares)
    seen = np.log(observed) if observed else -np.inf
    numbers = (
        observed,
        np.exp(middle),
        mean_before,
        *(np.expm1(seen - other) for other in (middle, highest, lowest)),
        np.expm1(lowest - reach),
        bounds.p_value(float(world.below(seen))),
    )
    return dict(zip(names.split(), map(float, numbers), strict=True)) | (
        _placebos(before, after) if control is None else dict.fromkeys(PLACEBO, np.nan)
    )


def _control_mean(control: list[Figure], months: tuple[int, ...]) -> float:
    """Amount of the control in an average of these months."""
    amount = total(control, months)
    if not amount:
        wanted = ", ".join(str(period(month)) for month in months)
        raise ValueError(f"the control has no amount for {wanted}")
    return amount / len(months)


PLACEBO = ("placebo_rank", "placebo_windows")


def _placebos(before: list[Figure], after: list[Figure]) -> dict[str, float]:
    """Rank of the window's change among equally long runs of months before it."""
    length = _length(after)
    changes = []
    for figure in before:
        run = inside(before, range(figure.months[0], figure.months[0] + length))
        rest = [other for other in before if other not in run]
        if _length(run) == length and rest:
            changes.append(_mean(run) / _mean(rest))
    lower = sum(change < _mean(after) / _mean(before) for change in changes)
    return dict(zip(PLACEBO, (lower + 1.0, len(changes) + 1.0), strict=True))


def holm(p: pd.Series) -> pd.Series:
    """P-values after the correction of Holm (1979) for testing several windows.

    Parameters
    ----------
    p
        P-values in [0, 1]; missing ones are no tests and stay missing.

    Examples
    --------
    >>> holm(pd.Series([0.01, None, 0.04, 0.03])).round(3).tolist()
    [0.03, nan, 0.06, 0.06]
    """
    tests = p.dropna().astype(float).sort_values()
    times = np.arange(len(tests), 0, -1)
    adjusted = (tests * times).cummax().clip(upper=1)
    return adjusted.reindex(p.index)
