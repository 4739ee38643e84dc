"""Reports made: those not up to date, several at a time, none at another's cost."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rareearth.report import WrongCall, catalogue, changes, parameters, pools, publish
from rareearth.report.catalogue import Report
from rareearth.report.made import Made
from rareearth.report.making import Result, Task

Done = tuple[Result, dict[str, bytes]]  # a report's end, and the files of its page


class UnderWay(RuntimeError):
    """Another run works on the same folder."""


def make(
    wanted: Mapping[Path, Report],
    root: Path,
    *,
    force: bool = False,
    jobs: int | None = None,
    timeout: float | None = None,
    scheduler: str = "",
    say: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Make the pages that are not up to date.

    All is checked before anything runs. A page is published whole; a report that
    fails leaves the page that was there, and the others are made. An interrupt lets
    those end that have begun.

    Parameters
    ----------
    wanted : the report of each folder
    root : the project
    force : make also what is up to date
    jobs : how many at a time; one more than there are processors where None
    timeout : seconds that the cells of one report may take
    scheduler : where Dask's is, or ``local``; empty makes reports in this process
    say : called with each result as it comes

    Returns
    -------
    A result for each report, in the order of ``wanted``.

    Raises
    ------
    WrongCall
        A value that the data do not have, or a folder that holds something else than
        a page. Nothing was run.
    """
    made = Made(root)
    inputs = {page: made.inputs(report) for page, report in wanted.items()}
    for page in wanted:
        publish.recover(page)
    stale = {p: None for p in wanted if force or not made.current(p, inputs[p])}
    results = {p: _current(p, r) for p, r in wanted.items() if p not in stale}
    if not stale:
        return list(results.values())
    with (
        pools.workers(scheduler, jobs)
        if scheduler
        else pools.threads(root, {wanted[p].notebook for p in stale}, jobs, len(stale))
    ) as submit:
        for page in stale:
            _check(wanted[page], page, root)
        futures = {
            submit(Task(wanted[p], _link(wanted[p], p, root), inputs[p], timeout)): p
            for p in stale
        }

        def settle(future: Future[Done]) -> None:
            page = futures.pop(future)
            result = results[page] = _published(future, page, made, inputs[page])
            _log(result, root)
            say(result)

        try:
            for future in as_completed(list(futures)):
                settle(future)
        except KeyboardInterrupt:
            begun = [future for future in futures if not future.cancel()]
            for future in as_completed(begun):
                settle(future)
            raise
        finally:
            for future in futures:
                future.cancel()
    return [results[page] for page in wanted]


def _current(page: Path, report: Report) -> Result:
    """How a report stands of which nothing has changed."""
    if not page.exists():
        return Result(report.name, report.parameters, "no data")
    fired = []
    if report.alert:
        headline = json.loads((page / "headline.json").read_text("utf-8"))
        fired = headline.get("alerts", [])
    return Result(report.name, report.parameters, "current", alerts=fired)


def _check(report: Report, page: Path, root: Path) -> None:
    """Refuse a report before it runs, by its name."""
    try:
        parameters.check(report.parameters, root)
        publish.replaceable(page)
    except WrongCall as error:
        raise WrongCall(f"{report.name}: {error}") from None


def _link(report: Report, page: Path, root: Path) -> str:
    """The notebook of a report, seen from its page."""
    notebook = catalogue.notebook_file(root, report.notebook)
    return Path(os.path.relpath(notebook, page)).as_posix()


def _published(
    future: Future[Done], page: Path, made: Made, inputs: dict[str, Any]
) -> Result:
    """How a report ended, when its page is in place and remembered.

    That there are no data is remembered too, where no page says otherwise.
    """
    try:
        result, files = future.result()
    except Exception as error:  # a worker or its scheduler was lost
        report, why = inputs["report"], f"{type(error).__name__}: {error}"
        return Result(report["name"], report["parameters"], "failed", error=why)
    try:
        if files:
            if page.parent == made.root / "reports":
                changes.keep(page, made)
            publish.publish(page, files)
            headline = json.loads(files["headline.json"])
            made.remember(page, inputs, used=headline["tables"])
            result = dataclasses.replace(result, alerts=headline.get("alerts", []))
        elif result.state == "no data" and not page.exists():
            made.remember(page, inputs, used=made.tables)
    except OSError as error:
        return dataclasses.replace(result, state="failed", error=str(error))
    return result


def list_all(root: Path) -> None:
    """Write ``reports/README.md``, if a page or the catalogue has changed."""
    made, folder, reports = Made(root), root / "reports", catalogue.reports(root)
    page, inputs = folder / "README.md", made.headlines(folder, reports.values())
    if made.current(page, inputs):
        return
    from rareearth.report import gallery

    text = gallery.gallery(root, gallery.headlines(folder, reports.values()))
    publish.replace(page, text.encode())
    made.remember(page, inputs)


def _log(result: Result, root: Path) -> None:
    """One line in the project's run log, with the time at which the report ended."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = json.dumps({"at": at} | dataclasses.asdict(result), ensure_ascii=False)
    file = root / ".rareearth" / "log.jsonl"
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as log:
        log.write(line + "\n")


@contextmanager
def alone(folder: Path, root: Path) -> Iterator[None]:
    """Hold the lock on a folder of pages while the block runs.

    Raises
    ------
    UnderWay
        Where another process holds it. One that was killed holds nothing.
    """
    from filelock import FileLock, Timeout

    file = Made(root).file(folder, "lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UnderWay(f"another run is making {folder}") from None
    try:
        yield
    finally:
        lock.release()
