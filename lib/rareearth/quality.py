"""How good a table is: what it covers, how old, estimated and revised it is.

Pure functions of a table's rows and of its entry in ``datapackage.json``; what they
find becomes a light in :mod:`rareearth.findings.trust`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rareearth import vintage

# Units of fields that are no figures, and names of those that only bound one.
NO_FIGURE = {"year", "months", "code", "countries", "records", "quotes", "pieces"}
BOUNDS = ("low", "high")
# Columns whose values are not lists of their own.
NO_PART = {"months", "first_year", "exporter", "importer", "partner", "country", "url",
           "edition", "precision", "published", "holder", "id", "source"}  # fmt: skip
PERIODS = ("year", "last_year", "start", "date")
MARKS = ["of", "year", "status", "by", "amount", "share"]
REVISION = ["year", "what", "figure", "unit", "earlier", "newest", "before", "now",
            "change", "total", "share"]  # fmt: skip


def figures(entry: Mapping[str, Any]) -> dict[str, str]:
    """Names and units of the fields that hold what a table is there for.

    Examples
    --------
    >>> from rareearth import tables
    >>> figures(tables.describe("production"))
    {'tonnes_reo': 't REO'}
    """
    return {
        field["name"]: field["unit"]
        for field in entry["schema"]["fields"]
        if field.get("unit", "year") not in NO_FIGURE
    }


def years(frame: pd.DataFrame) -> pd.Series | None:
    """The year of each row; None for a table of codes, which has no time.

    Examples
    --------
    >>> years(pd.DataFrame({"start": pd.to_datetime(["2024-03-01"])})).tolist()
    [2024]
    """
    column = next((c for c in PERIODS if c in frame), None)
    if column is None:
        return None
    if column in ("start", "date"):
        return pd.to_datetime(frame[column]).dt.year
    return frame[column]


def pace(frame: pd.DataFrame) -> str:
    """How often a table is due: ``monthly``, ``yearly`` or ``as it happens``.

    Examples
    --------
    >>> pace(pd.DataFrame({"start": ["2024-01-01"], "months": [12]}))
    'yearly'
    """
    if "start" not in frame:
        return "as it happens" if "date" in frame else "yearly"
    if "months" not in frame or frame["months"].min() == 1:
        return "monthly"
    return "yearly" if frame["months"].max() == 12 else "as it happens"


def published(
    frame: pd.DataFrame, entry: Mapping[str, Any], standing: pd.DataFrame
) -> Any:
    """The day of the newest publication that a table's rows are from; NaT if undated.

    Parameters
    ----------
    frame : the rows known on a day
    entry : of the table in ``datapackage.json``
    standing : as :func:`rareearth.tables.editions` gives it
    """
    declared = dict(entry["vintage"])
    if declared["kind"] == "rows":
        return frame[vintage.column(declared)].max()
    return standing["published"].max() if len(standing) else pd.NaT


def missing_share(frame: pd.DataFrame, entry: Mapping[str, Any]) -> float | None:
    """Part of the rows that hold no figure at all; None where figures are no matter."""
    names = list(figures(entry))
    if not names or frame.empty or years(frame) is None:
        return None
    return float(frame[names].isna().all(axis=1).mean())


def coverage(frame: pd.DataFrame, entry: Mapping[str, Any]) -> pd.DataFrame:
    """Rows with and without a figure, year by year, of each part of a table.

    Returns
    -------
    DataFrame, one row per part and year that the table has rows of
        ``part`` (the columns that keep lists apart, joined), ``year``, ``rows``,
        ``known`` (rows with a figure); empty for a table of codes.
    """
    year = years(frame)
    if year is None or frame.empty:
        return pd.DataFrame(columns=["part", "year", "rows", "known"])
    names = list(figures(entry))
    known = frame[names].notna().any(axis=1) if names else pd.Series(True, frame.index)
    rows = pd.DataFrame({"part": parts(frame, entry), "year": year, "known": known})
    found = rows.groupby(["part", "year"])["known"].agg(["size", "sum"])
    return found.set_axis(["rows", "known"], axis=1).reset_index()


def parts(frame: pd.DataFrame, entry: Mapping[str, Any]) -> pd.Series:
    """What keeps the lists of a table apart: columns of its vintage, or of its key."""
    declared = entry["vintage"]
    names = declared.get("within") or [
        c for c in entry["schema"]["primaryKey"] if frame[c].nunique() <= 20
    ]
    names = [c for c in names if c not in (*NO_PART, *PERIODS)][:2]
    if not names:
        return pd.Series(entry["title"].partition(":")[0], frame.index)
    return _joined(frame[names])


def statuses(frame: pd.DataFrame) -> pd.DataFrame:
    """Of the newest year: what the figures of a table rest on, by status.

    By value where weights have a status of their own (`tonnes_status`), by weight in a
    list of countries, else by the number of figures. One list only: the complete flows
    of a trade table, the country list of a table of mines.

    Returns
    -------
    DataFrame, one row per status
        ``of`` (whose figures), ``year``, ``status``, ``by``, ``amount``, ``share``;
        empty where the table marks nothing.
    """
    found = []
    for name in [c for c in map(str, frame) if c.endswith("status")]:
        rows = _one_list(frame[frame[name].notna()])
        year = years(rows)
        marks = {"reported", "estimated"} & set(rows[name])
        if year is None or rows.empty or (name == "status" and not marks):
            continue
        rows = rows[year == year.max()]
        side = name.removesuffix("status").removesuffix("tonnes_")
        by, amount = _amount(rows, side)
        sums = amount.groupby(rows[name]).sum().sort_values(ascending=False)
        table = pd.DataFrame({"status": sums.index, "amount": sums.to_numpy()})
        table["share"] = table["amount"] / table["amount"].sum()
        whose = side.rstrip("_") or "table"
        found.append(table.assign(of=whose, year=int(year.max()), by=by))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=MARKS)


def _one_list(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one list of countries or flows, where a table holds several."""
    for column, one in (
        ("coverage", "complete"),
        ("kind", "country"),
        ("kind", "derived"),
        ("list", "country list"),
    ):
        if column in rows and (rows[column] == one).any():
            rows = rows[rows[column] == one]
    return rows


