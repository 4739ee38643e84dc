"""UK trade statistics (HM Revenue & Customs, OData): JSON rows in pounds.

A commodity is a number there, so its leading zero is lost and put back; negative
numbers are trade below a threshold or otherwise without a code. The country is a number
of HMRC's own, so ask for it by name: ``$expand=Country``. The layout follows one answer
quoted by others; no original file was at hand.
"""

import pandas as pd

from rareearth.trade import layout, partners
from rareearth.trade.account import Reading, Told
from rareearth.trade.cells import periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet

TITLE = "UK HM Revenue & Customs (uktradeinfo OData JSON)"
LOOKED_FOR = (
    "MonthId, FlowTypeId, CommodityId, Country.CountryCodeAlpha, Value, NetMass"
)
NAMES = {
    "period": ["MonthId"],
    "flow": ["FlowTypeId"],
    "suppressed": ["SuppressionIndex"],
    "product": ["CommodityId"],
    "partner": ["Country.CountryCodeAlpha", "CountryCodeAlpha", "Country.CountryName"],
    "number": ["CountryId"],
    "port": ["PortId"],
    "value": ["Value"],
    "kg": ["NetMass"],
}
FLOWS = {"1": "import", "2": "export", "3": "import", "4": "export"}


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of HMRC."""
    return layout.match(sheet, NAMES, ("period", "flow", "product", "value"))


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Flows of the United Kingdom in USD, by month.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told
        `rates` for GBP.

    Returns
    -------
    Reading
    """
    ledger = layout.ledger(found)
    rows = ledger.rows
    for name in NAMES:
        if name not in rows:
            rows[name] = ""
    ledger.mark(
        rows["product"].str.startswith("-"), "aggregate", "goods without a code"
    )
    product = ledger.code("product", (8,))
    flow = rows["flow"].map(FLOWS)
    start, months, bad = periods(rows["period"])
    partner = partners.iso3(rows["partner"], partners.of_office("Eurostat"))
    ledger.require(
        ("flow", lambda _: flow.loc[_.index].notna(), "1 to 4"),
        ("period", lambda _: ~bad.loc[_.index], "a month such as 202401"),
        (
            "partner",
            lambda _: partner.loc[_.index].notna(),
            "a country by its ISO2; ask the interface with $expand=Country",
        ),
        ("value", lambda text: text != "", "a value in GBP"),
    )
    value, kg = ledger.number("value"), ledger.number("kg")
    ledger.mark(
        ~rows["suppressed"].isin(["", "0"]), "confidential", "suppressed in part"
    )
    ledger.once(
        ["period", "flow", "product", "partner", "number", "port"], ["value", "kg"]
    )
    imports = flow == "import"
    flows = pd.DataFrame(
        {
            "start": start,
            "months": months,
            "exporter": partner.where(imports, "GBR"),
            "importer": pd.Series("GBR", rows.index).where(imports, partner),
            "product": product,
            "value": value,
            "currency": "GBP",
            "valuation": flow.map({"import": "cif", "export": "fob"}),
            "kg": kg,
            "kg_status": "reported",
            "reported_by": flow.map({"import": "importer", "export": "exporter"}),
            "coverage": "complete",
            "source": "HM Revenue & Customs",
        }
    )
    return close(ledger, flows, "hmrc", told.rates)
