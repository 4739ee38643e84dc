"""A real browser, and a page in it that must behave."""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from rareearth import browser
from rareearth.report import site

sys.path.insert(0, str(Path(__file__).parents[1]))  # pages.py is shared
import pages

HERE = ("http://127.0.0.1", "ws://127.0.0.1", "file:", "data:", "blob:", "about:")
expect.set_options(timeout=60_000)  # a page's own timeout does not reach expect()


def pytest_collection_modifyitems(items):
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="module")
def chromium():
    """The browser of one file of tests: its event loop must not outlive them."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser.find())
        yield started
        started.close()


@pytest.fixture
def page(chromium):
    """A page on which nothing may go wrong."""
    with behaving(chromium) as page:
        yield page


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The site of a small project with a list of changes; its folder."""
    root = pages.project(tmp_path_factory.mktemp("project"))
    (root / "reports/CHANGES.md").write_text("## 2026-05-27\n\n- A share moved.\n")
    site.write(
        root / "reports/site", site.site(root, repository="https://example.org/a")
    )
    return root / "reports/site"


@contextmanager
def behaving(chromium):
    """A page on which no error, no failed and no outside request may happen."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong = watched(page)
    yield page
    assert not wrong, "\n".join(wrong)
    context.close()


def watched(page):
    """What goes wrong on a page from now on, as a list that grows."""
    wrong = []

    def request(asked):
        if not asked.url.startswith(HERE):
            wrong.append(f"leaves this machine: {asked.url}")

    def response(answer):
        if answer.status >= 400:
            wrong.append(f"{answer.status}: {answer.url}")

    def console(message):
        if message.type == "error":
            wrong.append(f"console: {message.text}")

    page.on("request", request)
    page.on("response", response)
    page.on("console", console)
    page.on("pageerror", lambda error: wrong.append(f"page: {error}"))
    return wrong
