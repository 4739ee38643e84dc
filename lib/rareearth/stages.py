"""Who supplies an importer at each stage: mine, compounds, metals, magnets.

Stages are never added up, and neither are oxide weight and gross weight. The level of
a stage rests on a complete list of flows, its history on one list from end to end.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from rareearth import NoData, codes, concentration, reliance
from rareearth.schema import nearest

CHINA = "CHN"
TRADED = ("compounds", "metals", "magnets")
STAGES = ("mine", *TRADED)
LADDER = [
    "stage", "year", "coverage", "supplier", "amount", "unit", "share", "total_usd",
    "thin", "note",
]  # fmt: skip
UNPUBLISHED = "no yearly trade that is held here had been published"
NO_MAGNET_WEIGHT = (
    "no weight: HS 850511 holds other magnets than those of rare earths, so its tonnes "
    "do not measure them"
)


def staged(trade: pd.DataFrame) -> pd.DataFrame:
    """Flows of the traded stages, with ``stage`` and ``year``.

    Parameters
    ----------
    trade : the trade table
    """
    goods = codes.products("HS").set_index("code")["stage"]
    stage = trade["product"].map(goods)
    rows = trade.assign(stage=stage, year=trade["start"].dt.year)
    return rows[rows["stage"].isin(TRADED)]


def imports_of(trade: pd.DataFrame, importer: str) -> pd.DataFrame:
    """Flows to one importer, with their stage and year.

    Parameters
    ----------
    trade : the trade table
    importer : ISO3, or ``EU27`` for the 27 members of 2020 without the trade
        among them

    Returns
    -------
    DataFrame, one row per flow
        Columns of ``trade`` and ``stage``, ``year``; a country's imports from itself
        are left out.

    Raises
    ------
    NoData
        If nothing in ``trade`` goes to ``importer``, with those that it knows. Where
        nothing had been published at all the result is empty.
    """
    rows = codes.extra_eu(trade) if importer == "EU27" else trade
    known = rows["importer"].unique()
    if len(rows) and importer not in known:
        raise NoData(
            f"no imports of '{importer}' in the trade table; {nearest(importer, known)}"
        )
    rows = rows[(rows["importer"] == importer) & (rows["exporter"] != importer)]
    return staged(rows)


def level(imports: pd.DataFrame, stage: str, last_year: int) -> pd.DataFrame:
    """Flows of one stage in the newest year up to ``last_year``, from one list.

    The newest complete year is taken; only where no year is complete, the newest one
    of leading flows. Empty where the stage has no flows by then.
    """
    rows = imports[(imports["stage"] == stage) & (imports["year"] <= last_year)]
    complete = rows[rows["coverage"] == "complete"]
    rows = complete if len(complete) else rows
    return rows[rows["year"] == rows["year"].max()]


def mines(production: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Mine output by country in the newest year up to ``last_year``.

    Parameters
    ----------
    production : the production table, one edition a year

    Returns
    -------
    DataFrame, one row per country
        ``exporter`` (ISO3, or ``other`` for what the publisher lumps together),
        ``tonnes_reo``, ``year``, ``edition``; withheld countries have no tonnes.
    """
    rows = production[
        (production["list"] == "country list") & (production["year"] <= last_year)
    ]
    rows = rows[
        (rows["year"] == rows["year"].max()) & (rows["kind"] != "printed total")
    ]
    supplier = rows["country"].where(rows["kind"] == "country", "other")
    return rows.assign(exporter=supplier)[["exporter", "tonnes_reo", "year", "edition"]]


def ladder(
    imports: pd.DataFrame,
    production: pd.DataFrame,
    last_year: int,
    basis: str = "value",
) -> pd.DataFrame:
    """Suppliers of each stage, largest first.

    Parameters
    ----------
    imports : as :func:`imports_of` gives them
    production : the production table, one edition a year
    last_year : stages show their newest year up to this one
    basis : ``value`` (USD) or ``weight`` (gross tonnes); mines are always oxide weight

    Returns
    -------
    DataFrame, one row per stage and supplier
        ``stage``, ``year``, ``coverage``, ``supplier`` (ISO3 or ``other``),
        ``amount``, ``unit``, ``share`` in [0, 1], ``total_usd`` (of the stage's
        imports, missing for mines), ``thin`` (they are under 5 million USD) and
        ``note``; a stage without figures is one row with the reason in ``note``.
    """
    rows = [_mine_rows(production, last_year)]
    for stage in TRADED:
        flows = level(imports, stage, last_year)
        total = flows["value_usd"].sum()
        about: dict[str, Any] = {
            "stage": stage,
            "year": flows["year"].max() if len(flows) else pd.NA,
            "coverage": flows["coverage"].max() if len(flows) else "",
            "unit": "USD" if basis == "value" else "t",
            "total_usd": total,
            "thin": concentration.thin(total),
            "note": "",
        }
        if not len(flows):
            about["note"] = "no imports in the data" if len(imports) else UNPUBLISHED
        elif basis == "weight" and stage == "magnets":
            about["note"] = NO_MAGNET_WEIGHT
        shares = concentration.shares(flows, basis=basis).dropna(subset=["share"])
        if shares.empty:
            about["note"] = about["note"] or "no flow has a weight"
        if about["note"]:
            rows.append(pd.DataFrame([about | {"supplier": ""}]))
            continue
        rows.append(
            shares.rename(
                columns={
                    "exporter": "supplier",
                    "value_usd": "amount",
                    "tonnes": "amount",
                }
            ).assign(**about)
        )
    ladder = pd.concat(rows, ignore_index=True).reindex(columns=LADDER)
    return ladder.astype({"year": "Int64", "amount": float, "share": float})


