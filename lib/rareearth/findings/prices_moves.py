"""What 05-prices measures of a line, by rules fixed before the numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from rareearth import moves, prices, regimes, words
from rareearth.markets import PREMIUM_DAYS
from rareearth.moves import Estimate
from rareearth.quotes import Line
from rareearth.regimes import Breaks

CONTROLS = "controls-april-2025"
LAST_MONTHS = 12
RULE = f"""\
**Drift**, the mean monthly log change as a rate per year: `rising` or `falling` if its
95 % interval lies above or below zero, else `cannot tell`. No straight line is fitted:
through a price that wanders it finds a trend two times in three.

**Swings**, the spread of monthly log changes since the export controls of April 2025
over that before: `smaller` or `larger` if the 95 % interval of the ratio lies below or
above one, else `cannot tell`. Where a side has fewer than {moves.FEWEST_CHANGES}
changes, the last {LAST_MONTHS} months stand against those before.

**Silence**: `may be silent` if the last two quotes are equal or the swings became
smaller, else `moves`. A line that does not move may be a market without deals; that is
not calm.

**Breaks** are looked for in the log changes, in their mean and in their spread, and in
the level only where a unit root is rejected; else the level is `not testable`.

**A premium** is told between quotes of one publisher for one product, at most
{PREMIUM_DAYS} days apart. Anything looser is a range and no premium."""
IN = {"FOB China": "FOB China", "China domestic": "inside China", "Europe": "in Europe"}
BREAKS_IN = {"mean": "drift", "volatility": "volatility", "level": "level"}


def name(line: Line) -> str:
    """The product as a sentence begins with it."""
    return f"{line.material.capitalize()} {line.rows['form'].iloc[-1]}"


def where(line: Line) -> str:
    """The market as a sentence needs it."""
    return IN.get(line.market, f"({line.market})")


class Swings(NamedTuple):
    """Volatility of two windows, and of each year."""

    before: str
    now: str
    since: pd.Period
    table: pd.DataFrame
    ratio: Estimate | None
    reason: str

    @property
    def verdict(self) -> str:
        """``smaller``, ``larger`` or ``cannot tell``."""
        if self.ratio is None or np.isnan(self.ratio.low_share):
            return "cannot tell"
        if self.ratio.high_share < 1:
            return "smaller"
        return "larger" if self.ratio.low_share > 1 else "cannot tell"


class Moved(NamedTuple):
    """How a line moved: its drift, its swings, its breaks."""

    drift: Estimate | None
    swings: Swings
    breaks: dict[str, Breaks]
    unmoved_months: int

    @property
    def drift_verdict(self) -> str:
        """``rising``, ``falling`` or ``cannot tell``."""
        if self.drift is None:
            return "cannot tell"
        if self.drift.low_share > 0:
            return "rising"
        return "falling" if self.drift.high_share < 0 else "cannot tell"

    @property
    def silence(self) -> str:
        """``may be silent`` or ``moves``."""
        quiet = self.unmoved_months > 0 or self.swings.verdict == "smaller"
        return "may be silent" if quiet else "moves"

    @property
    def found(self) -> pd.DataFrame:
        """All breaks in order of time, with what broke (``of``) and the p-value."""
        parts = [
            found.table.assign(of=of, p=found.sup_f.p)
            for of, found in self.breaks.items()
            if found.sup_f is not None and len(found.table)
        ]
        columns = [*regimes.COLUMNS, "of", "p"]
        rows = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
        return rows.sort_values("first_after", kind="stable", ignore_index=True)


def moved(line: Line, events: pd.DataFrame) -> Moved:
    """Measure how a line moved.

    Parameters
    ----------
    line : as :func:`rareearth.quotes.line` gives it
    events : the table ``events``, for the month of the controls
    """
    price, changed = line.price, line.source_changes
    changes = prices.log_changes(price)
    long = len(price) >= moves.FEWEST_MONTHS
    breaks = {
        "mean": regimes.change_breaks(changes, "mean", changed),
        "volatility": regimes.change_breaks(changes, "volatility", changed),
        "level": regimes.level_breaks(np.log(price), changed),
    }
    return Moved(
        moves.drift(price) if long else None,
        swings(price, events),
        breaks,
        prices.unmoved_months(price) if len(price) > 1 else 0,
    )


def swings(price: pd.Series, events: pd.DataFrame) -> Swings:
    """Volatility before and after the controls, or before and in the last months."""
    first, last = price.index[0], price.index[-1]
    controls = events.loc[events["id"] == CONTROLS, "date"]
    start = pd.Period(controls.iloc[0], "M") if len(controls) else last + 1
    past, now = f"before {words.month(start)}", f"since {words.month(start)}"
    changes = prices.log_changes(price)
    fewest = moves.FEWEST_CHANGES
    if min(len(changes[: start - 1]), len(changes[start:])) < fewest:
        start = last - LAST_MONTHS + 1
        past, now = "before", f"in the last {LAST_MONTHS} months"
    sides = (str(first), str(start - 1)), (str(start), str(last))
    years = range(first.year, last.year + 1)
    windows = {str(year): (f"{year}-01", f"{year}-12") for year in years}
    windows |= dict(zip((past, now), sides, strict=True))
    table = moves.volatility(price, windows)
    few = table["changes"][[past, now]].tolist()
    if min(few) < fewest:
        reason = f"{few[0]} changes before and {few[1]} after are known"
        reason += f"; {fewest} are needed"
        return Swings(past, now, start, table, None, reason)
    if not table["volatility_share"][past] > 0:
        return Swings(past, now, start, table, None, "it never moved before")
    ratio = moves.volatility_ratio(price, *sides)
    return Swings(past, now, start, table, ratio, "")


def before(line: Line, events: pd.DataFrame, event: str = CONTROLS) -> pd.Series | None:
    """The last quote before an event, at most two months old; None without one."""
    when = events.loc[events["id"] == event, "date"]
    if not len(when):
        return None
    rows = line.rows[line.rows["date"] < when.iloc[0]]
    near = len(rows) and when.iloc[0] - rows["date"].iloc[-1] <= pd.Timedelta(days=62)
    after = len(line.rows) > len(rows)
    return rows.iloc[-1] if near and after else None
