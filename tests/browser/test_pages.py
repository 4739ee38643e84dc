"""Every page of the site as a browser shows it: to all, on paper, by keyboard."""

import re
import xml.etree.ElementTree as ET

import pages
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

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
def sample(tmp_path_factory):
    """The site of a small project with a list of changes; its folder."""
    root = pages.project(tmp_path_factory.mktemp("project"))
    (root / "reports/CHANGES.md").write_text("## 2026-05-27\n\n- A share moved.\n")
    site.write(
        root / "reports/site", site.site(root, repository="https://example.org/a")
    )
    return root / "reports/site"


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


def test_the_filter_shows_what_has_all_its_words(page, sample):
    page.goto((sample / "index.html").as_uri())
    words = page.get_by_label("Filter the reports by word")
    cards = page.locator(".card")
    words.fill("CHÎLE dependent")
    expect(cards.filter(visible=True)).to_have_text([re.compile("Chile")])
    expect(page.get_by_role("status")).to_have_text("1 of 2 reports")
    words.fill("nothing of the kind")
    expect(cards.filter(visible=True)).to_have_count(0)
    expect(page.get_by_role("heading", name=pages.QUESTION)).to_be_hidden()
    words.fill("")
    expect(cards.filter(visible=True)).to_have_count(2)


def test_without_a_script_all_is_there_but_the_filter(chromium, sample):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((sample / "index.html").as_uri())
    expect(page.locator(".card").filter(visible=True)).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_count(0)
    page.get_by_role("link", name="How dependent is Canada?").click()
    page.get_by_text("Figure 1 in words and numbers").click()
    expect(page.get_by_role("cell", name="China").first).to_be_visible()
    context.close()


def test_a_table_is_downloaded_from_the_page_itself(page, sample, tmp_path):
    alone = tmp_path / "mailed.html"
    alone.write_bytes((sample / "canada-dependency.html").read_bytes())
    page.goto(alone.as_uri())
    with page.expect_download() as download:
        page.get_by_role("link", name="Table behind the figure (CSV)").click()
    assert download.value.suggested_filename == "ladder.csv"
    committed = sample.parent / "canada-dependency/ladder.csv"
    assert download.value.path().read_bytes() == committed.read_bytes()


@pytest.mark.parametrize("name", ["index", "canada-dependency"])
def test_the_tab_key_reaches_everything_in_order(page, sample, name):
    page.goto((sample / f"{name}.html").as_uri())
    wanted = page.locator("a, summary, input, [tabindex='0']").filter(visible=True)
    order = []
    for _ in range(wanted.count()):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.outerHTML"))
    assert order == wanted.evaluate_all("all => all.map(e => e.outerHTML)")
    assert "Skip to the content" in order[0]
