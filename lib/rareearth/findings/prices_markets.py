"""One market or two: figure, tables and words of 05-prices."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth import charts, markets, words
from rareearth.findings.prices_moves import IN, name
from rareearth.frames import each
from rareearth.quotes import MARKETS, Line
from rareearth.quotes import line as longest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = {
    "Europe": charts.LINES[1],
    "FOB China": charts.LINES[2],
    "FOB China, others": charts.LINES[2],
    "China domestic": charts.CHINA,
    "China domestic, others": charts.CHINA,
    "Europe, others": charts.LINES[1],
}
COMPARED_MONTHS = 30
RANGE_MONTHS = 6
SHOWN_MONTHS = 24
FEWEST_BESIDE = 3


def premiums(quotes: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Premia between the line's market and others, oldest first.

    The columns of :func:`rareearth.markets.premium`, the markets (`market` over
    `over`), and the `low_share` and `high_share` that the quoted ranges leave.
    """
    form = line.rows["form"].iloc[-1]
    own = quotes[(quotes["material"] == line.material) & (quotes["form"] == form)]
    there = [m for m in MARKETS if m in set(own["market"])]
    found = [
        _with_bounds(markets.premium(own, market, over), own, market, over)
        for market, over in combinations(there, 2)
        if line.market in (market, over)
    ]
    found = [pairs for pairs in found if len(pairs)]
    if not found:
        return pd.DataFrame(columns=["date", "premium_share"])
    return pd.concat(found).sort_values("date", kind="stable", ignore_index=True)


def _with_bounds(
    pairs: pd.DataFrame, quotes: pd.DataFrame, market: str, over: str
) -> pd.DataFrame:
    """Pairs with the ranges of both quotes, and what they leave of the premium."""
    ranges = quotes.assign(purity=quotes["purity"].fillna("not stated"))
    for side, where, day in (("", market, "date"), ("over_", over, "over_date")):
        there = ranges[ranges["market"] == where]
        bounds = pd.DataFrame(
            {
                "publisher": there["publisher"],
                "purity": there["purity"],
                day: there["date"],
                f"{side}low": there["low_usd_per_kg"],
                f"{side}high": there["high_usd_per_kg"],
            }
        ).drop_duplicates(["publisher", "purity", day])
        pairs = pairs.merge(bounds, on=["publisher", "purity", day], how="left")
    return pairs.assign(
        market=market,
        over=over,
        low_share=pairs["low"] / pairs["over_high"] - 1,
        high_share=pairs["high"] / pairs["over_low"] - 1,
    )


def premium(row: pd.Series) -> str:
    """One premium with both quotes and dates, in words."""
    here, there = IN[row["market"]], IN[row["over"]]
    later = "" if not row["days"] else f" ({words.day(row['over_date'])})"
    return (
        f"on {words.day(row['date'])} {row['publisher']} quoted "
        f"{words.price(row['price_usd_per_kg'])} USD per kg {here} and "
        f"{words.price(row['over_price_usd_per_kg'])} {there}{later}, "
        f"a premium of {words.change(row['premium_share'])}"
    )


def premiums_table(premiums: pd.DataFrame) -> pd.DataFrame:
    """Each premium with both quotes, their days and what their ranges leave."""
    return pd.DataFrame(
        [
            (
                f"{row.market} over {row.over}",
                row.publisher,
                f"{words.price(row.price_usd_per_kg)} ({row.date:%Y-%m-%d})",
                f"{words.price(row.over_price_usd_per_kg)} ({row.over_date:%Y-%m-%d})",
                words.change(row.premium_share),
                f"{words.change(row.low_share)} to {words.change(row.high_share)}",
            )
            for row in each(premiums)
        ],
        columns=[
            *("markets", "publisher", "quote", "over quote", "premium"),
            "as ranges allow",
        ],
    )


