"""Tables and paragraphs of 05-prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth import moves, prices, words
from rareearth.findings.prices_moves import BREAKS_IN, CONTROLS, Moved, before, name
from rareearth.frames import each
from rareearth.quotes import Line
from rareearth.verdicts import LEVEL

TOLERANCE = 0.06
NEAR = " (near a change of source)"
COMPARED = {
    CONTROLS: "controls",
    "approvals-june-2025": "first approvals",
    "approvals-december-2025": "general licences",
}
LATER_MONTHS = (3, 6, 12)


def breaks(moved: Moved) -> pd.DataFrame:
    """What was tested for breaks, and what was found."""
    rows = []
    for of, found in moved.breaks.items():
        told = [
            f"{words.month(row.first_after)}: {_side(of, row.before)} before, "
            f"{_side(of, row.after)} after"
            + " (near a change of source)"
            * row.source_change
            for row in each(found.table)
        ]
        none = "none found" if found.testable else found.reason
        cusum = words.MISSING if found.cusum is None else f"p = {found.cusum.p:.3f}"
        test = found.reason if found.testable else words.MISSING
        rows.append((BREAKS_IN[of], test, cusum, "; ".join(told) or none))
    columns = ["break in", "sup-F", "CUSUM", "first month after the break"]
    return pd.DataFrame(rows, columns=columns)


def _side(of: str, number: float) -> str:
    """Drift, volatility or level on one side of a break."""
    if of == "level":
        return f"{words.price(float(np.exp(number)))} USD per kg"
    told = words.change(number) if of == "mean" else words.percent(number)
    return f"{told} a year"


def season(line: Line) -> str:
    """Whether the price has a season, in a paragraph."""
    try:
        parts = moves.decomposition(np.log(line.price))
        p = moves.season_p(line.price)
    except ValueError as error:
        return f"Whether it has a season cannot be told: {error}."
    by_month = parts["season"].groupby(parts.index.to_series().dt.month).mean()
    low, high = (int(by_month.to_numpy().argsort()[end]) for end in (0, -1))
    word = "differ" if p < LEVEL else "are not seen to differ"
    return (
        f"STL draws a season from {words.change(np.expm1(by_month.iloc[low]))} in "
        f"{words.MONTHS[low]} to {words.change(np.expm1(by_month.iloc[high]))} in "
        f"{words.MONTHS[high]}, beside a rest that spreads by "
        f"{words.percent(float(parts['rest'].std()))}. It draws one through any line "
        f"that wanders; the changes of the twelve calendar months {word} by the rank "
        f"test of Kruskal and Wallis (p = {p:.2f})."
    )


def annual(line: Line, published: pd.DataFrame) -> pd.DataFrame:
    """Means of the line's full years beside the averages that the USGS prints."""
    mine = prices.annual_means(line.price).rename("mean_usd_per_kg").reset_index()
    theirs = published[
        (published["statistic"] == "annual average")
        & (published["material"] == line.material)
        & (published["form"] == line.rows["form"].iloc[-1])
    ]
    kept = ["year", "price_usd_per_kg", "edition", "status"]
    both = mine.merge(theirs[kept], on="year")
    apart = both["mean_usd_per_kg"] / both["price_usd_per_kg"] - 1
    return both.assign(difference_share=apart)


def annual_table(both: pd.DataFrame) -> pd.DataFrame:
    """The same in words."""
    return pd.DataFrame(
        {
            "year": both["year"].astype(str),
            "mean of the months": both["mean_usd_per_kg"].map(words.price),
            "USGS average": both["price_usd_per_kg"].map(words.price),
            "difference": both["difference_share"].map(words.change),
            "edition": both["edition"] + both["status"].map(_estimated),
        }
    )


def _estimated(status: str) -> str:
    """Mark what the USGS calls an estimate."""
    return ", estimated" if status == "estimated" else ""


