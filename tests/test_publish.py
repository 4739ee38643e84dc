"""A page is published whole or not at all, whenever the process is killed."""

import errno
import os
import resource
import subprocess
import sys

import pytest
import toy

from rareearth.report import WrongCall
from rareearth.report.publish import publish, recover, replace, replaceable

OLD = {"headline.json": b"old", "gone.png": b"picture"}
NEW = {"headline.json": b"new", "come.csv": b"table"}

# Every change of a folder that the interpreter makes is announced to its audit hooks.
KILLED = """
import itertools, os, signal, sys
from pathlib import Path
from rareearth.report import publish

folder, layered = Path(sys.argv[1]), sys.argv[2] == "layered"
changes = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")

def rename(path, target, rename=Path.rename):
    if layered and path == folder:
        raise OSError(18, "Invalid cross-device link")  # EXDEV
    return rename(path, target)

def killed(change, at):
    '''Run a change in a process that dies just before its at-th step.'''
    pid = os.fork()
    if pid == 0:
        steps = iter(range(at))
        next(steps)
        def hook(event, args):
            if event in changes and next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        change()
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return status != 0

def state(path):
    return {p.name: p.read_bytes() for p in path.iterdir()} if path.exists() else None

Path.rename = rename
old, new = eval(sys.argv[3]), eval(sys.argv[4])
seen = set()
for at in itertools.count(1):
    for again in itertools.count(1):
        publish.publish(folder, old)
        died = killed(lambda: publish.publish(folder, new), at)
        died_again = killed(lambda: publish.recover(folder), again)
        publish.recover(folder)
        assert state(folder) in (old, new), (at, again, state(folder))
        assert [p.name for p in folder.parent.iterdir()] == [folder.name]
        seen.add(state(folder) == new)
        if not died_again:
            break
    if not died:
        break
assert seen == {True, False} and state(folder) == new
print(at)
"""


@pytest.mark.parametrize("disk", ["plain", "layered"])
def test_a_kill_at_any_step_leaves_the_old_page_or_the_new(tmp_path, disk):
    """Also a kill of the recovery from it, and where folders cannot be renamed."""
    folder = tmp_path / "reports/page"
    run = subprocess.run(
        [sys.executable, "-c", KILLED, folder, disk, repr(OLD), repr(NEW)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 10  # steps at which it was killed


def test_a_page_replaces_the_one_before_with_all_its_files(tmp_path):
    publish(tmp_path / "reports/page", OLD)
    publish(tmp_path / "reports/page", NEW)
    assert toy.read(tmp_path / "reports/page") == NEW
    assert os.listdir(tmp_path / "reports") == ["page"]


def test_a_full_disk_leaves_the_page_that_was_there(tmp_path):
    publish(tmp_path / "page", OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            publish(tmp_path / "page", NEW | {"large.png": bytes(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert toy.read(tmp_path / "page") == OLD
    assert os.listdir(tmp_path) == ["page"]


def test_recovery_of_what_is_whole_changes_nothing(tmp_path):
    publish(tmp_path / "page", OLD)
    recover(tmp_path / "page")
    recover(tmp_path / "nothing")
    assert toy.read(tmp_path / "page") == OLD
    assert os.listdir(tmp_path) == ["page"]


@pytest.mark.parametrize(
    "name, told",
    [
        ("notes.txt", r"holds what no report has made \(notes\.txt\)"),
        (".git", r"holds what no report has made \(\.git\)"),
        ("data", r"holds what no report has made \(data\)"),
    ],
)
def test_a_folder_with_something_else_in_it_is_refused(tmp_path, name, told):
    publish(tmp_path / "page", OLD)
    if name.startswith("n"):
        (tmp_path / "page" / name).write_text("mine")
    else:
        (tmp_path / "page" / name).mkdir()
    with pytest.raises(WrongCall, match=told):
        replaceable(tmp_path / "page")


def test_a_folder_of_markdown_that_is_no_page_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(WrongCall, match=r"holds what no report has made \(README\.md"):
        replaceable(tmp_path)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_not_a_folder_is_refused(tmp_path, kind):
    path = tmp_path / "page"
    path.touch() if kind == "file" else path.symlink_to(tmp_path)
    with pytest.raises(WrongCall, match="is not a folder of its own"):
        replaceable(path)


def test_a_page_an_empty_folder_and_none_can_be_replaced(tmp_path):
    publish(tmp_path / "page", OLD)
    (tmp_path / "page/.DS_Store").touch()
    (tmp_path / "empty").mkdir()
    for name in ("page", "empty", "none"):
        replaceable(tmp_path / name)


def test_a_file_is_replaced_without_a_trace(tmp_path):
    replace(tmp_path / "new/README.md", b"old")
    replace(tmp_path / "new/README.md", b"new")
    assert toy.read(tmp_path / "new") == {"README.md": b"new"}
