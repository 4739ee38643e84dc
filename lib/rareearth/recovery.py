"""How far shipments came back: a level after, over the same months before.

This describes; it claims no effect of anything. Amounts of customs are complete, so the
share itself is exact; what is uncertain is the level behind it, since single months
swing for no lasting reason. The interval is one of Student's t on the log ratios of
the matched months. It allows the swings of neighbouring months a correlation of 0.3;
China's monthly exports to eight countries, 2018–2024, against the same month a year
before, show −0.1 to 0.1 within four to six months.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from rareearth.periods import (
    Figure,
    figures,
    inside,
    joined_new_year,
    number,
    period,
    total,
)
from rareearth.verdicts import LEVEL

CORRELATION = 0.3
FEWEST_BLOCKS = 3


class Recovery(NamedTuple):
    """A level after as a share of the level before, with what it rests on."""

    share: float
    low_share: float
    high_share: float
    months: int
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
) -> Recovery:
    """Level from `first` to `last` over the same calendar months before a control.

    A printed range counts with its months where it lies inside the window and the
    same months before are known as a sum. January and February count only together.

    Parameters
    ----------
    shipments
        Amounts of one importer: a Series of single months or rows with `start`,
        `months`, `value` and, if there is one, `status`.
    first, last
        The months after, at most twelve.
    control
        Its day or month; the months before are the twelve that end before it.
    world
        Amounts of all importers. If given, the recovery is relative: the share of
        `shipments` over the share of everybody else in the same months.
    value
        Column that holds the amounts.
    selected
        True where months are known only because someone printed their growth: they
        are no fair sample, so there is no interval.

    Returns
    -------
    Recovery
        `share` (1 = as before) and its 95 % interval, missing below three matched
        figures; `months` matched, of which `derived` rest on a derived figure, and
        the months `left_out`.

    Raises
    ------
    ValueError
        If no month after has its match, or the window is longer than a year or begins
        before the control.

    Examples
    --------
    >>> months = pd.period_range("2024-03", "2025-10", freq="M")
    >>> tonnes = pd.Series(100.0, months)
    >>> tonnes["2025-07":] = [81.0, 80, 78, 81]
    >>> found = recovery(tonnes, "2025-07", "2025-10", "2025-04-04")
    >>> f"{found.share:.2f} [{found.low_share:.2f}, {found.high_share:.2f}]"
    '0.80 [0.77, 0.83]'
    """
    blocks, left_out = _matched(shipments, world, first, last, control, value)
    ratio = _log_ratio(blocks[["after", "before"]].sum())
    singly = _log_ratio(blocks)
    if world is not None:
        ratio -= _log_ratio(_others(blocks[list(SIDES)].sum()))
        singly = singly - _log_ratio(_others(blocks))
    half = np.nan if selected else half_width(blocks["months"].tolist(), singly)
    return Recovery(
        *(float(np.exp(ratio + side * half)) if side else float(np.exp(ratio))
          for side in (0, -1, 1)),
        sum(map(len, blocks["months"])),
        int(blocks["derived"].sum()),
        left_out,
    )
