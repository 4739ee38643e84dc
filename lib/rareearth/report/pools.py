"""Where reports are made: threads of this process, or workers of a Dask scheduler."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from rareearth.report import WrongCall, catalogue, making, warm
from rareearth.report.making import Result, Task

Submit = Callable[[Task], "Future[tuple[Result, dict[str, bytes]]]"]
RETRIES = 3  # of a report whose worker was lost
WAIT = "10s"  # for a scheduler to answer
BEGUN = "rareearth-begun"  # what the scheduler is told of each report


@contextmanager
def threads(
    root: Path, notebooks: Iterable[str], jobs: int | None, count: int
) -> Iterator[Submit]:
    """Make so many reports here, a thread and a warm kernel for each.

    While one kernel starts or ends the others work, so there is one more of them than
    processors where ``jobs`` does not say how many.
    """
    files = [catalogue.notebook_file(root, name) for name in notebooks]
    with (
        warm.kernels(files, count),
        ThreadPoolExecutor(jobs or processors() + 1) as pool,
    ):
        yield lambda task: pool.submit(making.made, task, root)


@contextmanager
def workers(scheduler: str, jobs: int | None) -> Iterator[Submit]:
    """Make reports on the workers of a scheduler; pages come back through it.

    Each worker needs a clone of the project in the state of this one, and no folder
    that both see. Of a worker that is lost, what it had and had not sent is made by
    the others.

    Parameters
    ----------
    scheduler : an address such as ``tcp://10.0.0.1:8786``, or ``local`` for workers
        on this machine that end with the run
    jobs : how many workers, where they are local; as many as processors where None
    """
    try:
        import distributed
    except ModuleNotFoundError:
        raise WrongCall(
            "--scheduler needs Dask: pip install 'rareearth[dask]'"
        ) from None
    local = scheduler == "local"
    with (
        distributed.LocalCluster(
            n_workers=jobs or processors(), threads_per_worker=1, dashboard_address=None
        )
        if local
        else nullcontext(scheduler) as cluster
    ):
        try:
            client = distributed.Client(cluster, timeout=WAIT)
        except (OSError, ValueError, TypeError) as error:
            raise WrongCall(f"no scheduler answers at {scheduler}: {error}") from None
        with client:
            # not pure: a report that is made again is another task
            pool: Executor = client.get_executor(retries=RETRIES, pure=False)
            yield lambda task: pool.submit(_on_worker, task)


def _on_worker(task: Task) -> tuple[Result, dict[str, bytes]]:
    """As :func:`making.made_on_worker`; what lost workers had begun is an attempt."""
    import distributed

    worker, client = distributed.get_worker(), distributed.get_client()
    key = worker.get_current_task()
    before = sum(begun == key for _, begun in client.get_events(BEGUN))
    worker.log_event(BEGUN, key)
    result, files = making.made_on_worker(task)
    return replace(result, attempts=before + result.attempts), files


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
