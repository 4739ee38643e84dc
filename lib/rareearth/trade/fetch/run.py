"""Feeds updated one after another, by one run at a time."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import Progress

from rareearth import tables
from rareearth.tables import TableError
from rareearth.trade import editions
from rareearth.trade.editions import Edition
from rareearth.trade.fetch.adopt import Adopted, NotAdopted, adopt
from rareearth.trade.fetch.errors import FetchError
from rareearth.trade.fetch.feeds import Feed
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Office
from rareearth.trade.fetch.offices import desk
from rareearth.trade.fetch.update import Result, updated


class UnderWay(RuntimeError):
    """Another run holds the store."""


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the store; raise UnderWay where another run does."""
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UnderWay("another update is under way; wait for it to end") from None
    try:
        yield
    finally:
        lock.release()


def sessions() -> Callable[[Office], Session]:
    """One session for each office, so that all its feeds keep its pace."""
    made: dict[str, Session] = {}

    def session(office: Office) -> Session:
        if office.name not in made:
            made[office.name] = Session(office)
        return made[office.name]

    return session


def all_updated(
    chosen: Iterable[Feed], root: Path, whole: bool = False
) -> Iterator[Result]:
    """Update feed after feed; one that fails does not stop the others.

    Parameters
    ----------
    chosen : iterable of Feed
    root : Path
        The store of editions.
    whole : bool
        Ask for every month again.

    Yields
    ------
    Result
        A bar shows the parts where somebody watches.
    """
    session, console = sessions(), Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        for feed in chosen:
            task = bar.add_task(feed.name, total=None)

            def progress(done: int, planned: int, task: Any = task) -> None:
                bar.update(task, completed=done, total=planned)

            office = desk(feed.query.office).OFFICE
            try:
                yield updated(feed, session(office), root, whole, progress)
            except FetchError as error:  # a key that cannot be one
                yield Result(feed.name, office.name, "failed", error=str(error))


def adopted(
    results: Iterable[Result], root: Path, package: Path | None = None
) -> tuple[list[Adopted], str]:
    """Take the newest editions of what did not fail into the data package.

    The tables of one office change together or not at all; one that cannot be taken
    does not keep the others out.

    Returns
    -------
    list of Adopted
    str
        What could not be taken and why; empty if all is well.
    """
    by_office: dict[str, list[Edition]] = {}
    for result in results:
        if result.state != "failed":
            edition = editions.newest(result.feed, root)
            if edition.about["adoptable"]:
                by_office.setdefault(result.office, []).append(edition)
    taken: list[Adopted] = []
    refused = []
    for fetched in by_office.values():
        try:
            taken += adopt(fetched, package or tables.PACKAGE)
        except (NotAdopted, TableError) as error:
            refused.append(f"not adopted: {error}")
    return taken, "\n".join(refused)
