"""Sentences, titles and values say what the tables hold, for every importer."""

from functools import cache

import matplotlib as mpl
import pandas as pd
import pytest

from rareearth import NoData, charts, stages, tables
from rareearth.findings import dependency, diversification, reliance, supply
from rareearth.findings import dependency_figures as figures
from rareearth.findings import diversification_figures as changes
from rareearth.report import ROOT, catalogue
from rareearth.report.live import Live

mpl.use("agg")
CASES = ("USA", "EU27", "JPN", "CHN", "NAM", "TWN", "TCA")


@pytest.fixture(scope="module")
def trade():
    return tables.load("trade")


@pytest.fixture(scope="module")
def production():
    return tables.load("production")


@pytest.fixture(scope="module")
def us_supply():
    return tables.load("us_supply", edition="all")


@pytest.fixture(scope="module")
def case(trade, production, us_supply):
    @cache
    def of(importer, basis="value", last_year=2025):
        imports = stages.imports_of(trade, importer)
        ladder = stages.ladder(imports, production, last_year, basis)
        criteria = stages.criteria(stages.levels(trade, last_year), importer)
        printed = reliance.printed(us_supply, importer, 2002, last_year)
        values = dependency.values(
            ladder, criteria, production, reliance.newest(printed)
        )
        return imports, ladder, criteria, {v["id"]: v for v in values}

    return of


@pytest.fixture(scope="module")
def told(trade):
    @cache
    def of(importer):
        return diversification.by_stage(stages.imports_of(trade, importer), 2010, 2024)

    return of


def test_the_headline_ids_that_other_programs_read_are_there(case):
    values = case("USA")[3]
    per_stage = "china_share hhi effective_suppliers top_supplier total_usd"
    wanted = {"mine.china_share", "mine.hhi"}
    for stage in stages.TRADED:
        wanted |= {f"{stage}.{v}" for v in f"{per_stage} cdi1 cdi2 cdi3".split()}
    reliances = ("", "heavy.", "yttrium.")
    wanted |= {f"{r}net_import_reliance" for r in reliances}
    assert wanted <= set(values)


def test_known_answers_stand_in_the_us_headline(case):
    values = case("USA")[3]
    assert values["net_import_reliance"]["value"] == 0.67  # O04, year 2025
    assert values["net_import_reliance"]["year"] == 2025
    assert values["mine.china_share"]["year"] == 2025
    older = case("USA", last_year=2024)[3]
    assert older["net_import_reliance"]["value"] == 0.53  # G07
    # O02: 270,000 of the rounded 380,000
    printed = older["mine.china_share_of_printed_total"]["value"]
    assert printed == pytest.approx(0.711, abs=5e-4)
    assert older["mine.hhi"]["value"] == pytest.approx(0.5192, abs=5e-5)  # G02


def test_only_the_united_states_has_a_printed_net_import_reliance(case):
    assert "net_import_reliance" not in case("DEU")[3]
    assert "Germany" in reliance.not_printed("DEU")


def test_a_single_country_has_no_second_criterion_and_says_why(case):
    values = case("JPN")[3]
    assert values["magnets.cdi2"]["value"] is None
    assert "single country" in values["magnets.cdi2"]["method"]
    assert case("EU27")[3]["magnets.cdi2"]["value"] == pytest.approx(0.80, abs=0.005)


@pytest.mark.parametrize("importer", CASES)
@pytest.mark.parametrize("basis", ["value", "weight"])
def test_every_importer_gets_a_sentence_and_figures(case, importer, basis):
    _, ladder, criteria, values = case(importer, basis)
    sentence = dependency.sentence(importer, ladder, basis)
    assert sentence.startswith("**In 20")
    assert "nan" not in sentence.lower()
    assert len(values) > 20
    charts.close(figures.ladder(importer, ladder, basis))
    charts.close(figures.criteria(importer, criteria))
    figures.suppliers_table(ladder)


def test_an_importer_of_almost_nothing_still_gets_its_figures(case):
    """Where no criterion can be computed, the figure and its words say why."""
    criteria = case("ANT")[2]
    alt = figures.criteria_alt(criteria)
    assert alt.startswith("None of the 9 criteria can be computed: no imports are rec")
    title = figures.criteria("ANT", criteria).figure.get_suptitle()
    assert title.startswith("No criterion can be computed for")


def test_china_is_not_said_to_supply_itself(case):
    sentence = dependency.sentence("CHN", case("CHN")[1], "value")
    assert "China bought" in sentence
    assert "China supplied" not in sentence


def test_a_small_trade_is_called_thin(case):
    ladder = case("USA")[1]
    sentence = dependency.sentence("USA", ladder, "value")
    assert "metals (4.9 million USD, thin)" in sentence
    assert "magnets (492 million USD)" in sentence


def test_a_title_that_compares_calls_near_ties_near():
    ladder = pd.DataFrame(
        {
            "stage": ["magnets", "metals", "compounds"],
            "supplier": "CHN",
            "share": [0.53, 0.52, 0.29],
        }
    )
    title = figures.ladder_title("CAN", ladder)
    assert "about 53 % of Canada’s metals and magnets" in title
    same = figures.ladder_title("CAN", ladder.assign(share=[0.53, 0.52, 0.525]))
    assert "about 53 % of Canada’s imports at every stage" in same


