"""US Bureau of Labor Statistics: consumer prices, month by month.

Interface: public data, version 2 with a key (500 requests a day, 20 years each),
version 1 without (25 a day, 10 years). Consumer prices are CPI-U, all items, US city
average, not seasonally adjusted: the index is not revised.

What the office does, and what is made of it
    - everything comes under HTTP 200, with a status in the answer: REQUEST_SUCCEEDED or
      not; a quota that is used up names the key in its words, which are blotted;
    - more years than allowed are cut off with a word in ``message``: the query is
      split;
    - a month that was never counted (October 2025) is listed with the value ``-``: it
      is told, and stays missing.
"""

import json
from collections.abc import Iterable
from typing import Any

from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import (
    LayoutChanged,
    QuotaUsedUp,
    Refused,
    UnknownCode,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office
from rareearth.trade.fetch.periods import is_month, shifted
from rareearth.trade.fetch.plan import Overflow, Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="bls",
    title="US Bureau of Labor Statistics, consumer prices",
    url="https://api.bls.gov/publicAPI",
    seconds=1.0,
    licence="public domain (US Government)",
    adoptable=True,
    variable="BLS_API_KEY",
    key_page="https://data.bls.gov/registrationEngine/",
    key_place="body registrationkey",
    revised_months=3,
    usual_days=16,
)
SERIES = {"consumer prices": "CUUR0000SA0"}
FIRST = "1913-01"
YEARS = 10  # of one request, allowed with and without a key


def checked(query: Query) -> Query:
    """The query, if BLS can be asked it."""
    return queries.series(query, SERIES, FIRST)


def parts(query: Query, session: Session) -> list[Part]:
    """Whole years, ten at a time."""
    found = []
    for product in query.products:
        first = query.first_month
        while first <= query.last_month:
            last = min(f"{int(first[:4]) + YEARS - 1}-12", query.last_month)
            found.append(Part(product, first, last))
            first = shifted(last, 1)
    return found


def request(query: Query, part: Part, session: Session) -> Request:
    """One series, whole years."""
    return Request(
        f"{'v2' if session.key else 'v1'}/timeseries/data/",
        {},
        {
            "seriesid": [SERIES[part.product]],
            "startyear": part.first_month[:4],
            "endyear": part.last_month[:4],
        },
    )


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """The answer to a part."""
    sent = request(query, part, session)
    answer = session.ask(sent.path, body=sent.body, check=_meaning)
    values(answer.body)
    return [answer]


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Months that are listed, with a figure or with ``-``."""
    names = {series: name for name, series in SERIES.items()}
    found: dict[str, set[str]] = {}
    for body in bodies:
        for series, month, _ in values(body):
            found.setdefault(names[series], set()).add(month)
    return found


def published(query: Query, session: Session, first: str, last: str) -> None:
    """No calendar but the answers themselves."""


def known(query: Query, product: str, session: Session) -> bool:
    """Whether the series exists; one that does not has been refused before."""
    return True


def values(body: bytes) -> list[tuple[str, str, str]]:
    """Series, month and value as text of an answer.

    Raises
    ------
    LayoutChanged
        If it is not what the office documents.
    """
    try:
        found = [
            (str(s["seriesID"]), f"{d['year']}-{d['period'][1:]}", str(d["value"]))
            for s in json.loads(body)["Results"]["series"]
            for d in s["data"]
            if d["period"] != "M13"
        ]
    except (ValueError, LookupError, TypeError) as error:
        raise LayoutChanged(
            OFFICE.name,
            f"not the documented JSON ({type(error).__name__} {error}): "
            f"{body[:80].decode(errors='replace')}",
        ) from None
    for series, month, _ in found:
        if series not in SERIES.values() or not is_month(month):
            raise LayoutChanged(OFFICE.name, f"it answers {series} in {month}")
    return found


def _meaning(session: Session, answer: Answer) -> None:
    """What an error of this office means."""
    try:
        about: dict[str, Any] = json.loads(answer.body)
        said = " ".join(map(str, about.get("message") or []))
        status = str(about.get("status", ""))
    except (ValueError, TypeError, AttributeError):
        return  # a web page or a changed layout, told elsewhere
    if "threshold" in said:
        raise QuotaUsedUp(OFFICE.name, None, "requests of the day")
    if "reduced" in said:
        raise Overflow(f"years were cut off ({said[:120]})")
    if "does not exist" in said or "Invalid Series" in said:
        raise UnknownCode(OFFICE.name, said[:60], [])
    if "key" in said and "invalid" in said.lower():
        raise session.without_key()
    if status != "REQUEST_SUCCEEDED" and answer.status == 200:
        raise Refused(OFFICE.name, f"{status}: {said[:200]}")
