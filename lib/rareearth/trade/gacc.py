"""China's customs (GACC): the export of its online query, in Chinese.

Nothing in the file says whether it holds imports or exports: the user must. Country
codes are China's own (502 is the United States, 410 Brazil), money is yuan or dollars,
and thousands have commas in the value. The unit ``?`` is a real question mark: none.
"""

import pandas as pd

from rareearth.trade import layout, partners
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet

TITLE = "China Customs (GACC), export of the online query"
LOOKED_FOR = "数据年月, 贸易伙伴编码, 商品编码, 人民币 or 美元"
NAMES = {
    "period": ["数据年月"],
    "partner": ["贸易伙伴编码"],
    "partner_name": ["贸易伙伴名称"],
    "product": ["商品编码"],
    "regime": ["贸易方式编码"],
    "place": ["注册地编码"],
    "quantity": ["第一数量"],
    "unit": ["第一计量单位"],
    "quantity2": ["第二数量"],
    "unit2": ["第二计量单位"],
    "yuan": ["人民币"],
    "dollars": ["美元"],
}
KILOGRAMS = {"千克": 1.0, "克": 0.001, "吨": 1000.0}
CONTINENTS = ("ASIA", "AFRICA", "EUROPE", "SOUTHAM", "NORTHAM", "OCEANIA")


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of China's customs."""
    places = layout.match(sheet, NAMES, ("period", "partner", "product"))
    return places if places and {"yuan", "dollars"} & places.keys() else None


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """China's flows in USD.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told
        `flow`, which the file does not say; `rates` for CNY.

    Returns
    -------
    Reading

    Raises
    ------
    Unreadable
        If `flow` is not told.
    """
    flow = told.need("flow", found[0][0].file, "import or export")
    ledger = layout.ledger(found)
    rows = ledger.rows
    for name in NAMES:
        if name not in rows:
            rows[name] = ""
    partner = _partners(ledger)
    product = ledger.code("product", (2, 4, 6, 8, 10))
    start, months, bad = periods(rows["period"])
    ledger.refuse(bad, "period", "a month such as 202401")
    yuan, dollars = ledger.number("yuan"), ledger.number("dollars")
    column = "dollars" if (rows["dollars"] != "").any() else "yuan"
    ledger.refuse(dollars.isna() & yuan.isna(), column, "a value")
    ledger.once(
        ["period", "partner", "product", "regime", "place"],
        ["yuan", "dollars", "quantity", "quantity2"],
    )
    imports = flow == "import"
    china = pd.Series("CHN", rows.index)
    flows = pd.DataFrame(
        {
            "start": start,
            "months": months,
            "exporter": partner if imports else china,
            "importer": china if imports else partner,
            "product": product,
            "value": dollars.fillna(yuan),
            "currency": pd.Series("USD", rows.index).where(dollars.notna(), "CNY"),
            "valuation": "cif" if imports else "fob",
            "kg": _kilograms(ledger),
            "kg_status": "reported",
            "reported_by": "importer" if imports else "exporter",
            "coverage": "complete",
            "source": "China Customs (GACC)",
        }
    )
    return close(ledger, flows, "gacc", told.rates)


def _partners(ledger: Ledger) -> pd.Series:
    """ISO3 of the partners; unknown and contradictory ones are refused."""
    rows = ledger.rows
    known = partners.of_office("GACC")
    partner = rows["partner"].map(known)
    ledger.refuse(
        partner.isna(),
        "partner",
        "a code of China's customs that the table partner_codes holds (502 is the "
        "United States)",
    )
    ledger.mark(partner.isin(CONTINENTS), "aggregate", rows["partner_name"])
    named = rows["partner_name"].map(partners.names_of("GACC"))
    ledger.refuse(
        named.notna() & (named != partner),
        "partner",
        "the code of the country named beside it",
    )
    return partner


def _kilograms(ledger: Ledger) -> pd.Series:
    """Weight from whichever of the two quantities is one."""
    rows = ledger.rows
    first = ledger.number("quantity") * rows["unit"].map(KILOGRAMS)
    second = ledger.number("quantity2") * rows["unit2"].map(KILOGRAMS)
    return first.fillna(second)
