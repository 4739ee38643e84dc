"""JupyterLab as an analyst meets it: each notebook opened, run, changed."""

import re

import lab as jupyter
import pytest
from lab import CHANGE, FIRST, ready, run_all
from playwright.sync_api import expect

from rareearth.report import ROOT, catalogue

NUMBERED = [name for name in catalogue.notebooks(ROOT) if name[0].isdigit()]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Addresses in a JupyterLab of these tests' own."""
    with jupyter.serving(tmp_path_factory.mktemp("lab")) as address:
        yield address


def sentence(outputs):
    """The answer among what a notebook shows."""
    kind = "application/vnd.rareearth.headline+json"
    (headline,) = [o["data"][kind] for o in outputs if kind in o.get("data", {})]
    return headline["sentence"]


@pytest.mark.parametrize("name", NUMBERED)
def test_a_notebook_runs_from_top_to_bottom(page, lab, name):
    path = f"notebooks/{name}.ipynb"
    page.goto(lab(path))
    ready(page, path)
    outputs = run_all(page, path)
    assert sentence(outputs)
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    expect(page.locator(".jp-RenderedImage img").first).to_be_visible()
    if '"USA"' in page.evaluate(FIRST, path):
        page.evaluate(CHANGE, [path, '"USA"', '"DEU"'])
        assert "Germany" in sentence(run_all(page, path))


def test_explore_follows_the_keyboard(page, lab):
    path = "notebooks/explore.ipynb"
    page.goto(lab("notebooks/README.md"))
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
