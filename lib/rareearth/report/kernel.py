"""A notebook run in a process of its own that its user's machine cannot colour."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from rareearth import NoData
from rareearth.report.environment import environment

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from rareearth.report import Values

# What goes wrong in a notebook is raised, with its cell; papermill would log it too.
logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)


WIDGET = "application/vnd.jupyter.widget-view+json"


class NotebookFailed(RuntimeError):
    """A notebook stopped; the message says in which cell, and why."""


class KernelDied(NotebookFailed):
    """The process was killed or never came up, for which the notebook may be innocent.

    The message says in which cell, and why.
    """


class Kernel(AsyncKernelManager):
    """A kernel of this environment's Python, with a folder of its own.

    It talks over sockets in that folder, so there are no ports to race for, and keeps
    IPython's files there, so no start-up file or setting of the user is read.

    Attributes
    ----------
    cold : whether it is started as an ordinary one where warm ones are the default
    ended : called with its peak memory in MB before it is shut down
    """

    cold: ClassVar[bool] = False
    ended: ClassVar[Any] = staticmethod(lambda peak_mb: None)

    def __init__(self, **settings: Any) -> None:
        self.folder = tempfile.mkdtemp(prefix="rareearth-")
        # Without a folder to look in, "python3" is this environment's own kernel.
        here = KernelSpecManager(kernel_dirs=[])
        file = os.path.join(self.folder, "k")
        super().__init__(
            **settings, transport="ipc", connection_file=file, kernel_spec_manager=here
        )

    async def start_kernel(self, **settings: Any) -> None:  # type: ignore[override]
        """Start the process, in :func:`environment`."""
        if self.cold:
            self.provisioner = LocalProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        # nobody will look up what was typed here, and a database takes time to make
        own = [*settings.pop("extra_arguments", []), "--HistoryManager.enabled=False"]
        await super().start_kernel(
            **settings, extra_arguments=own, env=environment(self.folder)
        )

    async def shutdown_kernel(self, *args: Any, **settings: Any) -> None:  # type: ignore[override]
        """End the process, when it has been asked how much memory it took."""
        self.ended(_peak_mb(getattr(self.provisioner, "pid", None)))
        await super().shutdown_kernel(*args, **settings)

    async def cleanup_resources(  # type: ignore[override]
        self, restart: bool = False
    ) -> None:
        """Remove the folder with the rest."""
        await super().cleanup_resources(restart=restart)
        if os.path.exists(self.folder):  # it is called twice
            shutil.rmtree(self.folder)


def _peak_mb(pid: int | None) -> float | None:
    """The most memory that a process has held, in MB; None where nobody tells.

    What it shares with the process that it was forked from is counted too.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return None
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return round(int(lines["VmHWM"].split()[0]) / 1024) if "VmHWM" in lines else None


@contextmanager
def _own_loop() -> Iterator[None]:
    """An event loop that ends with the block, with what a dead kernel has left in it.

    The client would leave it to its thread, open.
    """
    loop = ensure_event_loop()
    asyncio.set_event_loop(loop)  # whoever ran another one here has left none
    try:
        yield
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def executed(
    path: Path,
    values: Values,
    *,
    timeout: float | None = None,
    cold: bool = False,
    ended: Callable[[float | None], None] = lambda peak_mb: None,
) -> NotebookNode:
    """The notebook at ``path``, run by papermill with ``values`` in its own folder.

    Parameters
    ----------
    path : the notebook
    values : its parameters
    timeout : seconds that all of its cells may take together
    cold : whether the kernel is an ordinary one though warm ones are the default
    ended : called with the kernel's peak memory in MB, None where it is not known

    Raises
    ------
    NotebookFailed
        Where a cell raises or time runs out.
    KernelDied
        Where the kernel does, or does not come up.
    NoData
        Where that is why a cell raised.
    """
    started: list[NotebookNode] = []
    until = time.monotonic() + timeout if timeout else None
    try:
        with _own_loop():
            return papermill.execute_notebook(
                _without_outputs(path),
                None,
                values,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                kernel_manager_class=type(
                    "Kernel", (Kernel,), {"cold": cold, "ended": staticmethod(ended)}
                ),
                # papermill's own cwd would move this whole process, all threads of it
                resources={"metadata": {"path": str(path.parent)}},
                shutdown_kernel="immediate",
                coalesce_streams=True,
                on_cell_execute=lambda cell, cell_index: started.append(cell),
                timeout_func=lambda cell: until and max(0.1, until - time.monotonic()),
            )
    except PapermillExecutionError as error:
        if error.ename == NoData.__name__:
            raise NoData(error.evalue) from None
        why, failure = f"{error.ename}: {error.evalue}", NotebookFailed
    except CellTimeoutError:
        why, failure = f"not done after {timeout:g} s", NotebookFailed
    except DeadKernelError as error:
        why, failure = str(error).partition("\n")[0], KernelDied
    except (RuntimeError, TimeoutError) as error:  # of a kernel that does not come up
        why, failure = f"{type(error).__name__}: {error}", KernelDied
    raise failure(f"{_place(started)}: {why}")


def _without_outputs(path: Path) -> NotebookNode:
    """The notebook at ``path`` as one that never ran: papermill copies it often."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _place(started: list[NotebookNode]) -> str:
    """The cell that was started last, by the number it has in the notebook."""
    if not started:
        return "before the first cell"
    own = [c for c in started if "injected-parameters" not in c.metadata.tags]
    line = started[-1].source.strip().partition("\n")[0]
    return f"cell [{len(own)}] ({line})"


def stored(path: Path) -> str:
    """The notebook at ``path`` with the outputs of a run at its defaults, as text.

    Twice the same to the byte: cells keep their ids and tags, and nothing tells when,
    for how long or with which Python they ran. Of a widget, which lives as long as its
    kernel, its words are kept.

    Raises
    ------
    NotebookFailed
    """
    notebook = executed(path, {})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return str(nbformat.writes(notebook)) + "\n"
