"""What can go wrong with a run, done to it on purpose.

Each fault is a function of an empty folder, of how often it is tried, and of a source
of random moments. It raises where a published page was lost or is half-written, where
the run after it does not complete, where something was executed that came from a
parameter, or where the log does not say what happened; else it counts what came of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import toy

from rareearth.report import catalogue, making, publish, run, sweep
from rareearth.report.catalogue import Report, Sweep
from rareearth.report.making import Result, Task

COLORS = ("red", "green", "blue")
CATALOGUE = "\n".join(
    f'[{c}-toy]\ntitle = "How large is the {c} toy?"\nnotebook = "toy"\n'
    f'parameters = {{ color = "{c}" }}'
    for c in COLORS
)
WORK = "import time\ntime.sleep(0.2)\npresent.text(color)"
COMMAND = "from rareearth.cli import main; main(prog_name='rareearth')"
# The same with pages that need no kernel: large, and of the version that it is told.
STAND_IN = """
import json, os, pathlib, time
from rareearth.cli import main
from rareearth.report import making, run
def made(task, root):
    pathlib.Path("begun").touch()
    while os.environ.get("GO") and not os.path.exists(os.environ["GO"]):
        time.sleep(0.01)
    data = {"report": task.report.name, "tables": {}, "values": []}
    page = {"README.md": os.environ["VERSION"].encode(), "picture.png": b"x" * 300_000}
    page["headline.json"] = json.dumps(data).encode()
    return making.Result(task.report.name, task.report.parameters, "made"), page
making.made = made
"""
# An output folder that is read-only, also for root, who therefore publishes as another.
READ_ONLY = """
from rareearth.report import publish
out, real = pathlib.Path("out"), publish.publish
def published(page, files):
    out.chmod(0o555)
    if os.getuid() == 0:
        os.seteuid(65534)
    try:
        real(page, files)
    finally:
        os.seteuid(os.getuid())
        out.chmod(0o755)
publish.publish = published
main()
"""


def project(folder: Path, code: str = WORK) -> Path:
    """A project of three quick reports."""
    return toy.project(folder, CATALOGUE, toy=toy.notebook(code=code))


def wanted(root: Path) -> dict[Path, Report]:
    """Its reports, by their folder."""
    return {root / "reports" / n: r for n, r in catalogue.reports(root).items()}


def whole(pages: dict[Path, dict[str, bytes]]) -> None:
    """Every page is there as it was; one that was on its way out stands aside."""
    for page, files in pages.items():
        aside = page.with_name(f".{page.name}.old")
        place = page if page.exists() else aside
        assert toy.read(place) == files, f"{place} is half-written"


def completed(results: list[Result], root: Path) -> None:
    """A run has left nothing undone."""
    assert {result.state for result in results} <= {"made", "current"}, results
    assert not list((root / "reports").glob(".*")), "something was left aside"


# --- killed in this process: kernels and the warm process ----------------------------


def warm_processes() -> list[psutil.Process]:
    """The warm processes of this one."""
    return [p for p in children(psutil.Process()) if "server.py" in " ".join(words(p))]


def kernels() -> list[psutil.Process]:
    """Kernels of this process, warm or not."""
    cold = [p for p in children(psutil.Process()) if "ipykernel_launcher" in words(p)]
    return cold + [kernel for warm in warm_processes() for kernel in children(warm)]


def children(process: psutil.Process) -> list[psutil.Process]:
    """Children of a process that may have gone."""
    with contextlib.suppress(psutil.Error):
        return process.children()
    return []


def words(process: psutil.Process) -> list[str]:
    """The command line of a process that may have gone."""
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def shot(
    folder: Path,
    times: int,
    rng: random.Random,
    victims: Callable[[], list[psutil.Process]],
    pause: float,
) -> Counter:
    """Reports made while processes of theirs are killed at random moments."""
    root = project(folder)
    completed(run.make(wanted(root), root), root)
    pages = {page: toy.read(page) for page in wanted(root)}
    counts: Counter = Counter()

    def shoot(over: threading.Event) -> None:
        while counts["kills"] < times and not over.wait(rng.uniform(0, pause)):
            if targets := victims():
                rng.choice(targets).kill()
                counts["kills"] += 1

    while counts["kills"] < times:
        over = threading.Event()
        thread = threading.Thread(target=shoot, args=[over])
        thread.start()
        results = run.make(wanted(root), root, force=True)
        over.set()
        thread.join()
        whole(pages)
        for result in results:
            counts["reports made"] += result.state == "made"
            counts["at the second try"] += result.attempts > 1
            counts["failed, made by the next run"] += result.state == "failed"
            assert result.error or result.state == "made"
        completed(run.make(wanted(root), root), root)
        whole(pages)
    logged = Counter(row["state"] for row in toy.log(root))
    assert logged["failed"] == counts["failed, made by the next run"]
    assert not warm_processes() and not kernels()
    return counts


def kernels_killed(folder: Path, times: int, rng: random.Random) -> Counter:
    """Each kernel, at a random moment of its life."""
    return shot(folder, times, rng, kernels, 0.4)


def warm_process_killed(folder: Path, times: int, rng: random.Random) -> Counter:
    """The process that kernels are forked from."""
    return shot(folder, times, rng, warm_processes, 1.5)


# --- other processes killed: the run itself, workers ---------------------------------


def start(root: Path, code: str, *options: object, **environment: str):
    """The command ``rareearth report`` of the project at ``root``."""
    return subprocess.Popen(
        [sys.executable, "-c", code, "report", *map(str, options)],
        env=os.environ | {"PYTHONPATH": str(root / "lib")} | environment,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def called(root: Path, code: str, *options: object, **environment: str):
    """Its exit code, and what it said on the screen."""
    with start(root, code, *options, **environment) as process:
        said, told = process.communicate()
    return process.returncode, said + told


def marked(mark: str) -> list[psutil.Process]:
    """Processes that have a mark in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("FAULT") == mark:
                found.append(process)
    return found


