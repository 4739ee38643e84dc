"""The warm processes of this one: which serves a request, and when a new one starts."""

import asyncio
import atexit
import json
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from warmkernel.client import ForkedKernel, Unusable, WarmProcess

ATTEMPTS = 3

log = logging.getLogger("warmkernel")

# Variables that the interpreter and libraries read when they start, by how they begin.
# A kernel asked for with another value of one of them gets another warm process.
# IPYTHONDIR and JUPYTER_… are not among them: each kernel reads its own.
READ_AT_START = (
    *("PYTHON", "LD_", "MALLOC_", "LANG", "LC_", "TZ", "HOME", "XDG_", "TMP", "TEMP"),
    *("MPL", "MATPLOTLIB", "OMP_", "OPENBLAS_", "MKL_", "BLIS_", "GOTO_", "KMP_"),
    *("NUMEXPR_", "NUMBA_"),
)


@dataclass(frozen=True)
class Start:
    """All that two kernels must share to come from one warm process."""

    interpreter: tuple[str, ...]  # and its options
    preload: tuple[str, ...]
    variables: frozenset[tuple[str, str]]
    folder: str | None  # where PYTHONPATH depends on it

    @classmethod
    def of(
        cls,
        interpreter: Sequence[str],
        preload: Sequence[str],
        env: dict[str, str],
        cwd: str,
    ) -> "Start":
        """Give the start of a kernel of `interpreter` with `env` in `cwd`."""
        path = env.get("PYTHONPATH")
        relative = path and not all(map(os.path.isabs, path.split(os.pathsep)))
        read = {k: v for k, v in env.items() if k.startswith(READ_AT_START)}
        return cls(
            tuple(interpreter),
            tuple(preload),
            frozenset(read.items()),
            os.path.abspath(cwd) if relative else None,
        )


_lock = threading.Lock()
_running: dict[Start, WarmProcess] = {}
_retired: list[WarmProcess] = []  # take no more requests, end with their last kernel


async def forked_kernel(
    start: Start,
    command: Sequence[str],
    env: dict[str, str],
    cwd: str,
    given: Sequence[int],
    timeout: float,
) -> ForkedKernel:
    """Give a new kernel, forked from the warm process of `start`.

    Parameters
    ----------
    start : Start
    command : sequence of str
        What an ordinary kernel would be run with: ``python -m ipykernel_launcher …``.
    env : dict
        The kernel's whole environment.
    cwd : str
        Where a warm process begins if there is none; not the kernel's folder.
    given : sequence of int
        Descriptors of the kernel's folder and of its standard input, output and error.
    timeout : float
        Seconds to wait for a warm process that does not answer.

    Raises
    ------
    RuntimeError
        Where a module cannot be preloaded or one warm process after another dies.
    TimeoutError
        Where it does not answer.
    """
    request = json.dumps({"command": list(command), "env": env}).encode()
    modules = ", ".join(start.preload) or "none"
    for _ in range(ATTEMPTS):
        warm = _warm_process(start, env, cwd)
        try:
            async with asyncio.timeout(timeout):
                kernel = await warm.fork(request, given)
        except Unusable as error:
            _retire(start, warm)
            reason = str(error)
        except TimeoutError:
            warm.process.kill()
            raise TimeoutError(
                f"the warm process did not fork a kernel within {timeout:g} s "
                f"(start_timeout); modules to preload: {modules}"
            ) from None
        except RuntimeError:
            _retire(start, warm)
            raise
        else:
            log.debug("kernel %d forked from %d", kernel.pid, warm.process.pid)
            return kernel
    raise RuntimeError(
        f"{ATTEMPTS} warm processes gave no kernel, the last because {reason}; "
        f"modules to preload: {modules}"
    )


def begun(
    interpreter: Sequence[str], preload: Sequence[str], env: dict[str, str], cwd: str
) -> WarmProcess:
    """Give the warm process for such kernels; it may still be importing."""
    return _warm_process(Start.of(interpreter, preload, env, cwd), env, cwd)


def _warm_process(start: Start, env: dict[str, str], cwd: str) -> WarmProcess:
    """Give the warm process of `start`, a new one where none runs."""
    with _lock:
        warm = _running.get(start)
        if warm and warm.process.poll() is not None:
            warm.door.close()
            warm = None
        if warm is None:
            warm = _running[start] = WarmProcess(
                start.interpreter, start.preload, env, cwd
            )
        return warm


def _retire(start: Start, warm: WarmProcess) -> None:
    """Send no more requests to `warm`."""
    with _lock:
        if _running.get(start) is warm:
            del _running[start]
        warm.door.close()
        _retired[:] = [w for w in _retired if w.process.poll() is None]
        if warm not in _retired:
            _retired.append(warm)


def close_all() -> None:
    """End all warm processes of this one, and the kernels that still run in them."""
    with _lock:
        ending = [*_running.values(), *_retired]
        _running.clear()
        _retired.clear()
    for warm in ending:
        warm.close()


def _forget_all() -> None:
    """In a forked copy of the caller: leave the original's processes to it."""
    global _lock
    _lock = threading.Lock()
    for warm in [*_running.values(), *_retired]:
        warm.disown()
        warm.process.returncode = 0  # another's child is not waited for
    _running.clear()
    _retired.clear()


atexit.register(close_all)
os.register_at_fork(after_in_child=_forget_all)
