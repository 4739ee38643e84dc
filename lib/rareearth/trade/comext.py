"""Eurostat Comext: bulk files, new and older, and SDMX-CSV with codes or labels.

The reporter is a member of the EU. Outside the EU the partner of an import is the
country of origin; between members it is the country of consignment. Value and weight of
SDMX-CSV stand in rows of their own and meet in the table. A line that is withheld keeps
its code (``850511XX``); its trade is real.
"""

import re

import pandas as pd

from rareearth import codes
from rareearth.trade import layout, partners
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import each, periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet, Unreadable

TITLE = "Eurostat Comext (bulk file, or SDMX-CSV with codes or labels)"
LOOKED_FOR = "REPORTER, PARTNER, PRODUCT_NC, FLOW, PERIOD, VALUE_EUR"
BULK = {
    "reporter": ["REPORTER", "DECLARANT_ISO"],
    "partner": ["PARTNER_ISO", "PARTNER"],
    "product": ["PRODUCT_NC"],
    "flow": ["FLOW"],
    "procedure": ["STAT_PROCEDURE", "STAT_REGIME"],
    "unit": ["SUPPL_UNIT", "SUPP_UNIT"],
    "period": ["PERIOD"],
    "value": ["VALUE_EUR", "VALUE_IN_EUROS"],
    "kg": ["QUANTITY_KG", "QUANTITY_IN_KG"],
}
SDMX = {
    "dataflow": ["DATAFLOW", "STRUCTURE_ID"],
    "reporter": ["reporter"],
    "partner": ["partner"],
    "product": ["product"],
    "flow": ["flow"],
    "indicator": ["indicators"],
    "period": ["TIME_PERIOD"],
    "figure": ["OBS_VALUE"],
    "flag": ["OBS_FLAG", "CONF_STATUS"],
}
FLOWS = {"1": "import", "2": "export", "IMPORT": "import", "EXPORT": "export"}
VALUES = {"VALUE_IN_EUROS", "VALUE_EUR"}
KILOGRAMS = {"QUANTITY_IN_100KG": 100.0, "QUANTITY_KG": 1.0, "QUANTITY_IN_KG": 1.0}
# a partner or reporter that is a group: codes of more than two letters, and labels
GROUPS = r"[A-Z][A-Z0-9_]{2,}|World|All countries.*|(?:Extra|Intra)-.*"
GROUPS += r"|European Union.*|Euro area.*"
ALL_PROCEDURES = "4"  # of the older files: the sum of the others


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of Comext.

    Raises
    ------
    Unreadable
        If it is of Eurostat but not on trade.
    """
    bulk = layout.match(sheet, BULK, ("reporter", "partner", "product", "value"))
    if bulk:
        return bulk
    places = layout.match(sheet, SDMX, ("dataflow", "period", "figure"))
    if not places:
        return None
    lacking = [c for c in ("reporter", "partner", "product", "flow") if c not in places]
    if lacking:
        raise Unreadable(
            f"{sheet.file}: a table of Eurostat, but not on trade: it has no column "
            f"{', '.join(lacking)}. Trade by product is in DS-045409 or DS-059341"
        )
    return places


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Flows of Comext in USD.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told
        `product` where a file with labels names one product without its code; `rates`
        for EUR.

    Returns
    -------
    Reading
    """
    ledger = layout.ledger(found)
    rows = ledger.rows
    for name in [*BULK, *SDMX]:
        if name not in rows:
            rows[name] = ""
    rows["indicator"] = each(rows["indicator"], str.upper)
    sdmx = rows["indicator"] != ""
    if told.product:
        labels = sdmx & ~each(rows["product"], str.isalnum)
        rows["product"] = rows["product"].mask(labels, told.product)
    flows = _flows(ledger)
    _amounts(ledger, flows, sdmx)
    _procedures(ledger)
    ledger.once(
        [
            "reporter",
            "partner",
            "product",
            "flow",
            "procedure",
            "unit",
            "indicator",
            "period",
        ],
        ["value", "kg", "figure"],
    )
    levels = sorted({len(code) for code in rows.loc[ledger.open(), "product"].unique()})
    if len(levels) > 1:
        ledger.notes.append(
            f"codes of {', '.join(map(str, levels))} digits: the shorter contain the "
            "longer, do not add them up"
        )
    return close(ledger, flows, "comext", told.rates)


