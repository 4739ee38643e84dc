"""A page is up to date where nothing that could change it has changed."""

import json

import pytest
import toy

from rareearth.report.catalogue import Report
from rareearth.report.made import Made

REPORT = Report("red-toy", "toy", {"color": "red", "trade_file": ""}, "How large?")
PACKAGE = {
    "resources": [
        {"name": "codes", "path": "codes.csv", "vintage": {"kind": "none"}},
        {"name": "toys", "path": "toys.csv", "vintage": {"kind": "rows"}},
        {"name": "boxes", "path": "boxes.csv", "vintage": {"kind": "rows"}},
    ]
}


@pytest.fixture
def root(tmp_path):
    """A project with data of its own and one page, made from the table of toys."""
    root = toy.project(tmp_path)
    for name in ("data", "requirements.lock"):
        (root / name).unlink()
    (root / "requirements.lock").write_text("numpy==2.0.0\n")
    (root / "data").mkdir()
    for name in ("codes", "toys", "boxes"):
        (root / f"data/{name}.csv").write_text("size\n1\n")
    (root / "data/datapackage.json").write_text(json.dumps(PACKAGE))
    page = root / "reports/red-toy"
    page.mkdir(parents=True)
    (page / "README.md").write_text("page")
    (page / "headline.json").write_text("{}")
    made = Made(root)
    made.remember(page, made.inputs(REPORT), used=["toys"])
    return root


def current(root, report=REPORT):
    """Whether the page is up to date, seen by another run."""
    made = Made(root)
    return made.current(root / "reports/red-toy", made.inputs(report))


def test_a_page_that_was_just_made_is_current(root):
    assert current(root)


def test_a_page_that_was_never_made_here_is_not(root):
    made = Made(root)
    assert not made.current(root / "reports/other", made.inputs(REPORT))


def test_a_clone_may_be_moved(root, tmp_path):
    root.rename(tmp_path.with_name("elsewhere"))
    assert current(tmp_path.with_name("elsewhere"))


@pytest.mark.parametrize(
    "file",
    [
        "notebooks/toy.ipynb",
        "requirements.lock",
        "data/toys.csv",
        "data/codes.csv",
        "reports/red-toy/README.md",
        "reports/red-toy/new.png",
    ],
)
def test_a_change_makes_a_page_out_of_date(root, file):
    with (root / file).open("a") as text:
        text.write(" ")
    assert not current(root)


@pytest.mark.parametrize("file", ["data/toys.csv", "reports/red-toy/README.md"])
def test_a_lost_file_makes_a_page_out_of_date(root, file):
    (root / file).unlink()
    assert not current(root)


@pytest.mark.parametrize("file", ["data/boxes.csv", "notebooks/other.ipynb"])
def test_what_a_page_does_not_rest_on_may_change(root, file):
    (root / file).write_text("size\n2\n")
    assert current(root)


def test_what_is_said_of_a_table_is_part_of_it(root):
    package = json.loads(json.dumps(PACKAGE))
    package["resources"][2]["licenses"] = ["of a table that is not used"]
    (root / "data/datapackage.json").write_text(json.dumps(package))
    assert current(root)
    package["resources"][1]["licenses"] = ["CC BY 4.0"]
    (root / "data/datapackage.json").write_text(json.dumps(package))
    assert not current(root)


def test_another_title_parameter_or_library_makes_a_page_out_of_date(root, monkeypatch):
    assert not current(root, Report("red-toy", "toy", REPORT.parameters, "How small?"))
    assert not current(root, Report("red-toy", "toy", {"color": "blue"}, REPORT.title))
    monkeypatch.setattr(Made, "code", "another")
    assert not current(root)


def test_the_file_that_trade_is_read_from_is_part_of_a_page(root):
    (root / "trade.csv").write_text("a")
    report = Report("red-toy", "toy", {"trade_file": "trade.csv"})
    made = Made(root)
    made.remember(root / "reports/red-toy", made.inputs(report), used=["toys"])
    assert current(root, report)
    (root / "trade.csv").write_text("b")
    assert not current(root, report)


def test_a_file_of_prices_and_its_mapping_are_part_of_a_page(root):
    report = Report("red-toy", "toy", {"price_file": "mine.csv"})
    for name in ("mine.csv", "mine.toml"):
        (root / name).write_text("a")
    for name in ("mine.csv", "mine.toml"):
        made = Made(root)
        made.remember(root / "reports/red-toy", made.inputs(report), used=["toys"])
        assert current(root, report)
        (root / name).write_text("b")
        assert not current(root, report)


def test_a_change_during_a_run_counts_for_the_next(root):
    made, page = Made(root), root / "reports/red-toy"
    inputs = made.inputs(REPORT)
    (root / "data/toys.csv").write_text("size\n3\n")
    made.remember(page, inputs, used=["toys"])
    assert not current(root)


def test_the_list_of_reports_is_out_of_date_when_a_page_or_their_order_changes(root):
    reports = [REPORT, Report("blue-toy", "toy", {})]
    page, folder = root / "reports/README.md", root / "reports"

    def inputs(reports):
        return Made(root).headlines(folder, reports)

    page.write_text("list")
    Made(root).remember(page, inputs(reports))
    assert Made(root).current(page, inputs(reports))
    assert not Made(root).current(page, inputs(reports[::-1]))
    (folder / "red-toy/headline.json").write_text("[]")
    assert not Made(root).current(page, inputs(reports))
