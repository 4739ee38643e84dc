"""UN Comtrade: monthly or annual trade as the countries report it to the UN.

Interface: version 1, HS codes of six digits as reported; the total of a flow only
(second partner 0, customs procedure C00, transport 0). With a key up to twelve periods
and 100,000 rows a call and 500 calls a day; without one the preview of 500 rows. Value
in USD, net weight in kg. Its terms do not allow to publish the answers again: they stay
in the folder that git ignores.

What the office does, and what is made of it
    - the preview breaks off at 500 rows without notice, the full one at 100,000: an
      answer that long is split until it is shorter;
    - 429 says "try again in 2 seconds" in its words; 403 says when the day's quota
      comes back: told as QuotaUsedUp with that time;
    - a wrong parameter is answered with 200 and count 0: where a product has no row
      at all, its heading is asked; only if that has rows it means no trade;
    - which periods a country has reported is asked from the office's list (getDA);
    - the partners must add up to World; the preview may lack weights.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from rareearth import codes, tables
from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    QuotaUsedUp,
    Refused,
    WrongQuery,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office
from rareearth.trade.fetch.periods import periods, spans
from rareearth.trade.fetch.plan import Overflow, Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="comtrade",
    title="UN Comtrade",
    url="https://comtradeapi.un.org",
    seconds=2.0,
    licence="UN Comtrade terms of use (no re-dissemination)",
    adoptable=False,
    variable="COMTRADE_API_KEY",
    key_page="https://comtradedeveloper.un.org",
    key_place="header Ocp-Apim-Subscription-Key",
    revised_months=24,
    usual_days=120,
)
FULL, PREVIEW = 100_000, 500  # rows at which an answer breaks off
PERIODS = {FULL: 12, PREVIEW: 2}  # of one call
FLOWS = {"import": "M", "export": "X"}
TOTALS = {"partner2Code": "0", "customsCode": "C00", "motCode": "0"}
KEY = ("reporterCode", "period", "flowCode", "cmdCode", "partnerCode")
NEEDED = (*KEY, *TOTALS, "primaryValue", "netWgt", "isNetWgtEstimated")
# where UN trade data have a number of their own
NUMBERS = {"USA": 842, "FRA": 251, "IND": 699, "CHE": 757, "NOR": 579}
FIRST = "1988-01"


def checked(query: Query) -> Query:
    """The query, if Comtrade can be asked it."""
    flows = ("import", "export")
    return queries.checked(query, {"HS": (6,)}, (), flows, FIRST, steps=(1, 12))


def parts(query: Query, session: Session) -> list[Part]:
    """As many periods a call as it takes; years five at a time."""
    most = PERIODS[_limit(session)] if query.step == 1 else 60
    if query.step == 12:
        years = periods(query.first_month, query.last_month, 12)
        blocks = [years[i : i + most // 12] for i in range(0, len(years), most // 12)]
        ends = [(f"{block[0]}-01", f"{block[-1]}-12") for block in blocks]
    else:
        ends = spans(query.first_month, query.last_month, most)
    return [Part(product, *end) for product in query.products for end in ends]


def request(query: Query, part: Part, session: Session) -> Request:
    """All partners of one product."""
    frequency = "M" if query.step == 1 else "A"
    way = "data/v1/get" if session.key else "public/v1/preview"
    asked = periods(part.first_month, part.last_month, query.step)
    return Request(
        f"{way}/C/{frequency}/HS",
        {
            "reporterCode": ",".join(_numbers(query)),
            "period": ",".join(p.replace("-", "") for p in asked),
            "cmdCode": part.product,
            "flowCode": FLOWS[query.flow],
            **TOTALS,
        },
    )


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """The answer to a part, shorter than the limit and adding up to World."""
    sent = request(query, part, session)
    answer = session.ask(sent.path, sent.params, check=_meaning)
    found = rows(answer.body)
    if len(found) >= _limit(session):
        raise Overflow(f"{len(found):,} rows, where an answer breaks off")
    for row in found:
        _as_asked(row, sent)
    keys = Counter(tuple(row[name] for name in KEY) for row in found)
    twice = [key for key, times in keys.items() if times > 1]
    if twice:
        raise Incomplete(OFFICE.name, f"{twice[0]} stands twice")
    _whole(found)
    return [answer]


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Periods with rows, by product."""
    found: dict[str, set[str]] = {}
    for body in bodies:
        for row in rows(body):
            found.setdefault(str(row["cmdCode"]), set()).add(_period(row["period"]))
    return found


