"""Warm kernels against ordinary ones: time and memory.

    python benchmarks/kernels.py speed [--reports 20] 2>/dev/null
    python benchmarks/kernels.py memory 2>/dev/null

speed: papermill, in this process, executes a small report (five figures, a seasonal
decomposition) in each kind of kernel, one after another and in threads. The limit is
the same code without notebook or kernel, in processes forked when the imports are
done. Ratios of one run on one machine are meant; the seconds are that machine's.

memory: what a kernel holds for itself, and with its share of shared pages, when the
report is done and four kernels live.

About three minutes and half a minute on two cores. (2>/dev/null: each kernel says on
standard error that its ports are not encrypted.)
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import psutil
from jupyter_client.manager import start_new_kernel

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
        plt.figure(number).savefig(io.BytesIO(), bbox_inches="tight")
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


def main() -> None:
    """Run the part that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True)
    parts.add_parser("speed").set_defaults(run=speed)
    parts.choices["speed"].add_argument("--reports", type=int, default=20)
    parts.add_parser("memory").set_defaults(run=memory)
    asked = vars(parser.parse_args())
    asked.pop("run")(**asked)


if __name__ == "__main__":
    main()
