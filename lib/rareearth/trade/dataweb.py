"""USITC DataWeb: workbooks with a sheet a measure, and CSV saved from one of them.

A workbook is read as a whole: value from the customs value (exports: FAS), weight from
whichever quantity is in kilograms, for one sheet mixes kilograms, pieces and watts. The
last row, ``Total:``, is text and doubles a sum. Empty is not yet published; zero is
zero. Import or export stands only in the sheet of parameters or in the first line.
"""

import re

import pandas as pd

from rareearth.trade import layout, partners
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import numbers, periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet, Unreadable

TITLE = "USITC DataWeb (XLSX, or a sheet of it as CSV)"
LOOKED_FOR = "Data Type, then HTS Number, Country, Year or years, and a measure"
NAMES = {
    "measure": ["Data Type"],
    "partner": ["Country"],
    "product": ["HTS Number", "HTS", "Schedule B Number"],
    "unit": ["Quantity Description"],
    "year": ["Year"],
    "suppressed": ["Suppressed"],
}
VALUES = {  # measures of value, the preferred first, and their valuation
    "customs value": "customs",
    "general customs value": "customs",
    "fas value": "fas",
    "cif import value": "cif",
    "general cif import value": "cif",
}
QUANTITIES = ("first unit of quantity", "second unit of quantity", "quantity")
KILOGRAMS = {"kilograms": 1.0, "metric tons": 1000.0, "grams": 0.001}
MONTHS = "January February March April May June July August September October November"
MONTHS_OF = {m: n for n, m in enumerate([*MONTHS.split(), "December"], start=1)}
PARAMETERS = "Query Parameters"


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of DataWeb; those of its parameters."""
    if sheet.name == PARAMETERS:
        return {}
    places = layout.match(sheet, NAMES, ("measure",))
    if places is None:
        return None
    for place, name in enumerate(layout.named(sheet)):
        if re.fullmatch(r"(19|20)\d\d", name) or name in MONTHS_OF:
            places[f"at {name}"] = place
        elif re.fullmatch(r"(19|20)\d\d_Suppressed", name):
            places[f"suppressed {name[:4]}"] = place
        elif name and place not in places.values() and name.casefold() in _known():
            places["figure"] = place
    wide = any(p.startswith("at ") for p in places)
    return places if wide or "figure" in places else None


def _known() -> set[str]:
    """Names of columns with the figures of a measure."""
    more = {"landed duty-paid value", "dutiable value", "calculated duties"}
    return {*VALUES, *QUANTITIES, *more, "import charges"}


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Flows of the United States in USD.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told
        `flow` and `product` where the file does not say them.

    Returns
    -------
    Reading

    Raises
    ------
    Unreadable
        If it is not known whether these are imports or exports, or of what.
    """
    asked = _parameters(found)
    data = [(sheet, places) for sheet, places in found if places]
    if not data:
        raise Unreadable(
            f"{found[0][0].file}: a workbook of DataWeb without a data sheet"
        )
    flow = told.flow or _flow(data, asked)
    flow = flow or told.need("flow", data[0][0].file, "import or export")
    ledger = layout.ledger(data)
    rows = ledger.rows
    if "product" not in rows:
        rows["product"] = told.need(
            "product", data[0][0].file, "'850511' or another code"
        )
    if "partner" not in rows:
        rows["partner"] = asked.get("Country List", "")
    for name in NAMES:
        if name not in rows:
            rows[name] = ""
    _sums(ledger, data)
    rows["kind"] = rows["measure"].str.casefold()
    charges = rows["kind"] == "charges, insurance, and freight"
    rows["kind"] = rows["kind"].mask(charges, "import charges")
    flows = pd.concat(_parts(ledger, flow, _value(rows["kind"])))
    return close(ledger, flows, "dataweb", told.rates)


def _parameters(found: list[tuple[Sheet, layout.Places]]) -> dict[str, str]:
    """Find what was asked for, in the sheet of parameters; later names win."""
    asked: dict[str, str] = {}
    for sheet, _ in found:
        if sheet.name == PARAMETERS:
            pairs = [c for _, c, _ in sheet.records() if len(c) > 1 and c[1]]
            asked |= {cells[0]: cells[1] for cells in pairs}
    return asked


