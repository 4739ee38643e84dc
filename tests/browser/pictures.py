"""Makes the pictures of the README again: the list of reports, and explore."""

import sys
import tempfile
from pathlib import Path

import lab
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from rareearth import browser
from rareearth.report import ROOT, site

OUT = ROOT / "docs"
SIZE = {"width": 1280, "height": 860}


def gallery(page, folder):
    """The first screen of the list of reports."""
    site.write(folder / "site", site.site(ROOT))
    page.goto((folder / "site/index.html").as_uri())
    return page.screenshot()


def explore(page, folder):
    """Explore at work on a country that no report of the catalogue is about."""
    path = "notebooks/explore.ipynb"
    with lab.serving(folder) as address:
        page.goto(address(path))
        lab.ready(page, path)
        lab.run_all(page, path)
        page.get_by_label("Importer").select_option("Canada")
        answer = page.locator(".explore .answer")
        expect(answer).to_contain_text("Canada imported", timeout=60_000)
        page.locator(".jp-SideBar [data-id='filebrowser']").click()
        page.get_by_label("Question").scroll_into_view_if_needed()
        page.locator(".jp-WindowedPanel-outer").first.evaluate(
            "all => { all.scrollTop = all.scrollHeight / 5 }"
        )
        return page.screenshot()


def main():
    """Write both pictures, small enough for a repository."""
    OUT.mkdir(exist_ok=True)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=browser.find()) as chromium,
        tempfile.TemporaryDirectory() as folder,
    ):
        page = chromium.new_page(viewport=SIZE)
        page.set_default_timeout(60_000)
        for picture in (gallery, explore):
            shot = Path(folder) / "shot.png"
            shot.write_bytes(picture(page, Path(folder)))
            file = OUT / f"{picture.__name__}.png"
            with Image.open(shot) as opened:
                opened.convert("RGB").quantize(128).save(file, optimize=True)
            print(file, file=sys.stderr)


if __name__ == "__main__":
    main()
