"""Who gets a warm kernel, how it is asked for, and what is left when it is over."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbconvert.preprocessors import ExecutePreprocessor
from warm_session import Session, wait_until, warm_processes

import warmkernel
from warmkernel import provisioner
from warmkernel.pool import Start
from warmkernel.provisioner import forkable

# True False in a forked kernel with module wave preloaded, else False True
CELL = (
    "import os, sys\n"
    "print('wave' in sys.modules, os.getppid() == int(os.environ['JPY_PARENT_PID']))"
)
PYTHON = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("stream", name="stdout", text="True False\n")
    cell = nbformat.v4.new_code_cell(CELL, outputs=[output], execution_count=1)
    kernel = {"name": "python3", "display_name": "Python", "language": "python"}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})


@pytest.fixture
def kernelspec(jupyter_files: Path) -> Callable[..., str]:
    """Give a function that writes a kernelspec of warm kernels and gives its name."""

    def written(argv: list[str] = PYTHON, **config: object) -> str:
        choice = {"provisioner_name": "warmkernel", "config": config}
        metadata = {"kernel_provisioner": choice}
        folder = jupyter_files / "data/kernels/warm"
        folder.mkdir(parents=True, exist_ok=True)
        spec = {"argv": argv, "display_name": "warm", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps({**spec, "metadata": metadata}))
        return "warm"

    return written


def test_enabling_is_undone_and_not_done_twice() -> None:
    factory = KernelProvisionerFactory.instance()
    assert factory.default_provisioner_name == "local-provisioner"
    with warmkernel.enabled():
        assert factory.default_provisioner_name == "warmkernel"
        with pytest.raises(RuntimeError, match="enabled already"):
            warmkernel.enable()
    assert factory.default_provisioner_name == "local-provisioner"
    with pytest.raises(TypeError, match="list of module names, not 'pandas'"):
        warmkernel.enable("pandas")
    assert factory.default_provisioner_name == "local-provisioner"


def test_papermill_and_nbconvert_use_it_and_nothing_is_left(
    notebook: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nbformat.write(notebook, tmp_path / "in.ipynb")
    before = psutil.Process().children()
    with warmkernel.enabled(preload=["wave"]):
        done = papermill.execute_notebook(
            tmp_path / "in.ipynb", None, progress_bar=False
        )
        assert done.cells[0].outputs[0].text == "True False\n"
        ExecutePreprocessor().preprocess(notebook)
        assert notebook.cells[0].outputs[0].text == "True False\n"
        (warm_process,) = warm_processes()
        sockets = warm_process.net_connections(kind="unix")
        assert sockets  # and none has a name by which another could connect
        assert {socket.laddr for socket in sockets} == {""}
    assert not warm_process.is_running()
    assert psutil.Process().children() == before
    assert os.listdir(tmp_path) == ["in.ipynb"]


def test_nbval_uses_it(notebook: nbformat.NotebookNode, tmp_path: Path) -> None:
    nbformat.write(notebook, tmp_path / "in.ipynb")
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-c", os.devnull]
    run = subprocess.run(
        [*command, "--nbval", "--nbval-current-env", "in.ipynb"],
        cwd=tmp_path,
        env={
            **os.environ,
            "JUPYTER_DEFAULT_PROVISIONER_NAME": "warmkernel",
            "WARMKERNEL_PRELOAD": "wave",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def test_a_kernelspec_chooses_it_and_changed_sources_are_imported_anew(
    kernelspec: Callable[..., str], start: Callable[..., Session], tmp_path: Path
) -> None:
    name = kernelspec(preload=["subject"])
    source = tmp_path / "subject.py"
    source.write_text("import os\nVALUE, IMPORTED_BY = 'old', os.getpid()")
    code = (
        "import os, subject; print(subject.VALUE, subject.IMPORTED_BY != os.getpid())"
    )
    env = {**os.environ, "PYTHONPATH": tmp_path.name}
    old = start(name, env=env, cwd=tmp_path.parent)
    assert old.run(code) == "old True"
    source.write_text("import os\nVALUE, IMPORTED_BY = 'newer', os.getpid()")
    assert start(name, env=env, cwd=tmp_path.parent).run(code) == "newer True"
    assert old.run(code) == "old True"
    warmkernel.disable()


HOME = {"HOME": "/home/me", "PYTHONPATH": "/lib"}
START = Start.of(["python"], ["wave"], HOME, "/")


@pytest.mark.parametrize(
    ("start", "same"),
    [
        (Start.of(["python"], ["wave"], {**HOME, "IPYTHONDIR": "/own"}, "/tmp"), True),
        (Start.of(["python"], ["wave"], {**HOME, "TZ": "Asia/Tokyo"}, "/"), False),
        (Start.of(["python"], ["wave"], {**HOME, "OMP_NUM_THREADS": "1"}, "/"), False),
        (Start.of(["python", "-Xdev"], ["wave"], HOME, "/"), False),
        (Start.of(["python"], [], HOME, "/"), False),
    ],
)
def test_kernels_share_a_warm_process_only_if_they_start_alike(
    start: Start, same: bool
) -> None:
    assert (start == START) is same


def test_a_relative_pythonpath_counts_with_its_folder() -> None:
    env = {"PYTHONPATH": "lib:/lib"}
    one, other = (Start.of(["python"], [], env, cwd) for cwd in ("/a", "/b"))
    assert one != other


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"env": {}, "cwd": "/", "stdout": 1, "kernel_id": "x"}, True),
        ({"stdout": subprocess.PIPE}, False),
        ({"independent": True}, False),
        ({"preexec_fn": os.setsid}, False),
    ],
)
def test_only_a_plain_launch_is_forked(options: dict, expected: bool) -> None:
    assert forkable(options) is expected


def launched(name: str, **options: object) -> type:
    """Launch a kernel, end it, and give what its process was."""
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(**options)
    kind = type(manager.provisioner.process)
    manager.shutdown_kernel(now=True)
    return kind


def test_other_kernels_and_other_launches_are_ordinary(
    kernelspec: Callable[..., str],
) -> None:
    name = kernelspec(["sleep", "60"])
    assert launched(name) is subprocess.Popen
    name = kernelspec()
    assert launched(name, stderr=subprocess.DEVNULL) is subprocess.Popen
    assert not warm_processes()


def test_elsewhere_than_on_linux_kernels_are_ordinary_and_that_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    provisioner.say_cold.cache_clear()
    with caplog.at_level(logging.WARNING, "warmkernel"), warmkernel.enabled():
        assert [launched("python3") for _ in range(2)] == [subprocess.Popen] * 2
    said = [r.getMessage() for r in caplog.records if r.name == "warmkernel"]
    assert said == ["warm kernels need Linux; on darwin kernels start as usual"]


FAULTS = {
    "no_such_module": "ModuleNotFoundError: No module named 'no_such_module'",
    "broken": "ZeroDivisionError: division by zero",
    "leaving": "SystemExit: 3",
    "threading_module": "RuntimeError: it starts threads: worker",
    "plotting": "matplotlib_inline.backend_inline looks for the running kernel",
}
SOURCES = {
    "broken": "1 / 0",
    "leaving": "raise SystemExit(3)",
    "threading_module": "import threading, time\n"
    "threading.Thread(target=time.sleep, args=[9], name='worker', daemon=True).start()",
    "plotting": "import matplotlib.pyplot as plt\nplt.figure()",
}
EACH = """
import os, sys
from warmkernel.server import preload
preload([])
for name in sys.argv[1:]:
    if os.fork() == 0:
        try:
            preload([name])
        except ImportError as error:
            print(error, flush=True)
        os._exit(0)
    os.wait()
