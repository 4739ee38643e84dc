"""Warm kernels against ordinary ones: time, memory, and kills at random moments.

    python benchmarks/kernels.py speed [--reports 20] 2>/dev/null
    python benchmarks/kernels.py memory 2>/dev/null
    python benchmarks/kernels.py kills [--kills 100] [--seed 6] 2>/dev/null

speed: papermill, in this process, executes a small report (five figures, a seasonal
decomposition) in each kind of kernel, one after another and in two threads. The limit
is the same code without notebook or kernel, in processes forked when the imports are
done. Ratios of one run on one machine are meant; the seconds are that machine's.

memory: what a kernel holds for itself, and with its share of shared pages, when the
report is done and four kernels live.

kills: notebooks run in four threads while kernels, or the warm process, or the whole
calling process are killed. Each notebook must in the end give its own result, and no
process may be left.

About two minutes, half a minute, and a quarter of an hour on two cores. Errors of
killed kernels are many: hence 2>/dev/null.
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import psutil
from jupyter_client.manager import start_new_kernel
from nbclient.exceptions import DeadKernelError

import warmkernel

PRELOAD = ["pandas", "matplotlib.pyplot", "seaborn", "statsmodels.tsa.seasonal"]
IMPORTS = """
import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns
from statsmodels.tsa.seasonal import STL
"""
CELLS = [
    "rng = np.random.default_rng(seed)\n"
    "months = pd.date_range('2005-01', periods=240, freq='MS')\n"
    "season = np.sin(np.arange(240) / 6 * np.pi)\n"
    "prices = pd.Series(rng.normal(size=240).cumsum() + season, months)\n"
    "prices.groupby(prices.index.year).agg(['mean', 'std', 'min', 'max'])",
    "prices.plot()\nplt.show()",
    "sns.histplot(prices, kde=True)\nplt.show()",
    "sns.boxplot(x=prices.index.month, y=prices.to_numpy())\nplt.show()",
    "STL(prices).fit().plot()\nplt.show()",
    "sns.heatmap(prices.to_numpy().reshape(20, 12))\nplt.show()",
]


@contextlib.contextmanager
def notebook_of(cells: list[str]) -> Iterator[Path]:
    """Give the path of a notebook of `cells`, the first of which are parameters."""
    kernel = {"name": "python3", "display_name": "Python", "language": "python"}
    new = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": kernel},
    )
    new.cells[0].metadata["tags"] = ["parameters"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notebook.ipynb"
        nbformat.write(new, path)
        yield path


def executed(path: Path, **parameters: object) -> nbformat.NotebookNode:
    """Execute the notebook with papermill and give it."""
    return papermill.execute_notebook(
        path, None, parameters=parameters, progress_bar=False
    )


# --- speed ---------------------------------------------------------------------------


FORKS = """
import io, os, sys
{imports}
def show():
    for number in plt.get_fignums():
        plt.figure(number).savefig(io.BytesIO())
    plt.close("all")
plt.show = show
running = 0
for seed in range({reports}):
    if running == 2:
        running -= 1
        assert os.wait()[1] == 0
    running += 1
    if os.fork() == 0:
        {report}
        os._exit(0)
for _ in range(running):
    assert os.wait()[1] == 0
"""


def in_forked_processes(reports: int) -> None:
    """Make the report as plain code in forked processes, two at a time."""
    report = "\n".join(CELLS).replace("\n", "\n        ")
    code = FORKS.format(imports=IMPORTS, reports=reports, report=report)
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MPLBACKEND": "agg"},
        check=True,
    )


def in_kernels(reports: int, threads: int) -> None:
    """Execute the report as a notebook, in so many threads."""
    with (
        notebook_of(["seed = 0", IMPORTS, *CELLS]) as path,
        ThreadPoolExecutor(threads) as pool,
    ):
        for done in pool.map(lambda seed: executed(path, seed=seed), range(reports)):
            pictures = sum("image/png" in str(cell.outputs) for cell in done.cells)
            assert pictures == 5


def in_warm_kernels(reports: int, threads: int) -> None:
    """Execute the report in warm kernels, from the start of the warm process on."""
    with warmkernel.enabled(PRELOAD):
        in_kernels(reports, threads)


def speed(reports: int) -> None:
    """Print the time of each design and its ratio to the limit."""
    designs: dict[str, Callable[[], None]] = {
        "forked processes, 2 at a time": lambda: in_forked_processes(reports),
        "warm kernels, 3 threads": lambda: in_warm_kernels(reports, 3),
        "warm kernels, 2 threads": lambda: in_warm_kernels(reports, 2),
        "warm kernels, 1 thread": lambda: in_warm_kernels(reports, 1),
        "ordinary kernels, 2 threads": lambda: in_kernels(reports, 2),
        "ordinary kernels, 1 thread": lambda: in_kernels(reports, 1),
    }
    print(f"{reports} reports{'':24}seconds   ratio   seconds of processor   ratio")
    limit = None
    for design, run in designs.items():
        wall, processor = time.perf_counter(), sum(os.times()[:4])
        run()
        took = time.perf_counter() - wall, sum(os.times()[:4]) - processor
        limit = limit or took
        wall_ratio, processor_ratio = took[0] / limit[0], took[1] / limit[1]
        print(
            f"{design:32}{took[0]:8.1f}{wall_ratio:8.2f}"
            f"{took[1]:23.1f}{processor_ratio:8.2f}"
        )


# --- memory --------------------------------------------------------------------------


def memory_mb(pid: int) -> dict[str, float]:
    """Give a process's memory by kind, in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    lines = [line.split() for line in text.splitlines()[1:]]
    return {line[0].rstrip(":"): int(line[1]) / 1024 for line in lines}