def _amount(rows: pd.DataFrame, side: str) -> tuple[str, pd.Series]:
    """What a status is weighed by, and how much of it each row is."""
    if f"{side}tonnes_status" in rows:
        usd = "value_usd" if f"{side}value_usd" in rows else "usd"
        return "value", rows[f"{side}{usd}"].astype(float)
    if "country" in rows:
        return "weight", rows["tonnes_reo"].astype(float)
    return "number", pd.Series(1.0, rows.index)


def estimated_share(statuses: pd.DataFrame) -> float | None:
    """Part that is estimated, of what is marked as reported or estimated.

    None where nothing carries such a mark: an unmarked figure is not a reported one.

    Examples
    --------
    >>> told = pd.DataFrame({"status": ["reported", "estimated"], "amount": [3.0, 1.0]})
    >>> estimated_share(told)
    0.25
    >>> estimated_share(told.assign(status="unknown basis"))
    """
    marked = statuses[statuses["status"].isin(["reported", "estimated"])]
    total = marked["amount"].sum()
    if not total:
        return None
    estimated = marked.loc[marked["status"] == "estimated", "amount"].sum()
    return float(estimated / total)


def revisions(
    every: pd.DataFrame,
    entry: Mapping[str, Any],
    order: list[str],
    compare_to: str = "",
) -> pd.DataFrame:
    """What the same figure was in an earlier edition and is in the newest.

    Parameters
    ----------
    every : the rows of all editions known on a day
    entry : of the table in ``datapackage.json``
    order : names of the editions, the oldest first
    compare_to : the earlier edition; empty: every one of them

    Returns
    -------
    DataFrame, one row per figure and earlier edition, the largest change first
        ``year``, ``what``, ``figure``, ``unit``, ``earlier`` and ``newest`` (editions),
        ``before``, ``now``, ``change``, ``total`` and ``share`` = change / total. The
        total is that of the newest list of countries; of a share it is 1; where there
        is none, the newest figure itself.
    """
    declared = entry["vintage"]
    if declared["kind"] != "editions" or every.empty:
        return pd.DataFrame(columns=REVISION)
    edition = vintage.column(declared)
    key = [c for c in entry["schema"]["primaryKey"] if c != edition]
    of_countries = "country" in every
    if not of_countries:
        every = every[every.duplicated(key, keep=False)]
    units = {n: u for n, u in figures(entry).items() if not n.startswith(BOUNDS)}
    long = every.melt([*key, edition], list(units), "figure", "now")
    long = long.dropna(subset="now").assign(rank=long[edition].map(order.index))
    newest = long.loc[long.groupby([*key, "figure"], dropna=False)["rank"].idxmax()]
    both = long.merge(newest, on=[*key, "figure"], suffixes=("_then", "_newest"))
    both = both[both["rank_then"] < both["rank_newest"]]
    if compare_to:
        both = both[both[f"{edition}_then"] == compare_to]
    if of_countries:
        part = newest[newest["country"] != "WORLD"]
        lists = [*declared["within"], "figure"]
        total = part.groupby(lists)["now"].sum().rename("total").reset_index()
        both = both.merge(total, on=lists)
    else:
        both = both.assign(total=both["now_newest"].abs())
    if both.empty:
        return pd.DataFrame(columns=REVISION)
    unit = both["figure"].map(units)
    whole = both["total"].mask(unit == "share", 1.0)
    names = [c for c in key if c not in (*PERIODS, "first_year", "months")]
    change = both["now_newest"] - both["now_then"]
    out = pd.DataFrame(
        {
            "year": years(both),
            "what": _joined(both[names]),
            "figure": both["figure"],
            "unit": unit,
            "earlier": both[f"{edition}_then"],
            "newest": both[f"{edition}_newest"],
            "before": both["now_then"],
            "now": both["now_newest"],
            "change": change,
            "total": whole,
            "share": change / whole.where(whole > 0),
        }
    )
    out = out.dropna(subset="share")
    size = (-out["share"].abs()).rename("size")
    order_by = pd.concat([size, -out["year"], out["what"], out["earlier"]], axis=1)
    place = order_by.sort_values(["size", "year", "what", "earlier"]).index
    return out.loc[place].reset_index(drop=True)


def _joined(cells: pd.DataFrame) -> pd.Series:
    """Cells of each row in words, without those that say nothing."""
    columns = [cells[name].astype("str").fillna("") for name in cells]
    text = columns[0]
    for other in columns[1:]:
        comma = pd.Series(", ", cells.index).where((text != "") & (other != ""), "")
        text = text + comma + other
    return text
