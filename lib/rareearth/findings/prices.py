"""The headline of 05-prices: what the price did, by rules fixed before the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from rareearth import markets, words
from rareearth.findings.prices_markets import premium
from rareearth.findings.prices_moves import (
    BREAKS_IN,
    CONTROLS,
    Moved,
    Swings,
    before,
    name,
    where,
)
from rareearth.frames import each
from rareearth.present import value
from rareearth.quotes import ELEMENTS, Line

RECENT = 12  # months back from the last in which a change of source is told


def sentence(
    line: Line,
    moved: Moved,
    premiums: pd.DataFrame,
    events: pd.DataFrame,
    price_file: str = "",
) -> str:
    """The answer, its first sentence in bold."""
    last = line.rows.iloc[-1]
    kind = "quoted at" if last["kind"] == "quote" else "at a monthly mean of"
    bold = (
        f"{name(line)} {where(line)} was last {kind} "
        f"{words.price(last['price_usd_per_kg'])} USD per kg ({line.publisher}, "
        f"{_when(last)})"
    )
    if (old := before(line, events)) is not None:
        change = last["price_usd_per_kg"] / old["price_usd_per_kg"] - 1
        bold += (
            f", {_against(change)} just before China’s export controls of April 2025"
            f"{_spared(line, events)}"
        )
    parts = [
        f"**{bold}; {_drift(line, moved)}.**",
        _swings(moved),
        _silence(line, moved),
        _premium(line, premiums),
        _broke(moved),
        f"This page rests on {Path(price_file).name}, a file of the reader’s own."
        if price_file
        else "",
    ]
    return " ".join(filter(None, parts))


def _spared(line: Line, events: pd.DataFrame) -> str:
    """That the controls do not name the material, where they do not."""
    named = str(events.loc[events["id"] == CONTROLS, "elements"].iloc[0]).split()
    spared = not {ELEMENTS.get(symbol) for symbol in named} & {line.material}
    return f" (they do not name {line.material})" if spared else ""


def _when(row: pd.Series) -> str:
    """Day of a quote, or its month."""
    day = row["date_precision"] == "day" and row["kind"] == "quote"
    return words.day(row["date"]) if day else words.month(row["date"])


def _against(change: float) -> str:
    """A change of a price in words."""
    shown = words.percent(abs(change))
    if abs(change) < 0.005:
        return "the same as"
    return f"{shown} {'more' if change > 0 else 'less'} than"


def _drift(line: Line, moved: Moved) -> str:
    """Drift with its interval, in words."""
    since = words.month(line.price.index[0])
    found = moved.drift
    if found is None:
        few = len(line.price)
        return (
            f"{few} month{'s' if few > 1 else ''} with a quote since {since} "
            f"{'are' if few > 1 else 'is'} too few to tell a trend"
        )
    interval = f"{words.change(found.low_share)} to {words.change(found.high_share)}"
    mean = words.change(found.share)
    if moved.drift_verdict == "cannot tell":
        return (
            f"its growth since {since}, {mean} a year, cannot be told from chance "
            f"(95 % interval {interval})"
        )
    verb = {"rising": "rises", "falling": "falls"}[moved.drift_verdict]
    return f"since {since} it {verb} by {mean} a year (95 % interval {interval})"


def volatility(swings: Swings, window: str) -> str:
    """Volatility of a window with its interval, in words."""
    row: pd.Series = swings.table.T[window]
    shown = words.percent(row["volatility_share"])
    span = words.span(row["low_share"], row["high_share"])
    return f"{shown} a year ({span})" if span != words.MISSING else f"{shown} a year"


def _swings(moved: Moved) -> str:
    """Volatility now against before, in words."""
    found = moved.swings
    if found.ratio is None:
        return f"How much it swings cannot be compared: {found.reason}."
    both = (
        f"{volatility(found, found.now)} {found.now}, "
        f"{volatility(found, found.before)} {found.before}"
    )
    told = f"Its volatility was {both}"
    if found.verdict == "cannot tell":
        return f"{told}; whether its swings became smaller or larger cannot be told."
    return f"{told}: its swings became {found.verdict}."


def _silence(line: Line, moved: Moved) -> str:
    """What a line that does not move may be, in words."""
    if moved.silence == "moves":
        return ""
    may = "may be that of a market without deals rather than of a calm one"
    if not moved.unmoved_months:
        return f"A line that hardly moves {may}."
    index, count = line.price.index, moved.unmoved_months
    first, last = words.month(index[-1 - count]), words.month(index[-1])
    which = f"of {first} and {last}" if count == 1 else f"from {first} to {last}"
    told = f"The last {count + 1} quotes, {which}, are equal"
    changed = [m for m in line.source_changes if index[-1] - RECENT < m]
    note = ""
    if changed:
        note = (
            f", and {line.publisher} changed its sources in {words.month(changed[-1])}"
        )
    return f"{told}: a line that does not move {may}{note}."


def _premium(line: Line, premiums: pd.DataFrame) -> str:
    """The newest premium, or that there is none."""
    if not len(premiums):
        return (
            "No publisher quoted it here and in another market within "
            f"{markets.PREMIUM_DAYS} days, so no premium can be told."
        )
    newest = premiums.iloc[-1]
    apart = not newest["low_share"] <= 0 <= newest["high_share"]
    told = "It was not one market" if apart else "One market or two"
    return f"{told}: {premium(newest)}."


def _broke(moved: Moved) -> str:
    """The breaks, or that there is none."""
    tested = [of for of, found in moved.breaks.items() if found.testable]
    if not tested:
        return "Breaks cannot be looked for in so few changes."
    found = moved.found
    if not len(found):
        where = words.listing([BREAKS_IN[t] for t in tested], "or")
        return f"No break is found in its {where}."
    parts = [
        f"in its {BREAKS_IN[row.of]}, best dated to {words.month(row.first_after)} "
        f"(p = {row.p:.3f}{', near a change of source' * row.source_change})"
        f"{_early(row, moved)}"
        for row in each(found)
    ]
    return f"A break is found {words.listing(parts)}."


def _early(row: Any, moved: Moved) -> str:
    """That the swings changed before the window in which they are compared began."""
    told = moved.swings.verdict != "cannot tell" and row.of == "volatility"
    early = told and row.first_after < moved.swings.since
    return f", before {words.month(moved.swings.since)}" if early else ""


def values(
    line: Line, moved: Moved, premiums: pd.DataFrame, price_file: str = ""
) -> list[dict[str, Any]]:
    """The values of ``headline.json``."""
    tables = ["price_file"] if price_file else ["prices_monthly", "price_quotes"]
    span = f"{line.price.index[0]} to {line.price.index[-1]}"
    last, drift, swings = line.rows.iloc[-1], moved.drift, moved.swings
    now, ratio = swings.table.T[swings.now], swings.ratio
    what = f"{name(line)}, {line.market}, {line.publisher}"
    tested = any(found.testable for found in moved.breaks.values())
    broke = moved.found
    newest = broke.iloc[-1] if len(broke) else None
    untold = "; ".join(f"{BREAKS_IN[o]}: {b.reason}" for o, b in moved.breaks.items())
    dated = "" if newest is None else f" in {BREAKS_IN[newest['of']]}"
    lately = f"{swings.since} to {line.price.index[-1]}"
    found = [
        value("price.last", what, last["price_usd_per_kg"], "USD per kg",
              f"{last['date']:%Y-%m-%d}", method=f"{last['kind']}, nominal",
              low=last["low_usd_per_kg"], high=last["high_usd_per_kg"], sources=tables),
        value("price.drift", "growth a year", drift and drift.share, "share", span,
              low=drift and drift.low_share, high=drift and drift.high_share,
              method="mean log change, long-run variance by cosines", sources=tables),
        value("price.drift_verdict", "drift", moved.drift_verdict, "verdict", span,
              method="price.drift", sources=tables),
        value("price.volatility", f"volatility a year {swings.now}",
              now["volatility_share"], "share", lately, low=now["low_share"],
              high=now["high_share"], method="spread of log changes, Bonett interval",
              sources=tables),
        value("price.volatility_ratio", f"volatility {swings.now} over {swings.before}",
              ratio and ratio.share, "share", lately, low=ratio and ratio.low_share,
              high=ratio and ratio.high_share, sources=tables,
              method=swings.reason or "ratio of spreads, Bonett interval"),
        value("price.volatility_verdict", "swings", swings.verdict, "verdict",
              lately, method="price.volatility_ratio", sources=tables),
        value("price.unmoved_months", "last months without a change",
              moved.unmoved_months, "count", str(line.price.index[-1]), sources=tables),
        value("price.silence", "does it move", moved.silence, "verdict",
              str(line.price.index[-1]), sources=tables,
              method="price.unmoved_months, price.volatility_verdict"),
        value("price.break_count", "breaks in drift, volatility or level",
              len(broke) if tested else None, "count", span, method=untold,
              sources=tables),
        value("price.last_break", f"first month after the last break{dated}",
              None if newest is None else str(newest["first_after"]), "month", span,
              method="Bai–Perron, sup-F by simulation", sources=tables),
    ]  # fmt: skip
    if len(premiums):
        row = premiums.iloc[-1]
        found.append(
            value("price.premium", f"{row['market']} over {row['over']}, "
                  f"{row['publisher']}", row["premium_share"], "share",
                  f"{row['date']:%Y-%m-%d}", low=row["low_share"],
                  high=row["high_share"], sources=tables,
                  method=f"same publisher and product, {abs(row['days'])} days apart; "
                  "low and high from the quoted ranges")
        )  # fmt: skip
    return found
