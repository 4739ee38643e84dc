"""What a page of the site does in a browser: filter, download, without a script."""

import re

import pages
import pytest
from playwright.sync_api import expect


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
