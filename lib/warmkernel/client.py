"""A warm process and its kernels, as the process that started them has them."""

import asyncio
import errno
import json
import os
import signal
import socket
import subprocess
import weakref
from collections.abc import Sequence
from pathlib import Path

SERVER = Path(__file__).with_name("server.py")
GONE = {errno.EPIPE, errno.ECONNRESET, errno.EBADF}  # of a door: nobody answers it
MESSAGE = 65536  # bytes, more than any answer has
GRACE = 5.0  # seconds for a warm process to end


class Unusable(Exception):
    """Why a warm process gave no kernel, where another may."""


class ForkedKernel:
    """A kernel of a warm process, with the part of ``Popen`` that provisioners use."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Give the exit code, None while the kernel runs."""
        if self.returncode is None:
            try:
                self._hear(self.line.recv(MESSAGE))
            except BlockingIOError:
                return None
        return self.returncode

    def wait(self) -> int | None:
        """Wait for the kernel to end and give its exit code."""
        if self.returncode is None:
            self.line.setblocking(True)
            self._hear(self.line.recv(MESSAGE))
        return self.returncode

    def _hear(self, message: bytes) -> None:
        """Take in how the kernel ended: killed, where its warm process went with it."""
        self.returncode = json.loads(message)["exit"] if message else -signal.SIGKILL
        self.line.close()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel."""
        self.send_signal(signal.SIGKILL)

    def let_go(self) -> None:
        """Close the line, on which the warm process ends the kernel."""
        if self.returncode is None:
            self._hear(b"")


class WarmProcess:
    """A running warm process and the kernels it has forked."""

    def __init__(
        self,
        interpreter: Sequence[str],
        preload: Sequence[str],
        env: dict[str, str],
        cwd: str,
    ) -> None:
        self.door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.door.setblocking(False)
        self.kernels: weakref.WeakSet[ForkedKernel] = weakref.WeakSet()
        try:
            self.process = subprocess.Popen(
                [*interpreter, str(SERVER), str(theirs.fileno()), *preload],
                stdin=subprocess.DEVNULL,
                env=env,
                cwd=cwd,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a terminal's Ctrl-C is for the caller
            )
        except BaseException:
            self.door.close()
            raise
        finally:
            theirs.close()

    async def fork(self, request: bytes, given: Sequence[int]) -> ForkedKernel:
        """Fork a kernel; raise Unusable where this process has died or is stale."""
        line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setblocking(False)
        try:
            read, write = os.pipe()
            with open(write, "wb") as pipe:
                with theirs, open(read, "rb"):
                    await self._ask([theirs.fileno(), read, *given])
                heard = await asyncio.get_running_loop().sock_recv(line, MESSAGE)
                pid = self._pid(heard)
                pipe.write(request + b"\n")
        except BaseException as error:
            line.close()
            if isinstance(error, OSError) and error.errno in GONE:
                raise Unusable(self._end()) from error
            raise
        kernel = ForkedKernel(pid, line)
        self.kernels.add(kernel)
        return kernel

    def _pid(self, heard: bytes) -> int:
        """Give the new kernel's number; raise where there is none."""
        match json.loads(heard or "{}"):
            case {"pid": pid}:
                return pid
            case {"error": reason}:
                raise RuntimeError(reason)
            case {"stale": file}:
                raise Unusable(f"{file} changed after it was imported")
            case {"exit": code}:
                raise Unusable(f"the kernel ended at once with exit code {code}")
        raise Unusable(self._end())

    def _end(self) -> str:
        """Say how the process ended, which does not answer."""
        try:
            return f"it died with exit code {self.process.wait(1)}"
        except subprocess.TimeoutExpired:
            return "it was replaced"

    async def _ask(self, descriptors: Sequence[int]) -> None:
        """Send a request through the door, where others may be waiting."""
        while True:
            try:
                socket.send_fds(self.door, [b"k"], descriptors)
                return
            except BlockingIOError:
                await asyncio.sleep(0.01)

    def close(self) -> None:
        """End the process and the kernels that still run."""
        self.disown()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def disown(self) -> None:
        """Close the door and all lines."""
        self.door.close()
        for kernel in list(self.kernels):
            kernel.let_go()
