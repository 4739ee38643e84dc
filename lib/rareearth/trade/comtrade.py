"""UN Comtrade: answers of its interface, bulk files, the site's CSV, old and new.

A flow may stand in a file many times: its total and the parts of it by second partner,
customs procedure and transport. Where the columns that tell them apart are there, the
total is the row with partner2 0, customs procedure C00 and transport 0. Where they were
left out, it is the largest row of a flow: values are not negative, so no part exceeds
its total.
"""

import pandas as pd

from rareearth import codes
from rareearth.tables import TableError
from rareearth.trade import layout, schema
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import EDITIONS, each, periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet

TITLE = "UN Comtrade (API JSON, bulk and site CSV, the 35 columns before 2023)"
NAMES = {
    "type": ["typeCode"],
    "period": ["period", "refPeriod"],
    "year": ["refYear", "year", "yr"],
    "month": ["refMonth"],
    "reporter": [
        "reporterCode",
        "Reporter Code",
        "reporter_code",
        "rtCode",
        "reporter",
    ],
    "partner": ["partnerCode", "Partner Code", "partner_code", "ptCode", "partner"],
    "partner2": ["partner2Code", "2nd Partner Code"],
    "flow": ["flowCode", "Trade Flow Code", "flow_code", "rgCode", "flow"],
    "product": ["cmdCode", "Commodity Code", "cmd_code", "cmd"],
    "edition": ["classificationCode", "Classification"],
    "customs": ["customsCode", "Customs Proc. Code"],
    "mos": ["mosCode"],
    "transport": ["motCode", "Mode of Transport Code"],
    "value": ["primaryValue", "Trade Value (US$)", "TradeValue", "value"],
    "cif": ["cifvalue", "CIF Trade Value (US$)"],
    "fob": ["fobvalue", "FOB Trade Value (US$)"],
    "kg": ["netWgt", "Netweight (kg)", "net_wgt"],
    "estimated": ["isNetWgtEstimated"],
    "flag": ["legacyEstimationFlag", "Flag"],
}
NEEDED = ("reporter", "partner", "product", "value")
LOOKED_FOR = "reporterCode, partnerCode, cmdCode, primaryValue"
FLOWS = {"M": "import", "1": "import", "X": "export", "2": "export"}
FLOWS |= {
    "IMPORT": "import",
    "IMPORTS": "import",
    "EXPORT": "export",
    "EXPORTS": "export",
}
# kinds of flow that are contained in imports or exports
PARTS = {"RX", "3", "RM", "4", "DX", "FM", "MIP", "XIP", "MOP", "XOP", "MIF", "XIF"}
PARTS |= {"RE-EXPORT", "RE-EXPORTS", "RE-IMPORT", "RE-IMPORTS"}
# partners that are no country: what cannot or may not be named
UNNAMED = {"568", "577", "527", "636", "637", "471", "472", "473", "837", "838", "839"}
UNNAMED |= {"899", "129", "221", "290", "492", "536"}
AGGREGATES = {"0": "World", "97": "European Union"}
BREAKDOWN = {"partner2": {"", "0"}, "customs": {"", "C00"}, "transport": {"", "0"}}
BREAKDOWN |= {"mos": {"", "0"}}
EDITION = {f"H{n}": edition for n, edition in enumerate(EDITIONS)}
EDITION |= {edition: edition for edition in EDITIONS} | {"": "", "HS": ""}
CUT_OFF = (500, 100_000)  # rows at which the interface ends an answer without notice
TOLD_BY = ["start", "months", "reporter", "flow", "product", "hs_edition"]


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is of UN Comtrade."""
    return layout.match(sheet, NAMES, NEEDED)


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Flows of UN Comtrade, each once.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told
        `flow` where the file has no such column.

    Returns
    -------
    Reading

    Raises
    ------
    Unreadable
        If the file does not say import or export and nobody else does.
    """
    ledger = layout.ledger(found)
    rows = ledger.rows
    if "flow" not in rows:
        rows["flow"] = told.need("flow", rows["file"].iloc[0], "import or export")
    for name in NAMES:
        if name not in rows:
            rows[name] = ""
    for name in ("reporter", "partner", "partner2", "transport", "mos"):
        rows[name] = each(rows[name], _number)
    for file, length in rows["file"].value_counts().items():
        if length in CUT_OFF:
            ledger.notes.append(
                f"{file}: exactly {length} rows, where the interface breaks off "
                "without notice: ask for less at a time"
            )
    flows = _flows(ledger)
    world = _totals(ledger, flows)
    ledger.notes += _against_world(flows[ledger.open()], world)
    return close(ledger, flows, "comtrade", told.rates)


