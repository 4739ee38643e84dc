"""What is said where a page cannot be printed."""

import sys

import pages
import pytest
from click.testing import CliRunner

from rareearth import browser, cli
from rareearth.report import pdf


def test_pdf_is_of_one_page(tmp_path):
    names = ["us-dependency", "japan-dependency"]
    ran = CliRunner().invoke(cli.main, ["report", *names, "--pdf", str(tmp_path / "a")])
    assert ran.exit_code == 2 and "name one report" in ran.output


def test_without_a_browser_nothing_is_written(tmp_path, monkeypatch):
    def none():
        raise browser.NoBrowser(browser.WAYS)

    monkeypatch.setattr(browser, "find", none)
    monkeypatch.setattr("rareearth.report.run.make", lambda *_, **__: [])
    file = tmp_path / "us.pdf"
    ran = CliRunner().invoke(cli.main, ["report", "us-dependency", "--pdf", str(file)])
    assert ran.exit_code == 1 and "three ways" in ran.output and not file.exists()


def test_without_playwright_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    folder = pages.project(tmp_path) / "reports/canada-dependency"
    with pytest.raises(browser.NoBrowser, match="pip install"):
        pdf.pdf(folder)
