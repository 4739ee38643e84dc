"""The site as it is for everyone: by axe, in light and dark, on a telephone."""

import re
import xml.etree.ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe

from rareearth.report import ROOT, site

REPORTS = sorted(file.parent.name for file in ROOT.glob("reports/*/headline.json"))
SAMPLES = ["canada-dependency", "changes", "index"]
# All rules, of all impacts; the size of targets is new in WCAG 2.2 and off unless
# asked for. In the dark only colours differ, in all else the page is the same.
RULES = {
    "light": {"rules": {"target-size": {"enabled": True}}},
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
}
# The first rows and items of each list are enough: those after them are made alike,
# and their contrast would take most of the time of these tests.
CONTEXT = {"exclude": [["tbody tr:nth-child(n+4)"], ["li:nth-child(n+6)"]]}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The site of this project; its folder."""
    out = tmp_path_factory.mktemp("site")
    site.write(out / "site", site.site(ROOT))
    return out / "site"


def check(page, file):
    """What every page must be, in light and dark, from the telephone upwards."""
    page.goto(file.as_uri())
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)
        options = rules | {"resultTypes": ["violations"]}
        found = Axe().run(page, context=CONTEXT, options=options).response
        asked = "target-size" if scheme == "light" else "color-contrast"
        assert asked in {rule["id"] for rule in found["passes"]}
        assert not [
            f"{scheme}: {rule['id']}: {node['html'][:120]}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    for alt in page.locator("figure img").evaluate_all("all => all.map(i => i.alt)"):
        assert len(alt) > 40 and re.search(r"\d", alt)
    page.set_viewport_size({"width": 320, "height": 640})
    for direction in ("ltr", "rtl"):
        page.evaluate("way => { document.dir = way }", direction)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_page_is_for_everyone(page, sample, name):
    check(page, sample / f"{name}.html")


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_for_everyone(page, real, name):
    check(page, real / f"{name}.html")


def test_the_list_of_reports_is_for_everyone(page, real):
    check(page, real / "index.html")
    assert page.locator(".card").count() == len(REPORTS) > 0


def test_the_feed_tells_of_reports_that_are_there(real):
    links = ET.parse(real / "feed.xml").findall(".//{http://www.w3.org/2005/Atom}link")
    assert links and all((real / link.get("href")).is_file() for link in links)
