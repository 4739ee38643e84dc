"""What a run of many reports costs, against the limit and against papermill in a loop.

    python benchmarks/sweep.py [--small]

writes ``benchmarks/sweep.md``: about half an hour on two cores, three minutes with
``--small``. All are reports of 01-dependency, each for another importer, in a copy of
the project. Ratios of one run on one machine are meant; the seconds are that machine's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
NOTEBOOK = "01-dependency"
CORES = len(os.sched_getaffinity(0))
# The code of the notebook, without it: its cells in a process of its own.
PLAIN = """
import json, os, sys
from pathlib import Path
from rareearth import present
path = Path("notebooks/01-dependency.ipynb")
cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
code = [compile("".join(c["source"]), "cell", "exec") for c in cells]
def report(importer):
    names = {}
    with present.taken() as outputs:
        exec(code[0], names)
        names["importer"] = importer
        for cell in code[1:]:
            exec(cell, names)
    return sum("image/png" in output.data for output in outputs)
"""
SCRIPT = PLAIN + "assert report(sys.argv[1])\n"
FORKS = (
    PLAIN
    + """
import importlib
from rareearth.report import warm
running, cores, count = 0, *map(int, sys.argv[1:3])
for name in warm.preload([path], count):
    importlib.import_module(name)
for importer in sys.argv[3:]:
    if running == cores:
        running -= 1
        assert os.wait()[1] == 0
    running += 1
    if os.fork() == 0:
        os._exit(0 if report(importer) else 1)
for _ in range(running):
    assert os.wait()[1] == 0
"""
)


class Took(NamedTuple):
    """Seconds on the clock and of the processors."""

    wall: float
    processor: float


@contextmanager
def project() -> Iterator[Path]:
    """A project of its own, on the library, data and notebooks of this one."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("lib", "data", "notebooks", "requirements.lock"):
            (root / name).symlink_to(PROJECT / name)
        yield root


