"""A line makes many reports: each in its place, none lost, all in one table."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import toy

from rareearth.report import (
    ROOT,
    WrongCall,
    catalogue,
    choices,
    making,
    run,
    sweep,
    telling,
    warm,
)
from rareearth.report.catalogue import Sweep
from rareearth.report.making import Result, Task
from warmkernel import pool

PARAMETERS = 'color = "red"  # of the toy\nbasis = "value"  # or weight\nsize = 2'
ODD = """from rareearth import NoData
if color == "broken":
    raise ValueError("it broke")
if color == "none":
    raise NoData("there is no such toy")
present.text(f"{color} by {basis}")"""
TOYS = """
[toys]
title = "How large are toys?"
notebook = "toy"
sweep = { color = ["red", "broken", "none"], basis = "all" }
"""
SLOW = "import time\ntime.sleep(0.5)\npresent.text(color)"


def book(code=ODD):
    new = toy.notebook(code=code)
    new.cells[1].source = PARAMETERS
    return new


def command(root, *words):
    """What starts the command line of the project at ``root``, and where."""
    code = "from rareearth.cli import main; main(prog_name='rareearth')"
    return {
        "args": [sys.executable, "-c", code, "report", *map(str, words)],
        "env": os.environ | {"PYTHONPATH": str(root / "lib")},
        "cwd": "/",
        "text": True,
        "stderr": subprocess.PIPE,
        "stdout": subprocess.PIPE,
    }


def rareearth(root, *words):
    return subprocess.run(**command(root, *words), check=False)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A project in which a sweep was made, and what was said then."""
    root = toy.project(tmp_path_factory.mktemp("swept"), TOYS, toy=book())
    return root, rareearth(root, "toys")


def test_a_line_of_the_catalogue_makes_a_page_for_each_combination(swept):
    root, told = swept
    assert told.returncode == 1
    assert told.stdout == "2 made, 2 failed, 0 up to date, 2 without data.\n"
    pages = root / "reports/sweeps/toys"
    assert {p.name for p in pages.iterdir() if p.is_dir()} == {
        "red-value",
        "red-weight",
    }
    data = json.loads((pages / "red-weight/headline.json").read_text())
    assert data["title"] == "How large are toys? (red, weight)"
    assert data["parameters"] == {"color": "red", "basis": "weight", "size": 2}
    readme = (pages / "red-weight/README.md").read_text()
    assert "rareearth report --notebook toy -p color=red -p basis=weight" in readme
    assert "](../../../../notebooks/toy.ipynb)" in readme


def test_the_log_has_a_line_per_report_that_was_run(swept):
    log = {row["name"]: row for row in toy.log(swept[0])}
    assert log["toys/red-value"]["state"] == "made"
    assert 20 < log["toys/red-value"]["peak_mb"] < 1000
    assert log["toys/broken-value"]["state"] == "failed"
    assert "ValueError: it broke" in log["toys/broken-value"]["error"]
    assert log["toys/none-weight"]["state"] == "no data"
    assert log["toys/none-weight"]["error"] == "there is no such toy"
    assert len(log) == 6 and all(row["seconds"] > 0 for row in log.values())


def test_the_summary_has_a_row_per_report_in_the_order_of_the_sweep(swept):
    folder = swept[0] / "reports"
    text = (folder / "toys.csv").read_bytes()
    assert text == (folder / "sweeps/toys/summary.csv").read_bytes()
    frame = pd.read_csv(io.BytesIO(text))
    assert list(frame.columns) == [
        *("report", "state", "color", "basis", "sentence", "size", "size.year")
    ]
    assert list(frame["report"]) == [
        f"{color}-{basis}"
        for color in ("red", "broken", "none")
        for basis in ("value", "weight")
    ]
    assert list(frame["state"]) == ["made"] * 2 + ["failed"] * 2 + ["no data"] * 2
    assert list(frame["size"].dropna()) == [0.6667, 0.6667]
    parquet = folder / "sweeps/toys/summary.parquet"
    again = duckdb.read_parquet(str(parquet)).df()
    pd.testing.assert_frame_equal(again, frame, check_dtype=False)


