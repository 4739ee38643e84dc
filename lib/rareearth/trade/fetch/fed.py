"""Federal Reserve, H.10: exchange rates of the US dollar, monthly means of noon rates.

Interface: the CSV of a series at FRED (Federal Reserve Bank of St. Louis), without key;
one series a currency. Some are dollars for a unit of the currency, most units of it for
a dollar; here all become units for one dollar.

What the office does, and what is made of it
    - a series that does not exist is a 404 with a web page: told as UnknownCode;
    - a month without a rate is a point or nothing: it stays missing;
    - the column of dates has had two names (``DATE``, ``observation_date``).
"""

import csv
import io
from collections.abc import Iterable

from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import LayoutChanged, UnknownCode
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office
from rareearth.trade.fetch.periods import is_month
from rareearth.trade.fetch.plan import Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="fed",
    title="Federal Reserve, H.10 exchange rates (through FRED)",
    url="https://fred.stlouisfed.org",
    seconds=1.0,
    licence="public domain (US Government)",
    adoptable=True,
    revised_months=2,
    usual_days=4,
)
SERIES = {
    "AUD": "EXUSAL",
    "BRL": "EXBZUS",
    "CAD": "EXCAUS",
    "CNY": "EXCHUS",
    "EUR": "EXUSEU",
    "GBP": "EXUSUK",
    "INR": "EXINUS",
    "JPY": "EXJPUS",
    "KRW": "EXKOUS",
    "MYR": "EXMAUS",
    "TWD": "EXTAUS",
}
DOLLARS_FOR_ONE = ("AUD", "EUR", "GBP")
FIRST = "1971-01"


def checked(query: Query) -> Query:
    """The query, if it asks for currencies that the release has."""
    return queries.series(query, SERIES, FIRST)


def parts(query: Query, session: Session) -> list[Part]:
    """A request for each currency."""
    return [Part(p, query.first_month, query.last_month) for p in query.products]


def request(query: Query, part: Part, session: Session) -> Request:
    """One currency, all months."""
    return Request(
        "graph/fredgraph.csv",
        {
            "id": SERIES[part.product],
            "cosd": f"{part.first_month}-01",
            "coed": f"{part.last_month}-28",
        },
    )


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """The answer to a part."""
    sent = request(query, part, session)
    answer = session.ask(sent.path, sent.params, check=_meaning)
    series, rows = values(answer.body)
    if series != SERIES[part.product]:
        raise LayoutChanged(
            OFFICE.name, f"asked for {SERIES[part.product]} it answers {series}"
        )
    wrong = [m for m, _ in rows if not part.first_month <= m <= part.last_month]
    if wrong or len({month for month, _ in rows}) != len(rows):
        raise LayoutChanged(
            OFFICE.name,
            f"{series}: not one row a month from {part.first_month} to "
            f"{part.last_month}",
        )
    return [answer]


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Months with a rate, by currency."""
    names = {series: currency for currency, series in SERIES.items()}
    found: dict[str, set[str]] = {}
    for body in bodies:
        series, rows = values(body)
        months = {month for month, value in rows if value not in ("", ".")}
        if months:
            found.setdefault(names[series], set()).update(months)
    return found


def published(query: Query, session: Session, first: str, last: str) -> None:
    """No calendar but the answers themselves."""


def known(query: Query, product: str, session: Session) -> bool:
    """Whether the series exists; one that does not has been refused before."""
    return True


def values(body: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Name of the series, and month and value as text.

    Raises
    ------
    LayoutChanged
        If it is not two columns, dates and values.
    """
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig", errors="replace"))))
    head = lines[0] if lines else []
    if (
        len(head) != 2
        or head[0] not in ("observation_date", "DATE")
        or any(len(row) != 2 or not is_month(row[0][:7]) for row in lines[1:])
    ):
        raise LayoutChanged(
            OFFICE.name,
            "not two columns of dates and values: "
            f"{body[:80].decode(errors='replace')}",
        )
    return head[1], [(row[0][:7], row[1].strip()) for row in lines[1:]]


def _meaning(session: Session, answer: Answer) -> None:
    """What an error of this office means."""
    if answer.status == 404:
        series = answer.url.partition("id=")[2].partition("&")[0]
        raise UnknownCode(OFFICE.name, series, SERIES.values())
