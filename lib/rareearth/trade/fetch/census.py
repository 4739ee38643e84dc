"""US Census Bureau, international trade: US general imports by country and month.

Interface: ``timeseries/intltrade/imports/hs``; HTS lines of ten digits and HS of six.
Value is customs value in USD; quantity in the units that the line is counted in, and
weight by air and by vessel, for lines that are counted in pieces.

What the office does, and what is made of it
    - a key is wanted (free); without one it points to ``missing_key.html``, with a
      wrong one to ``invalid_key.html``: told as NoKey and WrongKey;
    - 204 means no rows: the control query (all goods of chapter 85, all countries, the
      same months) tells whether the month is published;
    - an unknown variable is a 400 with its name: told as LayoutChanged;
    - the total of all countries (``-``) stands among them: each month's countries must
      add up to it, else rows are missing;
    - a code that is not in the tariff is a 204 too: the lines of its six digits in the
      newest month are listed instead.
"""

import json
import re
from collections.abc import Iterable

import pandas as pd

from rareearth.trade.fetch import query as queries
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    UnknownCode,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office, words
from rareearth.trade.fetch.periods import shifted, spans
from rareearth.trade.fetch.plan import Request
from rareearth.trade.fetch.query import Part, Query

OFFICE = Office(
    name="census",
    title="US Census Bureau, international trade",
    url="https://api.census.gov/data",
    seconds=1.0,
    licence="public domain (US Government)",
    adoptable=True,
    variable="CENSUS_API_KEY",
    key_page="https://api.census.gov/data/key_signup.html",
    key_place="query key",
    revised_months=18,  # each June revises the year before
    usual_days=40,
)
PATH = "timeseries/intltrade/imports/hs"
FIELDS = (
    "CTY_CODE",
    "CTY_NAME",
    "GEN_VAL_MO",
    "GEN_QY1_MO",
    "UNIT_QY1",
    "GEN_QY2_MO",
    "UNIT_QY2",
    "AIR_VAL_MO",
    "AIR_WGT_MO",
    "VES_VAL_MO",
    "VES_WGT_MO",
)
FIRST = "2013-01"
TOTAL = "-"


def checked(query: Query) -> Query:
    """The query, if Census can be asked it."""
    return queries.checked(
        query, {"US HTS": (10,), "HS": (6,)}, ("USA",), ("import",), FIRST
    )


def parts(query: Query, session: Session) -> list[Part]:
    """A request for each product and calendar year."""
    return [
        Part(product, first, last)
        for product in query.products
        for first, last in spans(query.first_month, query.last_month, 12)
    ]


def request(query: Query, part: Part, session: Session) -> Request:
    """All countries of one line, month by month."""
    level = f"HS{len(part.product)}"
    return _request(FIELDS, part.product, level, part.first_month, part.last_month)


def answers(query: Query, part: Part, session: Session) -> list[Answer]:
    """The answer to a part, checked against its own totals."""
    sent = request(query, part, session)
    answer = session.ask(sent.path, sent.params, check=_meaning)
    rows = table(answer.body)
    if len(rows):
        _as_asked(rows, part)
        _whole(rows, part)
    return [answer]


