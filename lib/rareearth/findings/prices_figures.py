"""Figures of 05-prices and the words that stand for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rareearth import charts, moves, prices, words
from rareearth.findings.prices import volatility
from rareearth.findings.prices_moves import Moved, name, where
from rareearth.frames import each
from rareearth.quotes import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKED = {
    "controls-april-2025": "controls on seven elements",
    "approvals-june-2025": "first approvals",
    "controls-october-2025-elements": "October controls",
    "suspension-november-2025": "October controls suspended",
    "approvals-december-2025": "general licences",
}
SWINGS = {
    "smaller": "smaller swings",
    "larger": "larger swings",
    "cannot tell": "smaller or larger cannot be told",
}
SPARSE = 0.8  # share of months with a quote below which points are not joined
KOMIS = "KOMIS states no licence; its figures are quoted with attribution."


def _source(line: Line) -> str:
    """Who publishes the line, and what is to be known of it."""
    purity = line.rows["purity"].iloc[-1]
    kind = "last quote of each month"
    if line.rows["kind"].iloc[-1] == "mean":
        kind = "mean of each month"
    grade = "" if pd.isna(purity) else f" {purity}"
    vat = ", VAT taken out" if (line.rows["vat"] == "excluded").all() else ""
    whose = line.publisher[0].upper() + line.publisher[1:]
    told = f"{whose}, {kind},{grade} {line.market}{vat}."
    return f"{told} {KOMIS}" if line.publisher == "KOMIS" else told


def _isolated(line: Line) -> dict[str, str]:
    """Draw a line with many gaps as points."""
    months = len(pd.period_range(line.price.index[0], line.price.index[-1], freq="M"))
    sparse = len(line.price) < SPARSE * months or months < 3
    return {line.publisher: "o"} if sparse else {}


def events_of(line: Line, events: pd.DataFrame) -> pd.DataFrame:
    """Events that the figure marks, with the changes of source."""
    first, last = line.points["date"].iloc[0], line.points["date"].iloc[-1]
    known = events[events["id"].isin(MARKED) & events["date"].between(first, last)]
    marks = known.assign(label=known["id"].map(MARKED))[["date", "label"]]
    changes = pd.DataFrame(
        {
            "date": [month.to_timestamp() for month in line.source_changes],
            "label": f"{line.publisher} changes its sources",
        }
    )
    return pd.concat([marks, changes]).sort_values("date") if len(changes) else marks


def nominal(line: Line, events: pd.DataFrame) -> Axes:
    """Draw the price as quoted, with events."""
    price = line.price
    top = price.idxmax()
    title = (
        f"{name(line)} {where(line)}: {words.price(price.iloc[-1])} USD per kg in "
        f"{words.month(price.index[-1])}, highest {words.price(price.max())} in "
        f"{words.month(top)}"
    )
    ax = charts.lines(
        line.points,
        x="date",
        y="price_usd_per_kg",
        by="label",
        title=title,
        source=f"{_source(line)} Nominal.",
        ylabel="price (USD per kg)",
        percent=False,
        isolated=_isolated(line),
    )
    charts.event_marks(ax, events_of(line, events))
    return ax


def nominal_alt(line: Line, events: pd.DataFrame) -> str:
    """The line in words: ends, lowest, highest, and the events marked."""
    price = line.price
    told = [
        f"{which} {words.price(value)} in {words.month(month)}"
        for which, month, value in (
            ("first", price.index[0], price.iloc[0]),
            ("lowest", price.idxmin(), price.min()),
            ("highest", price.idxmax(), price.max()),
            ("last", price.index[-1], price.iloc[-1]),
        )
    ]
    marked = [
        f"{row.label} ({words.month(row.date)})"
        for row in each(events_of(line, events))
    ]
    also = f" Marked: {words.listing(marked)}." if marked else ""
    return f"Price in USD per kg: {', '.join(told)}.{also}"


def real_points(line: Line, cpi: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """The price as quoted and in the money of a year, one row per month and line."""
    quoted = line.points
    index = cpi.set_index(pd.PeriodIndex(cpi["start"], freq="M"))["index_1982_84"]
    deflated = prices.real(line.price, index, base_year)
    real = quoted[quoted["month"].isin(deflated.index)].assign(
        price_usd_per_kg=lambda rows: rows["month"].map(deflated),
        label=f"in money of {base_year}",
    )
    return pd.concat([real, quoted.assign(label="as quoted")], ignore_index=True)


def real(line: Line, both: pd.DataFrame, base_year: int) -> Axes:
    """Draw the price in the money of a year beside the price as quoted."""
    told = money(both)
    names = [*both["label"].unique()]
    sparse = bool(_isolated(line))
    return charts.lines(
        both,
        x="date",
        y="price_usd_per_kg",
        by="label",
        title=_real_title(told, line, base_year),
        source=f"{_source(line)} US consumer prices, BLS.{_gaps(both)}",
        ylabel="price (USD per kg)",
        percent=False,
        isolated=dict.fromkeys(names, "o") if sparse else {},
        colors=dict(zip(names, (charts.LINES[0], charts.QUIET), strict=True)),
    )


def money(both: pd.DataFrame) -> pd.Series:
    """The real line by month, without its gaps."""
    rows = both[both["label"] != "as quoted"].dropna(subset=["price_usd_per_kg"])
    return rows.set_index("month")["price_usd_per_kg"]


def _real_title(real: pd.Series, line: Line, base_year: int) -> str:
    """Where the real price ends, and how far below its highest that is."""
    last = real.index[-1]
    below = real.iloc[-1] / real.max() - 1
    top = words.month(real.idxmax())
    away = f"{words.percent(-below)} below {top}, its highest"
    if below > -0.005:
        away = "its highest"
    return (
        f"In money of {base_year} {name(line).lower()} cost "
        f"{words.price(real.iloc[-1])} USD per kg in {words.month(last)}, {away}"
    )


def _gaps(both: pd.DataFrame) -> str:
    """Months with a price and no price index, in words."""
    quoted = both[both["label"] == "as quoted"].dropna(subset=["price_usd_per_kg"])
    known = money(both).index
    without = [m for m in quoted["month"] if m < known[-1] and m not in known]
    told = f" No index for {words.listing(map(words.month, without))}."
    ends = f" The index ends with {words.month(known[-1])}."
    return told * bool(without) + ends * bool(quoted["month"].iloc[-1] > known[-1])


def real_alt(both: pd.DataFrame, base_year: int) -> str:
    """Both lines in words."""
    real = money(both)
    return (
        f"Price in money of {base_year}: {words.price(real.iloc[0])} USD per kg in "
        f"{words.month(real.index[0])}, highest {words.price(real.max())} in "
        f"{words.month(real.idxmax())}, {words.price(real.iloc[-1])} in "
        f"{words.month(real.index[-1])}.{_gaps(both)}"
    )


def no_real(line: Line) -> str:
    """Why there is no real price, in a sentence."""
    first, last = (words.month(line.price.index[end]) for end in (0, -1))
    return (
        f"No month of the line, {first} to {last}, has a price index: what it was in "
        "the money of another year cannot be told."
    )


def swings_frame(moved: Moved) -> pd.DataFrame:
    """Windows as :func:`rareearth.charts.estimates` draws them."""
    table = moved.swings.table.dropna(subset=["volatility_share"]).reset_index()
    main = table["window"].isin([moved.swings.before, moved.swings.now])
    windows = [str(window) for window in table["window"]]
    label = [
        f"{window[0].upper()}{window[1:]} ({changes})"
        for window, changes in zip(windows, table["changes"], strict=True)
    ]
    told = [
        volatility(moved.swings, window).replace(" a year", "") for window in windows
    ]
    named = {"volatility_share": "share", "low_share": "low", "high_share": "high"}
    frame = table.rename(columns=named).assign(label=label, words=told, tick=None)
    return frame.assign(kind=main.map({True: "asked", False: "other"}))


def no_swings(line: Line) -> str:
    """Why there is no volatility, in a sentence."""
    return (
        f"{len(line.price)} months with a quote are too few for a volatility; "
        f"{moves.FEWEST_CHANGES} changes from one month to the next are needed."
    )


def swings(line: Line, moved: Moved) -> Axes:
    """Draw volatility by window with its intervals."""
    found = moved.swings
    if found.ratio is None:
        title = f"Volatility of {name(line).lower()} {where(line)} by year"
    else:
        now, before = (
            words.percent(found.table["volatility_share"][window])
            for window in (found.now, found.before)
        )
        title = (
            f"{name(line)} {where(line)}: volatility {now} a year {found.now}, "
            f"{before} before; {SWINGS[found.verdict]}"
        )
    frame = swings_frame(moved)
    reach = 1.03 * float(
        frame[["share", "high"]].to_numpy(dtype=float, na_value=0).max()
    )
    return charts.intervals(
        frame,
        title=title,
        source=(
            f"{_source(line)} Spread of monthly log changes times the root of twelve; "
            "bars: 95 % intervals (Bonett 2006). In brackets: changes known."
        ),
        xlabel="volatility (% a year)",
        limits=(0.0, reach),
        lines=(),
    )


def swings_alt(moved: Moved) -> str:
    """Windows in words."""
    told = [f"{row.label}: {row.words}" for row in each(swings_frame(moved))]
    return f"Volatility a year with 95 % intervals. {'; '.join(told)}."
