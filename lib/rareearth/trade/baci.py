"""BACI, the reconciled world trade of CEPII by year, product and pair of countries.

CEPII publishes a zip per HS edition with a file per year; a row holds year ``t``,
exporter ``i``, importer ``j``, product ``k``, value ``v`` in thousand current USD (FOB)
and quantity ``q`` in tonnes. Quantities carry no flag, so a weight's basis is unknown;
``NA`` is missing. Files too large for memory are read by `rareearth.trade.query`.
"""

import re
from collections.abc import Iterable

import pandas as pd

from rareearth import codes
from rareearth.trade import layout, partners, schema
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import EDITIONS, periods
from rareearth.trade.flows import close
from rareearth.trade.sheet import Sheet, Unreadable

KEY = ["start", "months", "exporter", "importer", "product", "coverage"]

TITLE = "CEPII BACI (zip, yearly CSV or Parquet)"
LOOKED_FOR = "t, i, j, k (or hs6), v, q"
NAMES = {"t": ["t"], "i": ["i"], "j": ["j"], "k": ["k", "hs6"], "v": ["v"], "q": ["q"]}
COUNTRIES = {
    "code": ["country_code"],
    "iso3": ["country_iso3", "iso_3digit_alpha"],
}
PRODUCTS = {"code": ["code"], "description": ["description"]}


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns of flows, or of a table of countries or products."""
    for names in (NAMES, COUNTRIES, PRODUCTS):
        places = layout.match(sheet, names, names)
        if places is not None:
            return places
    return None


def edition(file: str) -> tuple[str, str]:
    """HS edition and release that the name of a file tells, empty where it does not.

    Examples
    --------
    >>> edition("BACI_HS17_Y2024_V202601.csv"), edition("mine.csv")
    (('HS17', 'BACI V202601'), ('', 'BACI'))
    """
    name = file.upper()
    told = re.search("|".join(EDITIONS), name)
    release = re.search(r"V\d{6}[A-Z]?", name)
    source = f"BACI V{release[0][1:].lower()}" if release else "BACI"
    return (told[0] if told else ""), source


def countries(sheet: Sheet) -> dict[str, str]:
    """ISO3 by code from a country table of any version of BACI.

    Parameters
    ----------
    sheet : Sheet
        ``country_codes_V….csv``; in older ones 490 is "Other Asia, nes" under several
        spellings of Taiwan, and the ISO3 of groups is ``N/A``.
    """
    places = layout.match(sheet, COUNTRIES, COUNTRIES) or {}
    found = {}
    for _, cells, fault in sheet.records():
        if fault or not cells[places["code"]].isdecimal():
            continue
        code, iso3 = cells[places["code"]], cells[places["iso3"]]
        if re.fullmatch(r"[A-Z]{3}", iso3):
            found[code] = iso3
    return found


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Flows of BACI, row by row.

    Parameters
    ----------
    found : list of (Sheet, dict)
        Yearly files; tables of countries and products beside them are used to check.
    told : Told

    Returns
    -------
    Reading
    """
    data = [(sheet, places) for sheet, places in found if "t" in places]
    if not data:
        raise Unreadable(
            f"{found[0][0].file}: a table of BACI's codes, without flows; name a "
            "yearly file (BACI_HS17_Y2022_V202601.csv) together with it"
        )
    own = [countries(sheet) for sheet, places in found if "iso3" in places]
    goods = {
        cells[places["code"]].zfill(6)
        for sheet, places in found
        if "description" in places
        for _, cells, fault in sheet.records()
        if not fault
    }
    ledger = layout.ledger(data)
    rows = ledger.rows
    named = {sheet.file: edition(sheet.file) for sheet, _ in data}
    unknown = [file for file, (hs, _) in named.items() if not hs]
    if unknown:
        ledger.notes.append(f"{unknown[0]}: its name does not say the HS edition")
    flows = _flows(ledger, {k: v for table in own for k, v in table.items()}, goods)
    flows["hs_edition"] = rows["file"].map(
        {f: hs or None for f, (hs, _) in named.items()}
    )
    flows["source"] = rows["file"].map({f: source for f, (_, source) in named.items()})
    tellings = flows[["hs_edition", "source"]].fillna("")
    for year, who in tellings.groupby(flows["start"].dt.strftime("%Y")):
        one_telling(int(str(year)), who.itertuples(index=False, name=None))
    ledger.once(["t", "i", "j", "k"], ["v", "q"])
    return close(ledger, flows, "baci", told.rates)


def one_telling(year: int, tellings: Iterable[tuple[str, str]]) -> None:
    """Refuse a year that two editions or releases tell.

    Parameters
    ----------
    year : int
    tellings : iterable of (str, str)
        HS edition and source of its flows.

    Raises
    ------
    Unreadable
    """
    told = sorted({" ".join(telling).strip() for telling in tellings})
    if len(told) > 1:
        raise Unreadable(f"{year} is told by {' and by '.join(told)}; take one of them")


