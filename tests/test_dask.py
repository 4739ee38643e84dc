"""The same reports on workers of Dask, real ones, of which one is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import toy

from rareearth.report import WrongCall, catalogue, making, pools
from rareearth.report.made import Made
from rareearth.report.making import Task

WORK = """import os, time
open(f"../begun-{os.getpid()}", "w").close()
time.sleep(0.7)
present.text(color)"""
COLORS = ["--notebook", "toy", "--sweep", "color=a,b,c,d"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("cluster")
    return toy.project(root, toy=toy.notebook(code=WORK))


def start(root, module, *words):
    """A process of the project at ``root``, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, *module, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(root / "lib")},
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def rareearth(root, *words):
    code = "from rareearth.cli import main; main(prog_name='rareearth')"
    return start(root, ["-c", code], "report", *words)


def dask(root, *words):
    quiet = root / "dask.log"
    with quiet.open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *map(str, words), "--no-dashboard"],
            env=os.environ | {"PYTHONPATH": str(root / "lib")},
            cwd=root,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@pytest.fixture(scope="module")
def cluster(root):
    """Address of a scheduler, and its two workers."""
    file = root / "scheduler.json"
    address = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", file]
    options = ["--nthreads", "1", "--no-nanny", "--local-directory", root / "work"]
    with contextlib.ExitStack() as processes:

        def begin(*words):
            process = dask(root, *words)
            processes.callback(process.wait)
            processes.callback(process.kill)
            return process

        begin("scheduler", *address)
        until(lambda: file.exists() and file.read_text().endswith("}"))
        workers = [
            begin("worker", "--scheduler-file", file, *options) for _ in range(2)
        ]
        yield json.loads(file.read_text())["address"], workers


def until(holds):
    """Wait until it does."""
    over = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < over
        time.sleep(0.02)


def test_a_worker_killed_in_the_middle_loses_nothing(root, cluster):
    address, workers = cluster
    out = root / "out"
    with rareearth(root, *COLORS, "--out", out, "--scheduler", address) as run:
        until(lambda: len(list(root.glob("begun-*"))) >= 2)
        workers[0].send_signal(signal.SIGKILL)
        said, told = run.communicate()
    assert said == "4 made, 0 failed, 0 up to date.\n", told
    pages = [out / color for color in "abcd"]
    assert [json.loads((p / "headline.json").read_text()) for p in pages]
    assert {row["state"] for row in toy.log(root)} == {"made"}
    assert len(toy.log(root)) == 4
    # and a page is the one that this machine makes
    report = catalogue.asked(root, "toy", {"color": "a"})
    report = replace(report, name="toy/a", title="How large is a toy? (a)", swept=True)
    link = os.path.relpath(root / "notebooks/toy.ipynb", pages[0])
    assert making.made(Task(report, link, {}), root)[1] == toy.read(pages[0])


def test_a_scheduler_of_its_own_for_trying_out(root):
    words = ["--sweep", "color=a", "--jobs", "1", "--out", root / "local"]
    with rareearth(root, *COLORS[:2], *words, "--scheduler", "local") as run:
        said, told = run.communicate()
    assert said == "1 made, 0 failed, 0 up to date.\n", told


def test_a_worker_with_other_code_or_data_makes_nothing(root, monkeypatch):
    monkeypatch.setattr(making, "ROOT", root)
    monkeypatch.setattr(making, "_warm", lambda: None)
    monkeypatch.setattr(making, "_here", lambda: Made(root))
    report = catalogue.asked(root, "toy", {})
    task = Task(report, "", Made(root).inputs(report))
    for name in ("code", "tables"):
        other = replace(task, inputs=task.inputs | {name: "other"})
        result, files = making.made_on_worker(other)
        assert (result.state, files) == ("failed", {})
        assert f"has another {name} than the run" in result.error


def test_no_scheduler_is_a_wrong_call(monkeypatch):
    monkeypatch.setattr(pools, "WAIT", "1s")
    address = "tcp://127.0.0.1:9"
    with (
        pytest.raises(WrongCall, match=f"no scheduler answers at {address}"),
        pools.workers(address, None),
    ):
        pass
