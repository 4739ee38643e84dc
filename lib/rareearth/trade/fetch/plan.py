"""A query in parts: planned, asked one by one, split until nothing can be lost.

A part that has come is handed over at once, so that a run that stops goes on where it
stopped. A part whose answer reaches the office's limit of rows is asked again in
halves; an answer that may lack rows is never taken.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rareearth.trade.fetch.errors import FetchError, Incomplete, UnknownCode
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer, Office
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Part, Query, halves

STATES = {
    "data": "the office has rows",
    "partial": "the office has rows, but not yet of every country that reports to it",
    "no trade": "no rows, and the office has other goods of this month",
    "not published": "no rows, and the office has nothing of this month yet",
    "unclear": "no rows, and the office does not say why",
}


RECENT = 3  # newest months in which not every country may have reported


class Overflow(Exception):
    """An answer at the limit of rows, or pages that do not fit together."""


@dataclass(frozen=True)
class Request:
    """What will be sent, without the key."""

    path: str
    params: Mapping[str, str]
    body: Mapping[str, Any] | None = None


class Desk(Protocol):
    """What the module of an office offers."""

    @property
    def OFFICE(self) -> Office:
        """Address, pace, key and terms."""

    def checked(self, query: Query) -> Query:
        """The query, if the office can be asked it."""

    def parts(self, query: Query, session: Session) -> list[Part]:
        """The requests that the query takes, if none has to be split."""

    def request(self, query: Query, part: Part, session: Session) -> Request:
        """First request of a part."""

    def answers(self, query: Query, part: Part, session: Session) -> list[Answer]:
        """All pages of a part, checked: whole, as documented, and what was asked."""

    def told(self, query: Query, bodies: Iterable[bytes]) -> dict[str, set[str]]:
        """Periods of which the answers have rows, by product."""

    def published(
        self, query: Query, session: Session, first: str, last: str
    ) -> set[str] | None:
        """Periods of which the office has any figures of the teller and the flow.

        None where it has no calendar but the answers themselves.
        """

    def known(self, query: Query, product: str, session: Session) -> bool:
        """Whether the office has the product; raises UnknownCode with the nearest."""


@dataclass(frozen=True)
class Outcome:
    """What became of a query.

    Attributes
    ----------
    states : dict
        Product → period → one of `STATES`.
    notes : list of str
        What was odd.
    """

    states: dict[str, dict[str, str]]
    notes: list[str]


def missing(parts: Iterable[Part], held: Iterable[Part]) -> list[Part]:
    """What of the planned parts is not covered by those that are held.

    Examples
    --------
    >>> whole, half = Part("x", "2018-01", "2018-04"), Part("x", "2018-01", "2018-02")
    >>> missing([whole], [half])
    [Part(product='x', first_month='2018-03', last_month='2018-04')]
    """
    have = {
        (part.product, month)
        for part in held
        for month in months(part.first_month, part.last_month)
    }
    todo: list[Part] = []
    for part in parts:
        before = ""
        for month in months(part.first_month, part.last_month):
            if (part.product, month) in have:
                before = ""
            elif before:
                todo[-1] = Part(part.product, todo[-1].first_month, month)
            else:
                todo.append(Part(part.product, month, month))
                before = month
    return todo


def gather(
    desk: Desk,
    query: Query,
    session: Session,
    held: Iterable[Part],
    keep: Callable[[Part, list[Answer]], None],
) -> None:
    """Ask for all parts that are not held yet, and hand over each as it comes.

    Parameters
    ----------
    desk, query, session
    held : iterable of Part
        What an earlier run has brought.
    keep : callable
        Takes each part and its answers.

    Raises
    ------
    FetchError
        The parts handed over until then stay good.
    """
    todo = missing(desk.parts(query, session), held)[::-1]
    while todo:
        part = todo.pop()
        try:
            answers = desk.answers(query, part, session)
        except Overflow as overflow:
            two = halves(part, query.step)
            if two is None:
                raise Incomplete(
                    session.office.name,
                    f"{part.product} in {part.first_month}: {overflow}, and a month "
                    "cannot be asked in smaller parts; nothing was taken",
                ) from None
            todo += two[::-1]
            continue
        keep(part, answers)


def outcome(
    desk: Desk,
    query: Query,
    session: Session,
    bodies: Iterable[bytes],
    settled: Mapping[str, Mapping[str, str]] | None = None,
) -> Outcome:
    """What the answers say of each month, and why some say nothing.

    An empty answer is no proof of no trade: the office's own calendar or a control
    query must agree, else the month is unclear. ``settled`` are the states of an
    earlier edition: what had no trade then need not be asked again.

    Raises
    ------
    UnknownCode
        The office has no row of a product in any month and does not know it.
    """
    told = desk.told(query, bodies)
    wanted = query.periods
    seen = set().union(*told.values())
    notes: list[str] = []
    settled = settled or {}

    def none_then(product: str, month: str) -> bool:
        """Whether an earlier edition had no trade."""
        return settled.get(product, {}).get(month) == "no trade"

    blank = {
        month
        for product in query.products
        for month in wanted
        if month not in told.get(product, ()) and not none_then(product, month)
    }
    # from where something may be missing: the first gap, or the last months told
    begin = min([*blank, *sorted(seen)[-RECENT:], wanted[-1]])
    calendar, asked = None, True
    try:
        calendar = desk.published(query, session, begin, wanted[-1])
    except (FetchError, Overflow) as error:
        asked = False
        notes.append(f"what is published could not be asked ({error})")
    newest = max(seen | (calendar or set()), default="")

    def why(product: str, month: str, sure: bool) -> str:
        """State of one month."""
        if month in told.get(product, ()):
            whole = calendar is None or month < begin or month in calendar
            return "data" if whole else "partial"
        if none_then(product, month):
            return "no trade"
        if not sure or not asked:
            return "unclear"
        if calendar and month in calendar:
            return "no trade"
        return "not published" if month > newest else "unclear"

    states = {}
    for product in query.products:
        sure = bool(told.get(product)) or _known(desk, query, product, session, notes)
        states[product] = {month: why(product, month, sure) for month in wanted}
    return Outcome(states, notes)


def _known(
    desk: Desk, query: Query, product: str, session: Session, notes: list[str]
) -> bool:
    """Whether the office has a product of which it told nothing."""
    try:
        return desk.known(query, product, session)
    except UnknownCode:
        raise
    except (FetchError, Overflow) as error:
        notes.append(f"whether there is a product {product} is not clear ({error})")
        return False
