"""Your own table: any CSV, XLSX or Parquet, with a mapping file that says what is what.

::

    source = "Purchases of Magnet Works"
    [period]
    column = "Month"
    format = "%m/%Y"  # where it is not like 2024, 202401 or 2024-01-31
    [exporter]
    column = "Origin"  # names, ISO2, ISO3 or UN numbers
    [importer]
    value = "DEU"
    [product]
    column = "Commodity code"
    [value]
    column = "Amount"
    currency = "EUR"
    scale = 1000  # thousand euros
    [weight]
    column = "Net mass"
    unit = "kg"

Rows of one flow and month are added up: a list of deliveries is as good as a table.
Instead of exporter and importer a file may tell reporter, partner and flow.
"""

import math
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from rareearth import tables
from rareearth.schema import nearest
from rareearth.trade import mapping, partners, schema
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import EDITIONS, edition_of, periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Unreadable

TITLE = "your own table with a mapping file"
PARTS = {
    "period": ["format", "months"],
    "exporter": ["codes"],
    "importer": ["codes"],
    "reporter": ["codes"],
    "partner": ["codes"],
    "flow": ["import", "export"],  # lists of the words for each
    "product": [],
    "hs_edition": [],
    "value": ["currency", "currency_column", "scale"],
    "weight": ["unit", "status"],
    "valuation": [],
    "reported_by": [],
    "coverage": [],
}
NEEDED = ["period", "exporter|partner", "importer|reporter|partner", "product"]
NEEDED += ["value|weight"]
KILOGRAMS = {"kg": 1.0, "t": 1000.0, "g": 0.001, "100kg": 100.0, "lb": 0.45359237}
FLOWS = {"m": "import", "i": "import", "import": "import", "imports": "import"}
WEIGHED = tuple(s for s in schema.STATUSES if s != "missing")
YEARS, MONTHS = {"%Y", "%y"}, {"%m", "%b", "%B"}
DAYS = {f"%{letter}" for letter in "daAHIMSfp%"}  # what may stand beside a month
FLOWS |= {"x": "export", "e": "export", "export": "export", "exports": "export"}


def beside(path: Path) -> Path | None:
    """Find the mapping file of the same name beside a file, if there is one.

    ``mine.csv`` and ``mine.csv.gz`` have theirs in ``mine.toml``.
    """
    mapped = path.with_name(path.name.split(".")[0] + ".toml")
    return mapped if mapped.is_file() else None


def reading(paths: Sequence[str | Path], mapped: str | Path, told: Told) -> Reading:
    """Flows of your own table in USD.

    Parameters
    ----------
    paths : list of path
    mapped : path
        The mapping file.
    told : Told
        `rates` for other money than USD.

    Returns
    -------
    Reading

    Raises
    ------
    Unreadable
        If the mapping file is wrong or names what is not there.
    """
    plan = mapping.plan(mapped, PARTS, NEEDED)
    _check(plan)
    ledger, decimal = mapping.rows(paths, plan)
    twice = int(ledger.rows.drop(columns=["file", "row"]).duplicated().sum())
    if twice:
        ledger.notes.append(
            f"{twice} rows are like another in every cell; all are counted"
        )
    start, months = _periods(ledger, plan)
    flows = _sides(ledger, plan).assign(start=start, months=months)
    flows["product"] = ledger.code("product", (2, 4, 6, 8, 9, 10))
    flows["hs_edition"] = _choice(
        ledger, plan, "hs_edition", EDITIONS, edition_of(start)
    )
    flows["currency"] = _currency(ledger, plan)
    flows["value"], flows["kg"] = float("nan"), float("nan")
    if "value" in plan.parts:
        scale = _number(plan, "value", "scale", 1)
        flows["value"] = ledger.number("value", decimal) * scale
    if "weight" in plan.parts:
        unit = _unit(plan)
        # 0 and -1 stand for no weight in many a table
        flows["kg"] = ledger.number("weight", decimal, least=-1) * unit
        flows["kg"] = flows["kg"].where(flows["kg"] > 0)
    ledger.refuse(
        flows["value"].isna() & flows["kg"].isna(),
        "value" if "value" in plan.parts else "weight",
        "a number, of value or of weight",
    )
    flows["kg_status"] = plan.option("weight", "status", "reported")
    for name, allowed, default in (
        ("valuation", schema.VALUATIONS, "cif"),
        ("reported_by", schema.TELLERS, "importer"),
        ("coverage", schema.COVERAGES, "complete"),
    ):
        flows[name] = _choice(ledger, plan, name, allowed, flows.get(name, default))
    flows["source"] = plan.general["source"]
    return close(ledger, flows, "own", told.rates)


def _check(plan: mapping.Plan) -> None:
    """Check the options of a plan that no row can put right."""
    form = plan.option("period", "format")
    if "format" in plan.parts["period"] and not _is_period(form):
        raise Unreadable(
            f"{plan.path.name}: format of [period] is {form!r}; it must have a year "
            "(%Y or %y) and a month (%m, %b or %B), perhaps with a day and a time, as "
            "'%d.%m.%Y', or a year alone"
        )
    if _number(plan, "period", "months", 0) not in (0, 1, 12):
        raise Unreadable(f"{plan.path.name}: months of [period] must be 1 or 12")
    scale = _number(plan, "value", "scale", 1)
    if not 0 < scale < math.inf:
        raise Unreadable(
            f"{plan.path.name}: scale of [value] is {scale}; it must be a number above "
            "0, as 1000 for thousands"
        )
    _one_of(plan, "weight", "status", "reported", WEIGHED)
    for side in ("exporter", "importer", "reporter", "partner"):
        if "codes" in plan.parts.get(side, {}):
            offices = tables.load("partner_codes")["office"].unique()
            _one_of(plan, side, "codes", "", tuple(offices))
    for flow in ("import", "export"):
        words = plan.option("flow", flow, [])
        if not isinstance(words, list):
            raise Unreadable(
                f"{plan.path.name}: {flow} of [flow] is {words!r}; it must be a list "
                "of words"
            )


