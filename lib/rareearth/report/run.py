"""Reports made: those not up to date, several at a time, none at another's cost."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rareearth.report import WrongCall, catalogue, choices, parameters, publish
from rareearth.report.catalogue import Report
from rareearth.report.made import Made


class UnderWay(RuntimeError):
    """Another run works on the same folder."""


@dataclass(frozen=True)
class Result:
    """How a report ended: ``made``, ``failed`` or ``current`` (it was up to date)."""

    name: str
    parameters: choices.Values
    state: str
    seconds: float = 0.0
    error: str = ""


def make(
    wanted: Mapping[Path, Report],
    root: Path,
    *,
    force: bool = False,
    jobs: int | None = None,
    say: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Make the pages that are not up to date.

    All is checked before anything runs. A page is published whole; a report that
    fails leaves the page that was there, and the others are made.

    Parameters
    ----------
    wanted : the report of each folder
    root : the project
    force : make also what is up to date
    jobs : how many at a time; as many as there are processors where None
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
    stale = [p for p in wanted if force or not made.current(p, inputs[p])]
    for page in stale:
        _check(wanted[page], page, root)
    results = {p: Result(r.name, r.parameters, "current") for p, r in wanted.items()}
    for page, result in _each({page: wanted[page] for page in stale}, root, jobs):
        if result.state == "made":
            headline = json.loads((page / "headline.json").read_text("utf-8"))
            made.remember(page, inputs[page], used=headline["tables"])
        _log(result, root)
        say(result)
        results[page] = result
    return list(results.values())


def _check(report: Report, page: Path, root: Path) -> None:
    """Refuse a report before it runs, by its name."""
    try:
        parameters.check(report.parameters, root)
        publish.replaceable(page)
    except WrongCall as error:
        raise WrongCall(f"{report.name}: {error}") from None


def _each(
    wanted: Mapping[Path, Report], root: Path, jobs: int | None
) -> Iterator[tuple[Path, Result]]:
    """Each report as it ends; an interrupt lets those finish that have begun."""
    with ThreadPoolExecutor(jobs or processors()) as pool:
        futures = {pool.submit(_one, r, p, root): p for p, r in wanted.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()


def _one(report: Report, page: Path, root: Path) -> Result:
    """Run one notebook and publish its page; what goes wrong is in the result."""
    from rareearth.report import kernel
    from rareearth.report import page as pages

    start = time.perf_counter()
    notebook = catalogue.notebook_file(root, report.notebook)
    state, error = "made", ""
    try:
        shown = kernel.executed(notebook, parameters.located(report.parameters, root))
        link = Path(os.path.relpath(notebook, page)).as_posix()
        publish.publish(page, pages.page(shown, report, link))
    except (kernel.NotebookFailed, pages.Unfit) as failure:
        state, error = "failed", str(failure)
    except Exception as failure:  # of whatever kind: the other reports go on
        state, error = "failed", f"{type(failure).__name__}: {failure}"
    seconds = round(time.perf_counter() - start, 2)
    return Result(report.name, report.parameters, state, seconds, error)


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


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
