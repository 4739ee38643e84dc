"""``rareearth update``, ``editions`` and ``doctor``: fetch, look at what was fetched.

What is slow to import is imported where it is needed.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from rareearth.trade.editions import Edition
    from rareearth.trade.fetch.feeds import Feed
    from rareearth.trade.fetch.http import Session
    from rareearth.trade.fetch.office import Office
    from rareearth.trade.fetch.update import Result

FINE, FAILED, WRONG_CALL, UNDER_WAY = 0, 1, 2, 3
SHOWN = 40  # cells of a comparison

_STORE = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the editions instead of .rareearth/fetched.",
)


@click.command()
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option(
    "--feeds",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="List of feeds instead of notebooks/feeds.toml.",
)
@_STORE
@click.option("--dry-run", is_flag=True, help="Print the requests, without keys.")
@click.option("--whole", is_flag=True, help="Ask for every month again.")
@click.option("--adopt", is_flag=True, help="Take what came into the data package.")
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def update(
    names: tuple[str, ...],
    path: Path | None,
    store: Path | None,
    dry_run: bool,
    whole: bool,
    adopt: bool,
    as_json: bool,
) -> None:
    """Fetch what is new or may have been revised, FEEDs or all of them.

    \b
      rareearth update --dry-run
      rareearth update us-magnets-ndfeb
      rareearth update --adopt

    Each edition is kept beside the old ones; one office that fails does not stop the
    others. Exit codes: 0 all up to date, 1 some failed (which, is said), 2 wrong call
    and nothing was asked, 3 another update is under way.
    """
    root = store or _default_store()
    chosen = _chosen(names, path)
    if dry_run:
        _print_requests(chosen, root, whole, as_json)
        return
    with _alone(root):
        results = list(_results(chosen, root, whole))
        taken, refused = _adopted(results, root) if adopt else ([], "")
    if as_json:
        told = {"feeds": [asdict(r) for r in results], "adopted": taken}
        click.echo(json.dumps(told | {"error": refused}, indent=1))
    else:
        for result in results:
            click.echo(_line(result))
        for row in taken:
            click.echo(
                f"data/: {row['table']} takes {row['rows']} rows of {row['feed']} as "
                f"{row['edition']}"
            )
        if adopt and not taken and not refused:
            click.echo("data/: nothing new")
        if refused:
            click.echo(refused, err=True)
    failed = refused or any(result.state == "failed" for result in results)
    sys.exit(FAILED if failed else FINE)


@click.command()
@click.argument("table", required=False)
@click.option(
    "--diff", nargs=2, metavar="A B", help="Cells that two editions tell differently."
)
@_STORE
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def editions(
    table: str | None,
    diff: tuple[str, str] | None,
    store: Path | None,
    as_json: bool,
) -> None:
    """List the editions of TABLE, a feed or a table of the data package; or all feeds.

    \b
      rareearth editions us-magnets-ndfeb --diff 20261124T120000Z 20261220T120000Z
      rareearth editions production --diff "MCS 2025" "MCS 2026"

    An edition of a feed may be called by the beginning of its name.
    """
    from rareearth.tables import TableError
    from rareearth.trade.editions import Damaged, NoEdition

    root = store or _default_store()
    try:
        if table is None:
            if diff:
                raise click.UsageError("--diff needs a table")
            _show(_feeds(root), as_json)
        elif diff:
            cells = _differences(table, diff, root)
            _show(cells if as_json else cells.head(SHOWN), as_json)
            if not as_json:
                rest = len(cells) - SHOWN
                click.echo(f"{len(cells)} cells" + (f", {rest} more" * (rest > 0)))
        else:
            _show(_editions(table, root), as_json)
    except (NoEdition, TableError) as error:
        raise click.UsageError(str(error)) from None
    except Damaged as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)


@click.command()
@click.argument("offices", nargs=-1, metavar="[OFFICE]...")
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def doctor(offices: tuple[str, ...], as_json: bool) -> None:
    """Try OFFICEs (or all) with the smallest query: there, with a key, as expected?

    Exit codes: 0 all well, 1 some not, 2 no such office.
    """
    import pandas as pd

    from rareearth.trade.fetch.doctor import health
    from rareearth.trade.fetch.errors import WrongQuery
    from rareearth.trade.fetch.http import Clock
    from rareearth.trade.fetch.offices import DESKS, desk

    try:
        for name in offices:
            desk(name)
    except WrongQuery as error:
        raise click.UsageError(str(error)) from None
    today = Clock().now().date()
    told = [health(name, today) for name in offices or DESKS]
    _show(pd.DataFrame(told).drop(columns=["advice", "well"]), as_json)
    for one in told:
        if one.advice and not as_json:
            click.echo(one.advice)
    sys.exit(FINE if all(one.well for one in told) else FAILED)


def _default_store() -> Path:
    from rareearth.trade.editions import STORE

    return STORE


def _chosen(names: tuple[str, ...], path: Path | None) -> "list[Feed]":
    """Feeds by name, or all of them; a wrong call ends here."""
    from rareearth.schema import nearest
    from rareearth.trade.fetch.feeds import FEEDS, WrongFeed, feeds
    from rareearth.trade.fetch.http import Clock

    try:
        every = feeds(Clock().now().date(), path or FEEDS)
    except WrongFeed as error:
        raise click.UsageError(str(error)) from None
    for name in names:
        if name not in every:
            raise click.UsageError(f"no feed '{name}'; {nearest(name, every)}")
    return [feed for name, feed in every.items() if not names or name in names]


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One update at a time; a second one leaves."""
    from filelock import FileLock, Timeout

    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / ".lock", timeout=0):
            yield
    except Timeout:
        click.echo("another update is under way: wait for it to end", err=True)
        sys.exit(UNDER_WAY)


