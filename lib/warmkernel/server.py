"""The warm process: it imports once, then forks a kernel for each request.

:mod:`warmkernel.client` runs this file as a script in the interpreter of the kernel,
where this package need not be installed::

    python server.py DOOR MODULE…

DOOR is the descriptor of a socket whose other end the caller holds. A message on it
asks for a kernel and brings descriptors: a line to speak about that kernel, a pipe for
the request, the kernel's folder, and its standard input, output and error. Back on the
line come JSON objects: ``{"pid": 123}`` from the kernel, which then reads the request
(command and environment) from the pipe, and ``{"exit": 0}`` when it has ended; or
``{"error": …}`` or ``{"stale": …}``, and no kernel. A line that its caller closes ends
its kernel. A closed door ends this process with its last kernel.
"""

import builtins
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

PASSED = 6  # descriptors with a request: line, pipe, folder, three standard streams
PR_SET_PDEATHSIG = 1  # of linux/prctl.h

# what every kernel imports before its first cell
KERNEL = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "psutil"),
    *("ipykernel.debugger", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "sqlite3", "tornado.platform.asyncio"),
)


@dataclass
class Kernel:
    """A forked kernel that is not reaped yet."""

    pid: int
    line: socket.socket | None  # None once the caller has closed its end
    ended: bool = False


