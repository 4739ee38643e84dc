"""What may be asked of prices: which material, where, since when."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from rareearth.report import Value, Values


def materials(values: Values) -> dict[Value, str]:
    """What was quoted, and where."""
    return {m: ", ".join(where) for m, where in _quoted(values).items()}


def markets(values: Values) -> dict[Value, str]:
    """Where the material was quoted; without one, where anything was."""
    quoted = _quoted(values)
    anywhere = [market for markets in quoted.values() for market in markets]
    return dict.fromkeys(quoted.get(str(values.get("material", "")), anywhere), "")


def months(values: Values) -> dict[Value, str]:
    """Months from the first quote of anything to the last of this material there."""
    import pandas as pd

    from rareearth import quotes

    table = quotes.table(
        str(values.get("price_file", "")), str(values.get("as_of", ""))
    )
    first = last = table["date"]
    for name in ("material", "market"):
        if name in values:
            last = last[table.loc[last.index, name] == values[name]]
    if last.empty:  # the material or the market is what is wrong
        last = first
    months = pd.period_range(first.min(), last.max(), freq="M")
    return dict.fromkeys(map(str, months), "")


def base_years(values: Values) -> dict[Value, str]:
    """Years of which consumer prices are known."""
    from rareearth import tables

    cpi = tables.load("cpi", str(values.get("as_of", ""))).dropna()
    return dict.fromkeys(map(int, cpi["start"].dt.year.unique()), "")


def _quoted(values: Values) -> dict[str, list[str]]:
    """Markets in which each material was quoted, in what a notebook would use."""
    file, as_of = str(values.get("price_file", "")), str(values.get("as_of", ""))
    return _markets(file, _stamps(file), as_of)


def _stamps(file: str) -> tuple[int, ...]:
    """When a file of prices and its mapping changed last; nothing without a file."""
    from rareearth import price_file

    paths = (Path(file), price_file.mapping_of(file)) if file else ()
    return tuple(os.stat(path).st_mtime_ns for path in paths)


@cache
def _markets(file: str, changed: tuple[int, ...], as_of: str) -> dict[str, list[str]]:
    """Markets of each material, read once until the file changes."""
    from rareearth import quotes

    return quotes.offered(quotes.table(file, as_of))
