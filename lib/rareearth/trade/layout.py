"""Columns of a provider's file: found in its header by name, in whatever order.

A name counts as it is written, and without case and marks where that fits one column.

A line that does not fit the header is refused, not shifted: pandas would take the first
of 48 fields under 47 names for an index and move every other column by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import pandas as pd

from rareearth.trade.account import LINE, Ledger
from rareearth.trade.sheet import Record, Sheet, Unreadable

CHUNK = 50_000
Places = dict[str, int]  # a column's name among us, its place in the file


def plain(name: str) -> str:
    """Name of a column without case, blanks and marks.

    Examples
    --------
    >>> plain("Trade Value (US$)"), plain("CTY_CODE")
    ('tradevalueus', 'ctycode')
    """
    return "".join(c for c in name.casefold() if c.isalnum())


def match(
    sheet: Sheet, names: Mapping[str, Iterable[str]], needed: Iterable[str]
) -> Places | None:
    """Places of the columns of a layout, if a record of the head names those needed.

    Parameters
    ----------
    sheet : Sheet
        Its `header` is set where a header is found.
    names : mapping
        Name among us → names it has in files, the preferred first.
    needed : iterable of str
        Names among us that must be there.

    Returns
    -------
    dict or None
        Name among us → place in the file.

    Raises
    ------
    Unreadable
        If a name fits several columns of the header, and none of them exactly.
    """
    for n, cells in enumerate(sheet.head()):
        header = [c.strip() for c in cells]
        fits = {name: fitting(known, header) for name, known in names.items()}
        places = {name: header.index(f[0]) for name, f in fits.items() if f}
        if all(name in places for name in needed):
            for name, several in fits.items():
                if len(several) > 1:
                    raise Unreadable(
                        f"{sheet.file}: {' or '.join(names[name])} can be any of the "
                        f"columns {', '.join(several)}; name one as it is written"
                    )
            sheet.header = n
            return places
    return None


def fitting(known: Iterable[str], header: list[str]) -> list[str]:
    """Names in a header that the first of the known names to be there can mean.

    Examples
    --------
    >>> fitting(["Net"], ["net", "NET %"]), fitting(["net"], ["net", "NET %"])
    (['net', 'NET %'], ['net'])
    """
    for name in map(str.strip, known):
        if name and name in header:
            return [name]
        bare = plain(name)
        several = [c for c in dict.fromkeys(header) if bare and plain(c) == bare]
        if several:
            return several
    return []


def named(sheet: Sheet) -> list[str]:
    """Names in the header of a sheet, as they stand there."""
    return sheet.head()[sheet.header]


def ledger(found: Iterable[tuple[Sheet, Places]]) -> Ledger:
    """Ledger on the rows of sheets, lines that are no records already refused.

    Parameters
    ----------
    found : iterable of (Sheet, dict)
        As `match` gives them.

    Returns
    -------
    Ledger
        Its rows have all columns that any sheet has, empty where a sheet lacks them.
    """
    found = list(found)
    frames, notes = [], []
    for sheet, places in found:
        frame, repeated = _frame(sheet, places)
        frames.append(frame)
        notes += sheet.notes
        if repeated:
            notes.append(
                f"{sheet.file}: the header stands {repeated} times more among the "
                "rows: files one after the other?"
            )
    rows = (
        pd.concat(frames, ignore_index=True)
        .fillna("")
        .astype({name: "str" for frame in frames for name in frame if name != "row"})
    )
    if rows.empty:
        files = ", ".join(dict.fromkeys(sheet.file for sheet, _ in found))
        raise Unreadable(f"{files}: a header with no rows under it")
    faults = rows.pop("fault")
    opened = Ledger(rows, notes)
    for fault in faults[faults != ""].unique():
        opened.refuse(faults == fault, LINE, fault)
    if "product" in rows:
        opened.refuse(
            fractions(found, rows, "product"),
            "product",
            "a customs code as text or a whole number; a number with a fraction has "
            "lost the zeros at its end",
        )
    return opened


def fractions(
    found: Iterable[tuple[Sheet, Places]], rows: pd.DataFrame, name: str
) -> pd.Series:
    """Where a column of rows was a number in the file, not text, and no whole one.

    Parameters
    ----------
    found : iterable of (Sheet, dict)
        As `match` gives them.
    rows : DataFrame
        With ``file`` and ``row``.
    name : str
        Of the column.

    Returns
    -------
    Series of bool
    """
    where = {
        (sheet.file, row)
        for sheet, places in found
        if name in places
        for row in sheet.fractions(places[name])
    }
    if not where:
        return pd.Series(False, rows.index)
    stands = zip(rows["file"], rows["row"], strict=True)
    return pd.Series([each in where for each in stands], rows.index)


class _Distinct(dict[str, str]):
    """Each text once, without blanks around it."""

    def __missing__(self, text: str) -> str:
        self[text] = text.strip()
        return self[text]


def _frame(sheet: Sheet, places: Places) -> tuple[pd.DataFrame, int]:
    """Rows of a sheet as text, and how often its header stands among them."""
    header = named(sheet)
    twins = {
        p: [n for n, name in enumerate(header) if name == header[p] and n != p]
        for p in places.values()
        if header[p]
    }
    twins = {p: others for p, others in twins.items() if others}
    columns: dict[str, list[str]] = {name: [] for name in places}
    rows: list[int] = []
    faults: list[str] = []
    repeated, blank = 0, [""] * len(header)
    each = _Distinct()
    for chunk in _chunks(islice(sheet.records(), sheet.header + 1, None)):
        kept = []
        for row, cells, fault in chunk:
            if cells == header:
                repeated += 1
                continue
            if fault or twins or len(cells) != len(header):
                fault = fault or _fault(cells, header, twins)
            rows.append(row)
            faults.append(fault)
            kept.append(blank if fault else cells)
        for name, place in places.items():
            columns[name] += [each[cells[place]] for cells in kept]
    frame = pd.DataFrame(columns, dtype="str")
    return frame.assign(file=sheet.file, row=rows, fault=faults), repeated


def _fault(cells: list[str], header: list[str], twins: dict[int, list[int]]) -> str:
    """Find what keeps a record from standing under a header; empty if nothing."""
    more = len(cells) - len(header)
    fits = not more or (more == 1 and not cells[-1]) or (more == -1 and not header[-1])
    if not fits:
        return f"{len(header)} fields, as the header has, not {len(cells)}"
    for place, others in twins.items():
        if any(cells[n] != cells[place] for n in others):
            return f"one column {header[place]}; two of that name differ here"
    return ""


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, CHUNK)):
        yield chunk
