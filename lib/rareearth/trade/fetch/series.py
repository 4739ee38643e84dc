"""A fetched series for a report, with where each part of it is from.

The part that the data package holds and the part that was fetched are only put together
where they are the same good under the same code, told by the same side in the same
valuation; otherwise they stay two series, and asking for one is an error.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from rareearth.trade import editions
from rareearth.trade.editions import Edition, NoEdition
from rareearth.trade.fetch.offices import Standing, desk, standing

SAME = ("product", "valuation", "reported_by", "months")
TOLD = ("data", "partial", "no trade")


class NotOneSeries(ValueError):
    """Two parts that must not be put together, and why."""


@dataclass(frozen=True)
class Source:
    """Where a part of a series is from.

    ``feed``, ``edition`` and ``sha256`` are of the fetched table; empty for the
    package.
    """

    part: str
    title: str
    product: str
    first_month: str
    last_month: str
    fetched: str = ""
    feed: str = ""
    edition: str = ""
    sha256: str = ""

    def __str__(self) -> str:
        """One line for a page."""
        span = f"{self.first_month} to {self.last_month}"
        if self.part == "package":
            return f"{span}: from the data package ({self.title}), {self.product}"
        return (
            f"{span}: fetched on {self.fetched[:10]} from {self.title}, {self.product} "
            f"(edition {self.edition}, sha256 {self.sha256[:12]})"
        )


@dataclass(frozen=True)
class Series:
    """Monthly flows of one good to or from one country.

    Attributes
    ----------
    table : DataFrame
        Columns of the trade table and ``part``: ``package`` or ``fetched``.
    states : dict
        Month → state of the fetched months (`rareearth.trade.fetch.plan.STATES`); a
        month with ``no trade`` has no row and is a zero, every other one without row is
        missing.
    sources : list of Source
        In the order of the months; each prints as a line for the page.
    standing : Standing
        How far it goes, and whether the next month is late.
    """

    table: pd.DataFrame
    states: dict[str, str]
    sources: list[Source]
    standing: Standing


def fetched(
    product: str,
    *,
    importer: str = "",
    exporter: str = "",
    package: pd.DataFrame | None = None,
    title: str = "",
    today: date | None = None,
    root: Path = editions.STORE,
) -> Series:
    """The newest fetched series of a good, and before it what the package has.

    Parameters
    ----------
    product : str
        Code, digits only.
    importer, exporter : str
        ISO3 or ``EU27`` of the country that tells; one of the two.
    package : DataFrame, optional
        Rows of the package for the same good and country, in the trade table's columns.
        Months that the fetch tells too are taken from the fetch.
    title : str
        What the package's part is called in a page.
    today : date, optional
        For saying what is late; default: the day of the fetch.
    root : Path
        The store of editions.

    Raises
    ------
    NoEdition
        If nothing of the kind was fetched, with what there is.
    NotOneSeries
        If the package's rows are of another code, valuation, teller or period.
    """
    edition = _edition(product, importer, exporter, root)
    table = edition.table()
    table = table[table["product"].str.startswith(product)].assign(part="fetched")
    states = dict(edition.about["states"][product])
    system = edition.about["query"]["system"]
    sources = _fetched_sources(edition, product, states)
    if package is not None and len(package):
        _same(package, table, product, system)
        month = package["start"].dt.strftime("%Y-%m")
        older = package[~month.map(states).isin(TOLD)].assign(part="package")
        if len(older):
            ends = older["start"].dt.strftime("%Y-%m")
            name = f"{system} {product}"
            sources.insert(0, Source("package", title, name, min(ends), max(ends)))
            table = pd.concat([older[list(table.columns)], table])
    day = today or date.fromisoformat(edition.about["fetched"][:10])
    office = desk(edition.about["office"]).OFFICE
    return Series(
        table.sort_values(["start", "exporter", "importer"], ignore_index=True),
        states,
        sources,
        standing(office, {product: states}, day),
    )


def _edition(product: str, importer: str, exporter: str, root: Path) -> Edition:
    """The newest edition of a feed that asks for the series."""
    found, there = [], []
    for name in editions.feeds(root):
        edition = editions.newest(name, root)
        query = edition.about["query"]
        teller = query["importer"] or query["exporter"]
        if not teller or query["step"] != 1:
            continue
        side = "into" if query["importer"] else "out of"
        there.append(
            f"{query['system']} {', '.join(query['products'])} {side} {teller}"
        )
        asked = (query["importer"], query["exporter"]) == (importer, exporter)
        if asked and product in query["products"]:
            found.append(edition)
    if not found:
        raise NoEdition(
            f"nothing fetched of {product} {'into' if importer else 'out of'} "
            f"{importer or exporter}; there is: {'; '.join(there) or 'nothing'}. A "
            "feed in notebooks/feeds.toml and rareearth update fetch it"
        )
    return max(found, key=lambda edition: str(edition.about["fetched"]))


def _same(
    package: pd.DataFrame, table: pd.DataFrame, product: str, system: str
) -> None:
    """Refuse to put together what is not one series."""
    codes = set(package["product"])
    other = sorted(code for code in codes if not code.startswith(product))
    if other:
        raise NotOneSeries(
            f"the package has {', '.join(other)} and the fetch {system} {product}: two "
            "codes are two goods, show them side by side"
        )
    for name in SAME[1:]:
        ours, theirs = set(package[name]), set(table[name])
        if theirs and ours != theirs:
            raise NotOneSeries(
                f"{product}: {name} is {', '.join(map(str, sorted(ours)))} in the "
                f"package and {', '.join(map(str, sorted(theirs)))} in the fetch; show "
                "them side by side"
            )


def _fetched_sources(
    edition: Edition, product: str, states: dict[str, str]
) -> list[Source]:
    """Where the fetched months are from; months asked at another time stand apart."""
    about = edition.about
    found: list[Source] = []
    for part in sorted(about["parts"], key=lambda part: str(part["first_month"])):
        told = [
            month
            for month, state in states.items()
            if part["first_month"] <= month <= part["last_month"] and state in TOLD
        ]
        if part["product"] != product or not told:
            continue
        source = Source(
            "fetched",
            about["title"],
            f"{about['query']['system']} {product}",
            min(told),
            max(told),
            part["fetched"],
            edition.feed,
            edition.name,
            about["sha256"],
        )
        if found and found[-1].fetched[:10] == source.fetched[:10]:
            first = found.pop().first_month
            source = Source(**{**vars(source), "first_month": first})
        found.append(source)
    return found
