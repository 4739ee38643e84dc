"""US Census Bureau, interface of international trade: JSON rows or CSV made of them.

World (``-``), groups of countries (``0001`` and on) and continents (``1XXX`` and on)
stand among the countries; only the rest adds up to the United States. Weight is given
by transport: it is a weight of the flow only where the value by air and by vessel is
all of its value, for nothing is weighed that comes over land.
"""

import pandas as pd

from rareearth.trade import layout, partners
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet, Unreadable

TITLE = "US Census Bureau international trade API (JSON or CSV)"
LOOKED_FOR = (
    "CTY_CODE, I_COMMODITY or E_COMMODITY, GEN_VAL_MO or ALL_VAL_MO, YEAR, MONTH"
)
NAMES = {
    "partner": ["CTY_CODE"],
    "imported": ["I_COMMODITY"],
    "exported": ["E_COMMODITY"],
    "general": ["GEN_VAL_MO"],
    "consumption": ["CON_VAL_MO"],
    "all": ["ALL_VAL_MO"],
    "quantity": ["GEN_QY1_MO", "CON_QY1_MO", "ALL_QY1_MO", "QTY_1_MO"],
    "unit": ["UNIT_QY1"],
    "second": ["GEN_QY2_MO", "CON_QY2_MO", "ALL_QY2_MO", "QTY_2_MO"],
    "second_unit": ["UNIT_QY2"],
    "air_value": ["AIR_VAL_MO"],
    "air_kg": ["AIR_WGT_MO"],
    "vessel_value": ["VES_VAL_MO"],
    "vessel_kg": ["VES_WGT_MO"],
    "year": ["YEAR"],
    "month": ["MONTH"],
    "time": ["time"],
    "level": ["SUMMARY_LVL"],
}
MEASURES = {  # value column: flow, valuation
    "general": ("import", "customs"),
    "consumption": ("import", "customs"),
    "all": ("export", "fas"),
}
KILOGRAMS = {"KG": 1.0, "T": 1000.0, "G": 0.001}
GROUPS = r"-|00\d\d|\dXXX"


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of the Census Bureau.

    Raises
    ------
    Unreadable
        If it is, but without a monthly value.
    """
    places = layout.match(sheet, NAMES, ("partner",))
    if not places or not {"imported", "exported"} & places.keys():
        return None
    if not MEASURES.keys() & places.keys():
        raise Unreadable(
            f"{sheet.file}: of the US Census Bureau, but without a value of the month; "
            "ask for GEN_VAL_MO (imports) or ALL_VAL_MO (exports)"
        )
    return places


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Flows of the United States in USD, by month.

    Parameters
    ----------
    found : list of (Sheet, dict)
        Where both general imports and imports for consumption are there, general.
    told : Told

    Returns
    -------
    Reading
    """
    ledger = layout.ledger(found)
    rows = ledger.rows
    for name in NAMES:
        if name not in rows:
            rows[name] = ""
    measure = next(m for m in MEASURES if (rows[m] != "").any())
    flow, valuation = MEASURES[measure]
    imports = flow == "import"
    start, months = _periods(ledger)
    value = ledger.number(measure)
    ledger.refuse(value.isna(), measure, "a value in USD")
    good = "imported" if imports else "exported"
    ledger.mark(rows[good] == "-", "aggregate", "all goods")
    group = rows["partner"].str.fullmatch(GROUPS) | (rows["level"].str.upper() == "CGP")
    ledger.mark(group, "aggregate", _kind(rows["partner"]))
    product = ledger.code(good)
    partner = rows["partner"].map(partners.of_office("US Census"))
    ledger.refuse(
        partner.isna(),
        "partner",
        "a code of Schedule C that the table partner_codes holds (5700 is China)",
    )
    ledger.once(["partner", good, "time", "year", "month"], [measure, "quantity"])
    usa = pd.Series("USA", rows.index)
    flows = pd.DataFrame(
        {
            "start": start,
            "months": months,
            "exporter": partner if imports else usa,
            "importer": usa if imports else partner,
            "product": product,
            "value": value,
            "currency": "USD",
            "valuation": valuation,
            "kg": _kilograms(ledger, value),
            "kg_status": "reported",
            "reported_by": "importer" if imports else "exporter",
            "coverage": "complete",
            "source": "US Census Bureau",
        }
    )
    ledger.notes += _against_world(ledger, flows, good)
    return close(ledger, flows, "census", told.rates)


def _kind(partner: pd.Series) -> pd.Series:
    kinds = {"-": "World", "0": "groups of countries"}
    return partner.str[0].map(kinds).fillna("continents")


def _periods(ledger: Ledger) -> tuple[pd.Series, pd.Series]:
    """First day and length of the period of each row."""
    rows = ledger.rows
    month = rows["month"].str.zfill(2).where(rows["month"] != "", "")
    text = (rows["year"] + month).where(rows["time"] == "", rows["time"])
    start, months, bad = periods(text)
    bad |= months != 1
    ledger.refuse(bad, "time" if (rows["time"] != "").all() else "month", "a month")
    return start, months


def _kilograms(ledger: Ledger, value: pd.Series) -> pd.Series:
    """Weight from a quantity, or from air and vessel if nothing came otherwise."""
    rows = ledger.rows
    kg = ledger.number("quantity") * rows["unit"].str.upper().map(KILOGRAMS)
    second = ledger.number("second") * rows["second_unit"].str.upper().map(KILOGRAMS)
    kg = kg.fillna(second)
    weighed = ledger.number("air_value") + ledger.number("vessel_value")
    both = ledger.number("air_kg") + ledger.number("vessel_kg")
    return kg.fillna(both.where((weighed == value) & (both > 0)))


def _against_world(ledger: Ledger, flows: pd.DataFrame, good: str) -> list[str]:
    """Say whether the countries add up to World where World stands beside them."""
    rows = ledger.rows
    keyed = pd.DataFrame({"start": flows["start"], "good": rows[good]})
    keyed["value"] = flows["value"]
    world = keyed[rows["partner"] == "-"].groupby(["start", "good"])["value"].max()
    countries = keyed[ledger.open()].groupby(["start", "good"])["value"].sum()
    both = pd.concat([world, countries], axis=1, keys=["world", "countries"]).dropna()
    off = int((both["world"] != both["countries"]).sum())
    if not len(both):
        return []
    if not off:
        return [f"countries add up to World in all of {len(both)} months and goods"]
    return [
        f"countries do not add up to World in {off} of {len(both)} months and goods"
    ]
