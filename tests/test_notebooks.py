"""What every notebook must be, so that it can be read, run, tested and made a page of.

nbval runs them and compares their outputs; here it is their shape. ``explore`` is free.
"""

import ast
import re

import nbformat
import pytest

from rareearth import present
from rareearth.report import ROOT, catalogue
from rareearth.report.catalogue import Report
from rareearth.report.choices import ALLOWED, FORMS
from rareearth.report.page import page
from rareearth.report.parameters import check, defaults

BOOKS = {
    name: path
    for name, path in catalogue.notebooks(ROOT).items()
    if re.match(r"\d\d-", name)
}
REPORTS = catalogue.reports(ROOT)
OWN = {"rareearth", "pandas"}
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

every_notebook = pytest.mark.parametrize("name", BOOKS)


def read(name):
    return nbformat.read(BOOKS[name], as_version=4)


def code(name):
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def tagged(name, tag):
    """Places of the cells with a tag."""
    tags = [cell.metadata.get("tags", ()) for cell in read(name).cells]
    return [place for place, given in enumerate(tags) if tag in given]


def nodes(name, *kinds, cells=slice(None)):
    """Parts of the code of a notebook, of some kinds."""
    trees = [ast.parse(cell.source) for cell in code(name)[cells]]
    every = [node for tree in trees for node in ast.walk(tree)]
    return [node for node in every if isinstance(node, kinds)]


def test_there_are_notebooks_and_reports():
    assert BOOKS and REPORTS


@every_notebook
def test_it_asks_a_question_and_says_why(name):
    first = read(name).cells[0]
    title, _, why = first.source.partition("\n")
    assert first.cell_type == "markdown"
    assert re.fullmatch(r"# [A-Z].*\?", title), title
    assert len(why.split()) > 20


@every_notebook
def test_its_question_is_true_of_every_case(name):
    from rareearth import tables

    title = catalogue.question(BOOKS[name])
    countries = tables.load("countries").query("kind == 'country'")["name"]
    assert not [country for country in countries if country in title]


@every_notebook
def test_parameters_come_first_and_one_headline_answers(name):
    assert tagged(name, "parameters") == [1]
    assert len(tagged(name, "headline")) == 1


@every_notebook
def test_each_parameter_has_a_rule_a_comment_and_a_default_that_is_allowed(name):
    values = defaults(BOOKS[name])
    assert set(values) <= set(ALLOWED) | set(FORMS)
    check(values, ROOT)
    lines = read(name).cells[1].source.splitlines()
    assert len(lines) == len(values)
    assert all(re.search(r"  # \S", line) for line in lines)


@every_notebook
def test_its_defaults_are_the_case_of_a_report(name):
    """So that what nbval compares is what a reader sees."""
    values = defaults(BOOKS[name])
    mine = [report for report in REPORTS.values() if report.notebook == name]
    assert values in [report.parameters for report in mine]


@every_notebook
def test_it_is_stored_as_a_run_from_top_to_bottom_leaves_it(name):
    """``make notebooks`` writes this form; another one makes a diff of nothing."""
    text = BOOKS[name].read_text("utf-8")
    book = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    assert text == nbformat.writes(book) + "\n"
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    assert [c.execution_count for c in code(name)] == [
        n + 1 for n, _ in enumerate(code(name))
    ]
    ids = [cell.id for cell in book.cells]
    assert len(ids) == len(set(ids))
    assert {key for cell in book.cells for key in cell.metadata} <= {"tags"}
    assert set(book.metadata) == {"kernelspec", "language_info"}


@every_notebook
def test_a_page_can_be_made_of_what_it_shows(name):
    book = read(name)
    files = page(book, Report(name, name, defaults(BOOKS[name])), "notebook")
    shown = [n for n in files if n.endswith((".png", ".csv"))]
    assert len({n.rpartition(".")[0] for n in shown}) >= 3
    headline = next(c for c in book.cells if "headline" in c.metadata.get("tags", ()))
    assert present.HEADLINE in headline.outputs[0].data


@every_notebook
def test_it_ends_with_its_limits_and_its_sources(name):
    cells = read(name).cells
    assert any(c.source.startswith("## What this does not show\n") for c in cells[-3:])
    assert cells[-1].cell_type == "code"
    assert present.SOURCES in cells[-1].outputs[0].data


@every_notebook
def test_it_names_every_table_that_it_loads_among_its_sources(name):
    calls = nodes(name, ast.Call)
    loaded = {
        call.args[0].value for call in calls if ast.unparse(call.func) == "tables.load"
    }
    if any(ast.unparse(call.func) == "trade.table" for call in calls):
        loaded.add("trade")
    sources = read(name).cells[-1].outputs[0].data[present.SOURCES]
    assert loaded <= set(sources["tables"])


@every_notebook
def test_it_is_thin(name):
    cells = code(name)
    assert len(cells) <= 15
    assert not [c.source for c in cells if len(c.source.splitlines()) > 15]
    assert not nodes(name, *FORBIDDEN)


@every_notebook
def test_it_imports_in_one_cell_and_little(name):
    imports = nodes(name, ast.Import, ast.ImportFrom)
    cell = ast.parse(code(name)[1].source).body
    assert [ast.unparse(node) for node in imports] == [ast.unparse(n) for n in cell]
    modules = {ast.unparse(node).split()[1].partition(".")[0] for node in imports}
    assert modules <= OWN


@every_notebook
def test_its_code_has_no_path_and_no_number_of_its_own(name):
    constants = [n.value for n in nodes(name, ast.Constant, cells=slice(1, None))]
    texts = [text for text in constants if isinstance(text, str)]
    assert not [t for t in texts if re.search(r"^[/~]|\.\.?/|\.(csv|parquet|json)$", t)]
    numbers = [n for n in constants if isinstance(n, (int, float))]
    assert set(numbers) <= {0, 1}