def premiums_text(premiums: pd.DataFrame, line: Line) -> str:
    """How the premium moved, or that there is none, in a sentence."""
    if not len(premiums):
        return (
            f"No publisher quoted {name(line).lower()} in this market and another one "
            f"within {markets.PREMIUM_DAYS} days: there is no premium, only ranges."
        )
    shares = premiums["premium_share"]
    pairs = f"{len(premiums)} pair{'s' if len(premiums) > 1 else ''} of quotes"
    publishers = words.listing(sorted(set(premiums["publisher"])))
    return (
        f"{pairs} of {publishers} can be compared: the premium lies between "
        f"{words.change(shares.min())} and {words.change(shares.max())}."
    )


def beside(quotes: pd.DataFrame, line: Line) -> pd.DataFrame:
    """What other quotes did while the line did what it did, one row for each.

    For every other publisher and market of the product with quotes in at least three
    of the line's last months: both changes from the first to the last month that both
    have.
    """
    rows = []
    since = (line.price.index[-1] - SHOWN_MONTHS).to_timestamp()
    mine = (quotes["market"] == line.market) & (quotes["publisher"] == line.publisher)
    others = quotes[
        (quotes["material"] == line.material)
        & (quotes["form"] == line.rows["form"].iloc[-1])
        & (quotes["date_precision"] == "day")
        & (quotes["date"] >= since)
        & ~mine
    ]
    for (market, publisher), group in others.groupby(["market", "publisher"]):
        price = longest(group, line.material, str(market)).price
        both = price.index.intersection(line.price.index)
        if len(both) < FEWEST_BESIDE:
            continue
        ends = [both[0], both[-1]]
        theirs, ours = (
            p[ends].iloc[-1] / p[ends].iloc[0] - 1 for p in (price, line.price)
        )
        rows.append((publisher, market, *ends, theirs, ours))
    columns = ["publisher", "market", "first", "last", "change_share", "line_share"]
    return pd.DataFrame(rows, columns=columns)


def beside_table(rows: pd.DataFrame, line: Line) -> pd.DataFrame:
    """The same in words."""
    return pd.DataFrame(
        {
            "quotes of": rows["publisher"] + ", " + rows["market"],
            "from": rows["first"].map(words.month),
            "to": rows["last"].map(words.month),
            "change": rows["change_share"].map(words.change),
            f"{line.publisher}, {line.market}": rows["line_share"].map(words.change),
        }
    )