def run_killed(folder: Path, times: int, rng: random.Random) -> Counter:
    """The run itself, at a random moment from its start to its end."""
    root = project(folder)
    begun = time.monotonic()
    assert called(root, COMMAND, "--all")[0] == 0
    lasts = time.monotonic() - begun
    pages = {page: toy.read(page) for page in wanted(root)}
    counts: Counter = Counter()
    for _ in range(times):
        mark = uuid.uuid4().hex
        with start(root, COMMAND, "--all", "--force", FAULT=mark) as process:
            time.sleep(rng.uniform(0, lasts))
            theirs = marked(mark)
            counts["kills"] += process.poll() is None
            counts["had ended before"] += process.poll() is not None
            process.kill()
        counts["processes of theirs"] += max(0, len(theirs) - 1)
        psutil.wait_procs(theirs, timeout=20)
        assert not marked(mark), "a process outlives its run"
        whole(pages)
    code, said = called(root, COMMAND, "--all")
    assert code == 0, said
    whole(pages)
    assert not list((root / "reports").glob(".*"))
    return counts


@contextlib.contextmanager
def cluster(root: Path) -> Iterator[tuple[str, Callable[[], subprocess.Popen]]]:
    """Address of a scheduler of Dask, and what starts a worker of it."""
    file = root / "scheduler.json"
    one = ("--nthreads", 1, "--no-nanny", "--local-directory", root / "work")
    with contextlib.ExitStack() as processes, (root / "dask.log").open("a") as log:

        def begin(*options: object) -> subprocess.Popen:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, options), "--no-dashboard"],
                env=os.environ | {"PYTHONPATH": str(root / "lib")},
                cwd=root,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            processes.callback(process.wait)
            processes.callback(process.kill)
            return process

        begin("scheduler", "--host=127.0.0.1", "--port=0", "--scheduler-file", file)
        until(lambda: file.exists() and file.read_text().endswith("}"))
        address = json.loads(file.read_text())["address"]
        yield address, lambda: begin("worker", address, *one)


def until(holds: Callable[[], object]) -> None:
    """Wait until it does."""
    over = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < over
        time.sleep(0.02)


