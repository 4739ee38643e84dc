"""JupyterLab as an analyst meets it: each notebook opened, run, changed."""

import re

import lab as jupyter
import pytest
from conftest import behaving
from lab import CHANGE, FIRST, OUTPUTS, opened, ready, run_all
from playwright.sync_api import expect

from rareearth.report import ROOT, catalogue

README = "notebooks/README.md"
CHANGES = {
    "00-data-trust": ['"production"', '"reserves"'],
    "01-dependency": ['"USA"', '"DEU"'],
    "02-diversification": ['"USA"', '"DEU"'],
    "03-true-origin": ['"USA"', '"DEU"'],
    "04-export-controls": ['"WORLD"', '"USA"'],
    "05-prices": ['"neodymium"', '"dysprosium"'],
}
NUMBERED = [name for name in catalogue.notebooks(ROOT) if name[0].isdigit()]


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    """A JupyterLab of these tests' own, with the way in open."""
    with (
        jupyter.serving(tmp_path_factory.mktemp("lab")) as address,
        behaving(chromium) as page,
    ):
        page.goto(address(README))
        expect(page.get_by_role("heading", name="Notebooks")).to_be_visible()
        yield page


def sentence(outputs):
    """The answer among what a notebook shows."""
    kind = "application/vnd.rareearth.headline+json"
    (headline,) = [o["data"][kind] for o in outputs if kind in o.get("data", {})]
    return headline["sentence"]


@pytest.mark.parametrize("name", NUMBERED)
def test_a_notebook_runs_from_top_to_bottom_as_it_was_changed(lab, name):
    path = f"notebooks/{name}.ipynb"
    opened(lab, path)
    ready(lab, path)
    before = sentence(lab.evaluate(OUTPUTS, path))
    assert CHANGES[name][0] in lab.evaluate(FIRST, path)
    lab.evaluate(CHANGE, [path, *CHANGES[name]])
    outputs = run_all(lab, path)
    assert sentence(outputs) != before
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    picture = lab.locator(".jp-NotebookPanel:visible .jp-RenderedImage img").first
    expect(picture).to_be_visible()


def test_explore_follows_the_keyboard(lab):
    page, path = lab, "notebooks/explore.ipynb"
    opened(page, README)
    expect(page.get_by_role("heading", name="Notebooks")).to_be_visible()
    page.get_by_role("link", name="explore").click()
    ready(page, path)
    run_all(page, path)
    figure = page.locator(".explore figure img")
    answer = page.locator(".explore .answer")
    recipe = page.locator(".explore pre")
    expect(answer).to_contain_text("the United States imported")
    expect(recipe).to_have_text(re.compile("rareearth report us-dependency"))
    before = figure.get_attribute("alt")

    page.get_by_label("Importer").focus()
    page.keyboard.press("Space")  # opens the list: keys outside it are Lab's own
    page.keyboard.type("Can")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("Canada imported")
    expect(recipe.first).to_contain_text("-p importer=CAN --out canada-dependency")
    expect(recipe.last).to_contain_text('parameters = { importer = "CAN" }')
    expect(figure).not_to_have_attribute("alt", before)
    before = figure.get_attribute("alt")

    page.get_by_role("slider").last.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(recipe.last).to_contain_text("last_year = 2023")
    expect(figure).not_to_have_attribute("alt", before)
    expect(answer).to_contain_text("In 2023")
