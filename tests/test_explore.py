"""Explore shows what notebooks show, offers what the data have, saves what it is."""

import json
import re
import shutil
import tomllib
from functools import cache
from html import unescape

import click.testing
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rareearth import cli, explore, present
from rareearth.report import ROOT, catalogue
from rareearth.report.choices import ALLOWED
from rareearth.report.live import Live

BOOKS = {n: p for n, p in catalogue.notebooks(ROOT).items() if n[0].isdigit()}
COMPARED = ("text/markdown", "text/csv", "text/plain", present.HEADLINE)


live = cache(Live)  # what one test has run need not be run by the next


def stored(path):
    """Outputs of a notebook as they stand in its file, but for its sources."""
    cells = nbformat.read(path, as_version=4).cells
    outputs = [o for cell in cells for o in cell.get("outputs", [])]
    return [o for o in outputs if present.SOURCES not in o.data]


def told(outputs):
    """What outputs say, in an order of its own."""
    kept = [[o.data.get(kind) for kind in COMPARED] for o in outputs]
    return sorted(json.dumps(output, sort_keys=True) for output in kept)


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_explored_is_what_the_notebook_shows(name):
    book = live(BOOKS[name])
    with present.taken() as outputs:
        headline = book.headline(book.defaults)
        assert book.sentence(book.defaults) == headline["sentence"]
        present.headline(headline["sentence"], headline["values"])
    for section in book.sections:
        outputs += book.shown(section, book.defaults)
    assert told(outputs) == told(stored(BOOKS[name]))


def test_the_way_in_names_each_notebook_with_its_question():
    readme = (ROOT / "notebooks/README.md").read_text()
    rows = dict(re.findall(r"\| \[([\w-]+)\]\(\1\.ipynb\) \| (.*) \|", readme))
    assert {name: rows.get(name) for name in BOOKS} == {
        name: catalogue.question(path) for name, path in BOOKS.items()
    }


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """A notebook that counts how often each of its steps is run."""
    cells = [
        new_markdown_cell("# How many?"),
        new_code_cell("a = 1\nb = 2", metadata={"tags": ["parameters"]}),
        new_code_cell(
            "from rareearth import present\n"
            "from test_explore import step\n"
            "one = step('one', a)\n"
            "two = step('two', b)\n"
            "if two > 3:\n"
            "    one = step('more', one)"
        ),
        new_code_cell(
            "present.headline(f'It is {one + two}.', [*step('values', [])])",
            metadata={"tags": ["headline"]},
        ),
        new_markdown_cell("## First\n\nWords."),
        new_code_cell("present.text(f'{step(\"shown\", one)}')"),
        new_markdown_cell("## Second"),
        new_code_cell("present.text(f'{two}')\npresent.sources()"),
    ]
    path = tmp_path / "09-count.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    steps.clear()
    return Live(path)


steps = []


def step(name, value):
    """The value, noted down."""
    steps.append(name)
    return value


def test_only_what_depends_on_a_parameter_is_run_again(counted):
    assert counted.sections == ["First", "Second"]
    (first,) = counted.shown("First", {"a": 1, "b": 2})
    assert first.data["text/markdown"] == "1" and steps == ["one", "two", "shown"]
    assert counted.sentence({"a": 1, "b": 2}) == "It is 3."
    assert steps == ["one", "two", "shown"]
    assert counted.headline({"a": 1, "b": 2})["sentence"] == "It is 3."
    assert steps == ["one", "two", "shown", "values"]
    counted.shown("First", {"a": 5, "b": 2})
    assert steps[4:] == ["one", "shown"]
    counted.shown("First", {"a": 1, "b": 2})
    assert steps[6:] == []


def test_a_section_runs_nothing_of_another(counted):
    (second,) = counted.shown("Second", {"a": 1, "b": 3})
    assert second.data["text/markdown"] == "3" and steps == ["two"]


def test_a_name_that_may_be_set_again_is_that_of_both_places(counted):
    (first,) = counted.shown("First", {"a": 1, "b": 4})
    assert first.data["text/markdown"] == "1"
    assert steps == ["one", "two", "more", "shown"]


