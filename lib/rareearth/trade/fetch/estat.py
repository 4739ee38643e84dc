"""Japan, Ministry of Finance trade statistics: imports by country, from e-Stat.

Interface: ``getStatsData`` of e-Stat 3.0 on the tables by commodity and country
(品別国別表), HS lines of nine digits or all lines of six. A cell is one measure of one
month; value in thousand yen, quantity in the unit that the line is counted in.

What the office does, and what is made of it
    - a key (appId) is wanted (free); a missing or wrong one is status 100 in the
      answer, under HTTP 200 or 403: told as NoKey and WrongKey;
    - status 1 means no data, 100 and more an error, all under HTTP 200;
    - pages of 100,000 cells: the cells of all pages must be as many as the office says;
    - a single cell comes bare and not in a list;
    - a month that is not out yet stands as 0: the months of a good that is always
      imported (crude oil) tell which are out;
    - the tables are cut by years, each under a number of its own.
"""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    Refused,
    UnknownCode,
    WrongQuery,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office
from rareearth.trade.fetch.periods import months, spans
from rareearth.trade.fetch.plan import Overflow, Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="estat",
    title="Japan, Ministry of Finance trade statistics (e-Stat)",
    url="https://api.e-stat.go.jp/rest/3.0/app/json",
    seconds=1.0,
    licence="Government of Japan Standard Terms of Use 2.0 (as CC BY 4.0)",
    adoptable=True,
    variable="ESTAT_APP_ID",
    key_page="https://www.e-stat.go.jp/api/",
    key_place="query appId",
    revised_months=24,
    usual_days=32,
)
TABLES = {  # first year -> imports by commodity and country, until the next begins
    2001: "0003228183",
    2006: "0003228184",
    2011: "0003228185",
    2016: "0003313966",
    2021: "0003425294",
    2026: "0004049326",
}
FIRST = "2001-01"
PAGE = 100_000
ALWAYS_IMPORTED = "270900900"
MONTHS: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
MONTHS += ("Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# measures by their code: units, totals of the year, then three for each month
MEASURES = {"100": "Unit1", "110": "Unit2"}
for _n, _name in enumerate(("Year", *MONTHS)):
    MEASURES[str(120 + 30 * _n)] = f"Quantity1-{_name}"
    MEASURES[str(130 + 30 * _n)] = f"Quantity2-{_name}"
    MEASURES[str(140 + 30 * _n)] = f"Value-{_name}"
VALUES = {code: name[6:] for code, name in MEASURES.items() if name[:6] == "Value-"}
AREA = "50"  # before the three digits that customs files have


def checked(query: Query) -> Query:
    """The query, if e-Stat can be asked it."""
    systems = {"Japan HS": (9,), "HS": (6,)}
    return queries.checked(query, systems, ("JPN",), ("import",), FIRST)


def parts(query: Query, session: Session) -> list[Part]:
    """A request for each product and calendar year."""
    return [
        Part(product, first, last)
        for product in query.products
        for first, last in spans(query.first_month, query.last_month, 12)
    ]


def request(query: Query, part: Part, session: Session) -> Request:
    """All countries and measures of the lines of a product, in one year."""
    rest = 9 - len(part.product)
    lines = {
        "cdCat01From": part.product + "0" * rest,
        "cdCat01To": part.product + "9" * rest,
    }
    return _request(part.first_month[:4], lines)


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """All pages of a part."""
    sent = request(query, part, session)
    pages = [session.ask(sent.path, sent.params, check=_meaning)]
    found, total, position = cells(pages[0].body)
    seen = {_key(cell) for cell in found}
    while position:
        params = {**sent.params, "startPosition": str(position)}
        pages.append(session.ask(sent.path, params, check=_meaning))
        more, again, position = cells(pages[-1].body)
        keys = {_key(cell) for cell in more}
        if seen & keys or again != total:
            raise Overflow("the table changed between two pages")
        seen |= keys
        found += more
    if len(found) != total or len(seen) != total:
        raise Incomplete(
            OFFICE.name,
            f"{part.product} in {part.first_month[:4]}: {len(seen):,} different cells "
            f"where it says {total:,}",
        )
    for cell in found:
        year, line = cell["@time"][:4], cell["@cat01"]
        if year != part.first_month[:4] or not line.startswith(part.product):
            raise LayoutChanged(
                OFFICE.name,
                f"asked for {part.product} in {part.first_month[:4]} it answers {line} "
                f"in {year}",
            )
    return pages


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Months with a value above 0, by product."""
    found: dict[str, set[str]] = {}
    for body in bodies:
        for cell in cells(body)[0]:
            name = VALUES.get(cell["@cat02"], "Year")
            if name == "Year" or not _number(cell):
                continue
            month = f"{cell['@time'][:4]}-{MONTHS.index(name) + 1:02d}"
            for product in query.products:
                if cell["@cat01"].startswith(product):
                    found.setdefault(product, set()).add(month)
    wanted = set(months(query.first_month, query.last_month))
    return {product: told & wanted for product, told in found.items() if told & wanted}


def published(query: Query, session: Session, first: str, last: str) -> set[str]:
    """Months in which crude oil was imported."""
    found: set[str] = set()
    measures = {"cdCat01": ALWAYS_IMPORTED, "cdCat02": ",".join(VALUES)}
    for year in sorted({month[:4] for month in months(first, last)}):
        sent = _request(year, measures)
        answer = session.ask(sent.path, sent.params, check=_meaning)
        for cell in cells(answer.body)[0]:
            name = VALUES.get(cell["@cat02"], "Year")
            if name != "Year" and _number(cell):
                found.add(f"{cell['@time'][:4]}-{MONTHS.index(name) + 1:02d}")
    return {month for month in found if first <= month <= last}


def known(query: Query, product: str, session: Session) -> bool:
    """Whether there was trade in the line in the last years; else its neighbours."""
    heading = {"cdCat01From": product[:4] + "00000", "cdCat01To": product[:4] + "99999"}
    sent = _request(query.last_month[:4], {**heading, "cdCat02": "140"})
    answer = session.ask(sent.path, sent.params, check=_meaning)
    lines = sorted({cell["@cat01"] for cell in cells(answer.body)[0]})
    if any(line.startswith(product) for line in lines):
        return True
    near = [line for line in lines if line.startswith(product[:6])]
    raise UnknownCode(OFFICE.name, product, near or lines[:8])


def cells(body: bytes) -> tuple[list[dict[str, str]], int, int]:
    """Cells of a page, number of all cells, position of the next page or 0.

    Raises
    ------
    LayoutChanged
        If it is not what the office documents.
    """
    if not body.strip():
        return [], 0, 0
    try:
        data = json.loads(body)["GET_STATS_DATA"]
        if int(data["RESULT"]["STATUS"]) == 1:
            return [], 0, 0
        about = data["STATISTICAL_DATA"]["RESULT_INF"]
        found = data["STATISTICAL_DATA"]["DATA_INF"]["VALUE"]
        found = found if isinstance(found, list) else [found]
        total, position = int(about["TOTAL_NUMBER"]), int(about.get("NEXT_KEY") or 0)
        needed = ("@cat01", "@cat02", "@area", "@time", "$")
        odd = [n for cell in found for n in needed if not isinstance(cell[n], str)]
    except (ValueError, LookupError, TypeError) as error:
        raise LayoutChanged(
            OFFICE.name,
            f"not the documented JSON ({type(error).__name__} {error}): "
            f"{body[:80].decode(errors='replace')}",
        ) from None
    if odd:
        raise LayoutChanged(OFFICE.name, f"a cell whose {odd[0]} is no text")
    return found, total, position


def customs_file(bodies: Iterable[bytes]) -> bytes:
    """The answers as the customs' own CSV: a line, country and year a row.

    Returns
    -------
    bytes
        ``Exp or Imp, Year, HS, Country, Unit1, Unit2, Quantity1-Year …``; a country is
        the three digits of the customs, a cell that was not told is empty.
    """
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for body in bodies:
        for cell in cells(body)[0]:
            if cell["@cat02"] not in MEASURES:
                continue
            country = cell["@area"].removeprefix(AREA)
            row = rows.setdefault((cell["@time"][:4], cell["@cat01"], country), {})
            row[MEASURES[cell["@cat02"]]] = cell["$"].strip()
    names = ["Exp or Imp", "Year", "HS", "Country", *MEASURES.values()]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    for (year, line, country), row in sorted(rows.items()):
        about = {"Exp or Imp": "2", "Year": year, "HS": f"'{line}'", "Country": country}
        writer.writerow(about | row)
    return text.getvalue().encode()


def _request(year: str, codes: dict[str, str]) -> Request:
    first = max((y for y in TABLES if y <= int(year)), default=None)
    if first is None:
        raise WrongQuery(OFFICE.name, f"no table of {year}")
    time = {"cdTimeFrom": f"{year}000000", "cdTimeTo": f"{year}999999"}
    quiet = {"metaGetFlg": "N", "explanationGetFlg": "N", "annotationGetFlg": "N"}
    about = {"statsDataId": TABLES[first], "limit": str(PAGE)}
    return Request("getStatsData", about | codes | time | quiet)


def _key(cell: dict[str, str]) -> tuple[str, ...]:
    return tuple(cell[name] for name in ("@cat01", "@cat02", "@area", "@time"))


def _number(cell: dict[str, Any]) -> bool:
    """Whether a cell holds a number other than 0."""
    text = cell["$"].replace(",", "")
    return text.isdecimal() and int(text) > 0


def _meaning(session: Session, answer: Answer) -> None:
    """What an error of this office means."""
    try:
        result = json.loads(answer.body)["GET_STATS_DATA"]["RESULT"]
        status, said = int(result["STATUS"]), str(result.get("ERROR_MSG", ""))
    except (ValueError, LookupError, TypeError):
        return  # an HTTP error without the office's words, or a changed layout
    if status == 100:
        raise session.without_key()
    if status > 1:
        raise Refused(OFFICE.name, f"status {status}: {said[:200]}")
