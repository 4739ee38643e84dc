"""Warm kernels, warm processes and their callers killed at random moments.

    python benchmarks/kernel_kills.py [--kills 100] [--seed 6] 2>/dev/null

Notebooks are executed by papermill in four threads while kernels, or the warm process,
or the whole calling process are killed. Each notebook must in the end give its own
result (right), however often it is executed again, and no process may be left. About a
quarter of an hour on two cores. (2>/dev/null: the killed are reported there.)
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from kernels import executed, notebook_of
from nbclient.exceptions import DeadKernelError

import warmkernel


def forked_kernels() -> list[psutil.Process]:
    """Give the kernels of the warm processes of this one."""
    return [kernel for warm in warm_processes() for kernel in children(warm)]


def warm_processes() -> list[psutil.Process]:
    """Give the warm processes of this one, which has no other children."""
    return psutil.Process().children()


def children(process: psutil.Process) -> list[psutil.Process]:
    """Give the living children of a process that may have gone."""
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def keep_executing(path: Path, over: threading.Event, counts: Counter) -> None:
    """Execute notebooks until it is over, each as often as it takes."""
    number, again = 0, False
    while again or not over.is_set():
        number += not again
        try:
            done = executed(path, number=number)
        except (DeadKernelError, RuntimeError):
            again = True
            counts["executed again"] += 1
        else:
            again = False
            right = done.cells[-1].outputs[0].text == f"{number}\n"
            counts["right" if right else "WRONG"] += 1


def under_fire(
    victims: Callable[[], list[psutil.Process]],
    pause: float,
    kills: int,
    rng: random.Random,
) -> Counter:
    """Kill victims, with pauses of at most so many seconds; count what notebooks do."""
    cells = ["number = 0", "import time\ntime.sleep(0.2)", "print(number)"]
    counts: Counter = Counter()
    over = threading.Event()
    with warmkernel.enabled(), notebook_of(cells) as path:
        with ThreadPoolExecutor(4) as pool:
            threads = [
                pool.submit(keep_executing, path, over, counts) for _ in range(4)
            ]
            while counts["kills"] < kills and not any(t.done() for t in threads):
                time.sleep(rng.uniform(0, pause))
                targets = victims()
                if targets:
                    rng.choice(targets).kill()
                    counts["kills"] += 1
            over.set()
        for thread in threads:
            thread.result()
        counts["kernels left"] = len(forked_kernels())
    counts["processes left"] = len(psutil.Process().children())
    return counts


def callers_killed(kills: int, rng: random.Random) -> Counter:
    """Kill calling processes at random moments; count what outlives them."""
    counts: Counter = Counter()
    for _ in range(kills):
        mark = uuid.uuid4().hex
        with subprocess.Popen(
            [sys.executable, __file__, "--execute"],
            env={**os.environ, "BENCHMARK_RUN": mark},
            stdout=subprocess.PIPE,
        ) as caller:
            caller.stdout.readline()
            time.sleep(rng.uniform(0, 5))  # from its warm process's start on
            running = marked(mark)
            caller.kill()
        counts["kills"] += 1
        counts["processes of theirs"] += len(running) - 1
        _, alive = psutil.wait_procs(running, timeout=10)
        counts["processes left"] += len(alive) + len(marked(mark))
    return counts


def marked(mark: str) -> list[psutil.Process]:
    """Give the processes that have `mark` in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("BENCHMARK_RUN") == mark:
                found.append(process)
    return found


def execute() -> None:
    """Say so and execute notebooks until killed."""
    with warmkernel.enabled(), notebook_of(["number = 0", "print(number)"]) as path:
        print("begun", flush=True)
        keep_executing(path, threading.Event(), Counter())


def kills(kills: int, seed: int) -> None:
    """Print what came of killing kernels, warm processes and callers."""
    rng = random.Random(seed)
    for name, counted in (
        ("kernels", lambda: under_fire(forked_kernels, 1, kills, rng)),
        ("the warm process", lambda: under_fire(warm_processes, 5, kills, rng)),
        ("the calling process", lambda: callers_killed(kills, rng)),
    ):
        outcomes = ", ".join(f"{n} {what}" for what, n in counted().items())
        print(f"{name} killed: {outcomes}", flush=True)


def main() -> None:
    """Kill as often as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--execute", action="store_true", help="be a caller to kill")
    asked = parser.parse_args()
    if asked.execute:
        execute()
    else:
        kills(asked.kills, asked.seed)


if __name__ == "__main__":
    main()
