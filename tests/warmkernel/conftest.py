"""Kernels started as any program starts them, with files of their own."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager


@pytest.fixture(scope="module", autouse=True)
def jupyter_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep connection files and histories out of the user's folders."""
    folder = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("JUPYTER_PATH", str(folder / "data"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        yield folder


class Session:
    """A kernel and its client."""

    def __init__(self, name: str = "python3", **options: Any) -> None:
        self.manager = KernelManager(kernel_name=name)
        quick = ["--HistoryManager.enabled=False"]
        self.manager.start_kernel(extra_arguments=quick, **options)
        self.process = self.manager.provisioner.process
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str) -> str:
        """Run `code` and give what it prints."""
        printed = []

        def hear(message: dict) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] == "error":
                raise AssertionError("\n".join(content["traceback"]))

        self.client.execute_interactive(code, timeout=60, output_hook=hear)
        return "".join(printed).strip()

    def exit_code(self, code: str) -> int | None:
        """Run `code`, which ends the kernel; give the exit code."""
        self.client.execute(code)
        psutil.wait_procs([psutil.Process(self.process.pid)], timeout=10)
        return self.process.wait()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def start() -> Iterator[Callable[..., Session]]:
    """Give a function that starts a kernel, which ends with the test."""
    sessions: list[Session] = []

    def started(*args: Any, **options: Any) -> Session:
        sessions.append(Session(*args, **options))
        return sessions[-1]

    yield started
    for session in sessions:
        session.close()


def warm_processes() -> list[psutil.Process]:
    """Give the warm processes of this one."""
    children = psutil.Process().children()
    return [p for p in children if any("warmkernel" in part for part in p.cmdline())]


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for `condition` to hold, and fail where it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
