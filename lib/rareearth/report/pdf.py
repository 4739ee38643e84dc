"""A report's page as PDF, printed by a browser: tagged, with an outline."""

from __future__ import annotations

from pathlib import Path

from rareearth import browser
from rareearth.report import ROOT, WrongCall, webpage
from rareearth.report.links import Broken, Links

PLAYWRIGHT = "A PDF is printed through Playwright: pip install 'rareearth[pdf]'"


def pdf(folder: Path) -> bytes:
    """The page in a report's folder, as it prints.

    Links to other pages and to files become words: paper has no folder around it.

    Raises
    ------
    WrongCall
        Where Playwright is not installed, no browser starts, or there is no page that
        can be printed; the message says what to do.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise WrongCall(PLAYWRIGHT) from None
    try:
        html = webpage.alone(webpage.webpage(folder, Links(ROOT, alone=True)))
        program = browser.find()
    except (browser.NoBrowser, Broken) as error:
        raise WrongCall(str(error)) from None
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program) as chromium,
    ):
        page = chromium.new_page()
        page.set_content(html, wait_until="load")
        return page.pdf(tagged=True, outline=True, prefer_css_page_size=True)