def _flows(ledger: Ledger) -> pd.DataFrame:
    """Tell what each row says; mark rows that are no flow between two countries."""
    rows = ledger.rows
    code = each(rows["flow"], str.upper)
    flow = code.map(FLOWS)
    ledger.refuse(rows["type"].isin(["S", "s"]), "type", "C, goods")
    ledger.mark(
        code.isin(PARTS), "part of a total", "re-exports and other parts of a flow"
    )
    start, months = _periods(ledger)
    value = ledger.number("value")
    kg = ledger.number("kg", least=-1)
    ledger.mark(rows["partner"].isin(AGGREGATES), "aggregate", _group(rows["partner"]))
    ledger.mark(
        rows["reporter"].isin(AGGREGATES), "aggregate", _group(rows["reporter"])
    )
    ledger.mark(each(rows["product"], str.upper) == "TOTAL", "aggregate", "all goods")
    product = ledger.code("product", (2, 4, 6))
    edition = each(rows["edition"], lambda text: EDITION.get(text.upper()))
    reporter, partner = _iso3(rows["reporter"]), _iso3(rows["partner"])
    ledger.require(
        ("flow", lambda _: flow.loc[_.index].notna(), "M or X (1 or 2 before 2023)"),
        ("edition", lambda _: edition.loc[_.index].notna(), "H0 to H6, an HS edition"),
        ("reporter", lambda _: reporter.loc[_.index].notna(), "a number of UN M49"),
        ("partner", lambda _: partner.loc[_.index].notna(), "a number of UN M49"),
        ("value", lambda _: value.loc[_.index].notna(), "a value in USD"),
    )
    imports = flow == "import"
    fob = imports & (rows["cif"] == "") & (rows["fob"] != "")
    estimated = rows["estimated"].isin(["true", "True", "TRUE"]) | rows["flag"].isin(
        ["4", "6"]
    )
    stated = (rows["estimated"] != "") | (rows["flag"] != "")
    status = pd.Series("unknown basis", rows.index).mask(stated, "reported")
    return pd.DataFrame(
        {
            "start": start,
            "months": months,
            "reporter": reporter,
            "partner": partner,
            "flow": flow,
            "exporter": partner.where(imports, reporter),
            "importer": reporter.where(imports, partner),
            "product": product,
            "hs_edition": edition.where(edition != ""),
            "value": value,
            "currency": "USD",
            "valuation": pd.Series("fob", rows.index).mask(imports & ~fob, "cif"),
            "kg": kg.where(kg > 0),
            "kg_status": status.mask(estimated, "estimated"),
            "reported_by": flow.map({"import": "importer", "export": "exporter"}),
            "coverage": "complete",
            "source": "UN Comtrade",
        }
    )


def _number(code: str) -> str:
    """Code of a country or procedure without leading zeros, or the point of a float."""
    return code.removesuffix(".0").lstrip("0") or code[:1]


def _group(codes: pd.Series) -> pd.Series:
    return codes.map(AGGREGATES).fillna("")


def _periods(ledger: Ledger) -> tuple[pd.Series, pd.Series]:
    """First day and length of the period of each row."""
    rows = ledger.rows
    text = rows["period"].where(rows["period"] != "", rows["year"])
    start, months, bad = periods(text)
    ledger.refuse(
        bad, "period" if (rows["period"] != "").any() else "year", "2022 or 202201"
    )
    return start, months


def _iso3(numbers: pd.Series) -> pd.Series:
    """ISO3 of UN numbers; missing where there is no such country."""
    known: dict[str, str] = {}
    for number in numbers.unique():
        if number in UNNAMED:
            known[number] = schema.UNNAMED
        elif number.isdecimal() and number not in AGGREGATES:
            try:
                known[number] = codes.iso3(number)
            except TableError:
                continue
    return numbers.map(known)


def _totals(ledger: Ledger, flows: pd.DataFrame) -> pd.Series:
    """Leave one row of each flow open, its total; tell what World rows say of it."""
    rows = ledger.rows
    total = pd.Series(True, rows.index)
    told = pd.Series(True, rows.index)
    for name, whole in BREAKDOWN.items():
        total &= rows[name].isin(whole)
        told &= (rows[name] != "") | (name == "mos")
    world = flows[total & (rows["partner"] == "0") & (rows["product"] != "TOTAL")]
    largest = world.groupby(TOLD_BY, dropna=False)["value"].max()
    flow = ["period", "year", "reporter", "partner", "flow", "product", "edition"]
    group = rows.groupby(flow, sort=False).ngroup()
    ledger.mark(
        ~total & group.isin(group[total & ledger.open()]),
        "part of a total",
        "second partner, customs procedure or transport",
    )
    ledger.refuse(
        ~total,
        "customs",
        "a row with partner2 0, customs procedure C00 and transport 0 beside it; ask "
        "for partner2Code=0, customsCode=C00, motCode=0",
    )
    ledger.once([*flow, *BREAKDOWN], ["value", "kg"], told)
    left = flows.assign(group=group)[ledger.open() & ~told]
    left = left.sort_values(["value", "kg"], ascending=False, na_position="last")
    rest = left.index[left.duplicated("group")]
    ledger.mark(
        rows.index.to_series().isin(rest),
        "part of a total",
        "repeats or divides its flow",
    )
    if len(rest):
        ledger.notes.append(
            f"{len(rest)} rows repeat or divide a flow, and the columns that tell them "
            "apart are not there: the largest row of each flow is its total"
        )
    return largest


def _against_world(flows: pd.DataFrame, world: pd.Series) -> list[str]:
    """Say where the partners of a flow do not add up to its World row."""
    partners = flows.groupby(TOLD_BY, dropna=False)["value"].sum()
    both = pd.concat([partners, world], axis=1, keys=["partners", "world"]).dropna()
    off = (both["partners"] - both["world"]).abs() > 2 + 1e-6 * both["world"]
    if not len(both):
        return []
    if not off.any():
        return [f"partners add up to World in all of {len(both)} flows that have both"]
    gap = (both["partners"] / both["world"] - 1).abs()[off].reset_index(name="gap")
    worst = gap.sort_values("gap").iloc[-1]
    return [
        f"partners do not add up to World in {len(gap)} of {len(both)} flows; most in "
        f"{worst['reporter']} {worst['flow']} {worst['product']} {worst['start']:%Y}: "
        f"{worst['gap']:.1%} off"
    ]