def marks(quotes: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Quotes beside the line in its last months, by market, in order of time."""
    own = quotes[
        (quotes["material"] == line.material)
        & (quotes["form"] == line.rows["form"].iloc[-1])
        & (quotes["date_precision"] != "month")
    ]
    since = own["date"].max() - pd.DateOffset(months=COMPARED_MONTHS)
    mine = (own["market"] == line.market) & (own["publisher"] == line.publisher)
    rows = own[(own["date"] >= since) & ~mine & own["market"].isin(MARKETS)]
    label = rows["market"].where(
        rows["market"] != line.market, f"{line.market}, others"
    )
    named = {
        "price_usd_per_kg": "price", "low_usd_per_kg": "low", "high_usd_per_kg": "high",
    }  # fmt: skip
    kept = ["date", "date_precision", "market", "publisher", *named.values(), "label"]
    return rows.rename(columns=named).assign(label=label).sort_values("date")[kept]


def drawn(quotes: pd.DataFrame, line: Line) -> pd.DataFrame:
    """The line over the months in which others are shown."""
    own = quotes[quotes["material"] == line.material]
    since = own["date"].max() - pd.DateOffset(months=COMPARED_MONTHS)
    rows = line.points
    rows = rows[rows["date"] >= since].rename(columns={"price_usd_per_kg": "price"})
    return rows.assign(label=f"{line.market}, {line.publisher}")


def figure(quotes: pd.DataFrame, line: Line) -> Axes:
    """Draw the line with the single quotes of other markets and publishers."""
    there = marks(quotes, line)
    return charts.quotes(
        there,
        drawn(quotes, line),
        title=_title(quotes, line),
        colors=COLORS,
        source=(
            f"{words.listing(sorted({*there['publisher'], line.publisher}))}. Bars: "
            "quoted ranges. Publisher, purity, basis and VAT differ; premia stand in "
            "their table. European quotes of 2025 rest on few deals."
        ),
        ylabel="price (USD per kg)",
    )


def _title(quotes: pd.DataFrame, line: Line) -> str:
    """What was quoted in the last month in which several markets were."""
    rows = compared(quotes, line)
    if rows.empty:
        return f"Quotes of {name(line).lower()}, each of another month"
    several = rows.groupby("month")["market"].transform("nunique") > 1
    month = (rows[several] if several.any() else rows)["month"].max()
    there = rows[rows["month"] == month].set_index("market")
    ranges = there.reindex([m for m in MARKETS if m in there.index]).reset_index()
    told = [f"{_range(row)} {IN[row.market]}" for row in each(ranges)]
    return f"{name(line)} in {words.month(month)}, USD per kg: {words.listing(told)}"


def _quoted(quotes: pd.DataFrame, line: Line) -> pd.DataFrame:
    """All quotes of the line's product in the markets known, with their month."""
    own = quotes[
        (quotes["material"] == line.material)
        & (quotes["form"] == line.rows["form"].iloc[-1])
        & quotes["market"].isin(MARKETS)
    ]
    return own.assign(month=pd.PeriodIndex(own["date"], freq="M"))


def compared(quotes: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Ranges by market of months with several markets or publishers, oldest first."""
    rows = markets.ranges(_quoted(quotes, line)).reset_index()
    several = rows.groupby("month")["market"].transform("nunique") > 1
    several |= rows["publishers"].str.contains(", ")
    return rows[several].sort_values(["month", "market"], ignore_index=True)


def _range(row: Any) -> str:
    """Lowest and highest quote of a month."""
    low, high = row.low_usd_per_kg, row.high_usd_per_kg
    return (
        words.price(low) if low == high else f"{words.price(low)}–{words.price(high)}"
    )


def ranges_text(quotes: pd.DataFrame, line: Line) -> str:
    """When quotes of one month lay furthest apart of late, in a sentence."""
    own = _quoted(quotes, line)
    own = own[own["month"].isin(compared(quotes, line)["month"])]
    own = own[own["month"] > own["month"].max() - COMPARED_MONTHS]
    by_month = own.groupby("month")["price_usd_per_kg"]
    month = (by_month.max() / by_month.min()).idxmax()
    there = own[own["month"] == month].sort_values("price_usd_per_kg", kind="stable")
    low, high = each(there.iloc[[0, -1]])
    told = [
        f"{words.price(row.price_usd_per_kg)} {IN[row.market]} ({row.publisher})"
        for row in (low, high)
    ]
    return (
        f"Furthest apart the quotes of one month lay in {words.month(month)}: "
        f"{words.listing(told)}, in USD per kg. That is a range and no premium."
    )


def ranges_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The last months of `compared`, in words."""
    months = sorted(rows["month"].unique())[-RANGE_MONTHS:]
    rows = rows[rows["month"].isin(months)]
    return pd.DataFrame(
        {
            "month": rows["month"].astype(str),
            "market": rows["market"],
            "USD per kg": [_range(row) for row in each(rows)],
            "quotes": rows["quotes"].astype(str),
            "publishers": rows["publishers"],
        }
    )


def alt(quotes: pd.DataFrame, line: Line) -> str:
    """The newest quote of each market in words."""
    newest = marks(quotes, line).groupby("label", sort=False).tail(1)
    told = [
        f"{row.label}: {words.price(row.price)} "
        f"({row.publisher}, {words.day(row.date)})"
        for row in each(newest)
    ]
    told.append(f"{line.market}, {line.publisher}: {words.price(line.price.iloc[-1])} "
                f"({words.month(line.price.index[-1])})")  # fmt: skip
    return f"Newest quote of each market in USD per kg. {'; '.join(told)}."
