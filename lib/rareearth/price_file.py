"""Your own quotes: any CSV, XLSX or Parquet, with a mapping that says what is what.

::

    source = "Desk of Magnet Works"
    [date]
    column = "Day"
    format = "%d.%m.%Y"  # where it is not like 2024-01-31, 2024-01 or 202401
    [material]
    column = "Product"  # Nd, neodymium or neodymium oxide, or your words:
    neodymium = ["PrNd-free Nd2O3"]
    [price]
    column = "Price"  # or [low] and [high]: the middle is taken
    unit_column = "Unit"  # each kg, CNY/t or 10,000 CNY/t; or unit = "CNY/t" for all
    [vat]
    value = "included"  # excluded, not stated, not applicable; its share if not CNY's
    [market]
    value = "China domestic"

The mapping lies beside the file under the same name, ``quotes.toml`` for
``quotes.csv``. A report does not rest on a part of a file: one row that cannot be
read is an error, and all of them are told.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from rareearth import prices, tables
from rareearth.frames import each
from rareearth.quotes import COLUMNS, ELEMENTS, FORM
from rareearth.trade import mapping, own
from rareearth.trade.account import Ledger
from rareearth.trade.sheet import Unreadable

HOW = ["unit", "unit_column", "currency", "currency_column", "statistic"]
PARTS = {
    "date": ["format"],
    "material": [*ELEMENTS.values()],
    "form": [],
    "purity": [],
    "market": [],
    "price": HOW,
    "low": HOW,
    "high": [],
    "vat": ["share"],
}
NEEDED = ["date", "material", "price|low", "vat"]
STATISTICS = {"quote": "a price of one day", "mean": "a mean of a month"}
MARKET = "own quotes"
UNIT = re.compile(r"(?:([0-9][0-9,.]*)\s+)?(?:([A-Z]{3})/)?(kg|t|g|lb)")
TOLD = 5  # faults that an error tells before it only counts


class Reading(NamedTuple):
    """A file as read: its quotes, and where they are from."""

    quotes: pd.DataFrame
    source: str
    mapping: Path
    rows: int


def mapping_of(path: str | Path) -> Path:
    """Find the mapping file beside a file of prices.

    Raises
    ------
    Unreadable
        If there is none.
    """
    path = Path(path)
    found = own.beside(path)
    if found is None:
        raise Unreadable(
            f"{path.name}: prices of your own need a mapping file beside them, "
            f"{path.name.split('.')[0]}.toml, for date, material, price, unit, "
            "currency and VAT"
        )
    return found


def reading(path: str | Path) -> Reading:
    """Quotes of a file in US dollars per kilogram, value added tax taken out.

    Parameters
    ----------
    path
        The file; its mapping lies beside it.

    Returns
    -------
    Reading
        `quotes` as `rareearth.quotes.held` gives them. Of several quotes of a month a
        line takes the last; a month may have one mean.

    Raises
    ------
    Unreadable
        If the mapping errs, or rows do: with row, column, value and what would be
        right.
    """
    plan = mapping.plan(mapping_of(path), PARTS, NEEDED)
    ledger, decimal = mapping.rows([path], plan)
    rates = tables.load("exchange_rates")
    found = _dates(ledger, plan)
    found["material"] = _materials(ledger, plan)
    found = found.join(_amounts(ledger, plan, decimal))
    found = found.join(_units(ledger, plan))
    found["vat"] = ledger.rows["vat"].str.casefold()
    ledger.refuse(~found["vat"].isin(prices.VAT), "vat", _one_of(prices.VAT))
    found["vat_share"] = _vat_share(plan)
    for name, default in (("form", FORM), ("purity", ""), ("market", MARKET)):
        found[name] = ledger.rows.get(name, default)
    _convertible(ledger, found, rates)
    _once(ledger, found)
    _complain(ledger)
    found = prices.usd_per_kg(found, rates)
    ratio = found["price_usd_per_kg"] / found["price"]
    found = found.assign(
        low_usd_per_kg=found["low"] * ratio,
        high_usd_per_kg=found["high"] * ratio,
        publisher=plan.general["source"],
        origin=plan.general["source"],
        purity=found["purity"].replace("", None),
    )
    known = found.drop_duplicates(["date", "material", "form", "purity", "market"])
    known = known.sort_values(["material", "date"], ignore_index=True)
    return Reading(known[COLUMNS], plan.general["source"], plan.path, len(found))


def _dates(ledger: Ledger, plan: mapping.Plan) -> pd.DataFrame:
    """Day of each row, or the first of its month where no day is told."""
    text, form = ledger.rows["date"], plan.option("date", "format")
    kind = plan.option(_main(plan), "statistic", "quote")
    if kind not in STATISTICS:
        raise Unreadable(
            f"{plan.path.name}: statistic is {kind!r}; it must be {_one_of(STATISTICS)}"
        )
    if form:
        days = pd.to_datetime(text, format=form, errors="coerce")
        monthly = pd.Series("%d" not in form and "%j" not in form, text.index)
    else:
        plain = text.str.extract(r"^(\d{4})-?(\d\d)(?:-(\d\d))?(?:[T ]00:00.*)?$")
        parts = plain[0] + "-" + plain[1] + "-" + plain[2].fillna("01")
        days = pd.to_datetime(parts, format="%Y-%m-%d", errors="coerce")
        monthly = plain[2].isna()
    like = form or "2024-01-31, 2024-01 or 202401"
    ledger.refuse(days.isna(), "date", f"a day or a month like {like}")
    precision = monthly.map({True: "month", False: "day"})
    return pd.DataFrame({"date": days, "date_precision": precision, "kind": kind})


def _main(plan: mapping.Plan) -> str:
    """The part that says unit and currency."""
    return "price" if "price" in plan.parts else "low"


def _materials(ledger: Ledger, plan: mapping.Plan) -> pd.Series:
    """Element of each row by its name, its symbol, or a word of the mapping."""
    known: dict[str, str] = {}
    for symbol, name in ELEMENTS.items():
        for word in (symbol, name):
            known |= dict.fromkeys((word.casefold(), f"{word} oxide".casefold()), name)
        said = plan.option("material", name, [])
        if not isinstance(said, list):
            raise Unreadable(
                f"{plan.path.name}: {name} of [material] is {said!r}; it must be a "
                "list of words"
            )
        known |= {str(word).casefold(): name for word in said}
    found = ledger.rows["material"].str.casefold().map(known)
    ledger.refuse(
        found.isna(),
        "material",
        "an element, or a word that [material] lists, as neodymium = ['…']",
    )
    return found


def _amounts(ledger: Ledger, plan: mapping.Plan, decimal: str) -> pd.DataFrame:
    """Price of each row as written, with low and high where they are told."""
    sides = [name for name in ("price", "low", "high") if name in plan.parts]
    if ("low" in sides) != ("high" in sides):
        raise Unreadable(f"{plan.path.name}: [low] and [high] go together")
    told = pd.DataFrame(
        {name: ledger.number(name, decimal) for name in sides}, ledger.rows.index
    ).reindex(columns=["price", "low", "high"])
    if "price" not in sides:
        told["price"] = told[["low", "high"]].mean(axis=1, skipna=False)
    wrong = ~(told["price"] > 0)
    ledger.refuse(wrong, _main(plan), "a price above 0")
    if "low" in sides:
        ledger.refuse(told["high"] < told["low"], "high", "not below the low price")
    return told.astype(float)


def _units(ledger: Ledger, plan: mapping.Plan) -> pd.DataFrame:
    """Currency and mass that each price is for; how many masses, in the mass."""
    part = _main(plan)
    text = ledger.rows.get(f"{part}.unit_column")
    if text is None:
        said = str(plan.option(part, "unit"))
        if not UNIT.fullmatch(said):
            raise Unreadable(
                f"{plan.path.name}: unit of [{part}] is '{said}'; it must be like kg, "
                "CNY/t or 10,000 CNY/t, or name a unit_column"
            )
        text = pd.Series(said, ledger.rows.index)
    found = text.str.extract(f"^{UNIT.pattern}$")
    right = "a unit like kg, CNY/t or 10,000 CNY/t"
    ledger.refuse(found[2].isna(), f"{part}.unit_column", right)
    money = ledger.rows.get(f"{part}.currency_column")
    if money is None:
        money = pd.Series(str(plan.option(part, "currency")), ledger.rows.index)
    currency = found[1].fillna(money.str.upper())
    where = f"{part}.currency_column"
    ledger.refuse(
        found[2].notna() & (currency == ""),
        where if where in ledger.rows else f"{part}.unit_column",
        "with its currency, as CNY/t",
    )
    scale = pd.to_numeric(found[0].str.replace(",", "")).fillna(1.0)
    return pd.DataFrame({"currency": currency, "unit": found[2], "scale": scale})


def _vat_share(plan: mapping.Plan) -> float:
    """Value added tax in prices that hold it, missing where the mapping says none."""
    share = plan.option("vat", "share", float("nan"))
    if isinstance(share, bool) or not isinstance(share, (int, float)) or share >= 1:
        raise Unreadable(
            f"{plan.path.name}: share of [vat] is {share!r}; it must be like 0.13"
        )
    return float(share)


def _convertible(ledger: Ledger, found: pd.DataFrame, rates: pd.DataFrame) -> None:
    """Refuse money without an exchange rate, and tax of an unknown height; scale."""
    start = pd.PeriodIndex(found["date"], freq="M").to_timestamp()
    known = pd.MultiIndex.from_frame(rates[["currency", "start"]])
    asked = pd.MultiIndex.from_arrays([found["currency"], start])
    dollars = found["currency"].isin(["USD", ""]) | found["currency"].isna()
    last = rates["start"].max()
    ledger.refuse(
        ~dollars & found["date"].notna() & ~asked.isin(known),
        "date",
        f"in a month with a rate of its currency to the dollar, to {last:%Y-%m}: "
        f"{_one_of(['USD', *sorted(set(rates['currency']))])}",
    )
    unknown = found["vat_share"].isna() & (found["currency"] != "CNY")
    ledger.refuse(
        (found["vat"] == "included") & unknown,
        "vat",
        "excluded, or [vat] says how much, as share = 0.2",
    )
    for amount in ("price", "low", "high"):
        found[amount] *= found["scale"]


def _once(ledger: Ledger, found: pd.DataFrame) -> None:
    """Refuse a second price for one day, or a second mean for one month."""
    when = found["date"]
    if (found["kind"] == "mean").any():
        when = pd.PeriodIndex(when, freq="M").to_series(when.index)
    key = found[["material", "form", "purity", "market"]].assign(when=when)
    price = found["price"]
    first = price.groupby([key[c] for c in key], dropna=False).transform("first")
    ledger.refuse(
        key.duplicated() & (price != first),
        "date",
        "one price for one day (or one mean for one month); another row has another",
    )


def _complain(ledger: Ledger) -> None:
    """Raise if rows were refused."""
    bad = ledger.refused()
    if not len(bad):
        return
    told = [
        f"{fault.file}, row {fault.row}, column {fault.column}: '{fault.value}'; "
        f"it must be {fault.expected}"
        for fault in each(bad.head(TOLD))
    ]
    more = f" (faults in all: {len(bad)})" if len(bad) > TOLD else ""
    raise Unreadable("\n".join(told) + more)


def _one_of(words: object) -> str:
    """Words to choose from."""
    return f"one of {', '.join(map(str, words))}"  # type: ignore[call-overload]
