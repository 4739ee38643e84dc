"""The rules by which numbers become words, stated before the numbers are shown."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from rareearth.words import change, percent

LEVEL = 0.05
POWER = 0.80
FALL = 0.30
FEWEST_BEFORE = 8
FEWEST_AFTER = 3

CONTROL_RULE = f"""\
The verdict on a control; the first line that applies:

1. `cannot tell` if weights cannot be used, if codes mix goods, or if there are fewer
   than {FEWEST_BEFORE} months before the control or {FEWEST_AFTER} in the window.
2. `bit` if "no effect" is rejected at {percent(LEVEL)} (after Holm's correction
   over the windows of this report) and shipments fell; `diverted` instead if at the
   same time the world without this importer rose by the same test (not offered for
   the world).
3. `no visible effect` if it is not rejected and the {percent(1 - LEVEL)} interval
   excludes a fall of {percent(FALL)} or more.
4. `cannot tell` in every other case.

The smallest fall that would be seen {percent(POWER)} of the time is shown and never
overrules a rejection."""

RESTORED = 0.9
HALF = 0.5

RECOVERY_RULE = f"""\
The words for a recovery, by its {percent(1 - LEVEL)} interval: `restored` if all of it
lies at {percent(RESTORED)} of the level before or higher; `partly restored` if all of
it lies at {percent(HALF)} or higher and below 100 %; `not restored` if all of it lies
below {percent(HALF)}; else `cannot tell`. The level and the level against all other
importers each have their word."""


class Verdict(NamedTuple):
    """A word of a closed list, and the numbers it rests on."""

    verdict: str
    reason: str


def control_verdict(
    effect: pd.Series,
    *,
    others: pd.Series | None = None,
    unusable: str = "",
    anticipation: int = 0,
) -> Verdict:
    """Verdict on one window of a control, by `CONTROL_RULE`.

    Parameters
    ----------
    effect
        A row of `rareearth.events.effects`.
    others
        The same row for the world without this importer; None for the world, or where
        it is not known.
    unusable
        Why weights cannot be used or codes mix goods; empty where neither is so.
    anticipation
        Months before the control that `effect` leaves aside, to be named where months
        are lacking.

    Returns
    -------
    Verdict
        ``bit``, ``diverted``, ``no visible effect`` or ``cannot tell``.

    Examples
    --------
    >>> row = pd.Series(
    ...     {
    ...         "months_before": 12,
    ...         "months_after": 4,
    ...         "p_holm": 0.6,
    ...         "effect_share": 0.02,
    ...         "low_share": -0.1,
    ...         "high_share": 0.15,
    ...     }
    ... )
    >>> control_verdict(row).verdict
    'no visible effect'
    """
    short = unusable or _too_short(effect, anticipation)
    if short:
        return Verdict("cannot tell", short)
    told = f"{change(effect['effect_share'])}, p = {effect['p_holm']:.3f} after Holm"
    rejected = effect["p_holm"] < LEVEL
    if rejected and effect["effect_share"] < 0:
        if others is not None and _rose(others):
            elsewhere = change(others["effect_share"])
            return Verdict("diverted", f"{told}; all other importers {elsewhere}")
        return Verdict("bit", told)
    if not rejected and effect["low_share"] > -FALL:
        excluded = f"a fall of {percent(FALL)} or more is excluded"
        return Verdict("no visible effect", f"{told}; {excluded}")
    span = f"{change(effect['low_share'])} to {change(effect['high_share'])}"
    return Verdict("cannot tell", f"{told}; anything from {span} fits")


def _too_short(effect: pd.Series, anticipation: int) -> str:
    """Words for what the series lacks, or none."""
    aside = f", the last {anticipation} left aside" if anticipation else ""
    for column, where, fewest in (
        ("months_before", f"before the control{aside}", FEWEST_BEFORE),
        ("months_after", "in the window", FEWEST_AFTER),
    ):
        if effect[column] < fewest:
            known = f"{effect[column]:.0f}"
            told = f"{known} month is" if known == "1" else f"{known} months are"
            return f"{told} known {where}; {fewest} are needed"
    if pd.isna(effect["p_holm"]):
        return "fewer than three figures before the control are known"
    return ""


def _rose(effect: pd.Series) -> bool:
    """Whether shipments rose by the same test."""
    return bool(effect["p_holm"] < LEVEL and effect["effect_share"] > 0)


def recovery_verdict(low_share: float, high_share: float) -> str:
    """Word for a recovery, by `RECOVERY_RULE`.

    Parameters
    ----------
    low_share, high_share
        The interval; missing where there is none.

    Examples
    --------
    >>> recovery_verdict(0.92, 1.3), recovery_verdict(0.6, 0.95)
    ('restored', 'partly restored')
    >>> recovery_verdict(0.2, 0.45), recovery_verdict(0.6, 1.2)
    ('not restored', 'cannot tell')
    """
    if low_share >= RESTORED:
        return "restored"
    if low_share >= HALF and high_share < 1:
        return "partly restored"
    if high_share < HALF:
        return "not restored"
    return "cannot tell"
