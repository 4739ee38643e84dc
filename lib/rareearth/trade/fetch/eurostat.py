"""Eurostat Comext: monthly trade of the members of the European Union.

Interface: the SDMX 2.1 data set DS-045409 as SDMX-CSV, products of CN with eight
digits or HS with two to six. ``EU27`` asks for the 27 members of 2020; their trade with
each other is taken out by the reader. Value in EUR, weight in 100 kg, each in rows of
its own.

What the office does, and what is made of it
    - no key; a request is at most a year, since the office counts the cells that a
      query could have (500,000 at once, more by a queue, 5,000,000 at most);
    - a query that is put in a queue is waited for; one that is too big is split;
    - a value that the data set does not have is a 400 that names it: a product is told
      as UnknownCode, anything else as LayoutChanged;
    - no results are a 404: the control query (chapter 85 from the world) tells in which
      months every member asked has reported;
    - rows may have one field more than the header has names.
"""

import csv
import io
import re
from collections.abc import Iterable
from xml.sax.saxutils import unescape

from rareearth import codes, tables
from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    Refused,
    UnknownCode,
    Unreachable,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office, words
from rareearth.trade.fetch.periods import months, spans
from rareearth.trade.fetch.plan import Overflow, Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="eurostat",
    title="Eurostat, Comext (DS-045409)",
    url="https://ec.europa.eu/eurostat/api/comext/dissemination",
    seconds=1.0,
    licence="CC BY 4.0 (Eurostat reuse policy)",
    adoptable=True,
    revised_months=24,
    usual_days=50,
)
DATA = "sdmx/2.1/data/DS-045409"
KEY = ("reporter", "partner", "product", "flow", "indicators", "TIME_PERIOD")
NEEDED = (*KEY, "OBS_VALUE")
INDICATORS = ("VALUE_IN_EUROS", "QUANTITY_IN_100KG")
FLOWS = {"import": "1", "export": "2"}
FIRST = "1988-01"
POLL, LONGEST_QUEUE = 10.0, 1800.0  # seconds


class _NoResults(Exception):
    """The office's 404: nothing fits the query."""


def checked(query: Query) -> Query:
    """The query, if Eurostat can be asked it."""
    systems = {"EU CN": (8,), "HS": (2, 4, 6)}
    tellers = ("EU27", *codes.eu27())
    return queries.checked(query, systems, tellers, ("import", "export"), FIRST)


def parts(query: Query, session: Session) -> list[Part]:
    """A request for each product and calendar year."""
    return [
        Part(product, first, last)
        for product in query.products
        for first, last in spans(query.first_month, query.last_month, 12)
    ]


