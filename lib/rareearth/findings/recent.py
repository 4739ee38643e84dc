"""The last twelve months of an importer at its own statistics office.

Yearly trade ends some years back. Where an office's months were fetched, or adopted
into the data package, they say what has happened since. They are what the importer
tells, at its own tariff lines: never one series with the yearly table.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from rareearth import codes, stages, tables, words
from rareearth.frames import each
from rareearth.present import value
from rareearth.trade import editions, monthly

if TYPE_CHECKING:
    from rareearth.trade.fetch.series import Series, Source

MONTHS = 12
TOLD = ("data", "no trade")  # states of a month that is whole
COLUMNS = {
    "line": "str",
    "good": "str",
    "first_month": "str",
    "last_month": "str",
    "imports_usd": "float64",
    "china_share": "float64",
    "china_share_before": "float64",
    "standing": "str",
}


class Recent(NamedTuple):
    """A row for each tariff line, and where its months are from."""

    lines: pd.DataFrame
    sources: list[Source]


def recent(
    importer: str,
    as_of: str = "",
    fetched: bool = False,
    root: Path = editions.STORE,
) -> Recent:
    """Imports and China's share in the last twelve whole months, line by line.

    Parameters
    ----------
    importer : str
        ISO3 or ``EU27``.
    as_of : str
        Day, of the package's editions; empty: the newest.
    fetched : bool
        Also what was fetched on this machine.
    root : Path
        The store of fetched editions.

    Returns
    -------
    Recent
        `lines` has ``line`` (code with its system), ``good``, ``first_month`` and
        ``last_month`` of the twelve, ``imports_usd``, ``china_share`` in [0, 1],
        ``china_share_before`` (the same twelve months a year before; missing where one
        of them is not told) and ``standing``. No row where nothing is known, which is
        so for the package as it is shipped.

    Examples
    --------
    >>> recent("AUS").lines.empty
    True
    """
    known = set(codes.products("HS")["code"])
    rows, sources = [], []
    for line in monthly.lines(importer, as_of=as_of, fetched=fetched, root=root):
        if line.product[:6] not in known:
            continue  # ferrite and the like: no stage of the chain
        series = monthly.series(
            line.product, importer, as_of=as_of, fetched=fetched, root=root
        )
        rows.append(_row(str(line), _good(line), series))
        sources += series.sources
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return Recent(frame, sources)


def _good(line: monthly.Line) -> str:
    """What a line holds, in the words of its schedule."""
    table = tables.load("products").set_index(["system", "code"])["description"]
    if (line.system, line.product) in table.index:
        return str(table[line.system, line.product])
    goods = codes.products("HS").set_index("code")["description"]
    return str(goods[line.product[:6]])


def _row(line: str, good: str, series: Series) -> dict[str, Any]:
    """One line's last twelve months beside the same ones a year before."""
    told = {m for m, state in series.states.items() if state in TOLD}
    last = pd.Period(series.standing.last_month, "M")
    now = pd.period_range(end=last, periods=MONTHS)
    return {
        "line": line,
        "good": good,
        "first_month": str(now[0]),
        "last_month": str(last),
        "imports_usd": _total(series.table, now, told),
        "china_share": china_share(series.table, now, told),
        "china_share_before": china_share(series.table, now - MONTHS, told),
        "standing": str(series.standing),
    }


def _total(
    table: pd.DataFrame, months: pd.PeriodIndex, told: set[str], exporter: str = ""
) -> float:
    """US dollars of these months, missing where one of them is not told."""
    if not set(map(str, months)) <= told:
        return float("nan")
    rows = table[table["start"].dt.to_period("M").isin(months)]
    if exporter:
        rows = rows[rows["exporter"] == exporter]
    return float(rows["value_usd"].sum())


def china_share(table: pd.DataFrame, months: pd.PeriodIndex, told: set[str]) -> float:
    """China's share of the imports of these months, by value.

    Parameters
    ----------
    table : DataFrame
        Trade table of one good and importer.
    months : PeriodIndex
        The months that count.
    told : set of str
        Months, as ``2025-07``, of which all imports are told.

    Returns
    -------
    float
        In [0, 1]; missing where a month is not told or nothing was imported.
    """
    total = _total(table, months, told)
    return _total(table, months, told, stages.CHINA) / total if total else float("nan")


def text(importer: str, found: pd.DataFrame, fetched: bool) -> str:
    """What to say above the table, or in its place."""
    who = words.possessive(importer)
    if len(found):
        return (
            f"What {words.country(importer)} itself reports, by origin, at its own "
            "tariff lines: newer than the yearly table, told by another teller and "
            "not one series with it."
        )
    if fetched:
        return (
            f"Nothing was fetched of {who} own months: no feed in "
            "`notebooks/feeds.toml` asks for them, or `rareearth update` has not "
            "brought them."
        )
    return (
        f"{who[0].upper()}{who[1:]} own months are not in the data package. "
        "`rareearth update` fetches what `notebooks/feeds.toml` lists, where a feed is "
        "a few lines, and this page made with `--fetched` shows it here."
    )


def table(found: pd.DataFrame) -> pd.DataFrame:
    """The lines as a reader sees them."""
    return pd.DataFrame(
        {
            "tariff line": found["line"],
            "good": found["good"],
            "months": found["first_month"] + " to " + found["last_month"],
            "imports": [words.usd(amount) for amount in found["imports_usd"]],
            "China’s share": [words.percent(s) for s in found["china_share"]],
            "a year before": [words.percent(s) for s in found["china_share_before"]],
            "how far it goes": found["standing"],
        }
    )


def values(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The values of ``headline.json``, such as ``recent.8505110070.china_share``."""
    return [
        value(
            f"recent.{row.line.split()[-1]}.china_share",
            f"China’s share of imports, {row.line}, last twelve months",
            row.china_share,
            "share",
            f"{row.first_month} to {row.last_month}",
            method="importer’s own report by origin, by value",
        )
        for row in each(found)
    ]
