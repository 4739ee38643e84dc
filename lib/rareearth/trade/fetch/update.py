"""A feed brought up to date: only what is new or may have been revised is asked.

What an earlier edition has of months that are no longer revised is taken from its kept
answers; what a run that stopped has brought is taken from there. The table of an
edition is always made of all answers of the feed: it is one table, and can be made
again.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth.trade import editions
from rareearth.trade.editions import Damaged, Edition
from rareearth.trade.fetch.errors import FetchError, LayoutChanged
from rareearth.trade.fetch.feeds import Feed
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.normal import known_rates, normalised
from rareearth.trade.fetch.office import Answer
from rareearth.trade.fetch.offices import Standing, desk, standing
from rareearth.trade.fetch.periods import periods, shifted
from rareearth.trade.fetch.plan import Request, gather, missing, outcome
from rareearth.trade.fetch.query import Part, Query

KEPT_OPEN = timedelta(days=7)  # how long an unfinished run can be gone on with
FINAL = ("data", "no trade")


@dataclass
class Result:
    """What became of a feed.

    ``state`` is ``new edition``, ``unchanged`` or ``failed``; ``unsure`` are months
    that are partial or unclear.
    """

    feed: str
    office: str
    state: str
    edition: str = ""
    standing: Standing | None = None
    requests: int = 0
    seconds: float = 0.0
    error: str = ""
    unsure: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def updated(
    feed: Feed,
    session: Session,
    root: Path = editions.STORE,
    whole: bool = False,
    progress: Callable[[int, int], None] = lambda done, planned: None,
) -> Result:
    """Bring a feed up to date and keep a new edition if anything is different.

    Parameters
    ----------
    feed : Feed
    session : Session
    root : Path
        The store of editions.
    whole : bool
        Ask for every month again.
    progress : callable
        Is told the parts that have come and those planned.

    Returns
    -------
    Result
        A FetchError makes it ``failed``; what had come until then is kept, and the next
        run goes on from there.
    """
    begun, sent = time.monotonic(), session.sent
    name, query = feed.name, feed.query
    result = Result(name, query.office, "failed")
    try:
        _bring(feed, session, root, whole, progress)
        edition, new = _publish(feed, session, root)
        result.state = "new edition" if new else "unchanged"
        result.edition = edition.name
        result.notes = list(edition.about["notes"])
        result.unsure = _unsure(edition.about["states"])
        today = session.clock.now().date()
        result.standing = standing(session.office, edition.about["states"], today)
    except (FetchError, Damaged) as error:
        if isinstance(error, LayoutChanged):
            _open(name, root).unlink(missing_ok=True)  # else it would be read again
        result.error = str(error)
    result.requests = session.sent - sent
    result.seconds = round(time.monotonic() - begun, 1)
    _log(result, session.clock.now(), root)
    return result


def planned(
    feed: Feed, session: Session, root: Path = editions.STORE, whole: bool = False
) -> list[Request]:
    """Requests that an update would begin with; nothing is sent."""
    office = desk(feed.query.office)
    held = [part for part, _ in _held(feed, session, root, whole)]
    todo = missing(office.parts(feed.query, session), held)
    return [office.request(feed.query, part, session) for part in todo]


def _bring(
    feed: Feed,
    session: Session,
    root: Path,
    whole: bool,
    progress: Callable[[int, int], None],
) -> None:
    """Ask for what is not held, and keep each part as it comes."""
    office = desk(feed.query.office)
    held = _held(feed, session, root, whole)
    parts = [part for part, _ in held]
    count = len(missing(office.parts(feed.query, session), parts))
    done = 0

    def keep(part: Part, answers: list[Answer]) -> None:
        """Write the part down before the next one is asked."""
        nonlocal done
        now = session.clock.now()
        kept = [
            {
                "sha256": editions.keep_answer(answer.body, root),
                "url": answer.url,
                "status": answer.status,
                "bytes": len(answer.body),
            }
            for answer in answers
        ]
        about = {"fetched": _stamp(now), "answers": kept}
        held.append((part, about))
        _write_open(feed, held, whole, now, root)
        done += 1
        progress(done, max(count, done))

    _write_open(feed, held, whole, session.clock.now(), root)
    progress(0, count)
    gather(office, feed.query, session, parts, keep)


def _publish(feed: Feed, session: Session, root: Path) -> tuple[Edition, bool]:
    """Make the table of all parts; a new edition if it is not the newest one again."""
    query, office = feed.query, desk(feed.query.office)
    parts = json.loads(_open(feed.name, root).read_text())["parts"]
    bodies = [
        editions.answer(answer["sha256"], root)
        for part in parts
        for answer in part["answers"]
    ]
    before = _newest(feed, root)
    settled = before.about["states"] if before else {}
    what = outcome(office, query, session, bodies, settled)
    table, account, notes = normalised(query, bodies, known_rates(root))
    now = session.clock.now()
    about = {
        "office": query.office,
        "title": session.office.title,
        "licence": session.office.licence,
        "adoptable": session.office.adoptable,
        "query": asdict(query),
        "fetched": _stamp(now),
        "parts": parts,
        "states": what.states,
        "notes": [*what.notes, *notes],
        "account": account,
    }
    if before and _same(before, about, table):
        _open(feed.name, root).unlink()
        return before, False
    edition = editions.publish(feed.name, about, table, now, root)
    _open(feed.name, root).unlink()
    return edition, True


def _held(
    feed: Feed, session: Session, root: Path, whole: bool
) -> list[tuple[Part, dict[str, Any]]]:
    """Parts that need not be asked: an unfinished run's, and of settled months."""
    path, now = _open(feed.name, root), session.clock.now()
    if path.exists():
        about = json.loads(path.read_text())
        written = datetime.fromisoformat(about["written"])
        same = about["query"] == _signature(feed.query) and about["whole"] >= whole
        if same and now - written < KEPT_OPEN and _whole_on_disk(about["parts"], root):
            return [_part(part) for part in about["parts"]]
    before = _newest(feed, root)
    if before is None or whole:
        return []
    states = before.about["states"]
    done = standing(session.office, states, now.date()).last_month
    settled = shifted(done, 1 - session.office.revised_months) if done else ""
    step, found = feed.query.step, []
    for part in before.about["parts"]:
        inside = periods(part["first_month"], part["last_month"], step)
        line = states.get(part["product"], {})
        asked = set(feed.query.periods)
        final = all(line.get(p) in FINAL for p in inside if p in asked)
        if part["last_month"] < settled and final and asked & set(inside):
            found.append(part)
    return [_part(part) for part in found] if _whole_on_disk(found, root) else []