def request(query: Query, part: Part, session: Session) -> Request:
    """All partners of one product."""
    return _request(query, "", part.product, "+".join(INDICATORS), part)


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """The answer to a part, at once or by the queue."""
    sent = request(query, part, session)
    answer = _asked(session, sent)
    names, rows = table(answer.body)
    wanted = {
        "reporter": set(_reporters(query)),
        "product": {part.product},
        "flow": {FLOWS[query.flow]},
        "indicators": set(INDICATORS),
        "TIME_PERIOD": set(months(part.first_month, part.last_month)),
    }
    for name, allowed in wanted.items():
        place = names.index(name) if rows else 0
        other = [row[place] for row in rows if row[place].strip() not in allowed]
        if other:
            raise LayoutChanged(
                OFFICE.name, f"asked for other things it answers {name} '{other[0]}'"
            )
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        key = tuple(row[names.index(name)].strip() for name in KEY)
        if key in seen:
            raise Incomplete(OFFICE.name, f"{' '.join(key)} stands twice")
        seen.add(key)
    return [answer]


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Months with rows, by product."""
    found: dict[str, set[str]] = {}
    for body in bodies:
        names, rows = table(body)
        for row in rows:
            month = row[names.index("TIME_PERIOD")].strip()
            found.setdefault(row[names.index("product")], set()).add(month)
    return found


def published(query: Query, session: Session, first: str, last: str) -> set[str]:
    """Months for which every member asked has told its trade in chapter 85."""
    reported: dict[str, set[str]] = {}
    for begin, end in spans(first, last, 12):
        part = Part("85", begin, end)
        sent = _request(query, "WORLD", "85", INDICATORS[0], part)
        names, rows = table(_asked(session, sent).body)
        for row in rows:
            month = row[names.index("TIME_PERIOD")].strip()
            reported.setdefault(month, set()).add(row[names.index("reporter")])
    all_of_them = set(_reporters(query))
    return {month for month, who in reported.items() if who >= all_of_them}


def known(query: Query, product: str, session: Session) -> bool:
    """Whether the product is in the project's own table.

    A product that the data set does not have has been refused before.
    """
    return product in set(codes.products(query.system)["code"])


def table(body: bytes) -> tuple[list[str], list[list[str]]]:
    """Names of the columns and rows of an answer, as text.

    Raises
    ------
    LayoutChanged
        If the names that are needed are not there, or a row is not as long as they are
        (one empty field more is usual here).
    """
    if not body.strip():
        return [], []
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig", errors="replace"))))
    names, rows = lines[0], lines[1:]
    lost = [name for name in NEEDED if name not in names]
    if lost:
        raise LayoutChanged(
            OFFICE.name,
            f"an answer without {', '.join(lost)}: {','.join(names)[:120]}",
        )
    for row in rows:
        if len(row) == len(names) + 1 and not row[-1]:
            row.pop()
        if len(row) != len(names):
            raise LayoutChanged(
                OFFICE.name,
                f"a row of {len(row)} fields under {len(names)} names: "
                f"{','.join(row)[:120]}",
            )
    return names, rows


def _reporters(query: Query) -> tuple[str, ...]:
    """ISO2 of the members asked."""
    countries = tables.load("countries").set_index("iso3")["iso2"]
    who = codes.eu27() if query.teller == "EU27" else (query.teller,)
    return tuple(sorted(countries[iso3] for iso3 in who))


def _request(
    query: Query, partner: str, product: str, indicators: str, part: Part
) -> Request:
    reporters = "+".join(_reporters(query))
    key = f"M.{reporters}.{partner}.{product}.{FLOWS[query.flow]}.{indicators}"
    period = {"startPeriod": part.first_month, "endPeriod": part.last_month}
    return Request(f"{DATA}/{key}", {"format": "SDMX-CSV", **period})


def _asked(session: Session, sent: Request) -> Answer:
    """The answer in the end: by the queue if it is put there, empty if nothing fits."""
    try:
        answer = session.ask(sent.path, sent.params, check=_meaning)
        if queued := _job(answer):
            _wait(session, queued)
            answer = session.ask(
                f"1.0/async/data/{queued}", {"format": "SDMX-CSV"}, check=_meaning
            )
    except _NoResults:
        return Answer(url=sent.path, status=404, body=b"")
    if answer.body.lstrip().startswith(b"<"):
        raise LayoutChanged(OFFICE.name, f"XML instead of CSV: {words(answer)}")
    return answer


def _wait(session: Session, job: str) -> None:
    """Wait until a queued answer can be had."""
    waited = 0.0
    while waited < LONGEST_QUEUE:
        answer = session.ask(f"1.0/async/status/{job}", check=_meaning)
        state = re.search(r"<(?:\w+:)?status>([A-Z_]+)</", answer.text)
        if state and state[1] == "AVAILABLE":
            return
        said = state[1] if state else words(answer)
        if said == "NO_RESULTS":
            raise _NoResults
        if not state or said in ("ERROR", "EXPIRED", "UNKNOWN_REQUEST"):
            raise Refused(OFFICE.name, f"the queued query {job} came to {said}")
        session.clock.sleep(POLL)
        waited += POLL
    raise Unreachable(
        OFFICE.name,
        f"the queued query {job} was not ready after {LONGEST_QUEUE / 60:.0f} minutes; "
        "try again later",
    )


def _job(answer: Answer) -> str:
    """Number of the query if the office has put it in its queue."""
    if not answer.body.lstrip().startswith(b"<") or "queued>" not in answer.text:
        return ""
    found = re.search(r"<(?:\w+:)?id>([0-9A-Za-z-]{1,80})</", answer.text)
    if not found:
        raise LayoutChanged(OFFICE.name, f"a queue without id: {words(answer)}")
    return found[1]


def _meaning(session: Session, answer: Answer) -> None:
    """What a fault of this office means."""
    said = ""
    if answer.body.lstrip().startswith(b"<"):
        fault = re.search(r"<faultstring>([^<]*)<", answer.text)
        said = unescape(fault[1], {"&apos;": "'"}) if fault else ""
    if answer.status == 413 or "EXTRACTION_TOO_BIG" in said:
        raise Overflow(f"the office says that it is too big ({said[:120]})")
    if answer.status == 404 and ("NO_RESULTS" in said or "o results" in said):
        raise _NoResults
    if wrong := re.search(r"not allowed:\s*(.*?)\.?$", said):
        product = re.search(r"product=([0-9A-Z]+)", wrong[1], flags=re.I)
        if product:
            raise UnknownCode(OFFICE.name, product[1], _neighbours(product[1]))
        raise LayoutChanged(OFFICE.name, f"it does not take {wrong[1]}")
    if "INVALID_QUERY" in said:
        raise LayoutChanged(OFFICE.name, f"it says: {said[:200]}")


def _neighbours(product: str) -> list[str]:
    """Lines of the same six digits in the project's table."""
    lines = codes.products("EU CN")["code"]
    return sorted(lines[lines.str[:6] == product[:6]])
