"""The commands ``report`` and ``notebooks``.

What is slow to import is imported where it is needed: ``--help``, and a run with
nothing to do, answer at once.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from rareearth.report import (
    ROOT,
    WrongCall,
    catalogue,
    changes,
    parameters,
    run,
    sweep,
    telling,
)
from rareearth.report.catalogue import Report, Sweep
from rareearth.report.making import Result

INTERRUPTED = 130  # as a shell says it


@contextmanager
def refused() -> Iterator[None]:
    """A wrong call ends with its reason and exit code 2, a second run with 3.

    Broken data, or a disk that cannot be written, end with their reason and 1.
    """
    try:
        yield
    except WrongCall as error:
        raise click.UsageError(str(error)) from None
    except run.UnderWay as error:
        click.echo(f"{error}: wait for it to end, or stop it", err=True)
        click.get_current_context().exit(3)
    except (OSError, ValueError) as error:
        from rareearth.tables import TableError
        from rareearth.trade.sheet import Unreadable

        if isinstance(error, Unreadable):
            raise click.UsageError(str(error)) from None
        if isinstance(error, (OSError, TableError)):
            raise click.ClickException(str(error)) from None
        raise


@click.command("report")
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every report of the catalogue.")
@click.option("--sweeps", is_flag=True, help="Its sweeps too.")
@click.option("--notebook", help="A notebook for a case that is not in the catalogue.")
@click.option(
    "-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter for it."
)
@click.option(
    "--sweep",
    "over",
    multiple=True,
    metavar="NAME=A,B|all",
    help="Values of one, for a report of each; several are combined.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Where pages go.")
@click.option(
    "--fetched", is_flag=True, help="Also use what rareearth update has fetched."
)
@click.option("--force", is_flag=True, help="Also make what is up to date.")
@click.option("--jobs", type=click.IntRange(1), help="How many at a time.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="How long one report may take.",
)
@click.option(
    "--scheduler",
    default="",
    metavar="ADDRESS",
    help="A Dask scheduler such as tcp://10.0.0.1:8786 to make them with, or local.",
)
@click.option(
    "--pdf", metavar="FILE", type=click.Path(path_type=Path), help="Print one page."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--fail-on-alert", is_flag=True, help="Exit code 4 where an alert fires.")
@click.pass_context
def report(
    context: click.Context,
    names: tuple[str, ...],
    every: bool,
    sweeps: bool,
    notebook: str | None,
    given: tuple[str, ...],
    over: tuple[str, ...],
    out: Path | None,
    fetched: bool,
    force: bool,
    jobs: int | None,
    timeout: float | None,
    scheduler: str,
    pdf: Path | None,
    as_json: bool,
    fail_on_alert: bool,
) -> None:
    """Make reports that are not up to date, by NAMES or all.

    \b
      rareearth report germany-dependency
      rareearth report --all
      rareearth report --notebook 01-dependency -p importer=CAN --out canada
      rareearth report --notebook 01-dependency --sweep importer=all
      rareearth report us-dependency --pdf us.pdf
      rareearth report us-dependency --fetched --out fresh

    Exit codes: 0 made or nothing to do, 1 some failed, 2 wrong call and nothing was
    run, 3 another run is under way, 4 an alert fired where --fail-on-alert, 130
    interrupted.
    """
    folder = Path(os.path.abspath(out)) if out else ROOT / "reports"
    how = {"force": force, "jobs": jobs, "timeout": timeout, "scheduler": scheduler}
    results: list[Result] = []
    with refused():
        _check(notebook, bool(names or every), given, over, out, fetched)
        _check_place(out, pdf)
        if notebook:
            notebook = notebook.removeprefix("notebooks/").removesuffix(".ipynb")
            single, swept = _asked(notebook, given, over)
        else:
            single, swept = _chosen(names, every, sweeps)
        if fetched:
            single = [catalogue.with_fetched(one) for one in single]
            swept = [catalogue.with_fetched(one) for one in swept]
        wanted = {folder if notebook else folder / r.name: r for r in single}
        if pdf and (swept or len(wanted) > 1):
            raise WrongCall("--pdf prints one page: name one report")
        if wanted:
            with run.alone(folder, ROOT):
                results += _made(wanted, how)
                if not out:
                    run.list_all(ROOT)
                    changes.tell(wanted, ROOT)
        for one in swept:
            home = sweep.home(one, ROOT)
            results += _swept(one, _below(folder, one, notebook) if out else home, how)
    click.echo(telling.json(results) if as_json else telling.summary(results))
    if any(result.state == "failed" for result in results):
        context.exit(1)
    if fail_on_alert and (fired := [r for r in results if r.alerts]):
        for result in fired:
            if result.state == "current":  # the others were told as they came
                telling.line(result)
        context.exit(4)
    if pdf:
        _print(next(iter(wanted)), pdf)


def _check(
    notebook: str | None,
    named: bool,
    given: Sequence[str],
    over: Sequence[str],
    out: Path | None,
    fetched: bool,
) -> None:
    """Refuse options that do not go together."""
    if notebook and named:
        raise WrongCall("--notebook asks for one case: leave out names and --all")
    if notebook and not over and not out:
        raise WrongCall("say where the page goes: --out DIR")
    if fetched and not out:
        raise WrongCall("--fetched leaves reports/ as it is: say --out DIR")
    if (given or over) and not notebook:
        option = "-p" if given else "--sweep"
        raise WrongCall(f"{option} changes the case of a --notebook, not of a report")


def _check_place(out: Path | None, pdf: Path | None) -> None:
    """Refuse places that cannot be written to, before anything runs."""
    if out and out.exists() and not out.is_dir():
        raise WrongCall(f"--out {out} is a file; name a folder")
    if pdf and pdf.is_dir():
        raise WrongCall(f"--pdf {pdf} is a folder; name a file")


def _asked(
    notebook: str, given: Sequence[str], over: Sequence[str]
) -> tuple[list[Report], list[Sweep]]:
    """The case, or the sweep, that was asked for in words."""
    values = _pairs(given, "-p", "importer=USA")
    if not over:
        return [catalogue.asked(ROOT, notebook, values)], []
    several = _pairs(over, "--sweep", "importer=DEU,FRA")
    return [], [catalogue.asked_sweep(ROOT, notebook, values, several)]


def _pairs(words: Sequence[str], option: str, like: str) -> dict[str, str]:
    """Names and texts of ``-p NAME=VALUE``."""
    pairs = [text.partition("=") for text in words]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise WrongCall(f"{option} must be like {like}, not {name!r}")
    if twice := [n for n, count in Counter(n for n, *_ in pairs).items() if count > 1]:
        raise WrongCall(f"{option} gives {twice[0]!r} twice")
    return {name: text for name, _, text in pairs}


def _chosen(
    names: Sequence[str], every: bool, sweeps: bool
) -> tuple[list[Report], list[Sweep]]:
    """The reports and sweeps of the catalogue that were asked for."""
    single, swept = catalogue.reports(ROOT), catalogue.sweeps(ROOT)
    known = [*single, *swept]
    if bool(names) == every:
        there_are = parameters.listing("", known)
        raise WrongCall(f"name some reports, or all with --all; {there_are}")
    for name in names:
        if name not in known:
            raise WrongCall(f"no report {name!r}; {parameters.listing(name, known)}")
    return (
        [r for n, r in single.items() if every or n in names],
        [s for n, s in swept.items() if sweeps or n in names],
    )


def _below(folder: Path, one: Sweep, notebook: str | None) -> Path:
    """The folder of a sweep: the one that was named, or one in it for each."""
    return folder if notebook else folder / one.name


def _swept(one: Sweep, folder: Path, how: dict[str, Any]) -> list[Result]:
    """The reports of a sweep, with its summary in place."""
    wanted = sweep.reports(one, folder, ROOT)
    cannot = sweep.impossible(wanted, ROOT)
    with run.alone(folder, ROOT):
        made = _made({p: r for p, r in wanted.items() if p not in cannot}, how)
        by_name = {result.name: result for result in (*made, *cannot.values())}
        results = [by_name[report.name] for report in wanted.values()]
        frame = sweep.summary(one, results, folder)
        click.echo(f"Wrote {sweep.write(frame, folder, ROOT, one)}.", err=True)
    return results


def _made(wanted: dict[Path, Report], how: dict[str, Any]) -> list[Result]:
    """The results of a run, each told as it comes; an interrupt says how to go on."""
    ended: list[Result] = []
    with telling.told(len(wanted)) as tell:

        def say(result: Result) -> None:
            ended.append(result)
            tell(result)

        try:
            return run.make(wanted, ROOT, say=say, **how)
        except KeyboardInterrupt:
            click.echo(
                f"Interrupted when {len(ended)} had ended. They are in place; the same "
                "command makes the rest.",
                err=True,
            )
            click.get_current_context().exit(INTERRUPTED)


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


@click.command("notebooks")
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
