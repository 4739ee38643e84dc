"""Figures and tables of 03-true-origin, and their words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth import charts, codes, mirror, origin, stages, words
from rareearth.findings import origin as findings
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12
BACI = "CEPII BACI"
COMTRADE = "UN Comtrade, added up in this collection’s table mirror_pairs"
DRAWN = {"china": "china", "mines": "others"}
SHORT = {
    "china": "China",
    "hub": "possible hubs",
    "no mine": "buy from China",
    "unnamed": "not named",
    "other source": "other sources",
    "mines": "mine",
}


def ladder_bars(ladder: pd.DataFrame, year: int) -> pd.DataFrame:
    """Goods by kind of exporter as :func:`rareearth.charts.ladder` draws them."""
    rows = []
    for row in each(ladder):
        amount = words.usd(row.total_usd).replace("million", "M")
        name = findings.goods(row.product).replace(" other than cerium", "")
        label = f"{name.capitalize()}\nHS {row.product}\n{amount}"
        kind = DRAWN.get(row.kind, "named")
        rows.append((label, SHORT[row.kind], row.share, kind, year))
    columns = ["label", "supplier", "share", "kind", "year"]
    return pd.DataFrame(rows, columns=columns)


def ladder(
    importer: str, product: str, ladder: pd.DataFrame, year: int, source: str
) -> Axes:
    """Draw whose goods an importer buys, by what is known of the exporters."""
    kinds = "; ".join(origin.KINDS.values())
    partial = ladder.loc[ladder["coverage"] != "complete", "product"].unique()
    some = f" Leading flows only: {words.listing(partial)}." if len(partial) else ""
    own = ladder[ladder["product"] == product].set_index("kind")["share"]
    maybe = own.reindex(list(origin.MAYBE)).sum()
    who = words.country(importer, start=True)
    return charts.ladder(
        ladder_bars(ladder, year),
        title=f"{who} had {words.percent(own.get('china'))} of its "
        f"{findings.goods(product)} from China itself; another {words.percent(maybe)} "
        "may be Chinese",
        source=f"{source}, {year}, by value; USGS, BGS and Energy Institute (mines). "
        f"From left to right: {kinds}.{some}",
        xlabel="share of purchases, by kind of exporter (value, %)",
    )


def ladder_alt(ladder: pd.DataFrame) -> str:
    """The division in words."""
    parts = []
    for product, rows in ladder.groupby("product", sort=False):
        known = rows[rows["share"] > 0]
        told = [f"{origin.KINDS[r.kind]} {words.percent(r.share)}" for r in each(known)]
        parts.append(f"HS {product}: {', '.join(told)}")
    return f"Purchases by kind of exporter. {'; '.join(parts)}."


def share_marks(
    shares: pd.DataFrame, exporters: pd.DataFrame, year: int
) -> pd.DataFrame:
    """China's share by teller, and its range, as :func:`rareearth.charts.ranges` is."""
    rows: list[dict[str, Any]] = [
        {
            "label": told_by(row),
            "of": "",
            "share": row.share,
            "low": row.share,
            "high": row.share,
        }
        for row in each(shares)
    ]
    told = [float(s) for s in shares["share"].dropna()]
    _, (low, high) = origin.china_share(exporters, told)
    rows.append(
        {"label": "may be Chinese", "of": "", "share": math.nan, "low": low,
         "high": high}
    )  # fmt: skip
    return pd.DataFrame(rows).assign(year=year)


def told_by(row: Any) -> str:
    """A teller in words."""
    side = {"importer": "importer", "exporter": "exporters"}.get(row.teller)
    return f"{side} ({row.valuation.upper()})" if side else str(row.teller)


def shares(
    importer: str, product: str, marks: pd.DataFrame, told: pd.DataFrame, source: str
) -> Axes:
    """Draw China's share as each teller has it, and the range."""
    year, low = marks["year"].iloc[0], marks["low"].iloc[-1]
    high = marks["high"].iloc[-1]
    silent = told[told["teller"] == "exporter"]
    note = both = ""
    if len(silent):
        both = "UN Comtrade (importer, exporters); " if source == BACI else ""
        note = (
            f" Exporters: the {silent['tellers'].iloc[0]:.0f} that report; what others "
            "sold is not in their total."
        )
    return charts.ranges(
        marks,
        by="of",
        title=f"China’s share of {words.possessive(importer)} "
        f"{findings.goods(product)} may lie between {words.percent(low)} and "
        f"{words.percent(high)}",
        source=f"{both}{source}, {year}, by value; each share within one telling."
        f"{note} The bar: from the smallest telling to all that may be Chinese.",
        xlabel="China’s share of purchases (value, %)",
    )


def shares_alt(marks: pd.DataFrame) -> str:
    """The shares in words."""
    told = [
        f"{row.label} {words.percent(row.share, 1)}"
        if row.share == row.share
        else f"{row.label} {words.span(row.low, row.high)}"
        for row in each(marks)
    ]
    return f"China’s share of purchases: {'; '.join(told)}."