def _sessions() -> "Callable[[Office], Session]":
    """One session for each office, so that all its feeds keep its pace."""
    from rareearth.trade.fetch.http import Session

    made: dict[str, Session] = {}

    def session(office: "Office") -> Session:
        if office.name not in made:
            made[office.name] = Session(office)
        return made[office.name]

    return session


def _results(chosen: "list[Feed]", root: Path, whole: bool) -> "Iterator[Result]":
    """Update feed after feed, with a bar where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress

    from rareearth.trade.fetch.errors import FetchError
    from rareearth.trade.fetch.offices import desk
    from rareearth.trade.fetch.update import Result, updated

    session = _sessions()
    console = Console(stderr=True)
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


def _print_requests(
    chosen: "list[Feed]", root: Path, whole: bool, as_json: bool
) -> None:
    """Print what would be sent, without keys."""
    from rareearth.trade.fetch.office import address
    from rareearth.trade.fetch.offices import desk
    from rareearth.trade.fetch.update import planned

    session, told = _sessions(), []
    for feed in chosen:
        office = desk(feed.query.office).OFFICE
        requests = planned(feed, session(office), root, whole)
        lines = [
            f"GET {address(office, r.path, r.params)}"
            if r.body is None
            else f"POST {address(office, r.path)} {json.dumps(r.body)}"
            for r in requests
        ]
        seconds = len(lines) * office.seconds
        told.append({"feed": feed.name, "requests": lines, "seconds": seconds})
        if not as_json:
            click.echo(f"{feed.name}: {len(lines)} requests, {seconds:.0f} s at least")
            for line in lines:
                click.echo(f"  {line}")
    if as_json:
        click.echo(json.dumps(told, indent=1))


def _adopted(results: "list[Result]", root: Path) -> tuple[list[dict[str, Any]], str]:
    """Take the newest editions into the data package; what cannot be taken is said."""
    from rareearth.tables import PACKAGE, TableError
    from rareearth.trade.editions import newest
    from rareearth.trade.fetch.adopt import NotAdopted, adopt

    fetched = [newest(r.feed, root) for r in results if r.state != "failed"]
    allowed = [edition for edition in fetched if edition.about["adoptable"]]
    try:
        return [asdict(one) for one in adopt(allowed, PACKAGE)], ""
    except (NotAdopted, TableError) as error:
        return [], f"not adopted: {error}"


def _line(result: "Result") -> str:
    """One line on a feed."""
    if result.state == "failed":
        return f"{result.feed}: failed. {result.error}"
    new = f" {result.edition}" if result.state == "new edition" else ""
    return (
        f"{result.feed}: {result.state}{new}, {result.requests} requests; "
        f"{result.standing}"
    )


def _feeds(root: Path) -> "pd.DataFrame":
    """The newest edition of each feed."""
    import pandas as pd

    from rareearth.trade.editions import feeds, newest

    rows = [_row(newest(name, root)) | {"feed": name} for name in feeds(root)]
    columns = ["feed", "edition", "office", "first_month", "last_month", "rows"]
    return pd.DataFrame(rows, columns=columns)


def _row(edition: "Edition") -> dict[str, Any]:
    """What a list of editions says of one."""
    table = edition.table()
    return {
        "edition": edition.name,
        "office": edition.about["office"],
        "fetched": edition.about["fetched"],
        "first_month": f"{table['start'].min():%Y-%m}" if len(table) else "",
        "last_month": f"{table['start'].max():%Y-%m}" if len(table) else "",
        "rows": len(table),
        "sha256": edition.about["sha256"][:12],
    }


def _editions(name: str, root: Path) -> "pd.DataFrame":
    """Editions of a feed, or those that a table of the package draws on."""
    import pandas as pd

    from rareearth import tables
    from rareearth.trade.editions import editions, feeds

    if name in feeds(root) or name not in tables.names():
        return pd.DataFrame([_row(edition) for edition in editions(name, root)])
    vintage = tables.describe(name)["vintage"]
    if vintage["kind"] != "editions":
        return tables.editions(name)
    held = tables.load(name, edition="all")[vintage.get("column", "edition")]
    listed = tables.load("editions")
    counted = held.value_counts().rename("rows").rename_axis("edition")
    return listed[["edition", "published"]].merge(counted.reset_index(), on="edition")


def _differences(name: str, pair: tuple[str, str], root: Path) -> "pd.DataFrame":
    """Cells that two editions of a feed or of a table of the package differ in."""
    from rareearth import tables
    from rareearth.schema import nearest
    from rareearth.trade.editions import differences, editions, feeds, key_of

    sides: list[pd.DataFrame] = []
    if name in feeds(root) or name not in tables.names():
        there = editions(name, root)
        for wanted in pair:
            found = [e for e in there if e.name.startswith(wanted)]
            if len(found) != 1:
                told = nearest(wanted, [e.name for e in there])
                raise click.UsageError(f"{len(found)} editions '{wanted}…'; {told}")
            sides.append(found[0].table())
        return differences(*sides, key_of(sides[0]))
    entry = tables.describe(name)
    column = entry["vintage"].get("column", "edition")
    whole = tables.load(name, edition="all")
    if column not in whole:
        raise click.UsageError(f"{name} has no editions")
    for wanted in pair:
        known = whole[column].unique()
        if wanted not in known:
            raise click.UsageError(f"no edition '{wanted}'; {nearest(wanted, known)}")
        sides.append(whole[whole[column] == wanted].drop(columns=column))
    key = [c for c in entry["schema"]["primaryKey"] if c != column]
    return differences(*sides, key)


def _show(table: "pd.DataFrame", as_json: bool) -> None:
    """A table for the screen or for programs."""
    if as_json:
        click.echo(table.to_json(orient="records", date_format="iso", indent=1))
    elif len(table):
        click.echo(table.to_markdown(index=False))
    else:
        click.echo("none")


def commands() -> Mapping[str, click.Command]:
    """The commands by name, for the command line to take in."""
    return {"update": update, "editions": editions, "doctor": doctor}
