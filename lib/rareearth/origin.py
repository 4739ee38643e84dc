"""Where goods may have come from before the country that shipped them.

Customs record who shipped. `exporters` sets beside each exporter what is known of its
own sources: whether it mines, and how much of what it buys comes from China. Shares are
by value and of one teller; mine output (oxide) and gross weight never meet.
"""

from __future__ import annotations

import pandas as pd

from rareearth import codes, stages
from rareearth.concentration import Bounds

CHINA = stages.CHINA
UNNAMED = "XXX"
# A country that mined in this many years before may still ship what it mined.
YEARS_BEFORE = 5
# Bought from China for less than this part of what is sold: not what is sold. A tenth,
# since goods gain value on the way.
NOTABLE = 0.10

KINDS = {
    "china": "shipped by China",
    "hub": "possible re-export hub",
    "no mine": "no mine, buys from China",
    "unnamed": "country not named",
    "other source": "no mine, other sources",
    "mines": "mines itself",
}
# Nothing in the data says that these did not ship Chinese goods.
MAYBE = ("hub", "no mine", "unnamed")
SOURCES = ["china_share_of_good", "good_from_china_usd", "inputs_from_china_usd",
           "sold_usd"]  # fmt: skip
DIVISION = ["exporter", "value_usd", "share", "mined_tonnes_reo", "mines", *SOURCES,
            "cover", "kind"]  # fmt: skip