def test_the_parts_add_up_to_minus_the_change_in_chinas_share(told):
    for importer in ("USA", "EU27", "JPN"):
        of = told(importer)
        values = {v["id"]: v for v in diversification.values("compounds", of)}
        for stage in ("compounds", "metals"):
            parts = [
                values[f"{stage}.{p}"]["value"] for p in ("continuing", "new", "lost")
            ]
            change = values[f"{stage}.china_share_change"]["value"]
            assert sum(parts) == pytest.approx(-change, abs=2e-4)  # rounded values
        assert values["magnets.new"]["value"] is None  # leading flows
        assert values["verdict"]["value"] == of["compounds"].verdict.answer


@pytest.mark.parametrize(
    ("importer", "answer"), [("USA", "not"), ("EU27", "worked"), ("JPN", "worked")]
)
def test_verdicts_on_compounds_since_2010(told, importer, answer):
    of = told(importer)
    assert of["compounds"].verdict.answer == answer
    sentence = diversification.sentence(importer, "compounds", of, "value")
    assert diversification.SAID[answer] in sentence.split(":")[0]


@pytest.mark.parametrize("importer", CASES)
def test_every_importer_and_stage_gets_an_answer_or_a_reason(trade, told, importer):
    of = told(importer)
    charts.close(changes.ends(importer, of, "value"))
    changes.entry_and_exit(stages.imports_of(trade, importer))
    for stage, one in of.items():
        sentence = diversification.sentence(importer, stage, of, "value")
        assert sentence.startswith("**")
        assert "nan" not in sentence.lower()
        assert len(changes.tried(one)) >= 1
        if one.share is not None:
            charts.close(changes.parts(importer, stage, one))


def test_plants_are_counted_once_by_their_newest_word():
    firms = tables.load("firms")
    plants = supply.plants(firms)
    assert not plants.duplicated(["firm", "site"]).any()
    us = plants[plants["country"] == "USA"].groupby("status")["tonnes_per_year"].sum()
    assert us.to_dict() == {"announced": 30170, "ramping": 3600, "running": 3814}


def test_a_plant_says_as_of_when_and_its_name_fits_the_figure():
    firms = tables.load("firms")
    ax = supply.plants_figure(supply.plants(firms))
    assert "9 % are running, 8 % ramping up" in " ".join(
        ax.figure.get_suptitle().split()
    )
    labels = ax.get_yticklabels()
    assert "Neo Performance Materials, Sillamae (2024-03)" in {
        label.get_text() for label in labels
    }
    assert min(label.get_window_extent().x0 for label in labels) >= 0
    charts.close(ax)


def test_years_of_separators_are_named_as_their_rows_have_them():
    text = supply.separators_text(tables.load("firms"))
    assert "Lynas by fiscal years to June, MP Materials by calendar years" in text
    assert supply.separators_text(tables.load("firms").head(0)).endswith("tonnes.")


def test_a_history_of_leading_flows_says_so(trade):
    history = stages.history(
        stages.imports_of(trade, "GBR"), tables.load("production"), 2002, 2025
    )
    told = figures.history_title("GBR", history)
    assert told.startswith("China’s share of the leading flows of the United Kingdom’s")


def test_our_share_stands_beside_those_that_others_print(case):
    ladder = case("USA")[1]
    table = reliance.published("USA", ladder, tables.load("published_shares"))
    assert {"67 %", "71 %", "75 %"} <= set(table["China"])
    other = reliance.published("KOR", ladder, tables.load("published_shares"))
    assert "no published share" in other["of what"].iloc[-1]


def test_the_dataweb_share_that_is_quoted_follows_from_the_table():
    rows = tables.load("us_imports")
    rows = rows[(rows["heading"] == "2846") & (rows["start"].dt.year == 2024)]
    rows = rows[rows["months"] == 12]
    value = rows.groupby("partner")["value_usd"].sum()
    quoted = tables.load("published_shares").set_index("goods")["share"]
    share = quoted["compounds (HS 2846), 18 selected partners"]
    assert value["CHN"] / value.sum() == pytest.approx(share, abs=5e-4)


def test_a_day_before_the_first_edition_of_trade_shows_what_was_known():
    book = Live(catalogue.notebook_file(ROOT, "01-dependency"))
    asked = book.defaults | {"as_of": "2025-06-30"}
    told = book.headline(asked)
    values = {value["id"]: value["value"] for value in told["values"]}
    assert stages.UNPUBLISHED in told["sentence"]
    assert "China mined 69 % of the world" in told["sentence"]
    assert values["compounds.china_share"] is None
    assert values["net_import_reliance"] == 0.8
    for section in book.sections:
        assert book.shown(section, asked)


def test_a_day_before_everything_was_published_makes_a_page_too():
    book = Live(catalogue.notebook_file(ROOT, "01-dependency"))
    asked = book.defaults | {"as_of": "2020-06-30"}
    (told,) = book.shown("How that changed", asked)
    assert "cannot be told" in told.data["text/markdown"]


def test_diversification_needs_an_edition_of_trade():
    book = Live(catalogue.notebook_file(ROOT, "02-diversification"))
    with pytest.raises(NoData, match=stages.UNPUBLISHED):
        book.headline(book.defaults | {"as_of": "2025-06-30"})