def worker_killed(folder: Path, times: int, rng: random.Random) -> Counter:
    """One of two workers of Dask, when it has begun; another takes its place."""
    root = project(folder, "open(f'../begun-{os.getpid()}', 'w').close()\n" + WORK)
    words = ["--notebook", "toy", "--sweep", "color=a,b,c,d", "--out", root / "out"]
    with cluster(root) as (address, worker):
        workers = [worker(), worker()]
        for n in range(times):
            options = [*words, "--scheduler", address, *(["--force"] if n else [])]
            with start(root, COMMAND, *options) as process:
                until(lambda: len(list(root.glob("begun-*"))) >= 2)
                time.sleep(rng.uniform(0, 0.5))
                killed = rng.choice(workers)
                killed.send_signal(signal.SIGKILL)
                said, told = process.communicate()
            assert said == "4 made, 0 failed, 0 up to date.\n", said + told
            workers.remove(killed)
            workers.append(worker())
            for file in root.glob("begun-*"):
                file.unlink()
    rows = toy.log(root)
    assert len(rows) == 4 * times and {row["state"] for row in rows} == {"made"}
    assert len(list((root / "out").glob("*/headline.json"))) == 4
    again = sum(row["attempts"] > 1 for row in rows)
    counts = {"kills": times, "reports made": len(rows), "of them once more": again}
    return Counter(counts)


# --- disks, locks, clocks ------------------------------------------------------------


def of_version(root: Path, version: str) -> dict[Path, dict[str, bytes]]:
    """The pages of a project, all of one version."""
    pages = {root / "out" / f"{color}-toy": {} for color in COLORS}
    for page, files in pages.items():
        files |= toy.read(page)
        assert files["README.md"] == version.encode()
        assert len(files["picture.png"]) == 300_000
    return pages


def refused_by_disk(root: Path, code: str, error: str) -> None:
    """A run whose disk takes no page leaves the pages before; the next completes."""
    options = ["--all", "--force", "--out", root / "out"]
    assert called(root, STAND_IN + "main()", *options, VERSION="1")[0] == 0
    before = of_version(root, "1")
    # after many tries the log would be as long as no file may be
    (root / ".rareearth/log.jsonl").unlink()
    status, told = called(root, STAND_IN + code, *options, VERSION="2")
    assert status == 1 and error in told, told
    assert "Traceback" not in told
    whole(before)
    assert all(
        row["state"] == "failed" and error in row["error"] for row in toy.log(root)[-3:]
    )
    status, told = called(root, STAND_IN + "main()", *options, VERSION="2")
    assert status == 0, told
    of_version(root, "2")


def disk_full(folder: Path, times: int, rng: random.Random) -> Counter:
    """A file that cannot grow on: a limit of the system, after a random part of it."""
    root = project(folder)
    for _ in range(times):
        limit = rng.randrange(100_000, 290_000)
        code = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({limit}, {limit}))"
        refused_by_disk(root, f"{code}\nmain()", "File too large")
    return Counter(tried=times)


def folder_read_only(folder: Path, times: int, rng: random.Random) -> Counter:
    """An output folder in which nothing may be written, nor may root."""
    root = project(folder)
    for _ in range(times):
        refused_by_disk(root, READ_ONLY, "Permission denied")
    return Counter(tried=times)


def two_runs_at_once(folder: Path, times: int, rng: random.Random) -> Counter:
    """A second run while the first one works, at a random moment of it."""
    root = project(folder)
    options = ["--all", "--force", "--out", root / "out"]
    go, begun, code = root / "go", root / "begun", STAND_IN + "main()"
    for _ in range(times):
        with start(root, code, *options, VERSION="1", GO=str(go)) as first:
            until(begun.exists)
            time.sleep(rng.uniform(0, 0.5))
            status, told = called(root, code, *options, VERSION="2")
            assert status == 3 and "another run is making" in told, told
            go.touch()
            first.communicate()
        assert first.returncode == 0
        of_version(root, "1")
        go.unlink()
        begun.unlink()
    return Counter(tried=times)