class Server:
    """The loop that forks kernels, tells how they ended, and ends them."""

    def __init__(self, door: socket.socket, fault: str | None) -> None:
        self.door = door
        self.open = True
        self.fault = fault  # of the imports
        files = {getattr(module, "__file__", None) for module in sys.modules.values()}
        self.sources = {file: modified(file) for file in files if file}
        self.pid = os.getpid()
        self.kernels: list[Kernel] = []
        self.bell, self.ringer = socket.socketpair()
        self.ringer.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        signal.set_wakeup_fd(self.ringer.fileno())
        # poll and not epoll, whose state a forked kernel would share
        self.selector = selectors.PollSelector()
        self.selector.register(door, selectors.EVENT_READ)
        self.selector.register(self.bell, selectors.EVENT_READ)

    def serve(self) -> list[int] | None:
        """Fork kernels; in a kernel give what was passed, at the end give None."""
        while self.open or self.kernels:
            for key, _ in self.selector.select():
                if key.fileobj is self.bell:
                    self.bell.recv(4096)
                elif key.fileobj is self.door:
                    if passed := self.admit():
                        return passed
                else:
                    self.hang_up(key.data)
            self.settle()
        return None

    def admit(self) -> list[int] | None:
        """Answer one request; only in the kernel forked for it give what was passed."""
        message, passed, *_ = socket.recv_fds(
            self.door, 1, PASSED, socket.MSG_CMSG_CLOEXEC
        )
        if not message:
            self.selector.unregister(self.door)
            self.open = False
            return None
        line = socket.socket(fileno=passed[0])
        pid = self.fork(line)
        if pid == 0:
            self.leave()
            return [line.detach(), *passed[1:]]
        for descriptor in passed[1:]:
            os.close(descriptor)
        if pid is None:
            line.close()
        else:
            kernel = Kernel(pid, line)
            self.kernels.append(kernel)
            self.selector.register(line, selectors.EVENT_READ, kernel)
        return None

    def fork(self, line: socket.socket) -> int | None:
        """Give the process id of a new kernel, 0 in it; None where none can be."""
        stale = [f for f, time in self.sources.items() if modified(f) != time]
        if self.fault:
            send(line, error=self.fault)
        elif stale:
            send(line, stale=stale[0])
        else:
            try:
                return os.fork()
            except OSError as error:
                send(line, error=f"no kernel could be forked: {error}")
        return None

    def leave(self) -> None:
        """In a kernel: let go of what belongs to the warm process, but die with it."""
        os.setsid()
        if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
            raise OSError("prctl(PR_SET_PDEATHSIG) failed")
        if os.getppid() != self.pid:  # it died before that
            os.kill(os.getpid(), signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for key in self.selector.get_map().values():
            key.fileobj.close()  # type: ignore[union-attr]
        self.ringer.close()

    def hang_up(self, kernel: Kernel) -> None:
        """End a kernel whose caller has closed the line."""
        assert kernel.line
        self.selector.unregister(kernel.line)
        kernel.line.close()
        kernel.line = None
        if kernel.ended:
            return
        try:
            os.killpg(kernel.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has not come to setsid
            os.kill(kernel.pid, signal.SIGKILL)

    def settle(self) -> None:
        """Tell callers which kernels have ended; reap those whose caller knows."""
        for kernel in list(self.kernels):
            # until reaped it keeps its number, so that no signal can reach a stranger
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            status = os.waitid(os.P_PID, kernel.pid, how)
            if status and kernel.line is None:
                os.waitpid(kernel.pid, 0)
                self.kernels.remove(kernel)
            elif status and kernel.line and not kernel.ended:
                kernel.ended = True
                code, exited = status.si_status, status.si_code == os.CLD_EXITED
                send(kernel.line, exit=code if exited else -code)


def send(line: socket.socket, **message: object) -> None:
    """Send one message; where the caller has gone, the loop finds its line closed."""
    with suppress(BrokenPipeError, ConnectionResetError):
        line.send(json.dumps(message).encode())


def modified(file: str) -> int | None:
    """Give when `file` was modified, in ns; None where there is none, as in a zip."""
    try:
        return os.stat(file).st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None


def preload(modules: list[str]) -> list[str]:
    """Import what kernels need, then `modules`; give the extensions kernels must load.

    Raises ImportError where one of `modules` fails or leaves what no fork can inherit.
    """
    for name in KERNEL:
        importlib.import_module(name)
    extensions: list[str] = []
    with shell_looked_for() as seekers:
        for name in modules:
            try:
                importlib.import_module(name)
                check_inheritable(seekers)
            except (Exception, SystemExit) as error:
                fault = f"{type(error).__name__}: {error}"
                raise ImportError(f"{name!r} cannot be preloaded: {fault}") from error
            extensions += seekers
            seekers.clear()
    return extensions


@contextmanager
def shell_looked_for() -> Iterator[list[str]]:
    """Give a list that grows by each module that looks for a shell when imported.

    pandas looks in its own way, to learn whether it displays in a notebook; it is told.
    """
    from IPython.core.interactiveshell import InteractiveShell

    seekers: list[str] = []

    def initialized(cls: type) -> bool:
        frame = sys._getframe()
        while frame.f_code.co_name != "<module>" and frame.f_back:
            frame = frame.f_back
        seekers.append(frame.f_globals["__name__"])
        return False

    in_notebook = types.SimpleNamespace(kernel=True)
    setattr(builtins, "get_ipython", lambda: in_notebook)  # noqa: B010
    setattr(InteractiveShell, "initialized", classmethod(initialized))  # noqa: B010
    try:
        yield seekers
    finally:
        delattr(builtins, "get_ipython")
        delattr(InteractiveShell, "initialized")  # which uncovers the inherited one


def check_inheritable(seekers: list[str]) -> None:
    """Raise RuntimeError where an import has left what a fork would lose."""
    names = {t.name for t in threading.enumerate()} - {threading.main_thread().name}
    if names:
        raise RuntimeError(f"it starts threads: {', '.join(sorted(names))}")
    for name in seekers:
        # an extension can be bound to a shell later; matplotlib's inline backend, for
        # one, cannot, and figures would silently be missing
        if not hasattr(sys.modules[name], "load_ipython_extension"):
            raise RuntimeError(f"{name} looks for the running kernel when imported")


def run_kernel(
    passed: list[int], import_made: dict[str, str], extensions: list[str]
) -> None:
    """Be the kernel that was asked for."""
    line, pipe, folder, *streams = passed
    with socket.socket(fileno=line) as caller:
        send(caller, pid=os.getpid())
    with open(pipe) as file:
        request = json.loads(file.readline() or "null")
    if not request:
        sys.exit("warmkernel: the caller has gone before it said what to run")
    os.fchdir(folder)
    os.close(folder)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"] | import_made)
    if "numpy.random" in sys.modules:  # module random reseeds itself
        sys.modules["numpy.random"].seed()
    command = sys.orig_argv[:] = request["command"]
    arguments = command[command.index("-m") + 2 :]
    import ipykernel_launcher
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = [ipykernel_launcher.__file__, *arguments]
    # the default of parent_handle was read from the environment of the warm process
    IPKernelApp.launch_instance(
        arguments, parent_handle=os.getppid(), extra_extensions=extensions
    )


def main() -> None:
    """Import, serve, and in each forked process be a kernel."""
    door = socket.socket(fileno=int(sys.argv[1]))
    if not os.environ.get("MPLBACKEND"):  # as every kernel does
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # a hint that kernels hide
    before = dict(os.environ)
    extensions, fault = [], None
    try:
        extensions = preload(sys.argv[2:])
    except ImportError as error:
        fault = str(error)
    import_made = {k: v for k, v in os.environ.items() if before.get(k) != v}
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir("/")  # keep no folder busy
    server = Server(door, fault)
    gc.collect()
    gc.freeze()  # so that a collection in a kernel leaves shared pages alone
    passed = server.serve()
    if passed:
        run_kernel(passed, import_made, extensions)


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file
    main()
