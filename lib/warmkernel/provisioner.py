"""The provisioner that jupyter_client finds under the name ``warmkernel``."""

import logging
import os
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Float, List, Unicode, default

from warmkernel.pool import Start, forked_kernel

LAUNCHER = ["-m", "ipykernel_launcher"]
OPTIONS = {"env", "cwd", "stdin", "stdout", "stderr", "independent"}
NOT_FOR_POPEN = {"extra_arguments", "kernel_id"}

log = logging.getLogger("warmkernel")


class WarmProvisioner(LocalProvisioner):
    """Forks IPython kernels from a warm process and starts all others as usual."""

    default_preload: ClassVar[tuple[str, ...]] = ()

    preload = List(
        Unicode(),
        help="Modules that the warm process imports. Default: those of "
        "warmkernel.enable(), or of WARMKERNEL_PRELOAD, separated by commas.",
    ).tag(config=True)

    start_timeout = Float(
        60.0, help="Seconds that the warm process may take to import and fork."
    ).tag(config=True)

    @default("preload")
    def _preload(self) -> list[str]:
        listed = os.environ.get("WARMKERNEL_PRELOAD", "").split(",")
        return list(self.default_preload) or [n.strip() for n in listed if n.strip()]

    async def launch_kernel(
        self, cmd: list[str], **kwargs: Any
    ) -> KernelConnectionInfo:
        """Launch the kernel that `cmd` describes, forked where that can be done."""
        cmd = [os.path.expanduser(part) for part in cmd]
        interpreter = interpreter_of(cmd)
        if sys.platform != "linux":
            say_cold(sys.platform)
        elif interpreter and forkable(kwargs):
            await self._fork(interpreter, cmd, **kwargs)
            return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def _fork(
        self, interpreter: list[str], cmd: list[str], **kwargs: Any
    ) -> None:
        """Fork the kernel and keep its process as an ordinary one would be kept."""
        cwd = str(kwargs.get("cwd") or Path.cwd())
        env = {**kwargs["env"], "JPY_PARENT_PID": str(os.getpid())}
        folder = os.open(cwd, os.O_RDONLY | os.O_DIRECTORY)
        stdin, ends = os.pipe()
        os.close(ends)  # nothing to read, as from an ordinary kernel's standard input
        try:
            given = [folder]
            for name, otherwise in (("stdin", stdin), ("stdout", 1), ("stderr", 2)):
                stream = kwargs.get(name)
                stream = otherwise if stream is None else stream
                given.append(stream if isinstance(stream, int) else stream.fileno())
            start = Start.of(interpreter, self.preload, env, cwd)
            kernel = await forked_kernel(
                start, cmd, env, cwd, given, self.start_timeout
            )
        finally:
            os.close(folder)
            os.close(stdin)
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid
        self.cwd = cwd


def interpreter_of(cmd: list[str]) -> list[str] | None:
    """Give the interpreter and its options, None where `cmd` is no IPython kernel's.

    >>> interpreter_of(["python", "-X", "dev", "-m", "ipykernel_launcher", "-f", "k"])
    ['python', '-X', 'dev']
    >>> interpreter_of(["python", "-m", "bash_kernel", "-f", "k"])
    >>> interpreter_of(["R", "--slave", "-e", "IRkernel::main()"])
    """
    at = cmd.index("-m") if "-m" in cmd else 0
    plain = all(
        (option.startswith("-") and option != "-c") or before in {"-X", "-W"}
        for before, option in pairwise(cmd[:at])
    )
    return cmd[:at] if at and plain and cmd[at : at + 2] == LAUNCHER else None


def forkable(options: dict[str, Any]) -> bool:
    """Tell whether a fork can honour the options meant for ``Popen``."""
    streams = [options.get(name) for name in ("stdin", "stdout", "stderr")]
    special = any(isinstance(s, int) and s < 0 for s in streams)  # such as PIPE
    known = set(options) <= OPTIONS | NOT_FOR_POPEN
    return known and not special and not options.get("independent")


@cache
def say_cold(platform: str) -> None:
    """Say once that kernels start as usual."""
    log.warning("warm kernels need Linux; on %s kernels start as usual", platform)