def apart_marks(judged: pd.DataFrame, importer: str) -> pd.DataFrame:
    """Flows as :func:`rareearth.charts.apart` draws them, the furthest below first."""
    rows = judged.dropna(subset="freed").sort_values(["freed", "importer"])
    told = [
        f"{words.usd(row.importer_usd).removesuffix(' USD')}, China tells "
        f"{words.usd(row.exporter_usd).removesuffix(' USD')}"
        for row in each(rows)
    ]
    return pd.DataFrame(
        {
            "label": [codes.name(i) for i in rows["importer"]],
            "ratio": rows["freed"],
            "words": [text.replace("million", "M").replace("billion", "bn")
                      for text in told],
            "refused": rows["by_value"] != "",
            "own": rows["importer"] == importer,
        }
    ).reset_index(drop=True)  # fmt: skip


def apart(judged: pd.DataFrame, importer: str, product: str, source: str) -> Axes:
    """Draw how far apart the two tellings of China's exports are."""
    marks = apart_marks(judged, importer)
    single = findings.countries(judged)
    refused = int((single["by_value"] != "").sum())
    factor, year = judged["factor"].iloc[0], judged["year"].iloc[0]
    both = len(single) < len(judged)
    union = " The European Union is shown beside its members, not counted." * both
    return charts.apart(
        marks,
        far=math.exp(mirror.FAR),
        title=f"China’s {findings.goods(product)} by both tellings: "
        f"{refused or 'none'} of {len(single)} flows "
        f"{'is' if refused == 1 else 'are'} too far apart to be averaged",
        source=f"{source}, {year}. Importer’s value over a factor of {factor:.2f} for "
        "freight and insurance, over China’s value FOB. Grey: less than three times "
        f"apart before that factor; crosses: refused. United States dollars.{union}",
        xlabel="importer’s telling as a multiple of China’s (log scale)",
    )


def apart_alt(judged: pd.DataFrame, importer: str) -> str:
    """The distances in words."""
    parts = [
        f"{row.label} {row.ratio:.2f}{' (refused)' if row.refused else ''}"
        for row in each(apart_marks(judged, importer))
    ]
    return f"Importer’s telling over China’s: {'; '.join(parts)}."


def exporters_table(exporters: pd.DataFrame) -> pd.DataFrame:
    """The largest exporters and what is known of their own sources, in words."""
    rows = [
        (
            codes.name(row.exporter),
            words.percent(row.share, 1),
            words.tonnes(row.mined_tonnes_reo, "REO") if row.mines else "none",
            words.percent(row.china_share_of_good),
            words.usd(row.good_from_china_usd),
            words.usd(row.sold_usd),
            origin.KINDS[row.kind],
        )
        for row in each(exporters.head(MOST))
    ]
    columns = ["exporter", "of purchases", "mined", "its purchases from China",
               "bought from China", "sold to everyone", "what it is"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def mines_marks(against: pd.DataFrame) -> pd.DataFrame:
    """Mines and shipments as :func:`rareearth.charts.beside` draws them."""
    rows = against.head(MOST)
    return pd.DataFrame(
        {
            "label": [codes.name(country) for country in rows["country"]],
            "left": rows["mined"],
            "right": rows["shipped"],
            "left_words": [words.percent(s) if s else "no mine" for s in rows["mined"]],
            "right_words": [words.percent(s) if s else "none" for s in rows["shipped"]],
            "china": rows["country"] == origin.CHINA,
        }
    )


def mines(
    against: pd.DataFrame,
    importer: str,
    product: str,
    year: int,
    listed: str,
    source: str = BACI,
) -> Axes:
    """Draw each country's part in the mines beside its part in the purchases."""
    without = against[against["mined"] == 0]["shipped"].sum()
    who = words.country(importer, start=True)
    return charts.beside(
        mines_marks(against),
        title=f"{who} bought {words.percent(without)} of its "
        f"{findings.goods(product)} from countries that the list of mines of {listed} "
        "does not hold",
        source=f"USGS, mines by country, {listed}, oxide (left); {source}, {year}, by "
        "value "
        "(right). Two shares of different things: side by side, never divided. The "
        "origin gap also looks at the five years before and at other lists.",
        xlabel="share of world mine output (oxide, %)   |   share of purchases "
        "(value, %)",
    )


def mines_alt(against: pd.DataFrame) -> str:
    """Mines and shipments in words."""
    parts = [
        f"{codes.name(row.country)} mined {words.percent(row.mined, 1)}, shipped "
        f"{words.percent(row.shipped, 1)}"
        for row in each(against.head(MOST))
    ]
    return f"Share of mines and of purchases: {'; '.join(parts)}."


def listed_year(production: pd.DataFrame, year: int) -> str:
    """The year of the list of mines that stands beside the trade of a year."""
    years = stages.mines(production, year)["year"]
    return str(years.iloc[0]) if len(years) else "no year"


def refused_table(judged: pd.DataFrame) -> pd.DataFrame:
    """Each pair of tellings, and why it must not be averaged, in words."""
    rows = [
        (
            f"{codes.name(row.exporter)} to {codes.name(row.importer)}",
            f"HS {row.product}, {row.year}",
            words.usd(row.exporter_usd),
            words.usd(row.importer_usd),
            words.number(row.freed),
            row.by_value or "allowed",
            row.by_weight or "allowed",
        )
        for row in each(judged)
    ]
    columns = ["flow", "good, year", "exporter tells", "importer tells",
               "importer over exporter", "by value", "by weight"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def source_of(trade_file: str, source: str) -> str:
    """Whose tellings the pairs are."""
    return source if trade_file else COMTRADE