def test_a_rerun_makes_what_failed_and_nothing_that_is_there_or_cannot_be(swept):
    root, _ = swept
    before = (root / "reports/toys.csv").read_bytes()
    told = rareearth(root, "toys")
    assert told.stdout == "0 made, 2 failed, 2 up to date, 2 without data.\n"
    assert {row["name"] for row in toy.log(root)[6:]} == {
        "toys/broken-value",
        "toys/broken-weight",
    }
    assert (root / "reports/toys.csv").read_bytes() == before


def test_all_reports_are_those_that_are_no_sweep(swept):
    told = rareearth(swept[0], "--all")
    assert told.stdout == "Nothing to do, 0 up to date.\n"


def test_git_keeps_the_table_and_not_the_pages():
    asked = ["reports/sweeps/toys/red/README.md", "reports/toys.csv"]
    told = subprocess.run(
        ["git", "check-ignore", "--no-index", *asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.split() == asked[:1]


def test_an_interrupt_leaves_what_is_finished_and_says_how_to_go_on(tmp_path):
    root = toy.project(tmp_path, toy=book(SLOW))
    colors = "--sweep=color=a,b,c,d"
    words = ["--notebook", "toy", colors, "--jobs", "1", "--out", tmp_path / "out"]
    with subprocess.Popen(**command(root, *words)) as process:
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert first.startswith("toy-color/a: made in")
    assert process.returncode == 130
    count = int(re.search(r"Interrupted when (\d) had ended", told)[1])
    assert 1 <= count < 4 and "the same command makes the rest" in told
    pages = sorted(path for path in (tmp_path / "out").iterdir())
    assert [page.name for page in pages] == list("abcd")[:count]
    assert all((page / "headline.json").exists() for page in pages)
    again = rareearth(root, *words, "--jobs", "3")
    assert again.stdout == f"{4 - count} made, 0 failed, {count} up to date.\n"


@pytest.fixture
def root(tmp_path):
    return toy.project(tmp_path, toy=book())


def of(over, **parameters):
    given = {"color": "red", "basis": "value", "size": 2} | parameters
    return Sweep("toys", "toy", given, over)


def test_values_of_whatever_kind_stay_in_their_folder_and_apart(root, tmp_path):
    odd = ["../x", "/etc", "$(id)", "a b", "a-b", "", "..", 'x"; import os #']
    pages = sweep.reports(of({"color": odd}), tmp_path / "out", root)
    assert [report.parameters["color"] for report in pages.values()] == odd
    assert {page.parent for page in pages} == {tmp_path / "out"}
    assert all(catalogue.NAME.fullmatch(page.name) for page in pages)


def test_all_of_a_parameter_is_what_the_data_have(root):
    pages = sweep.reports(of({"basis": "all"}), Path("out"), root)
    assert [page.name for page in pages] == ["value", "weight"]


@pytest.mark.parametrize(
    "over, told",
    [
        ({"color": "all"}, "toys: nobody can list all that color may be"),
        ({"basis": ["value", "vlaue"]}, "toys: no basis 'vlaue'; did you mean 'value'"),
        ({"color": ["red", "Red"]}, "toys: two combinations are called red"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_runs(root, over, told):
    with pytest.raises(WrongCall, match=re.escape(told)):
        sweep.reports(of(over), Path("out"), root)


def test_combinations_that_cannot_be_are_told_as_without_data(root, monkeypatch):
    years = dict.fromkeys((2020, 2021), "")
    for name in ("first_year", "last_year"):
        monkeypatch.setitem(choices.ALLOWED, name, lambda values: years)
    over = {"first_year": "all", "last_year": "all"}
    one = of(over, first_year=2020, last_year=2021)
    pages = sweep.reports(one, Path("out"), root)
    refused = sweep.impossible(pages, root)
    assert [page.name for page in pages if page not in refused] == ["2020-2021"]
    assert {r.state for r in refused.values()} == {"no data"}
    assert all("first_year must be before" in r.error for r in refused.values())


def test_a_sweep_in_words_has_its_values_typed(root):
    asked = catalogue.asked_sweep(root, "toy", {"color": "blue"}, {"size": "1,2"})
    assert (asked.name, asked.over) == ("toy-size", {"size": [1, 2]})
    assert asked.parameters["color"] == "blue"
    with pytest.raises(WrongCall, match="-p and --sweep both give 'size'"):
        catalogue.asked_sweep(root, "toy", {"size": "1"}, {"size": "1,2"})
    with pytest.raises(WrongCall, match="no parameter 'sise'; did you mean 'size'"):
        catalogue.asked_sweep(root, "toy", {}, {"sise": "1,2"})


def made(root, code, **how):
    """How the toy ends whose cell is ``code``."""
    toy.nbformat.write(book(code), root / "notebooks/toy.ipynb")
    report = catalogue.asked(root, "toy", {})
    return making.made(Task(report, "", {}, **how), root)[0]


def test_a_kernel_that_was_killed_is_replaced_once(root):
    once = """import os, signal
try:
    os.mkdir("tried")
except FileExistsError:
    present.text("again")
else:
    os.kill(os.getpid(), signal.SIGKILL)"""
    result = made(root, once)
    assert (result.state, result.attempts, result.error) == ("made", 2, "")


def test_one_that_dies_again_has_failed_and_others_are_not_tried_twice(root):
    result = made(root, "import os\nos._exit(3)")
    assert (result.state, result.attempts) == ("failed", 2)
    assert "Kernel died" in result.error
    assert made(root, "1 / 0").attempts == 1


def test_a_notebook_that_hangs_ends_when_its_time_is_over(root):
    begun = time.monotonic()
    result = made(root, "while True:\n    pass", timeout=1.5)
    assert time.monotonic() - begun < 20
    assert (result.state, result.attempts) == ("failed", 1)
    # on a busy machine its imports alone may take as long
    assert re.fullmatch(r"cell \[\d\] \(.*\): not done after 1.5 s", result.error)


def test_a_kernel_comes_from_the_one_process_that_was_begun_for_it(root, monkeypatch):
    begun = []

    class Counted(pool.WarmProcess):
        def __init__(self, interpreter, preload, env, cwd):
            begun.append(list(preload))
            super().__init__(interpreter, preload, env, cwd)

    monkeypatch.setattr(pool, "WarmProcess", Counted)
    page = root / "reports/toy"
    (result,) = run.make({page: catalogue.asked(root, "toy", {})}, root)
    assert (result.state, result.attempts) == ("made", 1)
    assert begun == [["rareearth", "rareearth.present"]]


def test_what_all_notebooks_import_is_imported_for_them(root):
    own, toys = ROOT / "notebooks/01-dependency.ipynb", root / "notebooks/toy.ipynb"
    modules = warm.preload([own])
    assert {"rareearth.findings.dependency", warm.TABLE} <= set(modules)
    assert warm.preload([own, toys]) == ["rareearth", "rareearth.present"]
    assert warm.preload([own], warm.MANY) == [*modules, warm.TABLES]


class Terminal(io.StringIO):
    """A terminal that can be read afterwards."""

    def isatty(self):
        return True


def test_a_terminal_shows_names_rate_time_left_and_failures(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    for name, value in {"COLUMNS": "100", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    with telling.told(3) as tell:
        for state in ("made", "failed", "made"):
            tell(Result(f"[toys]/{state}", {}, state, error="cell [1]: why" * 2))
            time.sleep(0.15)
    shown = re.sub(r"\x1b\[[0-9;?]*\w", "", terminal.getvalue())
    assert "[toys]/failed: cell [1]: why" in shown
    assert "3/3" in shown and "1 failed: [toys]/made" in shown
    assert "a minute" in shown and "0:00:00" in shown
