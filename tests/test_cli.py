"""The command line as it is called: what it makes, says and refuses, and how fast."""

import json
import os
import subprocess
import sys

import pytest
import toy
from click.testing import CliRunner

from rareearth import cli
from rareearth.report import ROOT, commands, making, publish, run
from rareearth.report.choices import ALLOWED
from rareearth.tables import TableError

CATALOGUE = """
[small-toy]
title = "How large is the small toy?"
notebook = "toy"
parameters = { size = 1, code = "007" }

[broken-toy]
title = "How large is the broken toy?"
notebook = "toy"
parameters = { color = "broken" }
"""
# It fails for one color; else it shows what would differ between two machines.
PLACE = """import locale, time
if color == "broken":
    raise ValueError("it broke")
here = [{"a", "b", "c", "d"}, time.localtime(0)[:5], locale.setlocale(0, "")]
present.text(str(here))"""
BEFORE = {
    "README.md": b"# Before",
    "headline.json": b"""{"report": "broken-toy", "title": "How large?",
        "notebook": "toy", "sentence": "Before it broke."}""",
}
TOKYO = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "COLUMNS": "30"}
NEW_YORK = {"LC_ALL": "C.UTF-8", "TZ": "America/New_York", "PYTHONHASHSEED": "2"}
HEAVY = {"pandas", "numpy", "matplotlib", "papermill", "nbconvert", "nbformat", "zmq"}


def rareearth(root, *words, after="", **environment):
    """Run the command line of the project at ``root``, from another folder."""
    code = f"""
import sys
from rareearth.cli import main
try:
    main(prog_name="rareearth")
finally:
    {after or "pass"}
"""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(root / "lib")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def root(tmp_path):
    return toy.project(tmp_path, CATALOGUE, toy=toy.notebook(code=PLACE))


@pytest.fixture
def called(root, monkeypatch):
    """The command line, called in this process, that must not run anything."""
    monkeypatch.setattr(commands, "ROOT", root)
    monkeypatch.setattr(making, "made", None)
    return lambda *words: CliRunner().invoke(cli.main, [str(word) for word in words])


@pytest.fixture(scope="module")
def east(tmp_path_factory):
    """A project in Tokyo where all was made, and what was said then.

    The report that fails has a page already.
    """
    book = toy.notebook(code=PLACE)
    root = toy.project(tmp_path_factory.mktemp("east"), CATALOGUE, toy=book)
    publish.publish(root / "reports/broken-toy", BEFORE)
    return root, rareearth(root, "report", "--all", **TOKYO)


def test_a_report_is_made_though_another_fails(east):
    root, told = east
    assert told.returncode == 1
    assert told.stdout == "1 made, 1 failed, 0 up to date.\n"
    assert "small-toy: made in " in told.stderr
    data = json.loads((root / "reports/small-toy/headline.json").read_text())
    assert data["parameters"] == {"color": "red", "size": 1, "code": "007"}


def test_a_failure_is_on_the_screen_and_in_the_log_and_the_page_as_before(east):
    root, told = east
    error = "cell [6] (import locale, time): ValueError: it broke"
    assert f"\n  {error}\n" in told.stderr and "broken-toy: failed in" in told.stderr
    assert {r["name"]: r["error"] for r in toy.log(root)} == {
        "small-toy": "",
        "broken-toy": error,
    }
    assert toy.read(root / "reports/broken-toy") == BEFORE
    assert "Before it broke." in (root / "reports/README.md").read_text()


def test_a_report_is_the_same_on_any_machine(east, root):
    """Whatever the locale, time zone, hash seed and width of the terminal are."""
    assert rareearth(root, "report", "small-toy", **NEW_YORK).returncode == 0
    page = "reports/small-toy"
    assert toy.read(root / page) == toy.read(east[0] / page)


def test_what_is_up_to_date_is_not_made_again(east):
    root, _ = east
    told = rareearth(root, "report", "small-toy")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "Nothing to do, 1 up to date.\n"
    rows = json.loads(rareearth(root, "report", "small-toy", "--json").stdout)
    assert [(row["name"], row["state"]) for row in rows] == [("small-toy", "current")]


@pytest.mark.parametrize("words", [["--help"], ["report", "small-toy"]])
def test_nothing_heavy_is_loaded_for_help_or_when_there_is_nothing_to_do(east, words):
    told = rareearth(east[0], *words, after=f"print({HEAVY} & set(sys.modules))")
    assert told.stdout.endswith("\nset()\n"), told.stdout


