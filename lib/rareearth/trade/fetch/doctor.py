"""Each office asked for as little as possible: whether it is there, and as it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import pandas as pd

from rareearth.trade.fetch.errors import FetchError, LayoutChanged, NoKey, WrongKey
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.normal import normalised
from rareearth.trade.fetch.office import Office
from rareearth.trade.fetch.offices import desk
from rareearth.trade.fetch.periods import months, shifted
from rareearth.trade.fetch.plan import outcome
from rareearth.trade.fetch.query import Query

LOOK_BACK = 8  # months in which the last one is looked for
BRIEF = partial(Session, attempts=2)  # what is not there is told soon
# the smallest question that every office answers with rows in every month
QUESTIONS: Mapping[str, tuple[str, str, str, str]] = {
    "fed": ("series", "EUR", "", ""),
    "bls": ("series", "consumer prices", "", ""),
    "census": ("HS", "850511", "USA", ""),
    "eurostat": ("HS", "850511", "DEU", ""),
    "hmrc": ("UK tariff", "85051110", "GBR", ""),
    "estat": ("HS", "850511", "JPN", ""),
    "comtrade": ("HS", "850511", "DEU", ""),
}


@dataclass(frozen=True)
class Health:
    """What an office was like.

    ``reachable``, ``key`` and ``layout`` are words for a table; ``well`` is whether all
    is as it should be; ``advice`` says what to do if it is not.
    """

    office: str
    reachable: str
    key: str
    last_month: str
    layout: str
    advice: str
    well: bool


def health(
    name: str,
    today: date,
    session_of: Callable[[Office], Session] = BRIEF,
) -> Health:
    """Ask an office the smallest question there is.

    Parameters
    ----------
    name : str
        Of the office.
    today : date
        The last months before it are asked.
    session_of : callable
        Makes the session.

    Returns
    -------
    Health
        Never raises a FetchError: that is what it tells.
    """
    office = desk(name)
    system, product, importer, exporter = QUESTIONS[name]
    last = shifted(f"{today.year}-{today.month:02d}", -1)
    query = Query(
        name, system, (product,), importer, exporter, shifted(last, -LOOK_BACK), last
    )
    variable = office.OFFICE.variable
    key = f"no {variable}" if variable else "none wanted"
    try:
        session = session_of(office.OFFICE)
        key = "set" if session.key else key
        bodies = [
            answer.body
            for part in office.parts(query, session)
            for answer in office.answers(query, part, session)
        ]
        states = outcome(office, query, session, bodies).states[product]
        table, _, _ = normalised(query, bodies, _any_rate(query))
    except (NoKey, WrongKey) as error:
        return Health(name, "yes", key, "", "not seen", str(error), False)
    except LayoutChanged as error:
        return Health(name, "yes", key, "", "changed", str(error), False)
    except FetchError as error:
        return Health(name, "no", key, "", "not seen", str(error), False)
    told = [month for month, state in states.items() if state == "data"]
    layout = "as expected" if len(table) else "no rows to judge by"
    advice = "" if told else f"no month of {product} since {query.first_month}"
    return Health(name, "yes", key, max(told, default=""), layout, advice, bool(told))


def _any_rate(query: Query) -> pd.DataFrame:
    """Rates of one, for figures that are only looked at and thrown away."""
    years = (f"{query.first_month[:4]}-01", f"{query.last_month[:4]}-12")
    span = pd.to_datetime(months(*years))
    pairs = [(money, day) for money in ("EUR", "GBP", "JPY") for day in span]
    rates = pd.DataFrame(pairs, columns=["currency", "start"])
    return rates.assign(units_per_usd=1.0)
