"""A browser is found in the order that is promised, and got where there is none."""

import os
import stat
import sys
from pathlib import Path

import pytest

from rareearth import browser

STARTS = "echo Chromium 1"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without browser, network or package manager; its home is returned."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.setattr(browser, "_places", lambda: iter(()))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    python = program(tmp_path / "python", "echo no network >&2; exit 1")
    monkeypatch.setattr(sys, "executable", str(python))
    return tmp_path


def program(path: Path, does: str) -> Path:
    """A file that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def own(home: Path, name: str, release: str = "1255") -> Path:
    """Where Playwright keeps a program of its browser."""
    return home / f"cache/chromium-{release}/chrome-linux64/{name}"


def test_playwrights_own_comes_before_an_installed_one(machine):
    installed = program(machine / "bin/google-chrome", STARTS)
    assert browser.find() == installed
    program(own(machine, "chrome", "1100"), STARTS)
    newest = program(own(machine, "chrome"), STARTS)
    assert browser.find() == newest


def test_the_browser_that_was_named_comes_first(machine, monkeypatch):
    program(machine / "bin/chromium", STARTS)
    named = program(machine / "mine", STARTS)
    monkeypatch.setenv("BROWSER_PATH", str(named))
    assert browser.find() == named


def test_a_named_browser_that_does_not_start_is_not_replaced(machine, monkeypatch):
    program(machine / "bin/chromium", STARTS)
    monkeypatch.setenv("BROWSER_PATH", str(machine / "none"))
    for way in (browser.find, browser.obtain):
        with pytest.raises(browser.NoBrowser, match=r"BROWSER_PATH=.*none"):
            way()


@pytest.mark.parametrize("does", ["exit 127", "sleep 30", "kill -9 $$"])
def test_a_browser_that_fails_or_hangs_is_passed_over(machine, monkeypatch, does):
    monkeypatch.setattr(browser, "START_SECONDS", 0.3)
    program(machine / "bin/chromium", f"PATH=/usr/bin:/bin; {does}")
    with pytest.raises(browser.NoBrowser):
        browser.find()


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("linux", ".cache"),
        ("darwin", "Library/Caches"),
        ("win32", "AppData/Local"),
    ],
)
def test_playwrights_cache_lies_where_the_system_keeps_caches(
    machine, monkeypatch, system, folder
):
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH")
    monkeypatch.setattr(sys, "platform", system)
    cache = machine / folder / "ms-playwright"
    program(cache / "chromium-1/chrome-linux64/chrome", STARTS)
    assert browser.find().is_relative_to(cache)


def test_a_helper_beside_the_browser_is_no_browser(machine):
    program(own(machine, "chrome_crashpad_handler"), STARTS)
    with pytest.raises(browser.NoBrowser):
        browser.find()


def test_without_a_browser_the_error_says_the_three_ways(machine):
    with pytest.raises(browser.NoBrowser) as error:
        browser.obtain()
    for words in (
        "no network",
        "only root on a Debian-like system",
        "apt-get install chromium",
        "playwright install chromium",
        "BROWSER_PATH=",
    ):
        assert words in str(error.value)


def test_what_is_there_is_not_downloaded_again(machine):
    program(Path(sys.executable), f"touch {machine}/downloaded")
    chromium = program(machine / "bin/chromium", STARTS)
    assert browser.obtain() == chromium
    assert not (machine / "downloaded").exists()


def test_playwrights_download_is_tried_first(machine):
    chrome = own(machine, "chrome-headless-shell")
    make = f"PATH=/usr/bin:/bin; mkdir -p {chrome.parent}; cp {machine}/shell {chrome}"
    program(machine / "shell", STARTS)
    program(Path(sys.executable), make)
    assert browser.obtain() == chrome


@pytest.mark.parametrize("root", [True, False])
def test_only_root_installs_the_package(machine, monkeypatch, root):
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    chromium = machine / "bin/chromium"
    program(machine / "ready", STARTS)
    program(
        machine / "bin/apt-get",
        f'PATH=/usr/bin:/bin; echo "$@" >> {machine}/asked\n'
        f'case "$*" in *install*chromium*) cp {machine}/ready {chromium};; esac',
    )
    if not root:
        with pytest.raises(browser.NoBrowser, match="only root"):
            browser.obtain()
        assert not (machine / "asked").exists()
        return
    assert browser.obtain() == chromium
    update, install = (machine / "asked").read_text().splitlines()
    assert "update" in update and "install --yes" in install


def test_the_command_says_where_the_browser_is(machine, capsys):
    chromium = program(machine / "bin/chromium", STARTS)
    browser.main()
    assert capsys.readouterr().out == f"{chromium}\n"


def test_the_command_fails_without_a_browser(machine):
    with pytest.raises(SystemExit, match="three ways"):
        browser.main()
