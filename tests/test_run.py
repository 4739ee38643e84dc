"""Reports are made where they must be, and none is lost for another's failure."""

import copy
import threading
from contextlib import nullcontext

import pytest
import toy

from rareearth.report import WrongCall, catalogue, kernel, publish, run, warm

CATALOGUE = "".join(
    f'[{color}-toy]\ntitle = "How large is the {color} toy?"\nnotebook = "toy"\n'
    f'parameters = {{ color = "{color}" }}\n'
    for color in ("red", "blue", "grey")
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The toy notebook after a run."""
    root = toy.project(tmp_path_factory.mktemp("project"))
    return kernel.executed(root / "notebooks/toy.ipynb", {})


@pytest.fixture(autouse=True)
def no_warm_process(monkeypatch):
    """No kernel is started here, so none has to start quickly."""
    monkeypatch.setattr(warm, "kernels", lambda notebooks, count: nullcontext())


@pytest.fixture
def executed(monkeypatch, shown):
    """What was run, by a kernel that answers at once, and fails for ``failing``."""
    runs, failing = [], {}

    def at_once(path, values, **how):
        runs.append(values["color"])
        if error := failing.get(values["color"]):
            raise error
        return copy.deepcopy(shown)

    monkeypatch.setattr(kernel, "executed", at_once)
    return runs, failing


@pytest.fixture
def root(tmp_path):
    return toy.project(tmp_path, CATALOGUE)


def wanted(root):
    reports = catalogue.reports(root)
    return {root / "reports" / name: report for name, report in reports.items()}


def states(results):
    return {result.name: result.state for result in results}


def test_only_what_is_not_up_to_date_is_made(root, executed):
    runs, _ = executed
    assert set(states(run.make(wanted(root), root)).values()) == {"made"}
    assert sorted(runs) == ["blue", "grey", "red"]
    (root / "reports/blue-toy/README.md").write_text("edited")
    assert states(run.make(wanted(root), root)) == {
        "red-toy": "current",
        "blue-toy": "made",
        "grey-toy": "current",
    }
    assert runs[3:] == ["blue"]
    run.make(wanted(root), root, force=True)
    assert len(runs) == 7


def test_a_failure_keeps_the_last_good_page_and_the_others_are_made(root, executed):
    _, failing = executed
    run.make(wanted(root), root)
    before = toy.read(root / "reports/red-toy")
    failing["red"] = kernel.NotebookFailed("cell [3] (x = 1): ValueError: too large")
    failing["blue"] = RuntimeError("unforeseen")
    told = []
    results = run.make(wanted(root), root, force=True, say=told.append)
    assert states(results) == {
        "red-toy": "failed",
        "blue-toy": "failed",
        "grey-toy": "made",
    }
    assert results[0].error == "cell [3] (x = 1): ValueError: too large"
    assert results[1].error == "RuntimeError: unforeseen"
    assert toy.read(root / "reports/red-toy") == before
    assert states(told) == states(results)


def test_what_failed_is_tried_again_next_time(root, executed):
    _, failing = executed
    failing["red"] = kernel.NotebookFailed("for once")
    run.make(wanted(root), root)
    failing.clear()
    assert states(run.make(wanted(root), root))["red-toy"] == "made"


def test_each_report_that_was_run_is_a_line_of_the_log(root, executed):
    _, failing = executed
    failing["red"] = kernel.NotebookFailed("cell [3] (x = 1): ValueError: näh\nwhy")
    run.make(wanted(root), root)
    run.make(wanted(root), root)
    log = {row["name"] + row["state"]: row for row in toy.log(root)}
    assert sorted(log) == ["blue-toymade", "grey-toymade", "red-toyfailed"]
    assert len(toy.log(root)) == 4
    row = log["red-toyfailed"]
    assert row["error"] == "cell [3] (x = 1): ValueError: näh\nwhy"
    assert row["parameters"] == {"color": "red", "size": 2, "code": "010121"}
    assert row["seconds"] >= 0


def test_a_wrong_value_stops_the_run_before_anything_is_run(root, executed):
    runs, _ = executed
    reports = wanted(root)
    last = list(reports)[-1]
    wrong = catalogue.Report("grey-toy", "toy", {"color": "grey", "basis": "volume"})
    with pytest.raises(WrongCall, match="grey-toy: no basis 'volume'; did you mean"):
        run.make(reports | {last: wrong}, root)
    assert not runs and not (root / "reports").exists()


def test_a_folder_of_something_else_is_not_replaced(root, executed):
    runs, _ = executed
    (root / "reports/red-toy").mkdir(parents=True)
    (root / "reports/red-toy/diary.txt").write_text("mine")
    with pytest.raises(WrongCall, match=r"red-toy: .*diary\.txt"):
        run.make(wanted(root), root)
    assert not runs


def test_a_page_that_was_lost_in_a_kill_is_back_before_anything_runs(root, executed):
    runs, _ = executed
    run.make(wanted(root), root)
    page = root / "reports/red-toy"
    page.rename(root / "reports/.red-toy.old")
    (root / "reports/.red-toy.new").mkdir()
    assert set(states(run.make(wanted(root), root)).values()) == {"current"}
    assert len(runs) == 3
    assert sorted(p.name for p in (root / "reports").iterdir()) == [
        "blue-toy",
        "grey-toy",
        "red-toy",
    ]


def test_as_many_are_made_at_a_time_as_is_asked(root, monkeypatch, shown):
    together = threading.Barrier(3, timeout=20)

    def at_once(path, values, **how):
        together.wait()
        return copy.deepcopy(shown)

    monkeypatch.setattr(kernel, "executed", at_once)
    results = run.make(wanted(root), root, jobs=3)
    assert set(states(results).values()) == {"made"}


def test_an_interrupt_lets_begun_reports_end_and_begins_no_other(
    root, monkeypatch, shown
):
    runs, never = [], threading.Event()

    def begun(path, values, **how):
        runs.append(values["color"])
        never.wait(len(runs) - 1)  # the second takes longer than an interrupt
        return copy.deepcopy(shown)

    def interrupt(result):
        raise KeyboardInterrupt

    monkeypatch.setattr(kernel, "executed", begun)
    with pytest.raises(KeyboardInterrupt):
        run.make(wanted(root), root, jobs=1, say=interrupt)
    made = [page for page in wanted(root) if page.exists()]
    assert 1 <= len(made) == len(runs) <= 2
    assert [toy.read(page)["headline.json"] for page in made]


def test_the_list_of_reports_is_written_once_per_change(root, executed, monkeypatch):
    run.make(wanted(root), root)
    run.list_all(root)
    text = (root / "reports/README.md").read_text()
    assert text.index("red toy?](red-toy/README.md)") < text.index("blue-toy/README.md")
    assert "## How large is a toy?" in text
    with monkeypatch.context() as patch:
        patch.setattr(publish, "replace", None)  # nothing to write
        run.list_all(root)
    (root / "reports/README.md").write_text("edited")
    run.list_all(root)
    assert (root / "reports/README.md").read_text() == text


def test_two_runs_of_one_folder_do_not_meet(root):
    reports = root / "reports"
    with run.alone(reports, root):
        with pytest.raises(run.UnderWay, match="another run"), run.alone(reports, root):
            raise AssertionError("both run")
        with run.alone(root / "elsewhere", root):
            pass
    with run.alone(reports, root):
        pass
