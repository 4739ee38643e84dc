"""The same reports on workers of Dask; ``test_faults`` kills one."""

import os
import subprocess
import sys
from dataclasses import replace

import faults
import pytest
import toy

from rareearth.report import WrongCall, catalogue, making, pools
from rareearth.report.made import Made
from rareearth.report.making import Task


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("cluster")
    return toy.project(root)


def rareearth(root, *words):
    """The command ``rareearth report`` of the project at ``root``."""
    code = "from rareearth.cli import main; main(prog_name='rareearth')"
    return subprocess.Popen(
        [sys.executable, "-c", code, "report", *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(root / "lib")},
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def local(root):
    """What was said when a report was made on a cluster of its own."""
    words = ["--sweep", "color=a", "--jobs", "1", "--out", root / "local"]
    with rareearth(root, "--notebook", "toy", *words, "--scheduler", "local") as run:
        return run.communicate()


def test_a_scheduler_of_its_own_is_there_for_trying_out(local):
    said, told = local
    assert said == "1 made, 0 failed, 0 up to date.\n", told
    assert "toy-color/a: made in" in told


def test_a_page_of_a_worker_is_the_page_of_this_machine(root, local):
    page = root / "local/a"
    report = catalogue.asked(root, "toy", {"color": "a"})
    report = replace(
        report, name="toy-color/a", title="How large is a toy? (a)", swept=True
    )
    link = os.path.relpath(root / "notebooks/toy.ipynb", page)
    assert making.made(Task(report, link, {}), root)[1] == toy.read(page)


def test_a_worker_with_other_code_or_data_makes_nothing(root, monkeypatch):
    monkeypatch.setattr(making, "ROOT", root)
    monkeypatch.setattr(making, "_warm", lambda notebook: None)
    monkeypatch.setattr(making, "_here", lambda: Made(root))
    report = catalogue.asked(root, "toy", {})
    task = Task(report, "", Made(root).inputs(report))
    for name in ("code", "tables"):
        other = replace(task, inputs=task.inputs | {name: "other"})
        result, files = making.made_on_worker(other)
        assert (result.state, files) == ("failed", {})
        assert f"has another {name} than the run" in result.error


def test_a_worker_that_was_lost_is_an_attempt_in_the_log(tmp_path):
    waits = "import time, pathlib\nwhile not pathlib.Path('../go').exists():\n"
    code = "pathlib.Path('../begun').touch()\n    time.sleep(0.05)\npresent.text(color)"
    root = faults.project(tmp_path, f"{waits}    {code}")
    words = ["--notebook", "toy", "--sweep", "color=a", "--out", root / "out"]
    with faults.cluster(root) as (address, worker):
        first = worker()
        words += ["--scheduler", address]
        with faults.start(root, faults.COMMAND, *words) as run:
            faults.until((root / "begun").exists)
            first.kill()
            worker()
            (root / "go").touch()
            said, told = run.communicate()
        assert faults.called(root, faults.COMMAND, *words, "--force")[0] == 0
    assert said == "1 made, 0 failed, 0 up to date.\n", told
    assert [row["attempts"] for row in toy.log(root)] == [2, 1]


def test_no_scheduler_is_a_wrong_call(monkeypatch):
    monkeypatch.setattr(pools, "WAIT", "1s")
    address = "tcp://127.0.0.1:9"
    with (
        pytest.raises(WrongCall, match=f"no scheduler answers at {address}"),
        pools.workers(address, None),
    ):
        pass