"""


def test_what_cannot_be_preloaded_is_named_with_the_reason(tmp_path: Path) -> None:
    for name, source in SOURCES.items():
        (tmp_path / f"{name}.py").write_text(source)
    run = subprocess.run(
        [sys.executable, "-c", EACH, *FAULTS],
        env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    said = run.stdout.splitlines()
    for line, (name, fault) in zip(said, FAULTS.items(), strict=True):
        assert line.startswith(f"{name!r} cannot be preloaded: ")
        assert fault in line


def test_a_launch_that_cannot_be_fails_with_the_reason(
    kernelspec: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text("import time; time.sleep(60)")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with pytest.raises(RuntimeError, match="'absent' cannot be preloaded"):
        launched(kernelspec(preload=["absent"]), env=env)
    with pytest.raises(RuntimeError, match=r"3 .* gave no kernel, .* exit code 2; "):
        launched(kernelspec([PYTHON[0], "-Q", *PYTHON[1:]]))
    with pytest.raises(TimeoutError, match=r"within 0.5 s .* slow"):
        launched(kernelspec(preload=["slow"], start_timeout=0.5), env=env)
    with pytest.raises(FileNotFoundError, match="no/such/folder"):
        launched(kernelspec(), cwd="no/such/folder")
    warmkernel.disable()
    assert not warm_processes()


CALLER = """
import os, sys, time
import psutil
from jupyter_client.manager import start_new_kernel
import warmkernel
warmkernel.enable()
manager, client = start_new_kernel()
client.execute("import subprocess; subprocess.run(['sleep', '60'])")
if os.fork() == 0:
    if sys.argv[1] == "leave":
        sys.exit()  # by the exit handlers, which must not touch the parent's processes
    time.sleep(60)
kernel = psutil.Process(manager.provisioner.process.pid)
while not kernel.children():
    time.sleep(0.02)
print(kernel.pid, kernel.ppid(), kernel.children()[0].pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["kill", "leave"])
def test_all_goes_with_the_caller_however_it_ends(end: str) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CALLER, end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert caller.stdin and caller.stdout
    pids = caller.stdout.readline().split()
    mine = psutil.Process(caller.pid)
    copies = [p for p in mine.children() if str(p.pid) not in pids]
    processes = [psutil.Process(int(pid)) for pid in pids]
    assert all(process.is_running() for process in processes)
    if end == "kill":
        caller.kill()
    caller.stdin.close()
    wait_until(lambda: not any(process.is_running() for process in processes))
    caller.stdout.close()
    assert caller.wait(10) == (-signal.SIGKILL if end == "kill" else 0)
    if end == "kill":
        for copy in copies:
            copy.kill()