@pytest.fixture
def explorer(tmp_path, monkeypatch):
    """The controls over a copy of the notebooks."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.setattr(explore, "ROOT", tmp_path)
    monkeypatch.setattr(explore, "Live", lambda path: live(BOOKS[path.stem]))
    return explore.Explorer("01-dependency")


def lines(explorer):
    """The lines to copy, as they are read."""
    return [
        unescape(t) for t in re.findall("<pre>(.*?)</pre>", explorer.recipe.value, 16)
    ]


def test_each_control_offers_what_reports_may_ask(explorer):
    offered = {name for name in explorer.live.defaults if name in ALLOWED}
    assert {*explorer.controls} == offered - {"last_year"}
    importers = dict(explorer.controls["importer"].options)
    assert importers["Canada"] == "CAN"
    assert {*importers.values()} == {*ALLOWED["importer"](explorer.values)}


def test_another_importer_changes_figure_answer_and_lines(explorer):
    before = explorer.shown.value
    assert lines(explorer) == ["rareearth report us-dependency"]
    explorer.controls["importer"].value = "CAN"
    assert "Canada imported" in explorer.sentence
    assert "<strong>In 2024 China supplied" in explorer.answer.value
    assert explorer.shown.value != before
    assert "<figure>" in explorer.shown.value and "<table>" in explorer.shown.value
    command, entry = lines(explorer)
    assert command == (
        "rareearth report --notebook 01-dependency -p importer=CAN "
        "--out canada-dependency"
    )
    assert tomllib.loads(entry)["canada-dependency"] == {
        "title": explorer.title.value,
        "notebook": "01-dependency",
        "parameters": {"importer": "CAN"},
    }
    assert explorer.title.value.startswith("How dependent is Canada,")


def test_the_command_is_one_that_the_command_line_takes(
    explorer, tmp_path, monkeypatch
):
    explorer.controls["importer"].value = "CAN"
    (command, _) = lines(explorer)
    words = command.split()[1:]
    asked = []
    monkeypatch.setattr(
        "rareearth.report.run.make", lambda wanted, *_, **__: asked.append(wanted) or []
    )
    out = str(tmp_path / "out")
    ran = click.testing.CliRunner().invoke(cli.main, [*words[:-1], out])
    assert ran.exit_code == 0, ran.output
    (report,) = asked[0].values()
    assert report.parameters == explorer.values


def test_a_name_that_is_suggested_tells_of_which_table_or_event(explorer):
    explorer.question.value = "00-data-trust"
    explorer.controls["table"].value = "reserves"
    assert explorer.name.value == "data-trust-reserves"
    explorer.question.value = "04-export-controls"
    explorer.controls["event"].value = "approvals-june-2025"
    explorer.controls["importer"].value = "JPN"
    assert explorer.name.value == "japan-approvals-june-2025"


def test_the_last_year_is_after_the_first(explorer):
    explorer.controls["first_year"].value = (2015, 2015)
    assert explorer.controls["first_year"].value == (2014, 2015)
    assert (explorer.values["first_year"], explorer.values["last_year"]) == (2014, 2015)


def test_another_question_keeps_the_importer_and_has_its_own_years(explorer):
    explorer.controls["importer"].value = "CAN"
    explorer.controls["first_year"].value = (1999, 2003)
    explorer.question.value = "02-diversification"
    defaults = explorer.live.defaults
    assert explorer.values == defaults | {"importer": "CAN"}
    assert "stage" in explorer.controls and "Canada" in explorer.sentence
    assert explorer.section.value == explorer.live.sections[0]


def test_each_section_of_each_notebook_can_be_shown(explorer):
    for name in explorer.notebooks:
        explorer.question.value = name
        for section in explorer.live.sections:
            explorer.section.value = section
            shown = explorer.shown.value
            assert "cannot be shown" not in shown and "&lt;" not in shown


def test_what_no_longer_goes_together_is_not_offered(explorer, monkeypatch):
    def only(values):
        few = {"value": "US dollars"}
        return few if values["importer"] == "CAN" else few | {"weight": "tonnes"}

    monkeypatch.setitem(ALLOWED, "basis", only)
    explorer.controls["importer"].value = "DEU"
    explorer.controls["basis"].value = "weight"
    explorer.controls["importer"].value = "CAN"
    assert explorer.controls["basis"].options == (("US dollars", "value"),)
    assert explorer.values["basis"] == "value"


def test_a_view_is_saved_as_an_entry_of_the_catalogue(explorer, tmp_path):
    file = tmp_path / "notebooks/reports.toml"
    before = file.read_text()
    explorer.controls["importer"].value = "CAN"
    explorer.save.click()
    assert file.read_text().startswith(before.rstrip())
    saved = catalogue.reports(tmp_path)["canada-dependency"]
    assert saved == explorer.report
    assert lines(explorer) == ["rareearth report canada-dependency"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("us-dependency", "there is a report"), ("../x", "a-z"), ("", "a-z")],
)
def test_a_name_that_cannot_be_is_refused_in_words(explorer, tmp_path, name, why):
    file = tmp_path / "notebooks/reports.toml"
    before = file.read_text()
    explorer.controls["importer"].value = "CAN"
    explorer.name.value = name
    explorer.save.click()
    assert why in unescape(explorer.saved.value) and file.read_text() == before


def test_what_a_notebook_raises_is_shown_in_its_place(explorer, monkeypatch):
    def fails(*_):
        raise ValueError("no <such> year")

    monkeypatch.setattr(explorer.live, "shown", fails)
    explorer.controls["importer"].value = "CAN"
    assert "ValueError: no &lt;such&gt; year" in explorer.shown.value


def test_before_it_is_run_the_notebook_tells_the_answer(explorer, monkeypatch):
    displayed = []
    monkeypatch.setattr(explore, "display", lambda data, raw: displayed.append(data))
    explore.explore("01-dependency")
    (data,) = displayed
    assert explorer.sentence in data["text/markdown"]
    assert data[explore.VIEW]["model_id"]