def run(root: Path, *command: object, check: bool = True) -> str:
    """What a Python of the project prints."""
    told = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=root,
        env=os.environ
        | {
            "PYTHONPATH": str(root / "lib"),
            "OPENBLAS_NUM_THREADS": "1",
            "MPLBACKEND": "agg",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or told.returncode == 0, told.stderr
    return told.stdout


def rareearth(root: Path, *words: object) -> str:
    """What the command line of the project prints."""
    code = "from rareearth.cli import main; main(prog_name='rareearth')"
    return run(root, "-c", code, *words)


def importers(root: Path, count: int) -> list[str]:
    """So many importers, spread over all."""
    code = (
        "from rareearth.report.choices import ALLOWED as a; print(*a['importer']({}))"
    )
    every = run(root, "-c", code).split()
    return [every[n * len(every) // count] for n in range(count)]


def swept(root: Path, names: list[str]) -> None:
    """The reports of these importers, by one command."""
    shutil.rmtree(root / "out", ignore_errors=True)
    words = ["--sweep", f"importer={','.join(names)}", "--out", root / "out"]
    told = rareearth(root, "report", "--notebook", NOTEBOOK, *words)
    assert told.startswith(f"{len(names)} made, 0 failed"), told


def looped(root: Path, names: list[str]) -> None:
    """The same notebooks by papermill's command, one after another."""
    for name in names:
        path = f"notebooks/{NOTEBOOK}.ipynb"
        words = ["-p", "importer", name, "--cwd", "notebooks", "--no-progress-bar"]
        run(root, "-m", "papermill", path, root / "out.ipynb", *words)


def side_by_side(root: Path, names: list[str]) -> None:
    """The same in as many loops at a time as there are processors."""
    parts = [names[core::CORES] for core in range(CORES)]
    threads = [threading.Thread(target=looped, args=(root, part)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def timed(does: Callable[[], object]) -> Took:
    """How long something takes."""
    wall, processor = time.perf_counter(), sum(os.times()[:4])
    does()
    return Took(time.perf_counter() - wall, sum(os.times()[:4]) - processor)


def median(tries: list[Took]) -> Took:
    """The middle of several."""
    return Took(*(statistics.median(each) for each in zip(*tries, strict=True)))


def rounds(designs: dict[str, Callable[[], object]], times: int) -> dict[str, Took]:
    """Each design so many times, in turns, so that all see the same machine."""
    tries: dict[str, list[Took]] = {name: [] for name in designs}
    for _ in range(times):
        for name, does in designs.items():
            tries[name].append(timed(does))
            print(f"{name}: {tries[name][-1].wall:.1f} s", flush=True)
    return {name: median(each) for name, each in tries.items()}


def own_memory(root: Path, names: list[str]) -> float:
    """The most memory of its own that a kernel of a sweep held, in MB."""
    most, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                try:
                    if "server.py" in " ".join(process.parent().cmdline()):
                        most.append(process.memory_full_info().uss / 2**20)
                except (psutil.Error, AttributeError):
                    continue  # it has ended

    thread = threading.Thread(target=watch)
    thread.start()
    swept(root, names)
    over.set()
    thread.join()
    return max(most)


def measured(small: bool) -> str:
    """The page."""
    many, few, times = (6, 2, 1) if small else (100, 20, 3)
    with project() as root:
        names = importers(root, many)
        some = names[:few]
        sweeps = rounds(
            {
                "forked": lambda: run(root, "-c", FORKS, CORES, 1, *names),
                "forked, tables read": lambda: run(
                    root, "-c", FORKS, CORES, many, *names
                ),
                "sweep": lambda: swept(root, names),
            },
            times,
        )
        loops = rounds(
            {
                "loop": lambda: looped(root, some),
                "loops side by side": lambda: side_by_side(root, some),
            },
            1,
        )
        one = ["--notebook", NOTEBOOK, "-p", "importer=DEU", "--out", root / "one"]
        cold = rounds(
            {
                "script": lambda: run(root, "-c", SCRIPT, "DEU"),
                "report": lambda: rareearth(root, "report", *one, "--force"),
            },
            1 if small else 5,
        )
        asked = ["us-dependency", "us-diversification"] if small else ["--all"]
        every = timed(lambda: rareearth(root, "report", *asked))
        nothing = timed(lambda: rareearth(root, "report", *asked))
        memory = own_memory(root, some)
        sizes = (2, many) if small else (10, many)
        least = timed(lambda: swept(root, importers(root, sizes[0])))
    each = {n: s.wall / many for n, s in sweeps.items()}
    each |= {n: s.wall / few for n, s in loops.items()}
    marginal = (sweeps["sweep"].wall - least.wall) / (sizes[1] - sizes[0])
    start = least.wall - marginal * sizes[0]
    rows = [
        (
            f"sweep of {many} against the same code in forked workers, no notebook",
            "≤ 1.25",
            each["sweep"] / each["forked"],
        ),
        (
            "… by processor time",
            "",
            sweeps["sweep"].processor / sweeps["forked"].processor,
        ),
        (
            "against forked workers that begin with all tables read, as a sweep does",
            "",
            each["sweep"] / each["forked, tables read"],
        ),
        (
            f"papermill's command in a loop ({few}) against the sweep, a report",
            "≥ 5",
            each["loop"] / each["sweep"],
        ),
        (
            f"… in {CORES} loops side by side",
            "",
            each["loops side by side"] / each["sweep"],
        ),
        (
            "one cold report against the plain script",
            "≤ 1.5",
            cold["report"].wall / cold["script"].wall,
        ),
        (
            f"`report {' '.join(asked)}` with nothing to do against making all",
            "≤ 0.03",
            nothing.wall / every.wall,
        ),
        ("MB that a kernel holds for itself, at most", "≤ 200", memory),
        (
            f"seconds for one report more, {sizes[0]} to {sizes[1]}, and to start",
            "linear",
            f"{marginal:.2f}, {start:.1f}",
        ),
        (
            "minutes for 1000, extrapolated from these",
            "",
            (start + 1000 * marginal) / 60,
        ),
    ]
    lines = [
        f"| {what} | {goal} | {f'{got:.2f}' if isinstance(got, float) else got} |"
        for what, goal, got in rows
    ]
    seconds = {
        **{f"{n}, {many}": s for n, s in sweeps.items()},
        **{f"{n}, {few}": s for n, s in loops.items()},
        **{f"{n}, cold": s for n, s in cold.items()},
        " ".join(["report", *asked]): every,
        " ".join(["report", *asked, "again"]): nothing,
    }
    lines_of_seconds = [
        f"| {name} | {took.wall:.1f} | {took.processor:.1f} |"
        for name, took in seconds.items()
    ]
    how = " --small" if small else ""
    size = "A small run, which says little: " if small else ""
    return f"""# Sweeps

Made by `python benchmarks/sweep.py{how}`. {size}Python {sys.version.split()[0]},
{CORES} processors; reports of {NOTEBOOK}, each for another importer; medians of {times}
(loops: one).

| what | goal | measured |
| --- | --- | ---: |
{chr(10).join(lines)}

| seconds | on the clock | of processors |
| --- | ---: | ---: |
{chr(10).join(lines_of_seconds)}
"""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="three minutes")
    asked = parser.parse_args()
    text = measured(asked.small)
    print(text)
    (HERE / "sweep.md").write_text(text)


if __name__ == "__main__":
    main()