def _flow(data: list[tuple[Sheet, layout.Places]], asked: dict[str, str]) -> str:
    """Import or export, from the parameters or the line above a header."""
    said = asked.get("Trade Flow", "")
    for sheet, _ in data:
        if sheet.header and sheet.head()[0]:
            said = said or sheet.head()[0][0]
    if "import" in said.casefold():
        return "import"
    return "export" if "export" in said.casefold() else ""


def _value(kinds: pd.Series) -> str:
    """Measure of value that counts: the first of `VALUES` that is there."""
    there = set(kinds)
    return next((v for v in VALUES if v in there), "")


def _sums(ledger: Ledger, data: list[tuple[Sheet, layout.Places]]) -> None:
    """Take out the rows of totals, and say whether they are the sum of the others."""
    rows = ledger.rows
    total = rows["measure"].str.casefold().str.startswith("total")
    figures = pd.concat([numbers(rows[c])[0] for c in _figures(rows)], axis=1)
    for file in rows.loc[total, "file"].unique():
        here = rows["file"] == file
        printed = figures[here & total].sum().sum()
        added = figures[here & ~total].sum().sum()
        if abs(printed - added) > 1:
            ledger.notes.append(
                f"{file}: its total is {printed:,.0f}, its rows add up to {added:,.0f}"
            )
    ledger.mark(total, "part of a total", "the total row")
    ledger.fate = ledger.fate.mask(total, "aggregate")
    for sheet, _ in data:
        said = [c for c in sheet.head()[: sheet.header] if c[:1] == ["Data Row Count"]]
        there = int(((rows["file"] == sheet.file) & ~total).sum())
        if said and said[0][1] != str(there):
            ledger.notes.append(
                f"{sheet.file}: {there} rows, where its head says {said[0][1]}: cut?"
            )


def _parts(ledger: Ledger, flow: str, measure: str) -> list[pd.DataFrame]:
    """Flows of each column of figures: one, or a year or month each."""
    rows = ledger.rows
    base = _flows(ledger, flow, measure)
    is_value = rows["kind"] == measure
    is_kg = rows["kind"].isin(QUANTITIES) & rows["unit"].isin(KILOGRAMS)
    other = ~is_value & ~is_kg
    ledger.mark(other, "other measure", rows["measure"].where(other, ""))
    factor = rows["unit"].map(KILOGRAMS).fillna(1.0)
    parts, told = [], pd.Series(False, rows.index)
    for column in _figures(rows):
        figure = ledger.number(column)
        start, months, bad = _periods(rows["year"], column.removeprefix("at "))
        ledger.refuse(bad, "year", "a year")
        hidden = _hidden(rows, column)
        part = base.assign(
            start=start,
            months=months,
            value=figure.where(is_value),
            kg=(figure * factor).where(is_kg),
        )
        part["kg_status"] = pd.Series("reported", rows.index).where(is_kg, "")
        there = figure.notna() & ~hidden
        told |= there
        parts.append(part[there])
    ledger.mark(~told, "not published", "")
    return parts


def _figures(rows: pd.DataFrame) -> list[str]:
    """Columns that hold figures."""
    return [str(c) for c in rows if c == "figure" or str(c).startswith("at ")]


def _flows(ledger: Ledger, flow: str, measure: str) -> pd.DataFrame:
    """Who traded what with whom."""
    rows = ledger.rows
    product = ledger.code("product", (2, 4, 6, 8, 10))
    partner = partners.iso3(rows["partner"])
    ledger.refuse(
        partner.isna(),
        "partner",
        "a country by its name; where countries are aggregated, break them out",
    )
    imports = flow == "import"
    usa = pd.Series("USA", rows.index)
    return pd.DataFrame(
        {
            "exporter": partner if imports else usa,
            "importer": usa if imports else partner,
            "product": product,
            "currency": "USD",
            "valuation": VALUES.get(measure, "customs" if imports else "fas"),
            "reported_by": "importer" if imports else "exporter",
            "coverage": "complete",
            "source": "USITC DataWeb",
        }
    )


def _periods(year: pd.Series, name: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Periods of a column of figures: its rows' years, its own year or its month."""
    if name in MONTHS_OF:
        return periods(year + f"{MONTHS_OF[name]:02d}")
    return periods(year if name == "figure" else pd.Series(name, year.index))


def _hidden(rows: pd.DataFrame, column: str) -> pd.Series:
    """Where a figure is suppressed."""
    flag = column.replace("at ", "suppressed ") if column != "figure" else "suppressed"
    if flag not in rows:
        return pd.Series(False, rows.index)
    return ~rows[flag].isin(["", "0"])
