"""The trade table itself, as `convert` writes it, read back and checked."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth.trade import database, layout, schema
from rareearth.trade.account import Ledger, Reading, Told
from rareearth.trade.cells import numbers
from rareearth.trade.flows import counted
from rareearth.trade.sheet import Sheet

TITLE = "the trade table (as rareearth convert writes it)"
LOOKED_FOR = ", ".join(schema.COLUMNS)
KEY = "rareearth"  # under which a written file says what it was made of
NAMES = {name: [name] for name in schema.COLUMNS}


def match(sheet: Sheet) -> layout.Places | None:
    """Places of the columns, if the sheet is a trade table."""
    return layout.match(sheet, NAMES, NAMES)


def reading(found: list[tuple[Sheet, layout.Places]], told: Told) -> Reading:
    """Trade table of a file; every row that breaks its rules is refused.

    Parameters
    ----------
    found : list of (Sheet, dict)
    told : Told

    Returns
    -------
    Reading
    """
    ledger = layout.ledger(found)
    rows = ledger.rows
    typed = rows[list(schema.COLUMNS)].copy()
    typed["start"] = pd.to_datetime(rows["start"], format="%Y-%m-%d", errors="coerce")
    ledger.refuse(typed["start"].isna(), "start", "a date like 2024-01-01")
    for name in ("months", "value_usd", "tonnes"):
        typed[name], bad = numbers(rows[name])
        ledger.refuse(bad | (name == "months") & typed[name].isna(), name, "a number")
    typed["hs_edition"] = rows["hs_edition"].where(rows["hs_edition"] != "")
    good = typed[ledger.open()].astype(schema.COLUMNS)
    ledger.faults(schema.faults(good))
    ledger.once(schema.KEY, ["value_usd", "tonnes"])
    same = typed["exporter"] == typed["importer"]
    ledger.mark(same, "self-import", "")
    return _read(ledger, typed)


def _read(ledger: Ledger, typed: pd.DataFrame) -> Reading:
    table = schema.typed(typed[ledger.open()])
    account = counted(ledger, typed[["value_usd", "tonnes"]])
    return Reading(table, account, ledger.refused(), "table", ledger.notes)


def origin(path: str | Path) -> dict[str, Any]:
    """Return what a written file was made of.

    Parameters
    ----------
    path : path
        Parquet, as `convert` writes it.

    Returns
    -------
    dict
        ``files`` (name → SHA-256), ``account`` (list of rows), ``notes``; empty for a
        file that `convert` did not write.
    """
    import duckdb

    sql = "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = ?"
    with database.faults(Path(path).name):
        rows = duckdb.connect().execute(sql, [str(path), KEY]).fetchall()
    found: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
    return found
