"""``rareearth update``, ``editions`` and ``doctor``: fetch, look at what was fetched.

What is slow to import is imported where it is needed.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from rareearth.trade.fetch.feeds import Feed
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
    from rareearth.trade.fetch.run import UnderWay, adopted, all_updated, alone

    root = store or _default_store()
    chosen = _chosen(names, path)
    if dry_run:
        _print_requests(chosen, root, whole, as_json)
        return
    try:
        with alone(root):
            results = list(all_updated(chosen, root, whole))
            taken, refused = adopted(results, root) if adopt else ([], "")
    except UnderWay as error:
        click.echo(str(error), err=True)
        sys.exit(UNDER_WAY)
    if as_json:
        rows = [asdict(one) for one in taken]
        told = {"feeds": [asdict(r) for r in results], "adopted": rows}
        click.echo(json.dumps(told | {"error": refused}, indent=1))
    else:
        for result in results:
            click.echo(_line(result))
        for row in taken:
            click.echo(
                f"data/: {row.table} takes {row.rows} rows of {row.feed} as "
                f"{row.edition}"
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
    from rareearth.trade.fetch.listing import difference, editions_of, newest_of_all

    root = store or _default_store()
    try:
        if table is None:
            if diff:
                raise click.UsageError("--diff needs a table")
            _show(newest_of_all(root), as_json)
        elif diff:
            cells = difference(table, diff, root)
            _show(cells if as_json else cells.head(SHOWN), as_json)
            if not as_json and len(cells) > SHOWN:
                click.echo(f"… and {len(cells) - SHOWN} more; --json tells them all")
        else:
            _show(editions_of(table, root), as_json)
    except (NoEdition, TableError) as error:
        raise click.UsageError(str(error)) from None
    except Damaged as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)


@click.command()
@click.argument("offices", nargs=-1, metavar="[OFFICE]...")
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def doctor(offices: tuple[str, ...], as_json: bool) -> None:
    """Try OFFICEs (or all) with the smallest query: there, with a key, as expected.

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


def _print_requests(
    chosen: "list[Feed]", root: Path, whole: bool, as_json: bool
) -> None:
    """Print what would be sent, without keys."""
    from rareearth.trade.fetch.office import address
    from rareearth.trade.fetch.offices import desk
    from rareearth.trade.fetch.run import sessions
    from rareearth.trade.fetch.update import planned

    session, told = sessions(), []
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


def _line(result: "Result") -> str:
    """One line on a feed."""
    if result.state == "failed":
        return f"{result.feed}: failed. {result.error}"
    new = f" {result.edition}" if result.state == "new edition" else ""
    told = [f"{result.feed}: {result.state}{new}, {result.requests} requests"]
    return "; ".join([*told, str(result.standing), *result.unsure])


def _show(table: "pd.DataFrame", as_json: bool) -> None:
    """A table for the screen or for programs."""
    if as_json:
        click.echo(table.to_json(orient="records", date_format="iso", indent=1))
    elif len(table):
        click.echo(table.to_markdown(index=False))
    else:
        click.echo("none")