def kernel_memory(kernels: int = 4) -> tuple[dict[str, float], int]:
    """Give the mean memory of kernels that have made the report, and a parent's pid."""
    begun = []
    for number in range(kernels):
        manager, client = start_new_kernel()
        code = "\n".join([f"seed = {number}", IMPORTS, *CELLS])
        client.execute_interactive(code, timeout=120, output_hook=lambda message: None)
        begun.append((manager, client))
    pids = [manager.provisioner.process.pid for manager, _ in begun]
    each = [memory_mb(pid) for pid in pids]
    parent = memory_mb(psutil.Process(pids[0]).ppid())
    for manager, client in begun:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    mean = {kind: sum(one[kind] for one in each) / kernels for kind in each[0]}
    return mean, parent


def memory() -> None:
    """Print the memory of both kinds of kernels."""
    ordinary, _ = kernel_memory()
    with warmkernel.enabled(PRELOAD):
        warm, parent = kernel_memory()
    print("MB, mean of 4 kernels       private dirty     Pss")
    for name, used in (
        ("ordinary kernel", ordinary),
        ("warm kernel", warm),
        ("the warm process", parent),
    ):
        print(f"{name:28}{used['Private_Dirty']:13.0f}{used['Pss']:8.0f}")


# --- kills ---------------------------------------------------------------------------


def forked_kernels() -> list[psutil.Process]:
    """Give the kernels of the warm processes of this one."""
    return [kernel for warm in psutil.Process().children() for kernel in children(warm)]


def children(process: psutil.Process) -> list[psutil.Process]:
    """Give the living children of a process that may have gone."""
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def keep_executing(path: Path, over: threading.Event, counts: Counter) -> None:
    """Execute notebooks until it is over, each as often as it takes."""
    number = 0
    while not over.is_set():
        number += 1
        try:
            done = executed(path, number=number)
        except (DeadKernelError, RuntimeError):
            counts["executed again"] += 1
            number -= 1
        else:
            right = done.cells[-1].outputs[0].text == f"{number}\n"
            counts["right" if right else "WRONG"] += 1


def under_fire(
    victims: Callable[[], list[psutil.Process]], kills: int, rng: random.Random
) -> Counter:
    """Kill victims at random moments while notebooks are executed; count outcomes."""
    cells = ["number = 0", "import time\ntime.sleep(0.2)", "print(number)"]
    counts: Counter = Counter()
    over = threading.Event()
    with warmkernel.enabled(), notebook_of(cells) as path:
        with ThreadPoolExecutor(4) as pool:
            threads = [
                pool.submit(keep_executing, path, over, counts) for _ in range(4)
            ]
            while counts["kills"] < kills and not any(t.done() for t in threads):
                time.sleep(rng.uniform(0, 1))
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
            [sys.executable, __file__, "execute"],
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
    for name, counts in (
        ("kernels", under_fire(forked_kernels, kills, rng)),
        ("the warm process", under_fire(psutil.Process().children, kills, rng)),
        ("the calling process", callers_killed(kills, rng)),
    ):
        print(f"{name} killed:", ", ".join(f"{n} {what}" for what, n in counts.items()))


def main() -> None:
    """Run the part that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True)
    parts.add_parser("speed").set_defaults(run=speed)
    parts.choices["speed"].add_argument("--reports", type=int, default=20)
    parts.add_parser("memory").set_defaults(run=memory)
    parts.add_parser("kills").set_defaults(run=kills)
    parts.choices["kills"].add_argument("--kills", type=int, default=100)
    parts.choices["kills"].add_argument("--seed", type=int, default=6)
    parts.add_parser("execute").set_defaults(run=execute)
    asked = vars(parser.parse_args())
    asked.pop("run")(**asked)


if __name__ == "__main__":
    main()