def published(query: Query, session: Session, first: str, last: str) -> set[str]:
    """Periods that every country asked has reported, from the office's list."""
    frequency = "M" if query.step == 1 else "A"
    reported: dict[str, set[str]] = {}
    for number in _numbers(query):
        answer = session.ask(
            f"public/v1/getDA/C/{frequency}/HS",
            {"reporterCode": number},
            check=_meaning,
        )
        for row in rows(answer.body, ("reporterCode", "period")):
            reported.setdefault(_period(row["period"]), set()).add(
                str(row["reporterCode"])
            )
    everyone = set(_numbers(query))
    return {p for p, who in reported.items() if first <= p <= last and who >= everyone}


def known(query: Query, product: str, session: Session) -> bool:
    """Whether its heading has trade in the months asked, and the code is an HS code.

    Without rows of the heading the answers prove nothing.
    """
    part = Part(product[:4], query.first_month, query.last_month)
    asked = periods(part.first_month, part.last_month, query.step)[-12:]
    sent = request(query, part, session)
    params = {**sent.params, "period": ",".join(p.replace("-", "") for p in asked)}
    params |= {"partnerCode": "0"}
    heading = rows(session.ask(sent.path, params, check=_meaning).body)
    return bool(heading) and product in set(codes.products("HS")["code"])


def rows(body: bytes, needed: tuple[str, ...] = NEEDED) -> list[dict[str, Any]]:
    """Rows of an answer.

    Raises
    ------
    LayoutChanged
        If it is no list of rows with the names that are needed.
    Incomplete
        If it says that it has another number of rows.
    Refused
        If it says what is wrong.
    """
    if not body.strip():
        return []
    try:
        answer = json.loads(body)
        found = answer["data"]
        said, count = answer.get("error"), answer.get("count")
        lost = [name for row in found for name in needed if name not in row]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise LayoutChanged(
            OFFICE.name,
            f"no JSON with a list 'data': {body[:80].decode(errors='replace')}",
        ) from None
    if said:
        raise Refused(OFFICE.name, f"it says: {str(said)[:200]}")
    if lost:
        raise LayoutChanged(OFFICE.name, f"a row without {lost[0]}")
    if count is not None and count != len(found):
        raise Incomplete(OFFICE.name, f"{len(found)} rows where it says {count}")
    return list(found)


def _as_asked(row: dict[str, Any], sent: Request) -> None:
    """Refuse an answer to something else than was asked."""
    for name in ("reporterCode", "period", "flowCode", "cmdCode", *TOTALS):
        if str(row[name]).strip() not in sent.params[name].split(","):
            raise LayoutChanged(
                OFFICE.name,
                f"asked for {name} {sent.params[name]} it answers {row[name]}",
            )


def _whole(found: list[dict[str, Any]]) -> None:
    """Refuse an answer whose partners do not add up to World, where World is told."""
    world: dict[tuple[Any, ...], float] = {}
    sums: dict[tuple[Any, ...], float] = {}
    for row in found:
        key = tuple(row[name] for name in KEY[:-1])
        value = float(row["primaryValue"] or 0)
        if row["partnerCode"] == 0:
            world[key] = value
        else:
            sums[key] = sums.get(key, 0.0) + value
    for key, total in world.items():
        if abs(sums.get(key, 0.0) - total) > 1 + 1e-6 * total:
            raise Incomplete(
                OFFICE.name,
                f"{key[3]} of {key[0]} in {key[1]}: the partners add up to "
                f"{sums.get(key, 0.0):,.0f} USD, World has {total:,.0f}; nothing was "
                "taken",
            )


def _limit(session: Session) -> int:
    return FULL if session.key else PREVIEW


def _numbers(query: Query) -> tuple[str, ...]:
    """Numbers of the countries asked."""
    table = tables.load("countries").set_index("iso3")["m49"]
    who = codes.eu27() if query.teller == "EU27" else (query.teller,)
    unknown = [iso3 for iso3 in who if iso3 not in table.index]
    if unknown:
        raise WrongQuery(OFFICE.name, f"there is no country {unknown[0]}")
    return tuple(str(NUMBERS.get(iso3, table[iso3])) for iso3 in who)


def _period(text: Any) -> str:
    """A month or year from the office's number.

    >>> _period("202401"), _period(2024)
    ('2024-01', '2024')
    """
    digits = str(text)
    return f"{digits[:4]}-{digits[4:]}" if len(digits) == 6 else digits


def _meaning(session: Session, answer: Answer) -> None:
    """What an error of this office means."""
    said = answer.text[:500].lower()
    if answer.status == 401:
        raise session.without_key()
    if answer.status == 403 and "quota" in said:
        left = re.search(r"replenished in (?:(\d+)\.)?(\d+):(\d\d):(\d\d)", said)
        until = None
        if left:
            days, hours, minutes, seconds = (int(part or 0) for part in left.groups())
            until = session.clock.now() + timedelta(
                days=days, hours=hours, minutes=minutes, seconds=seconds
            )
        raise QuotaUsedUp(OFFICE.name, until, "calls of the day")