def test_a_case_of_its_own_goes_where_it_is_told(root, tmp_path):
    words = ["--notebook", "toy", "-p", "code=010121", "-p", "color=a b"]
    made = rareearth(root, "report", *words, "--out", tmp_path / "mine/page")
    assert made.returncode == 0, made.stderr
    data = json.loads((tmp_path / "mine/page/headline.json").read_text())
    assert data["report"] == data["notebook"] == "toy"
    assert data["parameters"] == {"color": "a b", "size": 2, "code": "010121"}
    readme = (tmp_path / "mine/page/README.md").read_text()
    assert "](../../notebooks/toy.ipynb)" in readme
    assert "-p code=010121 --out DIR" in readme and "-p 'color=a b'" in readme
    assert not (root / "reports").exists()


WRONG = [
    (["report"], "name some reports, or all with --all; there are 'small-toy',"),
    (["report", "--all", "small-toy"], "name some reports, or all with --all"),
    (["report", "smal-toy"], "no report 'smal-toy'; did you mean 'small-toy'?"),
    (["report", "../x"], "no report '../x'; there are"),
    (["report", "/etc"], "no report '/etc'; there are"),
    (["report", "$(date)"], "no report '$(date)'; there are"),
    (["report", "small-toy", "-p", "size=1"], "-p changes the case of a --notebook"),
    (["report", "--all", "--notebook", "toy"], "--notebook asks for one case"),
    (["report", "--notebook", "toy"], "say where the page goes: --out DIR"),
    (["report", "--notebook", "toi", "--out", "x"], "no notebook 'toi'; did you mean"),
    (["report", "--notebook", "../toy", "--out", "x"], "no notebook '../toy'"),
    (["report", "--jobs", "0", "--all"], "0 is not in the range"),
    (["report", "--timeout", "0", "--all"], "0.0 is not in the range"),
    (["report", "--all", "--sweep", "size=1,2"], "--sweep changes the case of a"),
    (["report", "--notebook", "toy", "--sweep", "size"], "--sweep must be like"),
    (["report", "--notebook", "toy", "--sweep", "size=all"], "nobody can list all"),
    (["report", "small-toy", "--pdf", "."], "--pdf . is a folder; name a file"),
    (["report", "small-toy", "--out", __file__], "is a file; name a folder"),
    (["notebooks", "toi"], "no notebook 'toi'; did you mean 'toy'?"),
]
WRONG_CASES = [
    ("size", "-p must be like importer=USA, not 'size'"),
    ("=3", "-p must be like importer=USA, not ''"),
    ("colour=red", "no parameter 'colour'; did you mean 'color'?"),
    ("size=large", "size must be a whole number like 2, not 'large'"),
    ("size=1\nsize=2", "-p gives 'size' twice"),
]
WRONG += [
    (
        ["report", "--notebook", "toy", "--out", "x"]
        + [word for p in case.split("\n") for word in ("-p", p)],
        told,
    )
    for case, told in WRONG_CASES
]


@pytest.mark.parametrize("words, told", WRONG)
def test_a_wrong_call_says_what_would_be_right_and_writes_nothing(
    called, root, tmp_path, monkeypatch, words, told
):
    monkeypatch.chdir(tmp_path)
    before = sorted(root.iterdir())
    result = called(*words)
    assert result.exit_code == 2
    assert told in result.output
    assert sorted(root.iterdir()) == before


def test_a_folder_with_other_things_in_it_is_not_touched(called, root, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    result = called("report", "--notebook", "toy", "--out", tmp_path / "mine")
    assert result.exit_code == 2 and "letter.txt" in result.output
    assert (tmp_path / "mine/letter.txt").read_text() == "dear"


def test_a_second_run_leaves_at_once_with_a_code_of_its_own(called, root):
    with run.alone(root / "reports", root):
        result = called("report", "--all")
    assert result.exit_code == 3
    assert "another run is making" in result.output


@pytest.mark.parametrize(
    "error", [TableError("trade.csv.gz: row 7 …"), OSError(30, "Read-only file system")]
)
def test_broken_data_or_disk_end_with_their_reason(called, monkeypatch, error):
    def broken(values):
        raise error

    monkeypatch.setitem(ALLOWED, "size", broken)
    result = called("report", "--all")
    assert result.exit_code == 1
    assert result.output == f"Error: {error}\n"


def test_notebooks_are_stored_as_they_run_or_left_as_they_are(root):
    book, other = (root / f"notebooks/{name}.ipynb" for name in ("toy", "other"))
    other.write_text(book.read_text().replace('= \\"red\\"', '= \\"broken\\"'))
    before = other.read_bytes()
    told = rareearth(root, "notebooks")
    assert told.returncode == 1
    assert "other.ipynb: cell [6] (import locale, time): ValueError" in told.stderr
    assert "toy.ipynb: changed" in told.stderr
    assert other.read_bytes() == before
    assert b"(1970, 1, 1, 0, 0)" in book.read_bytes()


def test_the_root_is_this_project():
    assert (ROOT / "pyproject.toml").exists() and (ROOT / "lib/rareearth").is_dir()
