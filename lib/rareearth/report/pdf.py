"""A report's page as PDF, printed by a browser: tagged, with an outline."""

from __future__ import annotations

from pathlib import Path

from rareearth import browser
from rareearth.report import ROOT, webpage
from rareearth.report.links import Links

PLAYWRIGHT = "A PDF is printed through Playwright: pip install 'rareearth[pdf]'"


def pdf(folder: Path) -> bytes:
    """The page in a report's folder, as it prints.

    Links to other pages and to files become words: paper has no folder around it.

    Raises
    ------
    NoBrowser
        Where no browser starts, or what drives it is missing; the message says how to
        get it.
    Broken
        Where there is no page that can be printed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise browser.NoBrowser(PLAYWRIGHT) from None
    program = browser.find()
    html = webpage.alone(webpage.webpage(folder, Links(ROOT, alone=True)))
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program) as chromium,
    ):
        page = chromium.new_page()
        page.set_content(html, wait_until="load")
        return page.pdf(tagged=True, outline=True, prefer_css_page_size=True)
