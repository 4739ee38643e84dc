"""The command line: ``rareearth report`` and its neighbours.

What is slow to import is imported where it is needed: ``--help``, and a run with
nothing to do, answer at once.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

import rareearth
from rareearth.report import ROOT, WrongCall, catalogue, parameters

if TYPE_CHECKING:
    from rareearth.report.catalogue import Report
    from rareearth.report.run import Result


# Commands of other modules, which are imported when they are called: where each
# stands, and what the list of commands says of it.
ELSEWHERE = {
    "check": ("rareearth.trade.commands:check", "Say what trade files are and hold."),
    "convert": ("rareearth.trade.commands:convert", "Write them as one trade table."),
    "doctor": ("rareearth.trade.fetch.commands:doctor", "Try each office."),
    "editions": (
        "rareearth.trade.fetch.commands:editions",
        "List editions, show revisions by cell.",
    ),
    "site": ("rareearth.report.site:command", "Make the readers' site of all pages."),
    "update": (
        "rareearth.trade.fetch.commands:update",
        "Fetch what is new from the statistics offices.",
    ),
}


class Commands(click.Group):
    """The commands of this module, and those of :data:`ELSEWHERE`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in one order."""
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; its module is imported only now."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = ELSEWHERE[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List all commands without importing any."""
        told = {name: words for name, (_, words) in ELSEWHERE.items()}
        told |= {n: c.get_short_help_str() for n, c in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(told.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(rareearth.__version__)
def main() -> None:
    """Who depends on whom for rare earths: reports and the notebooks behind them."""


@contextmanager
def refused() -> Iterator[None]:
    """A wrong call ends with its reason and exit code 2, a second run with 3.

    Broken data, or a disk that cannot be written, end with their reason and 1.
    """
    from rareearth.report.run import UnderWay

    try:
        yield
    except WrongCall as error:
        raise click.UsageError(str(error)) from None
    except UnderWay as error:
        click.echo(f"{error}: wait for it to end, or stop it", err=True)
        click.get_current_context().exit(3)
    except (OSError, ValueError) as error:
        from rareearth.tables import TableError

        if isinstance(error, (OSError, TableError)):
            raise click.ClickException(str(error)) from None
        raise


@main.command("report")
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every report of the catalogue.")
@click.option("--notebook", help="A notebook for a case that is not in the catalogue.")
@click.option(
    "-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter for it."
)
@click.option("--out", type=click.Path(path_type=Path), help="Where pages go.")
@click.option(
    "--fetched", is_flag=True, help="Also use what rareearth update has fetched."
)
@click.option("--force", is_flag=True, help="Also make what is up to date.")
@click.option("--jobs", type=click.IntRange(1), help="How many at a time.")
@click.option(
    "--pdf", metavar="FILE", type=click.Path(path_type=Path), help="Print one page."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.pass_context
def report(
    context: click.Context,
    names: tuple[str, ...],
    every: bool,
    notebook: str | None,
    given: tuple[str, ...],
    out: Path | None,
    fetched: bool,
    force: bool,
    jobs: int | None,
    pdf: Path | None,
    as_json: bool,
) -> None:
    r"""Make reports that are not up to date, by NAMES or all.

    \b
      rareearth report germany-dependency
      rareearth report --all
      rareearth report --notebook 01-dependency -p importer=CAN --out canada
      rareearth report us-dependency --pdf us.pdf
      rareearth report us-dependency --fetched --out fresh

    Exit codes: 0 made or nothing to do, 1 some failed, 2 wrong call and nothing was
    run, 3 another run is under way.
    """
    from rareearth.report import run

    folder = Path(os.path.abspath(out)) if out else ROOT / "reports"
    with refused():
        if notebook and (names or every):
            raise WrongCall("--notebook asks for one case: leave out names and --all")
        if notebook and not out:
            raise WrongCall("say where the page goes: --out DIR")
        if fetched and not out:
            raise WrongCall("--fetched leaves reports/ as it is: say --out DIR")
        if given and not notebook:
            raise WrongCall("-p changes the case of a --notebook, not of a report")
        if notebook:
            wanted = {folder: catalogue.asked(ROOT, notebook, _parameters(given))}
        else:
            wanted = {folder / name: r for name, r in _chosen(names, every).items()}
        if fetched:
            wanted = {p: catalogue.with_fetched(r) for p, r in wanted.items()}
        if pdf and len(wanted) > 1:
            raise WrongCall("--pdf prints one page: name one report")
        with run.alone(folder, ROOT):
            results = run.make(wanted, ROOT, force=force, jobs=jobs, say=_tell)
            if not out:
                run.list_all(ROOT)
    click.echo(_json(results) if as_json else _summary(results))
    if any(result.state == "failed" for result in results):
        context.exit(1)
    if pdf:
        _print(next(iter(wanted)), pdf)


def _print(page: Path, file: Path) -> None:
    """Print a page to a PDF file."""
    from rareearth.browser import NoBrowser
    from rareearth.report import pdf, publish
    from rareearth.report.links import Broken

    try:
        publish.replace(file, pdf.pdf(page))
    except (NoBrowser, Broken, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Printed {file}.", err=True)


def _parameters(given: Sequence[str]) -> dict[str, str]:
    """Names and texts of ``-p NAME=VALUE``."""
    pairs = [text.partition("=") for text in given]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise WrongCall(f"-p must be like importer=USA, not {name!r}")
    if twice := [n for n, count in Counter(n for n, *_ in pairs).items() if count > 1]:
        raise WrongCall(f"-p gives {twice[0]!r} twice")
    return {name: text for name, _, text in pairs}


def _chosen(names: Sequence[str], every: bool) -> dict[str, Report]:
    """The reports of the catalogue that were asked for."""
    reports = catalogue.reports(ROOT)
    if bool(names) == every:
        there_are = parameters.listing("", reports)
        raise WrongCall(f"name some reports, or all with --all; {there_are}")
    for name in names:
        if name not in reports:
            raise WrongCall(f"no report {name!r}; {parameters.listing(name, reports)}")
    return {name: reports[name] for name in names or reports}


def _tell(result: Result) -> None:
    """A line on the screen for a report that has ended."""
    line = f"{result.name}: {result.state} in {result.seconds:.1f} s"
    click.echo(f"{line}\n  {result.error}" if result.error else line, err=True)


def _summary(results: Sequence[Result]) -> str:
    """The run in one line."""
    count = Counter(result.state for result in results)
    if count["current"] == len(results):
        return f"Nothing to do, {count['current']} up to date."
    return (
        f"{count['made']} made, {count['failed']} failed, "
        f"{count['current']} up to date."
    )


def _json(results: Sequence[Result]) -> str:
    """The run for another program."""
    rows = [dataclasses.asdict(result) for result in results]
    return json.dumps(rows, indent=2, ensure_ascii=False)


@main.command("notebooks")
@click.argument("names", nargs=-1)
@click.pass_context
def notebooks(context: click.Context, names: tuple[str, ...]) -> None:
    """Run notebooks in place, all or by NAMES: their stored outputs become current.

    Exit codes: 0 run, 1 some failed and were left as they are, 2 wrong call.
    """
    with refused():
        files = [catalogue.notebook_file(ROOT, name) for name in names]
    from rareearth.report import kernel, publish

    failed = False
    for file in files or catalogue.notebooks(ROOT).values():
        try:
            text = kernel.stored(file).encode()
        except kernel.NotebookFailed as error:
            click.echo(f"{file.name}: {error}", err=True)
            failed = True
            continue
        if changed := text != file.read_bytes():
            publish.replace(file, text)
        click.echo(f"{file.name}: {'changed' if changed else 'as before'}", err=True)
    context.exit(int(failed))
