"""Japan's trade statistics (e-Stat): a year a row, its months beside each other.

Values are thousand yen. A month that is not out yet stands as 0, like one without
trade; such months give no row. A good counted in one unit has it in the second place.
The layout follows public parsers; no original file was at hand.
"""

import pandas as pd

from rareearth.trade import layout, partners
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet

TITLE = "Japan, Ministry of Finance trade statistics (e-Stat CSV)"
LOOKED_FOR = "Exp or Imp, Year, HS, Country, Value-Year, Value-Jan"
MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
NAMES = {
    "flow": ["Exp or Imp"],
    "year": ["Year"],
    "customs": ["Custom"],
    "product": ["HS"],
    "partner": ["Country"],
    "unit1": ["Unit1"],
    "unit2": ["Unit2"],
    "value0": ["Value-Year"],
    "first0": ["Quantity1-Year"],
    "second0": ["Quantity2-Year", "Quantity-Year"],
}
for _n, _m in enumerate(MONTHS, start=1):
    _spelt = [_m, "Apl"] if _m == "Apr" else [_m]
    NAMES[f"value{_n}"] = [f"Value-{m}" for m in _spelt]
    NAMES[f"first{_n}"] = [f"Quantity1-{m}" for m in _spelt]
    NAMES[f"second{_n}"] = [f"Quantity{k}-{m}" for m in _spelt for k in ("2", "")]
FLOWS = {"1": "export", "2": "import"}
KILOGRAMS = {"KG": 1.0, "MT": 1000.0, "GR": 0.001}
ROUNDING = 12  # thousand yen: each month is rounded down


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of Japan's customs."""
    return layout.match(sheet, NAMES, ("flow", "year", "product", "value0"))


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Japan's flows in USD, by month where the file has months, else by year.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told
        `rates` for JPY.

    Returns
    -------
    Reading
    """
    ledger = layout.ledger(found)
    rows = ledger.rows
    for name in NAMES:
        if name not in rows:
            rows[name] = ""
    flows = _flows(ledger)
    months = [n for n in range(1, 13) if (rows[f"value{n}"] != "").any()] or [0]
    parts = {n: _part(ledger, flows, n) for n in months}
    figures = [f"{kind}{n}" for n in months for kind in ("value", "first", "second")]
    ledger.once(["flow", "year", "customs", "product", "partner"], figures)
    values = pd.concat([part["value"] for part in parts.values()], axis=1)
    ledger.mark(values.isna().all(axis=1), "not published", "")
    ledger.mark((values.fillna(0) == 0).all(axis=1), "no trade", "")
    ledger.notes += _oddities(ledger, values.set_axis(months, axis=1))
    told_of = pd.concat([part[part["value"] > 0] for part in parts.values()])
    return close(ledger, told_of, "estat", told.rates)


def _flows(ledger: Ledger) -> pd.DataFrame:
    """Who traded what with whom; rows without a country are totals of the world."""
    rows = ledger.rows
    ledger.mark(rows["partner"] == "", "aggregate", "all countries")
    flow = rows["flow"].map(FLOWS)
    product = ledger.code("product", (9,))
    partner = rows["partner"].map(partners.of_office("Japan Customs"))
    start, _, bad = periods(rows["year"])
    ledger.require(
        ("flow", lambda _: flow.loc[_.index].notna(), "1 (export) or 2 (import)"),
        ("year", lambda _: ~bad.loc[_.index], "a year"),
        (
            "partner",
            lambda _: partner.loc[_.index].notna(),
            "a code of Japan's customs that the table partner_codes holds (105: China)",
        ),
    )
    imports = flow == "import"
    return pd.DataFrame(
        {
            "start": start,
            "exporter": partner.where(imports, "JPN"),
            "importer": pd.Series("JPN", rows.index).where(imports, partner),
            "product": product,
            "currency": "JPY",
            "valuation": flow.map({"import": "cif", "export": "fob"}),
            "kg_status": "reported",
            "reported_by": flow.map({"import": "importer", "export": "exporter"}),
            "coverage": "complete",
            "source": "Japan Customs (e-Stat)",
        }
    )


def _part(ledger: Ledger, flows: pd.DataFrame, month: int) -> pd.DataFrame:
    """Flows of one month of the year, or of the whole year (0)."""
    rows = ledger.rows
    kg = pd.Series(float("nan"), rows.index)
    for place, unit in (("second", "unit2"), ("first", "unit1")):
        amount = ledger.number(f"{place}{month}")
        kg = kg.fillna(amount * rows[unit].str.upper().map(KILOGRAMS))
    shift = pd.DateOffset(months=max(month, 1) - 1)
    return flows.assign(
        value=ledger.number(f"value{month}") * 1000,
        kg=kg,
        start=flows["start"] + shift,
        months=1 if month else 12,
    )


def _oddities(ledger: Ledger, values: pd.DataFrame) -> list[str]:
    """Tell months without any trade at all, and years that are not their months."""
    notes = []
    last = int(values.columns[-1])
    for (flow, year), group in values.groupby(
        [ledger.rows["flow"], ledger.rows["year"]]
    ):
        traded = [int(m) for m in group.columns[(group > 0).any()]]
        if last and traded and traded[-1] < last:
            notes.append(
                f"{FLOWS.get(str(flow), flow)}s of {year}: nothing at all after "
                f"{MONTHS[traded[-1] - 1]}; not out yet, so not in the table"
            )
    if last:
        whole = ledger.number("value0") * 1000
        off = (values.sum(axis=1) - whole).abs() > ROUNDING * 1000
        off &= ledger.open()
        if off.any():
            where = ledger.rows.loc[off, "row"].iloc[0]
            notes.append(
                f"{int(off.sum())} rows whose months do not add up to Value-Year, the "
                f"first in row {where}"
            )
    return notes
