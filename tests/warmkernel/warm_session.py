"""A kernel with its client, and what processes it has to do with."""

import time
from collections.abc import Callable
from typing import Any

import psutil
from jupyter_client.manager import KernelManager


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

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


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