def clock_goes_back(folder: Path, times: int, rng: random.Random) -> Counter:
    """The time of day jumps by up to thirty years, before or during a run."""
    root = project(folder)

    def made(task: Task, root: Path) -> tuple[Result, dict[str, bytes]]:
        jump()
        data = {"report": task.report.name, "tables": {}, "values": []}
        result = Result(task.report.name, task.report.parameters, "made")
        return result, {"headline.json": json.dumps(data).encode()}

    real = time.gmtime

    def jump() -> None:
        back = rng.uniform(0, 30 * 365 * 86400)
        patch.setattr(time, "gmtime", lambda: real(time.time() - back))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "made", made)
        for n in range(times):
            jump()
            book = root / "notebooks/toy.ipynb"
            book.write_text(book.read_text() + "\n")
            os.utime(book, (n, n))  # older than every page
            results = run.make(wanted(root), root)
            assert {result.state for result in results} == {"made"}
            jump()
            results = run.make(wanted(root), root)
            assert {result.state for result in results} == {"current"}
    assert len(toy.log(root)) == 3 * times
    return Counter(tried=times)


# --- notebooks and parameters --------------------------------------------------------

HANGS = (
    "while True: pass",
    "import time; time.sleep(3600)",
    "import re; re.match('(a*)*b', 'a' * 60)",
    "import subprocess; subprocess.run(['sleep', '3600'])",
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "import threading; threading.Event().wait()",
)


def notebook_hangs(folder: Path, times: int, rng: random.Random) -> Counter:
    """A cell that never ends, in one of several ways."""
    counts: Counter = Counter()
    for n in range(times):
        (folder / str(n)).mkdir()
        root = project(folder / str(n), rng.choice(HANGS))
        timeout = rng.uniform(0.8, 2)
        (page,) = [p for p in wanted(root) if p.name == "red-toy"]
        publish.publish(page, {"README.md": b"before", "headline.json": b"{}"})
        before = {page: toy.read(page)}
        results = run.make({page: wanted(root)[page]}, root, timeout=timeout)
        assert f"not done after {timeout:g} s" in results[0].error
        assert toy.log(root)[-1]["error"] == results[0].error
        whole(before)
        counts["tried"] += 1
    assert not kernels()
    return counts


PARTS = (
    *("../x", "/etc/passwd", "$(touch pwned)", "`touch pwned`", "; touch pwned", "|"),
    *('"', "'", '"""', "'''", "\\", "\n", "\r", "\x00", "\u2028", "{color}", "%s", "#"),
    *('"; open("pwned", "w") #', "!touch pwned", "%run x", "\nimport os\n", "..", "/"),
    *("-", "<script>", "](x)", "`", "\x1b[31m", "\U0001f9f8", "é", " "),
)


def parameter_is_hostile(folder: Path, times: int, rng: random.Random) -> Counter:
    """Values that try to leave their folder, or the text that they are put into."""
    root = project(folder, "present.text(str(len(color)))")
    values = {"".join(rng.choices(PARTS, k=rng.randint(1, 4))) for _ in range(times)}
    colors = sorted(values)
    parameters = {"color": "red", "size": 2, "code": "010121"}
    one = Sweep("odd", "toy", parameters, {"color": colors})
    before = {path for path in folder.rglob("*") if "lib" not in path.parts}
    pages = sweep.reports(one, root / "reports/sweeps/odd", root)
    completed(run.make(pages, root), root)
    for page, color in zip(pages, colors, strict=True):
        data = json.loads((page / "headline.json").read_text("utf-8"))
        assert data["parameters"] == parameters | {"color": color}
        assert f"\n{len(color)}\n" in (page / "README.md").read_text("utf-8")
    ours = {*pages, *(file for page in pages for file in page.iterdir())}
    there = {path for path in folder.rglob("*") if "lib" not in path.parts}
    others = [p for p in there - before - ours if ".rareearth" not in p.parts]
    assert {p.name for p in others} == {"reports", "sweeps", "odd"}
    for color in colors:
        with pytest.raises(catalogue.WrongCall):
            catalogue.read(
                f"[{json.dumps(color, ensure_ascii=False)}]\nnotebook = 'toy'", root
            )
    return Counter(tried=len(colors))


FAULTS = {
    "kernel killed": kernels_killed,
    "warm process killed": warm_process_killed,
    "run killed": run_killed,
    "worker killed": worker_killed,
    "disk full": disk_full,
    "output folder read-only": folder_read_only,
    "two runs at once": two_runs_at_once,
    "clock goes back": clock_goes_back,
    "notebook hangs": notebook_hangs,
    "parameter hostile": parameter_is_hostile,
}
