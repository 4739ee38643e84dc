"""A kernel gets its values as values, stops where its notebook does, leaves nothing."""

import asyncio
import json
import re
import tempfile
from pathlib import Path

import nbformat
import psutil
import pytest
import toy
from jupyter_core.utils import ensure_event_loop

from rareearth.report.kernel import NotebookFailed, environment, executed, stored

HOSTILE = [
    "",
    'a"b',
    "a'b",
    '"""',
    "'''",
    "a\\",
    'a\\"; open("pwned", "w") #',
    'x"\nopen("pwned", "w")\n"',
    "x\ropen('pwned', 'w')",
    "$(touch pwned)",
    "`touch pwned`",
    "{color} %s %(x)s {{ x }}",
    "../x",
    "/etc/passwd",
    "%run x",
    "!touch pwned",
    "\x00\x1b[31m\u2028\ud7ff\U0001f9f8",
]


@pytest.fixture
def nothing_left(monkeypatch):
    """The test's kernels leave no process and no file of theirs."""
    # short, because the path of a socket has to be
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield
        assert not list(Path(folder).iterdir())
    lines = [p.cmdline() for p in psutil.Process().children(recursive=True)]
    assert not [line for line in lines if "ipykernel_launcher" in line]


def written(folder, *cells, parameters="x = 1"):
    """A notebook of these cells."""
    new = nbformat.v4.new_code_cell
    first = new(parameters, metadata={"tags": ["parameters"]})
    book = nbformat.v4.new_notebook(cells=[first, *map(new, cells)])
    nbformat.write(book, folder / "x.ipynb")
    return folder / "x.ipynb"


def printed(notebook):
    """What the last cell printed."""
    return notebook.cells[-1].outputs[0].text


def test_a_parameter_is_a_value_and_never_code(tmp_path, nothing_left):
    values = dict(enumerate([*HOSTILE, -2, 0.1, 1e300, False]))
    values = {f"p{n}": value for n, value in values.items()}
    path = written(
        tmp_path,
        f"import json; print(json.dumps([{', '.join(values)}]))",
        parameters="\n".join(f"{name} = ''" for name in values),
    )
    notebook = executed(path, values)
    assert json.loads(printed(notebook)) == list(values.values())
    assert [p.name for p in tmp_path.iterdir()] == ["x.ipynb"]


def test_a_notebook_runs_in_its_folder_and_in_no_ones_settings(tmp_path, monkeypatch):
    for name in ("PYTHONSTARTUP", "MATPLOTLIBRC", "IPYTHONDIR", "MPLBACKEND"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    startup = tmp_path / "user/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "x.py").write_text("raise SystemExit('a start-up file was read')")
    cell = """
import locale, os, time
print(os.getcwd(), time.tzname[0], locale.getpreferredencoding())
print(os.environ["MPLBACKEND"], os.environ["MATPLOTLIBRC"])
"""
    (tmp_path / "books").mkdir()
    told = printed(executed(written(tmp_path / "books", cell), {}))
    assert told.startswith(f"{tmp_path}/books UTC utf-8\nmodule://matplotlib_inline")
    assert str(tmp_path / "user") not in told
    kept = environment("x")
    assert kept["PYTHONHASHSEED"] == "0" and "PYTHONSTARTUP" not in kept


FAILURES = [
    ("1 / 0", r"cell \[3\] \(# why\): ZeroDivisionError: division by zero"),
    ("import os; os.kill(os.getpid(), 9)", r"cell \[3\] \(# why\): Kernel died"),
]


@pytest.mark.parametrize("source, told", FAILURES)
def test_a_failure_is_told_with_the_cell_and_its_first_line(
    tmp_path, nothing_left, source, told
):
    path = written(tmp_path, "y = x", f"# why\n{source}", "z = y")
    with pytest.raises(NotebookFailed, match=told):
        executed(path, {"x": 2})


def test_a_stored_notebook_is_twice_the_same_and_tells_nothing_of_its_run(
    tmp_path, nothing_left
):
    root = toy.project(tmp_path)
    path = root / "notebooks/toy.ipynb"
    before = nbformat.read(path, as_version=4)
    first = stored(path)
    path.write_text(first)
    assert stored(path) == first
    book = nbformat.reads(first, as_version=4)
    assert [c.id for c in book.cells] == [c.id for c in before.cells]
    assert [c.source for c in book.cells] == [c.source for c in before.cells]
    code = [c for c in book.cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))
    assert [c.metadata for c in book.cells] == [c.metadata for c in before.cells]
    assert not re.search(r"papermill|\d{4}-\d\d-\d\dT|3\.1\d\.\d", first)
    assert first.endswith("}\n")


def test_a_notebook_runs_where_another_event_loop_has_ended(tmp_path):
    """The client keeps a loop of its own by thread; asyncio has forgotten it then."""
    ensure_event_loop()
    asyncio.run(asyncio.sleep(0))
    assert printed(executed(written(tmp_path, "print(x)"), {})) == "1\n"