def _flows(ledger: Ledger, own: dict[str, str], goods: set[str]) -> pd.DataFrame:
    """Tell what each row says."""
    rows = ledger.rows
    start, months, bad = periods(rows["t"])
    product = ledger.code("k", (6,))
    exporter, importer = _countries(rows["i"], own), _countries(rows["j"], own)
    ledger.require(
        ("t", lambda _: ~bad.loc[_.index], "a year"),
        ("i", lambda _: exporter.loc[_.index].notna(), "a country code of BACI"),
        ("j", lambda _: importer.loc[_.index].notna(), "a country code of BACI"),
        ("v", lambda text: text.ne("") & text.ne("NA"), "a value in thousand USD"),
    )
    if goods:
        ledger.refuse(
            ~product.isin(goods), "k", "a code of the products table beside it"
        )
    rows["q"] = rows["q"].mask(rows["q"] == "NA", "")
    value, tonnes = ledger.number("v"), ledger.number("q")
    return pd.DataFrame(
        {
            "start": start,
            "months": months,
            "exporter": exporter,
            "importer": importer,
            "product": product,
            "value": (value * 1000).round(3),
            "currency": "USD",
            "valuation": "fob",
            "kg": tonnes * 1000,
            "kg_status": "unknown basis",
            "reported_by": "reconciled",
            "coverage": "complete",
        }
    )


def _countries(keys: pd.Series, own: dict[str, str]) -> pd.Series:
    """ISO3 of BACI's numbers; a newer table beside the file knows newer ones."""
    known = partners.iso3(keys)
    return known.where(known.notna(), keys.map(own).astype("str"))


def flows(
    raw: pd.DataFrame, hs_edition: str, source: str, coverage: str = "complete"
) -> pd.DataFrame:
    """Trade rows from rows in BACI's own layout.

    Parameters
    ----------
    raw : DataFrame
        Columns ``t, i, j, k, v, q`` as text; ``i`` and ``j`` are BACI's numbers or
        ISO codes.
    hs_edition : str
        Edition of the products, as ``HS17``.
    source : str
        Name of the edition of BACI.
    coverage : str
        ``complete`` or ``leading flows``.

    Returns
    -------
    DataFrame
        Rows of the trade table in the order of `raw`: value in whole USD, tonnes
        missing where BACI has ``NA``.

    Examples
    --------
    >>> raw = pd.DataFrame(
    ...     [["2024", "156", "490", "850511", "12.345", "  NA"]], columns=list("tijkvq")
    ... )
    >>> row = flows(raw, "HS17", "BACI V202601").iloc[0]
    >>> row["exporter"], row["importer"], int(row["value_usd"]), row["tonnes_status"]
    ('CHN', 'TWN', 12345, 'missing')
    """
    quantity = raw["q"].astype("str").str.strip()
    tonnes = pd.to_numeric(quantity.mask(quantity.isin(["NA", ""])))
    table = pd.DataFrame(
        {
            "start": pd.to_datetime(raw["t"].astype("str") + "-01-01"),
            "months": 12,
            "exporter": codes.iso3_of(raw["i"]),
            "importer": codes.iso3_of(raw["j"]),
            "product": raw["k"].astype("str").str.zfill(6),
            "hs_edition": hs_edition,
            "value_usd": (raw["v"].astype("float64") * 1000).round().astype("int64"),
            "valuation": "fob",
            "tonnes": tonnes.astype("float64"),
            "tonnes_status": tonnes.notna().map(
                {True: "unknown basis", False: "missing"}
            ),
            "reported_by": "reconciled",
            "coverage": coverage,
            "source": source,
        }
    )
    return table[list(schema.COLUMNS)]


def leading(table: pd.DataFrame, n: int = 6) -> pd.DataFrame:
    """Select leading flows: the main suppliers of importers and customers of exporters.

    Parameters
    ----------
    table : DataFrame
        Complete rows of the trade table, one product.
    n : int
        How many a side.

    Returns
    -------
    DataFrame
        The rows that are among the `n` largest of their importer or of their exporter
        in their year, coverage ``leading flows``. Tonnes are left out: the list is one
        of values.
    """
    order = ["value_usd", "exporter", "importer"]
    ranked = table.sort_values(order, ascending=[False, True, True])
    kept = pd.Index([])
    for side in ("importer", "exporter"):
        kept = kept.union(ranked.groupby(["start", side]).head(n).index)
    return table.loc[kept].assign(
        coverage="leading flows", tonnes=float("nan"), tonnes_status="missing"
    )
