"""The catalogue: what an entry must be, and what is said when it is not."""

import pytest
import toy
from nbformat.v4 import new_notebook

from rareearth.report import ROOT, WrongCall
from rareearth.report.catalogue import asked, question, reports

ENTRY = 'title = "How large is the blue toy?"\nnotebook = "toy"\n'


def test_an_entry_is_a_report_with_all_its_parameters(tmp_path):
    text = f'[blue-toy]\n{ENTRY}parameters = {{ color = "blue" }}\n'
    report = reports(toy.project(tmp_path, text))["blue-toy"]
    assert report.name == "blue-toy" and report.notebook == "toy"
    assert report.title == "How large is the blue toy?"
    assert report.parameters == {"color": "blue", "size": 2, "code": "010121"}


def test_reports_keep_the_order_of_the_file(tmp_path):
    text = "".join(f"[{name}]\n{ENTRY}" for name in ("b", "c", "a"))
    assert list(reports(toy.project(tmp_path, text))) == ["b", "c", "a"]


@pytest.mark.parametrize(
    "text, told",
    [
        ("[toy", "notebooks/reports.toml: Expected ']'"),
        (f"[a]\n{ENTRY}[a]\n{ENTRY}", "Cannot declare"),
        ("a = 1", "'a' stands before the first [name of a report]"),
        ('[a]\nnotebok = "toy"', "[a]: no key 'notebok'; did you mean 'notebook'?"),
        ("[a]\nnotebook = 1", "[a]: notebook must be the name of one"),
        ("[a]\ntitle = 1", "[a]: title must be a question as text"),
        (f"[a]\n{ENTRY}parameters = 1", "[a]: parameters must be a table"),
        ('[a]\ntitle = ""', "[a]: no notebook ''; there are 'toy'"),
        ('[a]\nnotebook = "toi"', "[a]: no notebook 'toi'; did you mean 'toy'?"),
        ('[a]\nnotebook = "../notebooks/toy"', "[a]: no notebook '../notebooks/toy'"),
        (f"[toy]\n{ENTRY}", "[toy]: a notebook has that name"),
        (f"[a]\n{ENTRY}parameters = {{ colour = 'x' }}", "[a]: no parameter 'colour'"),
        (f"[a]\n{ENTRY}parameters = {{ size = 'x' }}", "[a]: size must be a whole"),
        (f"[a]\n{ENTRY}sweep = 1", "[a]: sweep must be a table"),
        (f"[a]\n{ENTRY}sweep = {{}}", "[a]: sweep names no parameter"),
        (f"[a]\n{ENTRY}sweep = {{ sise = [1] }}", "[a]: no parameter 'sise'"),
        (f"[a]\n{ENTRY}sweep = {{ size = [1, 'x'] }}", "[a]: size must be a whole"),
        (f"[a]\n{ENTRY}sweep = {{ size = 'each' }}", '[a]: sweep: size must be "all"'),
        (f"[a]\n{ENTRY}sweep = {{ size = [] }}", '[a]: sweep: size must be "all"'),
        (
            f"[a]\n{ENTRY}parameters = {{ size = 1 }}\nsweep = {{ size = [2] }}",
            "[a]: parameters and sweep both give 'size'",
        ),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path, text, told):
    root = toy.project(tmp_path, text)
    with pytest.raises(WrongCall) as error:
        reports(root)
    assert told in str(error.value)


@pytest.mark.parametrize(
    "name", ["../x", "/etc", "a/b", "A", "a b", "a_b", "a.b", "-a", "a--b", "$(x)", ""]
)
def test_a_name_that_is_no_plain_folder_is_refused(tmp_path, name):
    root = toy.project(tmp_path, f'["{name}"]\n{ENTRY}')
    with pytest.raises(WrongCall, match=r"a name is made of a-z, 0-9 and single"):
        reports(root)


def test_a_missing_catalogue_is_named(tmp_path):
    root = toy.project(tmp_path)
    (root / "notebooks/reports.toml").unlink()
    with pytest.raises(WrongCall, match=r"notebooks/reports\.toml: .*No such file"):
        reports(root)


def test_a_notebook_that_no_report_uses_needs_no_parameters(tmp_path):
    root = toy.project(tmp_path, f"[a]\n{ENTRY}", explore=new_notebook())
    assert list(reports(root)) == ["a"]


def test_a_case_of_its_own_is_a_report_without_a_name(tmp_path):
    root = toy.project(tmp_path)
    report = asked(root, "toy", {"size": "3", "code": "007"})
    assert report.name == report.notebook == "toy"
    assert report.parameters == {"color": "red", "size": 3, "code": "007"}


def test_a_file_is_looked_for_from_where_the_command_is_called(tmp_path, monkeypatch):
    book = toy.notebook()
    book.cells[1].source = 'trade_file = ""'
    root = toy.project(tmp_path, toy=book)
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    report = asked(root, "toy", {"trade_file": "my.csv"})
    assert report.parameters == {"trade_file": str(tmp_path / "mine/my.csv")}


def test_a_question_is_the_first_line_of_its_notebook(tmp_path):
    root = toy.project(tmp_path)
    assert question(root / "notebooks/toy.ipynb") == "How large is a toy?"


def test_a_notebook_without_a_headline_makes_no_report():
    with pytest.raises(WrongCall, match="explore gives no headline"):
        asked(ROOT, "explore", {})
