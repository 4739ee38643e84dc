"""Kernels end as ordinary ones do, whatever ends them, and others do not notice."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from warm_session import Session, wait_until, warm_processes

import warmkernel


@pytest.fixture(scope="module", autouse=True)
def warm(jupyter_files: Path) -> Iterator[None]:
    with warmkernel.enabled():
        yield


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
        ("exit()", 0),
    ],
    ids=["exit", "kill", "segfault", "end"],
)
def test_exit_codes_are_those_of_an_ordinary_process(
    start: Callable[..., Session], code: str, expected: int
) -> None:
    session = start()
    session.client.execute(code)
    wait_until(lambda: session.process.poll() is not None)
    assert session.process.returncode == expected


def test_what_runs_at_exit_runs(start: Callable[..., Session], tmp_path: Path) -> None:
    session = start()
    session.run(
        "import atexit, pathlib\n"
        f"atexit.register(pathlib.Path('{tmp_path}/mark').write_text, 'was here')"
    )
    session.manager.shutdown_kernel()
    assert (tmp_path / "mark").read_text() == "was here"


def test_an_interrupt_reaches_the_cell_and_the_kernel_lives_on(
    start: Callable[..., Session],
) -> None:
    session = start()
    # otherwise a kernel throws away what reaches it right after an error
    code = "import time; print('begun'); time.sleep(60)"
    session.client.execute(code, stop_on_error=False)
    message = session.client.get_iopub_msg(timeout=10)
    while message["msg_type"] != "stream":
        message = session.client.get_iopub_msg(timeout=10)
    session.manager.interrupt_kernel()
    reply = session.client.get_shell_msg(timeout=10)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert session.run("print(1 + 1)") == "2"


def test_a_restarted_kernel_is_a_new_one(start: Callable[..., Session]) -> None:
    session = start()
    session.run("name = 1")
    pid = session.process.pid
    session.manager.restart_kernel(now=True)
    session.client.wait_for_ready(timeout=60)
    assert session.manager.provisioner.process.pid != pid
    assert session.run("print('name' in globals())") == "False"


def executed(code: str, **options: object) -> str:
    """Execute a notebook of one cell and give what it prints."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    # with a loop that is closed afterwards, so that descriptors can be counted
    asyncio.run(NotebookClient(notebook, **options).async_execute())
    return notebook.cells[0].outputs[0].text


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError", CellExecutionError),
        ("import os; os._exit(1)", DeadKernelError),
        ("import time; time.sleep(60)", CellTimeoutError),
    ],
)
def test_a_notebook_that_fails_leaves_no_kernel(
    code: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        executed(code, timeout=1)
    (warm_process,) = warm_processes()
    wait_until(lambda: not warm_process.children())


def test_notebooks_in_threads_fail_each_for_itself() -> None:
    executed("print()")
    (warm_process,) = warm_processes()
    ours, theirs = psutil.Process().num_fds(), warm_process.num_fds()

    def outcome(number: int) -> str:
        code = f"print({number})"
        if number % 4 == 1:
            code = "import os; os.kill(os.getpid(), 9)"
        try:
            return executed(code).strip()
        except DeadKernelError:
            return "dead"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(outcome, range(8)))
    assert outcomes == ["0", "dead", "2", "3", "4", "dead", "6", "7"]
    assert warm_processes() == [warm_process]
    wait_until(lambda: not warm_process.children())
    assert warm_process.num_fds() == theirs
    assert psutil.Process().num_fds() == ours


def test_kernels_go_with_a_killed_warm_process_and_the_next_has_a_new_one(
    start: Callable[..., Session],
) -> None:
    session = start()
    (warm_process,) = warm_processes()
    kernel = psutil.Process(session.process.pid)
    warm_process.kill()
    wait_until(lambda: session.process.poll() == -signal.SIGKILL)
    wait_until(lambda: not kernel.is_running())
    assert executed("print('again')") == "again\n"
    assert warm_processes() != [warm_process]


def test_a_kernel_has_just_the_given_environment_folder_and_streams(
    start: Callable[..., Session], tmp_path: Path
) -> None:
    kept = {k: v for k, v in os.environ.items() if k in {"HOME", "PATH", "IPYTHONDIR"}}
    given = {**kept, "ODD": "é\udcff\n"}
    with open(tmp_path / "errors", "w") as errors:
        session = start(env=given, cwd=tmp_path, stderr=errors)
    found = session.run(
        "import json, os, sys\n"
        "stream = os.fstat(sys.stderr._original_stdstream_copy)\n"
        "folder = os.getcwd(), sys.path.count('')\n"
        "print(json.dumps([dict(os.environ), folder, stream.st_ino]))"
    )
    environ, folder, stream = json.loads(found)
    assert given.items() <= environ.items()
    assert "PYTEST_CURRENT_TEST" in os.environ.keys() - environ.keys()
    assert folder == [str(tmp_path), 1]
    assert stream == (tmp_path / "errors").stat().st_ino