def _flows(ledger: Ledger) -> pd.DataFrame:
    """Who traded what with whom; groups, all goods and wrong rows marked."""
    rows = ledger.rows
    for side in ("partner", "reporter"):
        group = each(rows[side], lambda text: re.fullmatch(GROUPS, text) is not None)
        ledger.mark(group, "aggregate", rows[side].where(group, ""))
    ledger.mark(each(rows["product"], str.upper) == "TOTAL", "aggregate", "all goods")
    label = ~each(rows["product"], lambda text: text.replace(".", "").isalnum())
    ledger.refuse(
        label,
        "product",
        "a customs code; this is a label: download with codes, or say the code if the "
        "file holds one product (product = '850511', --product)",
    )
    product = ledger.code("product")
    flow = each(rows["flow"], lambda text: FLOWS.get(text.upper()))
    start, months, bad = periods(rows["period"])
    members = {*codes.eu27(), "GBR"}
    special = partners.of_office("Eurostat")
    reporter = partners.iso3(rows["reporter"], special)
    partner = partners.iso3(rows["partner"], special)
    ledger.require(
        ("flow", lambda _: flow.loc[_.index].notna(), "1 or 2, import or export"),
        ("period", lambda _: ~bad.loc[_.index], "202401, or 202452 for a year"),
        (
            "reporter",
            lambda _: reporter.loc[_.index].isin(members),
            "an EU member by ISO2",
        ),
        ("partner", lambda _: partner.loc[_.index].notna(), "a country by its ISO2"),
    )
    hidden = rows["partner"].isin(["QX", "QY", "QZ"])
    ledger.mark(hidden & (ledger.fate == "read"), "confidential", "country withheld")
    imports = flow == "import"
    return pd.DataFrame(
        {
            "start": start,
            "months": months,
            "exporter": partner.where(imports, reporter),
            "importer": reporter.where(imports, partner),
            "product": product,
            "valuation": flow.map({"import": "cif", "export": "fob"}),
            "reported_by": flow.map({"import": "importer", "export": "exporter"}),
            "coverage": "complete",
            "source": "Eurostat Comext",
            "currency": "EUR",
        }
    )


def _amounts(ledger: Ledger, flows: pd.DataFrame, sdmx: pd.Series) -> None:
    """Put value and weight into the flows, from columns or from rows of their own."""
    rows = ledger.rows
    value, kg = ledger.number("value"), ledger.number("kg")
    ledger.refuse(~sdmx & value.isna(), "value", "a value in EUR")
    figure = ledger.number("figure")
    secret = sdmx & figure.isna() & each(rows["flag"], lambda text: "c" in text.lower())
    ledger.mark(secret, "not published", "confidential")
    ledger.mark(sdmx & figure.isna(), "not published", "no figure")
    factor = rows["indicator"].map(KILOGRAMS)
    is_value = rows["indicator"].isin(VALUES)
    ledger.mark(
        sdmx & ~is_value & factor.isna(),
        "other measure",
        rows["indicator"].where(sdmx & ~is_value & factor.isna(), ""),
    )
    flows["value"] = value.where(~sdmx, figure.where(is_value))
    flows["kg"] = kg.where(~sdmx, figure * factor)
    # whole kilograms: 0 is a small flow, not a weight
    speaks = ~sdmx | factor.notna()
    flows["kg_status"] = pd.Series("unknown basis", rows.index).where(speaks, "")


def _procedures(ledger: Ledger) -> None:
    """Older files have all procedures together beside each of them."""
    rows = ledger.rows
    key = ["reporter", "partner", "product", "flow", "period"]
    group = rows.groupby(key, sort=False).ngroup()
    whole = rows["procedure"] == ALL_PROCEDURES
    ledger.mark(
        ~whole & group.isin(group[whole & ledger.open()]),
        "part of a total",
        "one customs procedure",
    )
