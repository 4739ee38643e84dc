"""HM Revenue & Customs, UK overseas trade statistics: imports by origin and month.

Interface: OData at ``api.uktradeinfo.com``, entity ``OTS``, lines of eight digits (or
all lines of an HS code of six). Imports from the EU (flow 1) and from elsewhere (flow
3), value in GBP, net mass in kg, one row for each port.

What the office does, and what is made of it
    - no key; at most 60 requests a minute;
    - a page has at most 30,000 rows and a link to the next; where a row stands on two
      pages the data changed in between, and the query is split until it fits on one;
    - 403 with a web page (``Ip Forbidden``) comes and goes: it is tried again;
    - a month that is not out and a line that does not exist are both an empty list with
      status 200: the list of lines tells the one, the months of a good that is always
      traded (8471 30 00, portable computers) the other.
"""

import json
from collections.abc import Iterable
from typing import Any

from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import LayoutChanged, UnknownCode
from rareearth.trade.fetch.http import Passing, Session
from rareearth.trade.fetch.office import Answer, Office
from rareearth.trade.fetch.periods import spans
from rareearth.trade.fetch.plan import Overflow, Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="hmrc",
    title="HM Revenue & Customs, overseas trade statistics",
    url="https://api.uktradeinfo.com",
    seconds=1.2,
    licence="Open Government Licence v3.0",
    adoptable=True,
    revised_months=18,
    usual_days=48,
)
FULL_PAGES = (30_000, 40_000)  # rows at which a page without a link may be cut off
ALWAYS_TRADED = 84713000
FIRST = "2000-01"
KEY = (
    "MonthId",
    "FlowTypeId",
    "SuppressionIndex",
    "CommodityId",
    "CountryId",
    "PortId",
)
NEEDED = (*KEY, "Value", "NetMass", "Country")


def checked(query: Query) -> Query:
    """The query, if HMRC can be asked it."""
    systems = {"UK tariff": (8,), "HS": (6,)}
    return queries.checked(query, systems, ("GBR",), ("import",), FIRST)


def parts(query: Query, session: Session) -> list[Part]:
    """A request for each product and calendar year."""
    return [
        Part(product, first, last)
        for product in query.products
        for first, last in spans(query.first_month, query.last_month, 12)
    ]


def request(query: Query, part: Part, session: Session) -> Request:
    """All countries and ports of one product."""
    first, last = _lines(part.product)
    lines = f"CommodityId ge {first} and CommodityId le {last}"
    return Request(
        "OTS",
        {
            "$filter": f"{_months(part.first_month, part.last_month)} and {lines} "
            "and (FlowTypeId eq 1 or FlowTypeId eq 3)",
            "$expand": "Country",
        },
    )


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """All pages of a part."""
    sent = request(query, part, session)
    pages = [session.ask(sent.path, sent.params, check=_meaning)]
    seen: set[tuple[Any, ...]] = set()
    while True:
        rows, link = page(pages[-1].body)
        for row in rows:
            _as_asked(row, part)
        keys = {tuple(row[name] for name in KEY) for row in rows}
        if seen & keys:
            raise Overflow("a row stands on two pages")
        if not link and len(rows) in FULL_PAGES:
            raise Overflow(f"{len(rows):,} rows, as many as a page can have")
        if not link:
            return pages
        seen |= keys
        pages.append(session.ask(link, check=_meaning))


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Months with rows, by product."""
    found: dict[str, set[str]] = {}
    for body in bodies:
        for row in page(body)[0]:
            for product in query.products:
                first, last = _lines(product)
                if first <= row["CommodityId"] <= last:
                    found.setdefault(product, set()).add(_month(row["MonthId"]))
    return found


def published(query: Query, session: Session, first: str, last: str) -> set[str]:
    """Months in which a good was imported that always is."""
    asked = f"{_months(first, last)} and CommodityId eq {ALWAYS_TRADED}"
    answer = session.ask(
        "OTS",
        {"$apply": f"filter({asked})/groupby((MonthId))"},
        check=_meaning,
    )
    rows, _ = page(answer.body, ("MonthId",))
    return {_month(row["MonthId"]) for row in rows}


def known(query: Query, product: str, session: Session) -> bool:
    """Whether the line is in the office's list; else its neighbours are told."""
    answer = session.ask(
        "Commodity", {"$filter": f"Hs6Code eq '{product[:6]}'"}, check=_meaning
    )
    rows, _ = page(answer.body, ("Cn8Code",))
    lines = sorted({str(row["Cn8Code"]) for row in rows})
    if any(line.startswith(product) for line in lines):
        return True
    raise UnknownCode(OFFICE.name, product, lines)


def page(
    body: bytes, needed: tuple[str, ...] = NEEDED
) -> tuple[list[dict[str, Any]], str]:
    """Rows of a page and the link to the next one.

    Raises
    ------
    LayoutChanged
        If it is no list of rows with the names that are needed.
    """
    if not body.strip():
        return [], ""
    try:
        found = json.loads(body)
        rows = found["value"]
        lost = [name for row in rows for name in needed if name not in row]
    except (ValueError, LookupError, TypeError):
        raise LayoutChanged(
            OFFICE.name,
            "an answer that is not JSON with a list 'value': "
            f"{body[:80].decode(errors='replace')}",
        ) from None
    if lost:
        raise LayoutChanged(OFFICE.name, f"a row without {lost[0]}")
    return rows, str(found.get("@odata.nextLink") or "")


def _as_asked(row: dict[str, Any], part: Part) -> None:
    """Refuse an answer to something else than was asked."""
    first, last = _lines(part.product)
    try:
        month = _month(row["MonthId"])
        right = part.first_month <= month <= part.last_month
        right &= first <= row["CommodityId"] <= last and row["FlowTypeId"] in (1, 3)
    except TypeError:
        right = False
    if not right:
        raise LayoutChanged(
            OFFICE.name,
            f"asked for imports of {part.product} from {part.first_month} to "
            f"{part.last_month} it answers flow {row['FlowTypeId']} of "
            f"{row['CommodityId']} in {row['MonthId']}",
        )


def _lines(product: str) -> tuple[int, int]:
    """First and last number of the lines of a product."""
    rest = 8 - len(product)
    return int(product + "0" * rest), int(product + "9" * rest)


def _months(first: str, last: str) -> str:
    return f"MonthId ge {first.replace('-', '')} and MonthId le {last.replace('-', '')}"


def _month(number: int) -> str:
    """A month from the office's number.

    >>> _month(202401)
    '2024-01'
    """
    return f"{number // 100:04d}-{number % 100:02d}"


def _meaning(session: Session, answer: Answer) -> None:
    """What an error of this office means."""
    if answer.status == 403 and answer.html:
        raise Passing("HTTP 403 with a web page")