def _is_period(form: object) -> bool:
    """Whether a format of dates tells a month of a year, or a year and no more."""
    if not isinstance(form, str) or not re.fullmatch(r"([^%]|%.)*", form):
        return False
    told = re.findall("%.", form)
    year, month = YEARS.intersection(told), MONTHS.intersection(told)
    if len(set(told)) < len(told) or len(year) != 1 or len(month) > 1:
        return False
    return set(told) <= year | month | (DAYS if month else {"%%"})


def _periods(ledger: Ledger, plan: mapping.Plan) -> tuple[pd.Series, pd.Series]:
    """First day and length of the period of each row."""
    text = ledger.rows["period"]
    form = plan.option("period", "format")
    if form:
        day = pd.to_datetime(text, format=form, errors="coerce")
        coarse = "%Y-%m" if MONTHS.intersection(re.findall("%.", form)) else "%Y"
        text = day.dt.strftime(coarse).fillna("")
    start, months, bad = periods(text)
    ledger.refuse(
        bad, "period", f"a period like {form or '2024, 202401 or 2024-01-31'}"
    )
    length = int(_number(plan, "period", "months", 0))
    if length == 12:
        start = start.dt.to_period("Y").dt.start_time
    return start, months if not length else months * 0 + length


def _number(plan: mapping.Plan, part: str, name: str, default: float) -> float:
    """Number that a part says, such as scale = 1000."""
    said = plan.option(part, name, default)
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        raise Unreadable(
            f"{plan.path.name}: {name} of [{part}] is {said!r}; it must be a number"
        )
    return said


def _sides(ledger: Ledger, plan: mapping.Plan) -> pd.DataFrame:
    """Find exporter, importer and, from reporter and partner, who reports."""
    known = {}
    for side in ("exporter", "importer", "reporter", "partner"):
        if side in plan.parts:
            known[side] = _country(ledger, plan, side)
    if "flow" not in plan.parts:
        if not {"exporter", "importer"} <= known.keys():
            raise Unreadable(
                f"{plan.path.name}: [reporter] and [partner] need a [flow], import or "
                "export; or name [exporter] and [importer]"
            )
        return pd.DataFrame({s: known[s] for s in ("exporter", "importer")})
    if not {"reporter", "partner"} <= known.keys():
        raise Unreadable(f"{plan.path.name}: [flow] needs [reporter] and [partner]")
    words = FLOWS | {
        str(word).casefold(): flow
        for flow in ("import", "export")
        for word in plan.option("flow", flow, [])
    }
    flow = ledger.rows["flow"].str.casefold().map(words)
    ledger.refuse(flow.isna(), "flow", "import or export")
    imports = flow == "import"
    reporter, partner = known["reporter"], known["partner"]
    return pd.DataFrame(
        {
            "exporter": partner.where(imports, reporter),
            "importer": reporter.where(imports, partner),
            "reported_by": flow.map({"import": "importer", "export": "exporter"}),
            "valuation": flow.map({"import": "cif", "export": "fob"}),
        }
    )


def _country(ledger: Ledger, plan: mapping.Plan, side: str) -> pd.Series:
    """ISO3 of one side; groups of countries marked, unknown ones refused."""
    rows = ledger.rows[side]
    office = plan.option(side, "codes")
    found = rows.map(partners.of_office(office)) if office else partners.iso3(rows)
    group = found.notna() & ~found.isin(schema.places())
    ledger.mark(group, "aggregate", rows.where(group, ""))
    ledger.refuse(found.isna(), side, "a country by name, ISO2, ISO3 or UN number")
    return found


def _currency(ledger: Ledger, plan: mapping.Plan) -> pd.Series:
    column = "value.currency_column"
    if column in ledger.rows:
        return ledger.rows[column].str.upper()
    said = str(plan.option("value", "currency", "")).upper()
    if "value" in plan.parts and not said:
        raise Unreadable(f"{plan.path.name}: [value] must say its currency, as 'EUR'")
    return pd.Series(said or "USD", ledger.rows.index)


def _unit(plan: mapping.Plan) -> float:
    said = str(plan.option("weight", "unit", ""))
    if said not in KILOGRAMS:
        raise Unreadable(
            f"{plan.path.name}: unit of [weight] is '{said}'; it must be "
            f"{nearest(said, KILOGRAMS)}"
        )
    return KILOGRAMS[said]


def _one_of(
    plan: mapping.Plan, part: str, name: str, default: str, allowed: Collection[str]
) -> None:
    """Check an option that knows only a few words."""
    said = plan.option(part, name, default)
    if said not in allowed:
        raise Unreadable(
            f"{plan.path.name}: {name} of [{part}] is '{said}'; it must be "
            f"{nearest(str(said), allowed)}"
        )


def _choice(
    ledger: Ledger,
    plan: mapping.Plan,
    name: str,
    allowed: Collection[str],
    default: pd.Series | str,
) -> pd.Series | str:
    """Values of a part that knows only a few words, or the default without it."""
    if name not in plan.parts:
        return default
    told = ledger.rows[name]
    ledger.refuse(~told.isin(allowed), name, f"one of {', '.join(allowed)}")
    return told