def told(query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
    """Months with rows, by product."""
    rows = pd.concat([table(body) for body in bodies])
    if rows.empty:
        return {}
    return {str(p): set(lines["time"]) for p, lines in rows.groupby("I_COMMODITY")}


def published(query: Query, session: Session, first: str, last: str) -> set[str]:
    """Months in which anything of chapter 85 was imported: it never stands still."""
    found: set[str] = set()
    for begin, end in spans(first, last, 12):
        sent = _request(("GEN_VAL_MO",), "85", "HS2", begin, end, CTY_CODE=TOTAL)
        rows = table(session.ask(sent.path, sent.params, check=_meaning).body)
        found |= set(rows["time"]) if len(rows) else set()
    return found


def known(query: Query, product: str, session: Session) -> bool:
    """Whether the line has imports in the newest year; else its neighbours are told."""
    newest = query.last_month
    sent = _request(
        ("GEN_VAL_MO",),
        f"{product[:6]}*" if len(product) > 6 else f"{product[:4]}*",
        f"HS{len(product)}",
        shifted(newest, -11),
        newest,
        CTY_CODE=TOTAL,
    )
    rows = table(session.ask(sent.path, sent.params, check=_meaning).body)
    lines = sorted(set(rows["I_COMMODITY"])) if len(rows) else []
    if product in lines:
        return True
    raise UnknownCode(OFFICE.name, product, lines)


def table(body: bytes) -> pd.DataFrame:
    """Rows of an answer as text: the first one names the columns.

    Raises
    ------
    LayoutChanged
        If it is not a list of rows of text, each as long as the first.
    """
    if not body.strip():
        return pd.DataFrame(columns=["I_COMMODITY", "time"])
    try:
        rows = json.loads(body)
        names, rest = rows[0], rows[1:]
        odd = not all(isinstance(n, str) for n in names)
        odd |= any(len(row) != len(names) for row in rest)
    except (ValueError, LookupError, TypeError):
        odd = True
    if odd:
        raise LayoutChanged(
            OFFICE.name,
            "an answer that is not rows of text under a row of names: "
            f"{body[:80].decode(errors='replace')}",
        )
    found = pd.DataFrame(rest, columns=names, dtype="str")
    return found.loc[:, ~found.columns.duplicated()]


def _request(
    fields: Iterable[str], product: str, level: str, first: str, last: str, **more: str
) -> Request:
    params = {
        "get": ",".join(fields),
        "COMM_LVL": level,
        "SUMMARY_LVL": "DET",
        "I_COMMODITY": product,
        "time": f"from {first} to {last}",
    }
    return Request(PATH, params | more)


def _meaning(session: Session, answer: Answer) -> None:
    """What an error of this office means."""
    said = f"{answer.location} {answer.text[:2000] if answer.html else ''}"
    if re.search("(missing|invalid)[_ ]key", said, flags=re.I):
        raise session.without_key()
    if answer.status == 400 and "unknown" in answer.text[:200]:
        raise LayoutChanged(OFFICE.name, f"it says: {words(answer)}")


def _as_asked(rows: pd.DataFrame, part: Part) -> None:
    """Refuse an answer to something else than was asked."""
    lost = {*FIELDS, "I_COMMODITY", "time"} - set(rows.columns)
    if lost:
        raise LayoutChanged(
            OFFICE.name,
            f"an answer without {', '.join(sorted(lost))}; "
            f"it has {', '.join(rows.columns)}",
        )
    other = rows[
        (rows["I_COMMODITY"] != part.product)
        | ~rows["time"].between(part.first_month, part.last_month)
    ]
    if len(other):
        row = other.iloc[0]
        raise LayoutChanged(
            OFFICE.name,
            f"asked for {part.product} from {part.first_month} to {part.last_month} it "
            f"answers {row['I_COMMODITY']} in {row['time']}",
        )
    twice = rows.duplicated(["CTY_CODE", "time"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise Incomplete(
            OFFICE.name,
            f"{part.product}: country {row['CTY_CODE']} stands twice in {row['time']}",
        )


def _whole(rows: pd.DataFrame, part: Part) -> None:
    """Refuse an answer whose countries do not add up to its total."""
    value = pd.to_numeric(rows["GEN_VAL_MO"], errors="coerce")
    if value.isna().any():
        row = rows[value.isna()].iloc[0]
        raise LayoutChanged(
            OFFICE.name,
            f"GEN_VAL_MO '{row['GEN_VAL_MO']}' of country {row['CTY_CODE']} in "
            f"{row['time']}; it must be a number",
        )
    country = rows["CTY_CODE"].str.fullmatch("[1-9][0-9]{3}")
    total = value[rows["CTY_CODE"] == TOTAL].groupby(rows["time"]).sum()
    parts = value[country].groupby(rows["time"]).sum()
    if total.empty:  # it documents no limit of rows: without a total, nothing to check
        return
    for month in sorted(set(rows["time"])):
        if total.get(month) != parts.get(month, 0.0):
            raise Incomplete(
                OFFICE.name,
                f"{part.product} in {month}: the countries add up to "
                f"{parts.get(month, 0.0):,.0f} USD, the total row has "
                f"{total.get(month, float('nan')):,.0f}; nothing was taken, try again",
            )