def _part(about: dict[str, Any]) -> tuple[Part, dict[str, Any]]:
    """A part and what is kept of it."""
    part = Part(about["product"], about["first_month"], about["last_month"])
    return part, {key: about[key] for key in ("fetched", "answers")}


def _whole_on_disk(parts: list[dict[str, Any]], root: Path) -> bool:
    """Whether every kept answer is there and is what it should be."""
    try:
        for part in parts:
            for answer in part["answers"]:
                editions.answer(answer["sha256"], root)
    except editions.Damaged:
        return False
    return True


def _newest(feed: Feed, root: Path) -> Edition | None:
    """The newest edition, if it answers the same question."""
    try:
        edition = editions.newest(feed.name, root)
    except editions.NoEdition:
        return None
    asked = edition.about["query"]
    same = all(asked[key] == value for key, value in _signature(feed.query).items())
    return edition if same else None


def _signature(query: Query) -> dict[str, Any]:
    """What a query asks, whatever the months."""
    about = asdict(query) | {"products": list(query.products)}
    return {k: v for k, v in about.items() if k not in ("first_month", "last_month")}


def _same(before: Edition, about: dict[str, Any], table: pd.DataFrame) -> bool:
    """Whether nothing is different from the newest edition."""
    again = editions.parsed(table.to_csv(index=False).encode())
    told = [_told(states) for states in (before.about["states"], about["states"])]
    return told[0] == told[1] and before.table().equals(again)


def _told(states: dict[str, dict[str, str]]) -> dict[tuple[str, str], str]:
    """States without the months that are not out: time alone adds those."""
    return {
        (product, period): state
        for product, months in states.items()
        for period, state in months.items()
        if state != "not published"
    }


def _unsure(states: dict[str, dict[str, str]]) -> list[str]:
    """Months of which the office did not tell all, or not why it tells nothing."""
    return [
        f"{product} {state} {', '.join(told)}"
        for product, periods in states.items()
        for state in ("partial", "unclear")
        for told in [[p for p, s in periods.items() if s == state]]
        if told
    ]


def _open(feed: str, root: Path) -> Path:
    return root / feed / "open.json"


def _write_open(
    feed: Feed,
    held: list[tuple[Part, dict[str, Any]]],
    whole: bool,
    now: datetime,
    root: Path,
) -> None:
    """Write down what a run has brought so far."""
    parts = [asdict(part) | about for part, about in sorted(held, key=lambda h: h[0])]
    query = _signature(feed.query)
    about = {"query": query, "whole": whole, "written": _stamp(now), "parts": parts}
    editions.write(_open(feed.name, root), json.dumps(about, indent=1).encode())


def _log(result: Result, now: datetime, root: Path) -> None:
    """One line for each feed and run."""
    root.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"time": _stamp(now), **asdict(result)}, sort_keys=True)
    with (root / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
