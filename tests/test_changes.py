"""What moved is told once, with its reason, whatever happens in between."""

import copy
import subprocess

import pytest
import toy
from click.testing import CliRunner

from rareearth import cli
from rareearth.present import HEADLINE, SOURCES, value
from rareearth.report import (
    catalogue,
    changes,
    commands,
    compared,
    kernel,
    pools,
    publish,
    run,
)
from rareearth.report.changes import Move, moves, told

TOYS = """
[red-toy]
title = "How large is the red toy?"
notebook = "toy"
alert = "size > 0.5"

[blue-toy]
title = "How large is the blue toy?"
notebook = "toy"
parameters = { color = "blue" }
"""


def headline(share=0.5, **changed):
    """A ``headline.json`` of one share that rests on one table of two."""
    data = {
        "report": "toys",
        "title": "How large?",
        "parameters": {"color": "red"},
        "values": [value("size", "Size", share, "share", 2024, sources=["boxes"])],
        "tables": {
            "boxes": {"edition": "B 2025; C 1", "sha256": "0"},
            "codes": {"edition": "", "sha256": "0"},
        },
        "version": "0.1.0",
    }
    return data | changed


def tables(**changed):
    return headline()["tables"] | changed


NEW_EDITION = {"edition": "B 2026; C 1", "sha256": "1"}
CORRECTED = {"edition": "B 2025; C 1", "sha256": "1"}
OTHER_CODES = {"edition": "", "sha256": "1"}


@pytest.mark.parametrize(
    "changed, why",
    [
        ({}, "method, version 0.1.0"),
        ({"version": "0.2.0"}, "method, version 0.1.0 to 0.2.0"),
        ({"parameters": {"color": "a|b"}}, 'parameters: color from "red" to "a\\|b"'),
        ({"parameters": {"color": "red", "size": 1}}, "method, version 0.1.0"),
        ({"tables": tables(boxes=NEW_EDITION)}, "data: boxes from B 2025 to B 2026"),
        (
            {"tables": tables(boxes=CORRECTED)},
            "data: boxes corrected, in the same edition",
        ),
        (
            {"tables": tables(boxes=NEW_EDITION, codes=OTHER_CODES)},
            "data: boxes from B 2025 to B 2026",
        ),
        (
            {"tables": tables(codes=OTHER_CODES)},
            "data: codes corrected, in the same edition",
        ),
        ({"tables": {"codes": tables()["codes"]}}, "data: boxes is not used now"),
        (
            {"parameters": {"color": "blue"}, "tables": tables(boxes=CORRECTED)},
            'parameters: color from "red" to "blue"; data: boxes corrected, in the '
            "same edition",
        ),
    ],
)
def test_a_value_moves_with_data_parameters_or_else_the_method(changed, why):
    old, new = headline(0.5), headline(0.6025, **changed)
    assert moves(old, new) == [Move("Size", "50 %, 2024", "60.25 %, 2024", why)]
    assert moves(old, headline(0.5, **changed)) == []


def test_a_value_that_comes_or_goes_has_moved():
    new = headline()
    new["values"] = [value("weight", "Weight", None, "kg", None, sources=["boxes"])]
    assert moves(headline(), new) == [
        Move("Weight", "–", "–", "method, version 0.1.0"),
        Move("Size", "50 %, 2024", "–", "method, version 0.1.0"),
    ]


def test_reports_that_come_and_go_and_alerts_are_told():
    alert = headline(alerts=["Size: 0.5, above 0.4"])
    text = told({"a": headline(), "b": headline()}, {"a": alert, "c": headline()})
    assert text == (
        "### How large? (a)\n\n**Alert** Size: 0.5, above 0.4.\n\n"
        "### How large? (c)\n\nNew.\n\n### How large? (b)\n\nNo longer there."
    )
    ended = told({"a": alert}, {"a": headline()})
    assert ended == "### How large? (a)\n\nThe alert has ended."


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    root = toy.project(tmp_path_factory.mktemp("project"))
    return kernel.executed(root / "notebooks/toy.ipynb", {})


@pytest.fixture
def world(tmp_path, monkeypatch, shown):
    """A project, a command line, and the state of the world that it tells of."""
    now = {"share": 0.4, "edition": "HS 2022"}

    def at_once(path, values, **how):
        book = copy.deepcopy(shown)
        for cell in book.cells:
            for output in cell.get("outputs", []):
                if HEADLINE in output.data:
                    one = value("size", "Size", now["share"], "share", 2024)
                    output.data[HEADLINE]["values"] = [one]
                if SOURCES in output.data:
                    table = {"edition": now["edition"], "sha256": now["edition"]}
                    output.data[SOURCES]["tables"] = {"products": table}
        return book

    root = toy.project(tmp_path, TOYS)
    for module, name, stand_in in (
        (kernel, "executed", at_once),
        (commands, "ROOT", root),
        (compared, "ROOT", root),
    ):
        monkeypatch.setattr(module, name, stand_in)
    monkeypatch.setattr(pools, "threads", one_by_one)

    def call(*words):
        return CliRunner().invoke(cli.main, [str(word) for word in words])

    return root, now, call