def _mine_rows(production: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """The ladder's rows for the mines of the world."""
    output = mines(production, last_year)
    about: dict[str, Any] = {
        "stage": "mine",
        "unit": "t REO",
        "coverage": "complete",
        "thin": False,
    }
    if not len(output):
        note = "no list of countries had been published"
        return pd.DataFrame([about | {"supplier": "", "year": pd.NA, "note": note}])
    known = output.dropna(subset=["tonnes_reo"]).rename(
        columns={"exporter": "supplier", "tonnes_reo": "amount"}
    )
    known = known.groupby(["supplier", "year"], as_index=False)[["amount"]].sum()
    share = known["amount"] / known["amount"].sum()
    return (
        known.assign(share=share, note="", **about)
        .query("amount > 0")
        .sort_values(["share", "supplier"], ascending=[False, True])
    )


def levels(trade: pd.DataFrame, last_year: int) -> dict[str, pd.DataFrame]:
    """Flows of all countries at each traded stage, in the year of :func:`level`.

    Parameters
    ----------
    trade : the trade table
    last_year : as for :func:`ladder`
    """
    flows = staged(trade)
    return {stage: level(flows, stage, last_year) for stage in TRADED}


def criteria(levels: dict[str, pd.DataFrame], importer: str) -> pd.DataFrame:
    """EU criteria of foreign dependence for each traded stage, by value.

    Parameters
    ----------
    levels : flows of all countries, as :func:`levels` gives them
    importer : as for :func:`imports_of`

    Returns
    -------
    DataFrame, one row per stage and criterion
        ``stage``, ``year``, ``coverage`` and the columns of
        :func:`rareearth.reliance.eu_criteria`.
    """
    found = []
    for stage, rows in levels.items():
        table = reliance.eu_criteria(rows, importer, codes.eu27()).reset_index()
        year: Any = rows["year"].iloc[0] if len(rows) else pd.NA
        coverage = rows["coverage"].iloc[0] if len(rows) else ""
        found.append(table.assign(stage=stage, year=year, coverage=coverage))
    return pd.concat(found, ignore_index=True).astype({"year": "Int64"})


def share_of(ladder: pd.DataFrame, stage: str, supplier: str = CHINA) -> float | None:
    """One supplier's share of a stage; 0 where others supply all, None if unknown."""
    rows = ladder[(ladder["stage"] == stage) & ladder["share"].notna()]
    if not len(rows):
        return None
    return float(rows.loc[rows["supplier"] == supplier, "share"].sum())


def history(
    imports: pd.DataFrame,
    production: pd.DataFrame,
    first_year: int,
    last_year: int,
    basis: str = "value",
    supplier: str = CHINA,
) -> pd.DataFrame:
    """One supplier's share of each stage, year by year, each stage from one list.

    Returns
    -------
    DataFrame, one row per stage, list and year
        ``stage``, ``coverage``, ``year``, ``share``, ``total_usd``. Magnets have one
        row per year of leading flows and another for each complete year; years
        without flows are missing, not zero.
    """
    amount = "value_usd" if basis == "value" else "tonnes"
    rows = imports[imports["year"].between(first_year, last_year)]
    if basis == "weight":
        rows = rows[rows["stage"] != "magnets"]
    key = ["stage", "coverage", "year"]
    total = rows.groupby(key)[[amount]].sum(min_count=1)
    from_one = rows[rows["exporter"] == supplier].groupby(key)[amount].sum()
    traded = total.assign(
        share=from_one.reindex(total.index, fill_value=0) / total[amount],
        total_usd=rows.groupby(key)["value_usd"].sum(),
    ).reset_index()
    listed = production[
        (production["list"] == "country list")
        & (production["kind"] != "printed total")
        & production["year"].between(first_year, last_year)
    ]
    world = listed.groupby("year")["tonnes_reo"].sum()
    ours = listed[listed["country"] == supplier].groupby("year")["tonnes_reo"].sum()
    mined = (ours / world).rename("share").reset_index()
    mined = mined.assign(stage="mine", coverage="complete")
    frame = pd.concat([mined, traded])[[*key, "share", "total_usd"]]
    order = frame["stage"].map(STAGES.index)
    return frame.assign(order=order).sort_values(["order", "coverage", "year"])[
        [*key, "share", "total_usd"]
    ]