def one_telling(flows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Flows of a year from one teller and one list, with ``year``.

    What is reconciled goes before what importers tell, and that before what exporters
    tell; a complete list before leading flows, good by good. They never stand together.
    """
    rows = flows[flows["start"].dt.year == year]
    for teller in ("reconciled", "importer", "exporter"):
        if (rows["reported_by"] == teller).any():
            rows = rows[rows["reported_by"] == teller]
            break
    complete = set(rows.loc[rows["coverage"] == "complete", "product"])
    whole = (rows["coverage"] == "complete") | ~rows["product"].isin(complete)
    return rows[whole & (rows["exporter"] != rows["importer"])].assign(year=year)


def mined(production: pd.DataFrame, year: int) -> pd.Series:
    """Mine output of each country that mined in the year or in the five before it.

    Parameters
    ----------
    production : the production table
    year : the year of the trade

    Returns
    -------
    Series by country (ISO3), tonnes of oxide (REO)
        Of the newest year with output, by any list: the list of countries first.

    Examples
    --------
    >>> rows = {"country": ["AUS", "BDI"], "year": [2022, 2015], "kind": "country"}
    >>> rows |= {"list": "country list", "tonnes_reo": [18_000.0, 30.0]}
    >>> mined(pd.DataFrame(rows), 2022).to_dict()
    {'AUS': 18000.0}
    """
    rows = production[
        (production["kind"] == "country")
        & production["year"].between(year - YEARS_BEFORE, year)
        & (production["tonnes_reo"] > 0)
    ]
    first = rows["list"] == "country list"
    rows = rows.assign(first=first).sort_values(["year", "first", "list"])
    return rows.groupby("country")["tonnes_reo"].last()


def sources(told: pd.DataFrame, product: str) -> pd.DataFrame:
    """What each country bought from China of a good and before it, and what it sold.

    Parameters
    ----------
    told : as :func:`one_telling` gives them, all countries
    product : HS code of a traded stage

    Returns
    -------
    DataFrame by country
        ``china_share_of_good``: China's share in what it bought of the good;
        ``good_from_china_usd``; ``inputs_from_china_usd``: the most that it bought from
        China at one of the stages before (stages are never added up); ``sold_usd``:
        what it sold of the good, to everyone. Missing where nothing is known.
    """
    rows = stages.staged(told)
    good = rows[rows["product"] == product]
    stage = codes.products("HS").set_index("code")["stage"].get(product)
    before = stages.TRADED[: stages.TRADED.index(stage)]
    inputs = [_from_china(rows[rows["stage"] == s])["usd"] for s in before]
    bought = _from_china(good)
    columns = [
        bought["share"],
        bought["usd"],
        pd.concat([pd.Series(dtype=float), *inputs], axis=1).max(axis=1),
        good.groupby("exporter")["value_usd"].sum(),
    ]
    return pd.concat(columns, axis=1).astype(float).set_axis(SOURCES, axis=1)


def _from_china(rows: pd.DataFrame) -> pd.DataFrame:
    """What each importer buys from China, in dollars and as a share."""
    total = rows.groupby("importer")["value_usd"].sum()
    ours = rows[rows["exporter"] == CHINA].groupby("importer")["value_usd"].sum()
    usd = ours.reindex(total.index, fill_value=0).astype(float)
    return pd.DataFrame({"usd": usd, "share": usd / total.where(total > 0)})


def exporters(
    told: pd.DataFrame, production: pd.DataFrame, importer: str, product: str, year: int
) -> pd.DataFrame:
    """Who shipped a good to an importer, and what is known of the shipper's sources.

    Parameters
    ----------
    told : as :func:`one_telling` gives them, all countries
    production : the production table
    importer : ISO3, or ``EU27`` without the trade among its members
    product : HS code
    year : the year of the flows

    Returns
    -------
    DataFrame, one row per exporter, the largest first
        ``exporter``, ``value_usd``, ``share``, ``mined_tonnes_reo``, ``mines``, the
        columns of :func:`sources`; ``cover``: what it bought from China, of the good
        or at one stage before, over what it sold of the good; and ``kind``, one of
        `KINDS`. A ``hub`` bought at least as much of the good itself from China as it
        sold of it to everyone; ``mines`` has a mine on record in the year or the five
        before; ``no mine`` has none and a cover of a tenth or more, or one that is not
        known; ``other source`` has neither.
    """
    union = codes.eu27() if importer == "EU27" else [importer]
    to = told[told["importer"].isin(union) & ~told["exporter"].isin(union)]
    to = to[to["product"] == product]
    rows = to.groupby("exporter", as_index=False)["value_usd"].sum()
    rows = rows[rows["value_usd"] > 0]
    rows["share"] = rows["value_usd"] / rows["value_usd"].sum()
    output = mined(production, year)
    rows["mined_tonnes_reo"] = rows["exporter"].map(output)
    rows["mines"] = rows["exporter"].isin(output.index)
    known = sources(told, product).reindex(rows["exporter"]).reset_index(drop=True)
    rows = pd.concat([rows.reset_index(drop=True), known], axis=1)
    sold = rows["sold_usd"].where(rows["sold_usd"] > 0)
    bought = rows[["good_from_china_usd", "inputs_from_china_usd"]].max(axis=1)
    rows["cover"] = bought / sold
    hub = rows["good_from_china_usd"] >= sold
    kind = pd.Series("other source", rows.index)
    kind = kind.mask((rows["cover"] >= NOTABLE) | rows["cover"].isna(), "no mine")
    kind = kind.mask(rows["mines"], "mines").mask(hub, "hub")
    kind = kind.mask(rows["exporter"] == UNNAMED, "unnamed")
    rows["kind"] = kind.mask(rows["exporter"] == CHINA, "china")
    order = rows.sort_values(["value_usd", "exporter"], ascending=[False, True])
    return order.reset_index(drop=True)[DIVISION]


def division(exporters: pd.DataFrame) -> pd.Series:
    """Share of an importer's purchases by kind of exporter, in the order of `KINDS`."""
    return exporters.groupby("kind")["share"].sum().reindex(list(KINDS), fill_value=0.0)


def gap(exporters: pd.DataFrame) -> float | None:
    """Origin gap: share of purchases shipped by countries without a mine on record.

    Where a country without a mine ships rare earths, their origin is another country
    than the one that customs name. None where nothing was bought.

    Examples
    --------
    >>> told = pd.DataFrame({"share": [0.7, 0.2, 0.1], "mines": [True, False, False]})
    >>> round(gap(told), 4)
    0.3
    """
    if exporters.empty:
        return None
    return float(exporters.loc[~exporters["mines"], "share"].sum())


def china_share(
    exporters: pd.DataFrame, told: list[float]
) -> tuple[float | None, Bounds]:
    """China's share of what was bought: as shipped, and the range it may lie in.

    Parameters
    ----------
    exporters : as :func:`exporters` gives them
    told : China's share by other tellings of the same year, each of one teller alone

    Returns
    -------
    share, (low, high)
        ``share`` is what China shipped itself; ``low`` the smallest of the tellings of
        that; ``high`` adds all that was shipped by the kinds in `MAYBE`, whole: a
        ceiling under that rule, not an estimate.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"kind": ["china", "hub", "mines"], "share": [0.7, 0.2, 0.1]}
    ... )
    >>> share, (low, high) = china_share(rows, [0.68])
    >>> round(share, 2), round(low, 2), round(high, 2)
    (0.7, 0.68, 0.9)
    """
    if exporters.empty:
        return None, Bounds(float("nan"), float("nan"))
    by_kind = division(exporters)
    shipped = float(by_kind["china"])
    ceiling = shipped + float(by_kind[list(MAYBE)].sum())
    return shipped, Bounds(min([shipped, *told]), max([ceiling, *told]))


def divisions(
    told: pd.DataFrame, production: pd.DataFrame, importer: str, year: int
) -> pd.DataFrame:
    """How purchases of each good divide by kind of exporter, good by good.

    Returns
    -------
    DataFrame, one row per good and kind
        ``product``, ``coverage``, ``total_usd``, ``kind``, ``share``; goods that the
        importer did not buy that year are left out.
    """
    parts = []
    for stage in reversed(stages.TRADED):
        for product in sorted(codes.stage_products(stage)):
            if not (told["product"] == product).any():
                continue
            rows = exporters(told, production, importer, product, year)
            if rows.empty:
                continue
            lists = told.loc[told["product"] == product, "coverage"].iloc[0]
            part = division(rows).rename_axis("kind").reset_index()
            total = rows["value_usd"].sum()
            parts.append(part.assign(product=product, coverage=lists, total_usd=total))
    columns = ["product", "coverage", "total_usd", "kind", "share"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def against_mines(
    sellers: pd.DataFrame, production: pd.DataFrame, year: int
) -> pd.DataFrame:
    """Each country's part in the world's mines beside its part in the purchases.

    Returns
    -------
    DataFrame, one row per country
        ``country``, ``mined`` (share of the newest list of mines up to the year, by
        oxide), ``shipped`` (share of the purchases, by value): two shares of different
        things, side by side and never divided.
    """
    listed = stages.mines(production, year)
    named = listed[listed["exporter"] != "other"]
    output = named.groupby("exporter")["tonnes_reo"].sum()
    shares = {"mined": output / listed["tonnes_reo"].sum()}
    shares["shipped"] = sellers.groupby("exporter")["share"].sum()
    both = pd.DataFrame(shares).fillna(0.0).rename_axis("country").reset_index()
    size = both[["mined", "shipped"]].max(axis=1)
    order = both.assign(size=size).sort_values(
        ["size", "country"], ascending=[False, True]
    )
    return order.drop(columns="size").reset_index(drop=True)
