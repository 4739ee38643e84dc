"""What 01-dependency says of net import reliance and of published shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth import charts, codes, concentration, stages, words
from rareearth.findings.dependency import GOODS
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MATERIALS = ("rare earths", "heavy rare earths", "yttrium")
OLDEST = 5  # years before the last that the figure shows


def printed(
    us_supply: pd.DataFrame, importer: str, first_year: int, last_year: int
) -> pd.DataFrame:
    """Net import reliance as each edition printed it; empty but for the US.

    Parameters
    ----------
    us_supply : the table ``us_supply``, all editions
    importer : ISO3; the US Geological Survey prints it for the United States only
    first_year, last_year : years that the figures speak of

    Returns
    -------
    DataFrame, one row per material, year and edition
        ``material``, ``year``, ``edition``, ``share`` (missing where only a bound is
        printed), ``low``, ``high``, ``status``, newest edition last.
    """
    rows = us_supply[
        (us_supply["statistic"] == "net import reliance")
        & (us_supply["form"] != "mineral concentrates")
        & us_supply["material"].isin(MATERIALS)
        & us_supply["last_year"].between(first_year, last_year)
    ]
    if importer != "USA":
        rows = rows.iloc[:0]
    columns = ["material", "year", "edition", "share", "low", "high", "status"]
    rows = rows.rename(columns={"last_year": "year"})[columns]
    return rows.sort_values(["material", "year", "edition"], ignore_index=True)


def not_printed(importer: str) -> str:
    """Say why an importer has no net import reliance here."""
    return (
        f"No edition held here prints net import reliance for "
        f"{words.country(importer)}: it needs consumption and production of compounds "
        "and metals, which the US Geological Survey publishes for the United States "
        "alone. CDI3 above is the nearest substitute: imports against exports."
    )


def newest(printed: pd.DataFrame) -> pd.DataFrame:
    """The newest year of each material, as its newest edition has it."""
    order = printed["material"].map(MATERIALS.index)
    rows = printed.assign(order=order).sort_values(["order", "year", "edition"])
    return rows.groupby("material", sort=False).tail(1).drop(columns="order")


def points(printed: pd.DataFrame) -> pd.DataFrame:
    """Marks of the figure: the last years of rare earths as a whole."""
    rows = printed[printed["material"] == "rare earths"]
    rows = rows[rows["year"] > rows["year"].max() - OLDEST]
    return rows.assign(label=rows["year"].astype(str))


def figure(printed: pd.DataFrame) -> Axes:
    """Draw net import reliance by year and edition."""
    marks = points(printed)
    return charts.ranges(
        marks,
        by="edition",
        title=_title(marks),
        source=(
            "US Geological Survey, Mineral Commodity Summaries (MCS): compounds and "
            "metals, oxide weight. A bar is a printed bound such as “>95”."
        ),
        xlabel="net import reliance (% of apparent consumption)",
    )


def _title(marks: pd.DataFrame) -> str:
    """The largest revision between two editions, if there was one."""
    values = marks.dropna(subset=["share"]).groupby("year")["share"]
    gap = values.max() - values.min()
    if not len(gap) or gap.max() < 0.02:
        return "US net import reliance has not been revised in the editions held"
    year = gap.idxmax()
    told = values.get_group(year)
    return (
        f"US reliance in {year} was {words.percent(told.iloc[0])} when first printed "
        f"and is {words.percent(told.iloc[-1])} now"
    )


def alt(printed: pd.DataFrame) -> str:
    """The figure in words."""
    told = [f"{r.year} in {r.edition}: {_share(r)}" for r in each(points(printed))]
    return f"Net import reliance of the United States. {'; '.join(told)}."


def _share(row: Any) -> str:
    """A printed value or its bounds."""
    share = row.share
    if pd.isna(share):
        return words.span(row.low, row.high)
    return words.percent(share)


def table(printed: pd.DataFrame) -> pd.DataFrame:
    """Heavy against light: the newest reliance of each material, by year."""
    last = printed.groupby(["material", "year"]).tail(1)
    last = last[last["year"] > last["year"].max() - OLDEST]
    told = last.assign(told=[_share(r) for r in each(last)])
    wide = told.pivot_table(
        index="year", columns="material", values="told", aggfunc="first"
    )
    whole = wide.reindex(columns=list(MATERIALS)).astype(object).fillna(words.MISSING)
    return whole.reset_index()


def published(
    importer: str, ladder: pd.DataFrame, published_shares: pd.DataFrame
) -> pd.DataFrame:
    """China's share as this page has it, beside the shares that others print.

    Parameters
    ----------
    importer : ISO3 or ``EU27``
    ladder : as :func:`rareearth.stages.ladder` gives it
    published_shares : the table of that name

    Returns
    -------
    DataFrame of words, one row per number
    """
    rows = []
    for stage in stages.TRADED:
        part = ladder[(ladder["stage"] == stage) & ladder["share"].notna()]
        if not len(part):
            continue
        first = part.iloc[0]
        share = concentration.share_of(part, stages.CHINA, supplier="supplier")
        by = "value" if first["unit"] == "USD" else "gross weight"
        rows.append(
            (
                "this page",
                GOODS[stage],
                f"{first['year']}",
                by,
                words.percent(share),
                "",
            )
        )
    theirs = published_shares[
        (published_shares["importer"] == importer)
        & (published_shares["supplier"] == stages.CHINA)
    ]
    rows += [
        (
            r.source,
            r.goods,
            words.years(r.first_year, r.last_year),
            r.weighed_by,
            words.percent(r.share),
            r.difference,
        )
        for r in each(theirs)
    ]
    if not len(theirs):
        name = codes.name(importer)
        rows.append(
            ("others", f"no published share of {name} is held", "–", "–", "–", "")
        )
    columns = ["who", "of what", "years", "weighed by", "China", "why it differs"]
    return pd.DataFrame(rows, columns=columns)