def annual_text(line: Line, both: pd.DataFrame) -> str:
    """How far the two lie apart, in a sentence."""
    if not len(both):
        return (
            f"No full year of {name(line).lower()} stands both in this line and in the "
            "editions held of the US Geological Survey."
        )
    far = both[both["difference_share"].abs() > TOLERANCE]
    years = f"{both['year'].min()} to {both['year'].max()}"
    if not len(far):
        return (
            f"In each of the {len(both)} years {years} the mean of the months lies "
            f"within {words.percent(TOLERANCE)} of the average that the US Geological "
            "Survey prints from other publishers’ quotes: they agree on the level."
            f"{_unchecked(line, both)}"
        )
    told = [f"{r.year} ({words.change(r.difference_share)})" for r in each(far)]
    return (
        f"Of the {len(both)} years {years} {len(far)} lie more than "
        f"{words.percent(TOLERANCE)} from the average that the US Geological Survey "
        f"prints for FOB China: {words.listing(told)}. {_differs(line)}"
    )


def _differs(line: Line) -> str:
    """What may keep a line from the averages of the USGS."""
    if (line.rows["vat"] == "excluded").all():
        return (
            "Value added tax is taken out of this line; whether FOB quotes hold any is "
            "not stated."
        )
    return "Market or publisher differ."


def _unchecked(line: Line, both: pd.DataFrame) -> str:
    """That a change of source lies after the last year compared, where it does."""
    last = both["year"].max()
    later = [month for month in line.source_changes if month.year > last]
    if not later:
        return ""
    return (
        f" The months since {words.month(later[0])}, when {line.publisher} changed its "
        "sources, stand unchecked: their year is not printed yet."
    )


def around(line: Line, events: pd.DataFrame) -> pd.DataFrame:
    """Price and swings before and after each event, one row each."""
    rows = []
    for event, label in COMPARED.items():
        old = before(line, events, event)
        if old is None:
            continue
        day = events.loc[events["id"] == event, "date"].iloc[0]
        month = pd.Period(day, "M")
        start = old["price_usd_per_kg"]
        row: dict[str, Any] = {"event": label, "date": day, "before_usd_per_kg": start}
        for later in LATER_MONTHS:
            there = line.price.get(month + later, np.nan)
            row[f"after_{later}_months_share"] = there / start - 1
        windows = (
            (str(month - 12), str(month - 1)),
            (str(month), str(min(month + 11, line.price.index[-1]))),
        )
        sides = dict(zip(("before", "after"), windows, strict=True))
        table = moves.volatility(line.price, sides)
        spread = table["volatility_share"]
        row |= {f"volatility_{side}_share": spread[side] for side in sides}
        ratio = [np.nan] * 3
        known = table["changes"].min() >= moves.FEWEST_CHANGES
        if known and spread["before"] > 0:
            ratio = list(moves.volatility_ratio(line.price, *windows)[:3])
        names = ("ratio", "ratio_low", "ratio_high")
        rows.append(row | dict(zip(names, ratio, strict=True)))
    return pd.DataFrame(rows)


def around_text(found: pd.DataFrame, line: Line) -> str:
    """How the price moved after the last of the events, in a sentence."""
    if not len(found):
        return "The line has no quote both just before and after the events."
    row = next(each(found))
    change = line.price.iloc[-1] / row.before_usd_per_kg - 1
    verb = "rose" if change > 0 else "fell"
    return (
        f"From the last quote before the {row.event} of {words.day(row.date)} to the "
        f"newest the price of {name(line).lower()} {verb} by "
        f"{words.percent(abs(change))}."
    )


def around_table(found: pd.DataFrame) -> pd.DataFrame:
    """The same in words."""
    return pd.DataFrame(
        [
            {
                "event": f"{row.event}, {words.day(row.date)}",
                "last quote before": words.price(row.before_usd_per_kg),
                **{
                    f"{m} months on": words.change(
                        getattr(row, f"after_{m}_months_share")
                    )
                    for m in LATER_MONTHS
                },
                "volatility before": words.percent(row.volatility_before_share),
                "after": words.percent(row.volatility_after_share),
                "ratio": (
                    f"{words.number(row.ratio)} "
                    f"({words.number(row.ratio_low)}–{words.number(row.ratio_high)})"
                ),
            }
            for row in each(found)
        ]
    )
