"""What a run says on the screen: each report as it ends, and all of them in a line."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from json import dumps

import click

from rareearth.report.making import Result


@contextmanager
def told(count: int) -> Iterator[Callable[[Result], None]]:
    """Tell of each result: below each other, or where it is a terminal in one bar."""
    if not sys.stderr.isatty() or count < 2:
        yield line
        return
    with bar(count) as tell:
        yield tell


@contextmanager
def bar(count: int) -> Iterator[Callable[[Result], None]]:
    """A bar with the last name, the rate, the time left and the number of failures.

    A failure also stays above it, with its reason.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = [
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left, {task.fields[failed]} failed: {task.fields[name]}"),
    ]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=count, rate="", failed=0, name="…")
        failed = 0

        def tell(result: Result) -> None:
            nonlocal failed
            if result.state == "failed":
                failed += 1
                progress.print(f"{escape(result.name)}: {escape(result.error)}")
            speed = progress.tasks[0].speed
            rate = f"{60 * speed:.0f} a minute" if speed else ""
            name = escape(result.name)
            progress.update(task, advance=1, rate=rate, failed=failed, name=name)

        yield tell


def line(result: Result) -> None:
    """A line on the screen for a report that has ended."""
    text = f"{result.name}: {result.state} in {result.seconds:.1f} s"
    more = [result.error] if result.error else []
    more += [f"Alert: {alert}" for alert in result.alerts]
    click.echo("\n  ".join([text, *more]), err=True)


def summary(results: Sequence[Result]) -> str:
    """The run in one line."""
    count = Counter(result.state for result in results)
    if count["current"] + count["no data"] == len(results):
        nothing = "" if not count["no data"] else f", {count['no data']} without data"
        return f"Nothing to do, {count['current']} up to date{nothing}."
    told = [f"{count['made']} made", f"{count['failed']} failed"]
    told += [f"{count['current']} up to date"]
    if count["no data"]:
        told.append(f"{count['no data']} without data")
    return f"{', '.join(told)}."


def json(results: Sequence[Result]) -> str:
    """The run for another program."""
    rows = [dataclasses.asdict(result) for result in results]
    return dumps(rows, indent=2, ensure_ascii=False)
