"""One report made, on this machine or on a worker, and how that ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from rareearth import NoData
from rareearth.report import ROOT, Unfit, Values, catalogue, parameters, warm
from rareearth.report.catalogue import Report
from rareearth.report.made import Made

ATTEMPTS = 2  # a kernel that was killed says nothing about its report


@dataclass(frozen=True)
class Result:
    """How a report ended.

    ``state`` is ``made``, ``failed``, ``current`` (it was up to date) or ``no data``
    (neither made nor failed); ``error`` says why where it is one of the others, and
    ``alerts`` which lines the page crosses, also where it is up to date.
    """

    name: str
    parameters: Values
    state: str
    seconds: float = 0.0
    peak_mb: float | None = None
    attempts: int = 1
    error: str = ""
    alerts: Sequence[str] = ()


@dataclass(frozen=True)
class Task:
    """A report to make, with what that may take.

    ``link`` is where the notebook stands, seen from the page; ``inputs`` is all that
    the page could change with, as :meth:`Made.inputs` gives it.
    """

    report: Report
    link: str
    inputs: dict[str, Any]
    timeout: float | None = None


def made(task: Task, root: Path) -> tuple[Result, dict[str, bytes]]:
    """The files of a report's page; what goes wrong is in the result.

    A kernel that dies is replaced once, by an ordinary one.
    """
    from rareearth.report import kernel

    # what makes the page is imported while the kernel works
    rest = Thread(target=import_module, args=["rareearth.report.page"])
    rest.start()
    report, begun = task.report, time.monotonic()
    path = catalogue.notebook_file(root, report.notebook)
    values = parameters.located(report.parameters, root)
    files: dict[str, bytes] = {}
    state, error, attempts = "failed", "", 0
    peaks: list[float | None] = []
    while attempts < ATTEMPTS and not files:
        attempts += 1
        try:
            shown = kernel.executed(
                path,
                values,
                timeout=task.timeout,
                cold=attempts > 1,
                ended=peaks.append,
            )
            rest.join()
            from rareearth.report import page

            files = page.page(shown, report, task.link)
            state, error = "made", ""
        except kernel.KernelDied as failure:
            error = str(failure)
            continue
        except NoData as failure:
            state, error = "no data", str(failure)
        except (kernel.NotebookFailed, Unfit) as failure:
            error = str(failure)
        except Exception as failure:  # of whatever kind: the other reports go on
            error = f"{type(failure).__name__}: {failure}"
        break
    result = Result(
        report.name,
        report.parameters,
        state,
        round(time.monotonic() - begun, 2),
        max((mb for mb in peaks if mb), default=None),
        attempts,
        error,
    )
    return result, files


def made_on_worker(task: Task) -> tuple[Result, dict[str, bytes]]:
    """As :func:`made`, in the worker's own clone of the project, in a warm kernel.

    A worker whose code or data are not those of the run fails the report: the page
    would be of something else.
    """
    _warm(task.report.notebook)
    theirs = _here().inputs(task.report)
    if differs := [
        name for name, value in task.inputs.items() if theirs[name] != value
    ]:
        report = task.report
        error = (
            f"the worker at {ROOT} has another {' and '.join(differs)} than the run: "
            "bring its clone to the same state and start it again"
        )
        return Result(report.name, report.parameters, "failed", error=error), {}
    return made(task, ROOT)


@cache
def _here() -> Made:
    """What this worker's code and data are, and were when it imported them."""
    return Made(ROOT)


_warming = Lock()
_warmed: list[str] = []


def _warm(notebook: str) -> None:
    """Make warm kernels the default of this worker, by what its first task imports."""
    import warmkernel

    with _warming:
        if not _warmed:
            path = catalogue.notebook_file(ROOT, notebook)
            warmkernel.enable(warm.preload([path], warm.MANY))
            _warmed.append(notebook)
