"""What stands beside a table of the package: its source, its edition, the codebook."""

import csv
import io
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from rareearth.trade.editions import Edition
from rareearth.trade.fetch.entry import KEY, TARGETS, Target
from rareearth.trade.fetch.offices import DESKS

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def source_of(edition: Edition, name: str) -> dict[str, str]:
    """Citation of a fetched edition."""
    about = edition.about
    office = DESKS[about["office"]].OFFICE
    source = {"title": office.title, "path": TARGETS[about["office"]].page}
    if TARGETS[about["office"]].trade:
        source["edition"] = name
    return source | {"accessed": about["fetched"][:10], "license": office.licence}


def with_source(
    sources: Iterable[Mapping[str, str]], source: Mapping[str, str]
) -> list[dict[str, str]]:
    """Sources with one more; a day of access takes the place of an earlier one.

    Examples
    --------
    >>> old = [{"title": "X", "accessed": "2026-01-01"}]
    >>> with_source(old, {"title": "X", "accessed": "2026-02-01"})
    [{'title': 'X', 'accessed': '2026-02-01'}]
    """

    def same(one: Mapping[str, str]) -> bool:
        names = ("title", "edition")
        return all(one.get(name) == source.get(name) for name in names)

    kept = [dict(one) for one in sources if not same(one)]
    return [*kept, dict(source)]


def readme_line(target: Target) -> str:
    """Row of the codebook."""
    return (
        f"| `{target.table}` | {target.about}, as an edition has it | "
        f"{', '.join(KEY)} |"
    )


def with_edition(
    editions: pd.DataFrame, edition: Edition, name: str, statistic: str
) -> pd.DataFrame:
    """The list of editions with a fetched one."""
    if name in set(editions["edition"]):
        return editions
    row = {
        "statistic": statistic,
        "edition": name,
        "published": pd.Timestamp(edition.about["fetched"][:10]),
        "precision": "day",
        "held": True,
        "note": "day of the fetch",
    }
    both = pd.concat([editions, pd.DataFrame([row])]).astype(editions.dtypes.to_dict())
    return both.sort_values(["statistic", "published", "edition"], ignore_index=True)


def csv_of(table: pd.DataFrame) -> bytes:
    """A table as the package keeps it: quotes only where needed, dates as days."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    shown = table.copy()
    for column in shown:
        kind = shown[column].dtype
        if kind.kind == "M":
            shown[column] = shown[column].dt.strftime("%Y-%m-%d")
        elif kind.kind == "b":
            shown[column] = shown[column].map({True: "true", False: "false"})
    for row in shown.astype(object).where(shown.notna(), "").itertuples(index=False):
        writer.writerow(row)
    return out.getvalue().encode()


def title_until(title: str, last: pd.Timestamp) -> str:
    """A title whose last month has moved on.

    >>> title_until(
    ...     "US consumer prices by month, 1990 to May 2026", pd.Timestamp("2026-10")
    ... )
    'US consumer prices by month, 1990 to October 2026'
    """
    names = "|".join(MONTHS)
    now = f"to {MONTHS[last.month - 1]} {last.year}"
    return re.sub(rf"to ({names}) \d{{4}}$", now, title)


def with_line(book: str, line: str) -> str:
    """The codebook with a row at the end of its table."""
    rows = book.splitlines()
    last = max(n for n, row in enumerate(rows) if row.startswith("| `"))
    return "\n".join([*rows[: last + 1], line, *rows[last + 1 :]]) + "\n"