@pools.contextmanager
def one_by_one(root, notebooks, jobs, count):
    """As :func:`pools.threads`, without warm kernels."""
    with pools.ThreadPoolExecutor(1) as pool:
        yield lambda task: pool.submit(pools.making.made, task, root)


def test_what_moved_stands_on_top_and_a_run_without_moves_writes_nothing(world):
    root, now, call = world
    file = root / "reports/CHANGES.md"
    assert call("report", "--all").exit_code == 0
    assert call("report", "--all", "--force").exit_code == 0
    assert not file.exists()
    now |= {"share": 0.45, "edition": "HS 2028"}
    assert call("report", "--all", "--force").exit_code == 0
    first = file.read_text()
    assert first.count("\n## ") == 1 and first.count("\n### ") == 2
    row = "| Size | 40 %, 2024 | 45 %, 2024 | data: products from HS 2022 to HS 2028 |"
    assert first.count(row) == 2
    now["share"] = 0.46
    call("report", "red-toy", "--force")
    second = file.read_text()
    _, newest, older = second.split("\n## ")
    assert "| Size | 45 %, 2024 | 46 %, 2024 | method, version " in newest
    assert first.endswith(older) and "blue" not in newest


def test_a_fresh_clone_whose_pages_are_as_committed_has_no_changes(world):
    root, _, call = world
    call("report", "--all")
    publish.shutil.rmtree(root / ".rareearth")
    assert "2 made" in call("report", "--all").output
    assert not (root / "reports/CHANGES.md").exists()


def test_a_run_that_was_killed_is_told_of_by_the_next_and_only_once(world, monkeypatch):
    root, now, call = world
    file = root / "reports/CHANGES.md"
    call("report", "--all")
    now["share"] = 0.45
    wanted = {root / "reports" / n: r for n, r in catalogue.reports(root).items()}
    run.make(wanted, root, force=True)  # and then it is killed
    assert not file.exists()
    with monkeypatch.context() as patch:
        patch.setattr(changes.Path, "unlink", None)  # killed when it has written
        call("report", "--all")
    assert "Nothing to do, 2 up to date" in call("report", "--all").output
    assert file.read_text().count("\n## ") == 1
    assert file.read_text().count("| Size | 40 %, 2024 | 45 %, 2024 |") == 2


def test_an_alert_is_on_the_page_in_the_log_in_the_changes_and_in_the_exit_code(world):
    root, now, call = world
    assert call("report", "--all", "--fail-on-alert").exit_code == 0
    now["share"] = 0.6
    fired = call("report", "--all", "--force", "--fail-on-alert")
    assert fired.exit_code == 4
    assert "\n  Alert: Size: 0.6, above 0.5\n" in fired.output
    page = (root / "reports/red-toy/README.md").read_text()
    assert "large.**\n\n> **Alert:** Size: 0.6, above 0.5\n\n" in page
    assert toy.log(root)[-1]["alerts"] or toy.log(root)[-2]["alerts"]
    assert (
        "**Alert** Size: 0.6, above 0.5." in (root / "reports/CHANGES.md").read_text()
    )
    assert call("report", "--all").exit_code == 0
    again = call("report", "--all", "--fail-on-alert")
    assert again.exit_code == 4
    assert "Alert: Size: 0.6, above 0.5\n" in again.output


def test_an_alert_on_a_value_that_is_not_there_fails_its_report(world):
    root, _, call = world
    toml = root / "notebooks/reports.toml"
    toml.write_text(toml.read_text().replace("size >", "sise >"))
    told = call("report", "red-toy")
    assert told.exit_code == 1
    assert "alert: no value 'sise'; did you mean 'size'?" in told.output
    toml.write_text(toml.read_text().replace("sise >", "size is"))
    told = call("report", "red-toy")
    assert told.exit_code == 2 and "[red-toy]: an alert is like" in told.output


def test_two_commits_or_folders_are_compared(world):
    root, now, call = world

    def git(*words):
        subprocess.run(["git", "-C", root, *words], check=True, capture_output=True)

    call("report", "--all")
    git("init")
    git("add", "reports")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "before")
    now["share"] = 0.45
    call("report", "red-toy", "--force")
    moved = "| Size | 40 %, 2024 | 45 %, 2024 | method, version "
    told = call("diff", "HEAD", root / "reports")
    assert told.output.count(moved) == 1 and "(red-toy)" in told.output
    assert "New" not in told.output
    one = call("diff", root / "reports/blue-toy", root / "reports/blue-toy")
    assert one.output == "Nothing moved.\n"
    assert call("diff", "HEAD", "HEAD").output == "Nothing moved.\n"
    for wrong in ("HEAD~1", "--output=x", "nowhere"):
        told = call("diff", "--", wrong, "HEAD")
        assert told.exit_code == 2 and "neither a folder nor a commit" in told.output
