"""What is asked, in the field's words: whose trade, in what, from month to month."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from rareearth import codes
from rareearth.schema import nearest
from rareearth.trade.fetch.errors import WrongQuery
from rareearth.trade.fetch.periods import is_month, months, periods

NATIONAL = ("US HTS", "EU CN", "UK tariff")  # in the table of products


@dataclass(frozen=True)
class Query:
    """Monthly imports of one country by origin, or exports by destination.

    Attributes
    ----------
    office : str
        Who is asked.
    system : str
        Whose codes the products are: ``HS``, ``US HTS``, ``EU CN``, ``UK tariff``,
        ``Japan HS``; for what is no trade, the name of the series.
    products : tuple of str
        Digits, with leading zeros.
    importer, exporter : str
        ISO3 (or ``EU27``) of the country whose own figures are asked; one of the two.
    first_month, last_month : str
        As ``2018-01``.
    step : int
        Months of a period: 1, or 12 for the few offices that are asked for years.
    """

    office: str
    system: str
    products: tuple[str, ...]
    importer: str
    exporter: str
    first_month: str
    last_month: str
    step: int = 1

    @property
    def periods(self) -> list[str]:
        """Months, or years as ``2018``."""
        return periods(self.first_month, self.last_month, self.step)

    @property
    def teller(self) -> str:
        """ISO3 of the country that tells."""
        return self.importer or self.exporter

    @property
    def flow(self) -> str:
        """``import`` or ``export``."""
        return "import" if self.importer else "export"


@dataclass(frozen=True, order=True)
class Part:
    """A piece of a query that is one request, or one and its further pages."""

    product: str
    first_month: str
    last_month: str


def product_of(text: str) -> tuple[str, str]:
    """System and digits of a product, as a feed writes it.

    Examples
    --------
    >>> product_of("US HTS 8505.11.0070"), product_of("280530")
    (('US HTS', '8505110070'), ('HS', '280530'))
    """
    system, _, code = text.strip().rpartition(" ")
    return system.strip() or "HS", code.replace(".", "")


def checked(
    query: Query,
    systems: Mapping[str, tuple[int, ...]],
    tellers: tuple[str, ...],
    flows: tuple[str, ...],
    first: str,
    steps: tuple[int, ...] = (1,),
) -> Query:
    """The query, if the office can be asked it.

    Parameters
    ----------
    query : Query
    systems : mapping
        Numbers of digits that the office takes, by system.
    tellers : tuple of str
        Countries that it tells of; empty: all.
    flows : tuple of str
        ``import``, ``export``.
    first : str
        First month that it has.
    steps : tuple of int
        Lengths of its periods in months.

    Raises
    ------
    WrongQuery
        With what would be right.
    """
    office = query.office
    if bool(query.importer) == bool(query.exporter):
        raise WrongQuery(
            office,
            "name either an importer or an exporter: the country whose own figures are "
            f"asked (importer '{query.importer}', exporter '{query.exporter}')",
        )
    lengths = systems.get(query.system, ())
    for code in query.products:
        if not (code.isdecimal() and len(code) in lengths):
            right = "; ".join(
                f"{system} with {' or '.join(map(str, digits))} digits"
                for system, digits in systems.items()
            )
            raise WrongQuery(
                office, f"product '{query.system} {code}'; it must be one of {right}"
            )
        _in_force(office, query, code)
    if not query.products:
        raise WrongQuery(office, "no product")
    if tellers and query.teller not in tellers:
        raise WrongQuery(
            office,
            f"it does not tell of {query.teller}; it must be {' or '.join(tellers[:5])}"
            f"{' …' if len(tellers) > 5 else ''}",
        )
    if query.flow not in flows:
        raise WrongQuery(office, f"{query.flow}s are not fetched from it")
    if query.step not in steps:
        raise WrongQuery(office, "it is asked for months, not for years")
    return in_time(query, first)


def in_time(query: Query, first: str) -> Query:
    """The query, if its months are months and the office has figures from then on.

    Raises
    ------
    WrongQuery
        With what would be right.
    """
    office = query.office
    for month in (query.first_month, query.last_month):
        if not is_month(month):
            raise WrongQuery(office, f"month '{month}'; it must be one like 2018-01")
    if query.first_month < first:
        raise WrongQuery(
            office, f"first month {query.first_month}; it has figures from {first}"
        )
    if query.first_month > query.last_month:
        raise WrongQuery(
            office,
            f"first month {query.first_month} is after the last, {query.last_month}",
        )
    return query


def series(query: Query, names: Iterable[str], first: str) -> Query:
    """The query, if it asks for series that the office has.

    Raises
    ------
    WrongQuery
        With what would be right.
    """
    known = list(names)
    for product in query.products or ("",):
        if product not in known:
            raise WrongQuery(
                query.office,
                f"product '{product}'; it must be {nearest(product, known)}",
            )
    if query.teller:
        raise WrongQuery(
            query.office,
            f"its series are of no country; leave {query.teller} out",
        )
    return in_time(query, first)


def _in_force(office: str, query: Query, code: str) -> None:
    """Refuse months before a national line began or after it ended, where known.

    A line that was split or renumbered is another good under another code; two codes
    are never one series.
    """
    lines = codes.products(query.system) if query.system in NATIONAL else None
    if lines is None or code not in set(lines["code"]):
        return
    line = lines.set_index("code").loc[code]
    begun, ended = line["first_year"], line["last_year"]
    first, last = int(query.first_month[:4]), int(query.last_month[:4])
    if pd.notna(begun) and first < begun:
        raise WrongQuery(
            office, f"{query.system} {code} exists from {begun}; ask from {begun}-01"
        )
    if pd.notna(ended) and last > ended:
        raise WrongQuery(
            office, f"{query.system} {code} ended with {ended}; ask until {ended}-12"
        )


def halves(part: Part, step: int = 1) -> tuple[Part, Part] | None:
    """The part in two, or None for a single period.

    Examples
    --------
    >>> halves(Part("850511", "2018-01", "2018-03"))[0].last_month
    '2018-02'
    >>> halves(Part("850511", "2018-01", "2018-12"), step=12)
    """
    inside = months(part.first_month, part.last_month)
    if len(inside) <= step:
        return None
    middle = (len(inside) // step + 1) // 2 * step
    return (
        Part(part.product, inside[0], inside[middle - 1]),
        Part(part.product, inside[middle], inside[-1]),
    )
