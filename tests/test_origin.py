"""Where goods come from: kinds of exporters, the origin gap, ranges, both tellings."""

import numpy as np
import pandas as pd
import pytest

from rareearth import charts, origin, tables, tellings
from rareearth.findings import origin as findings
from rareearth.findings import origin_figures as figures
from rareearth.report import WrongCall
from rareearth.report.choices import ALLOWED
from rareearth.report.parameters import check


def flows(*rows, product="850511", year=2022, teller="reconciled", **columns):
    """Flows as (exporter, importer, USD)."""
    frame = pd.DataFrame(rows, columns=["exporter", "importer", "value_usd"])
    valuation = {"importer": "cif"}.get(teller, "fob")
    told = {"product": product, "start": pd.Timestamp(year, 1, 1), "coverage":
            "complete", "reported_by": teller, "valuation": valuation,
            "tonnes": np.nan, "tonnes_status": "missing"}  # fmt: skip
    return frame.assign(**(told | columns))


def mines(*rows):
    """Mine output as (country, year, tonnes)."""
    frame = pd.DataFrame(rows, columns=["country", "year", "tonnes_reo"])
    frame = frame.assign(list="country list", kind="country", edition="made")
    return frame.astype({"tonnes_reo": float})


PRODUCTION = mines(("CHN", 2022, 70), ("USA", 2022, 20), ("MYS", 2018, 1),
                   ("BDI", 2016, 1))  # fmt: skip
WORLD = pd.concat(
    [
        flows(
            ("CHN", "USA", 700.0), ("DEU", "USA", 90.0), ("JPN", "USA", 80.0),
            ("PHL", "USA", 70.0), ("MYS", "USA", 40.0), ("BDI", "USA", 20.0),
            ("CHN", "DEU", 100.0), ("DEU", "FRA", 10.0), ("CHN", "JPN", 5.0),
            ("CHN", "PHL", 6.0), ("JPN", "PHL", 94.0), ("CHN", "MYS", 39.0),
            ("PHL", "BDI", 9.0),
        ),
        flows(("CHN", "JPN", 30.0), ("VNM", "JPN", 70.0), product="280530"),
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    told = origin.one_telling(WORLD, 2022)
    return origin.exporters(told, PRODUCTION, "USA", "850511", 2022)


def test_each_exporter_is_of_the_first_kind_that_applies(made) -> None:
    assert dict(zip(made["exporter"], made["kind"], strict=True)) == {
        "CHN": "china",
        "DEU": "hub",  # bought 100 from China, sold 100
        "JPN": "no mine",  # 5 of the good is little, 30 of metals is not
        "PHL": "other source",  # bought 6 from China, sold 79
        "MYS": "mines",  # a mine four years before; a hub only at 40
        "BDI": "other source",  # a mine six years before is none
    }
    assert set(made["kind"]) <= set(origin.KINDS)


def test_the_gap_is_what_countries_without_a_mine_shipped(made) -> None:
    assert origin.gap(made) == pytest.approx((90 + 80 + 70 + 20) / 1000)
    assert origin.division(made).sum() == pytest.approx(1)
    assert origin.gap(made.head(0)) is None


def test_the_range_goes_from_the_smallest_telling_to_the_ceiling(made) -> None:
    share, (low, high) = origin.china_share(made, [0.68, 0.72])
    assert (share, low) == (pytest.approx(0.70), 0.68)
    assert high == pytest.approx(0.70 + 0.09 + 0.08)
    nothing, bounds = origin.china_share(made.head(0), [])
    assert nothing is None and np.isnan(bounds.low)


def test_what_is_not_known_is_not_ruled_out() -> None:
    only_its_own = WORLD[WORLD["importer"] == "USA"]
    told = origin.one_telling(only_its_own, 2022)
    rows = origin.exporters(told, PRODUCTION, "USA", "850511", 2022)
    kinds = rows.set_index("exporter")["kind"]
    assert (kinds[["DEU", "JPN", "PHL", "BDI"]] == "no mine").all()
    assert kinds["MYS"] == "mines"
    unnamed = pd.concat([WORLD, flows((origin.UNNAMED, "USA", 1.0))])
    told = origin.one_telling(unnamed, 2022)
    rows = origin.exporters(told, PRODUCTION, "USA", "850511", 2022)
    assert rows.set_index("exporter")["kind"][origin.UNNAMED] == "unnamed"


def test_trade_inside_the_union_is_no_import_of_it() -> None:
    world = flows(("CHN", "DEU", 9.0), ("FRA", "DEU", 50.0), ("JPN", "FRA", 1.0))
    told = origin.one_telling(world, 2022)
    rows = origin.exporters(told, PRODUCTION, "EU27", "850511", 2022)
    assert rows["exporter"].tolist() == ["CHN", "JPN"]
    assert rows["share"].tolist() == pytest.approx([0.9, 0.1])


def test_tellers_and_lists_never_stand_together() -> None:
    mixed = pd.concat(
        [
            flows(("CHN", "USA", 1.0), teller="importer"),
            flows(("CHN", "USA", 2.0), teller="exporter"),
            flows(("CHN", "USA", 4.0), teller="importer", coverage="leading flows"),
        ]
    )
    assert origin.one_telling(mixed, 2022)["value_usd"].tolist() == [1.0]
    both = pd.concat([mixed, flows(("CHN", "USA", 3.0))])
    assert origin.one_telling(both, 2022)["value_usd"].tolist() == [3.0]
    lead = mixed[mixed["coverage"] == "leading flows"]
    assert origin.one_telling(lead, 2022)["value_usd"].tolist() == [4.0]


@pytest.mark.parametrize("seed", range(20))
def test_in_a_simulated_world_the_truth_lies_in_the_range(seed) -> None:
    """Hubs pass on what they bought; without a mine, half of it at least is China's."""
    draw = np.random.default_rng(seed)
    others = ["DEU", "JPN", "KOR", "MEX", "AUS", "CAN"]
    mined = mines(("CHN", 2022, 9), ("AUS", 2022, 3))
    rows, chinese = [("CHN", "USA", 100.0)], 100.0
    for country in others:
        sold = draw.uniform(5, 50)
        rows.append((country, "USA", sold))
        if country == "AUS":
            continue
        content = draw.uniform(0, 1) if draw.random() < 0.7 else 0.0
        if content:
            gain = draw.uniform(1, 5)  # value added on the way
            bought = sold * max(content / gain, origin.NOTABLE)
            rows.append(("CHN", country, bought))
            chinese += content * sold
        rows.append(("AUS", country, draw.uniform(5, 50)))
    told = origin.one_telling(flows(*rows), 2022)
    exporters = origin.exporters(told, mined, "USA", "850511", 2022)
    truth = chinese / exporters["value_usd"].sum()
    _, (low, high) = origin.china_share(exporters, [])
    assert low <= truth <= high < 1


# --- tellings -----------------------------------------------------------------------


def test_shares_stay_within_one_telling() -> None:
    both = pd.concat(
        [
            flows(("CHN", "USA", 79.0), ("JPN", "USA", 21.0), teller="importer"),
            flows(("CHN", "USA", 60.0), ("JPN", "USA", 15.0), teller="exporter"),
        ]
    )
    told = tellings.china_shares(tellings.summed(both, ["USA"]), "USA")
    shares = told.set_index("teller")
    assert shares.loc["importer", ["share", "total_usd"]].tolist() == [0.79, 100]
    assert shares.loc["exporter", ["share", "total_usd"]].tolist() == [0.80, 75]
    assert shares["valuation"].tolist() == ["cif", "fob"]
    assert tellings.china_shares(tellings.summed(both, ["USA"]), "JPN").empty


def test_freight_is_taken_out_before_tellings_are_compared() -> None:
    sold = [(country, 100.0) for country in ("DEU", "FRA", "ITA", "JPN", "KOR")] * 2
    names = [*"ABCDEFGHIJ"]
    pairs = pd.DataFrame(
        {
            "product": "850511", "year": 2022, "exporter": "CHN", "importer": names,
            "exporter_usd": [usd for _, usd in sold], "importer_usd": 110.0,
            "importer_valuation": "cif", "exporter_tonnes": 1.0, "importer_tonnes": 1.0,
            "exporter_tonnes_status": "reported", "importer_tonnes_status": "reported",
        }
    )  # fmt: skip
    judged = tellings.judged(pairs)
    assert judged["factor"].tolist() == pytest.approx([1.10] * 10)
    assert judged["freed"].tolist() == pytest.approx([1.0] * 10)
    assert (judged["by_value"] == "").all() and (judged["by_weight"] == "").all()
    customs = tellings.judged(pairs.assign(importer_valuation="customs"))
    assert (customs["factor"] == 1).all()


def test_a_side_that_says_nothing_is_no_zero() -> None:
    one = flows(("CHN", "USA", 79.0), teller="importer")
    judged = tellings.judged(tellings.summed(one, ["USA"]).assign(
        product="850511", year=2022))  # fmt: skip
    assert judged["by_value"].item() == "the exporter does not tell it"
    assert judged["ratio"].isna().all()


# --- the pages ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def held() -> pd.DataFrame:
    return tables.load("mirror_pairs")


@pytest.fixture(scope="module")
def trade() -> pd.DataFrame:
    return tables.load("trade")


@pytest.fixture(scope="module")
def production() -> pd.DataFrame:
    return tables.load("production")


def page(trade, production, held, importer, product, year):
    """Values of a page by id, and its sentence."""
    told = origin.one_telling(trade, year)
    exporters = origin.exporters(told, production, importer, product, year)
    pairs = findings.pairs(trade, held, product, year, "")
    shares = findings.shares(pairs, exporters, importer, "CEPII BACI")
    judged = tellings.judged(pairs)
    values = findings.values(product, year, exporters, shares, judged)
    said = findings.sentence(importer, product, year, exporters, shares, judged)
    return {v["id"]: v for v in values}, said


def test_us_magnets_of_2022_by_three_tellings(trade, production, held) -> None:
    values, said = page(trade, production, held, "USA", "850511", 2022)
    told = tellings.china_shares(held[held["year"] == 2022], "USA")
    assert told["share"].tolist() == pytest.approx([0.7900, 0.7851], abs=5e-5)
    share = values["china_share"]
    assert share["low"] <= share["value"] <= share["high"]
    assert share["value"] == pytest.approx(0.7785, abs=5e-5)
    assert values["origin_gap"]["value"] == pytest.approx(0.2136, abs=5e-4)
    assert (values["refused"]["value"], values["refused.weight"]["value"]) == (1, 15)
    assert said.startswith("**In 2022 China shipped 78 % of the magnets that the")


def test_what_is_told_once_has_no_count_of_refusals(trade, production, held) -> None:
    values, said = page(trade, production, held, "EU27", "284690", 2024)
    assert values["refused"]["value"] is None
    assert values["china_share"]["low"] == values["china_share"]["value"]
    assert "There is one telling of this year only" in said
    assert "nothing to set beside it" in findings.nothing_twice("mine.csv")


def test_nothing_bought_gives_no_number(trade, production, held) -> None:
    values, said = page(trade.head(0), production, held.head(0), "USA", "850511", 2022)
    assert said == "**The data hold no magnets that the United States bought in 2022.**"
    assert {v["value"] for v in values.values()} == {None}


def test_an_exporter_that_is_not_named_is_no_zero(trade, production, held) -> None:
    some = trade[trade["exporter"] != "CHN"]
    _, said = page(some, production, held.head(0), "USA", "850511", 2022)
    assert "China is not among the" in said and "shipped 0 %" not in said.split("**")[1]


def test_a_file_of_one_s_own_and_the_package_never_mix(held) -> None:
    once = flows(("CHN", "USA", 1.0))
    assert findings.pairs(once, held, "850511", 2022, "mine.csv").empty
    twice = pd.concat(
        [
            flows(("CHN", "USA", 8.0), teller="importer"),
            flows(("CHN", "USA", 7.0), teller="exporter"),
        ]
    )
    own = findings.pairs(twice, held, "850511", 2022, "mine.csv")
    usa = own[(own["importer"] == "USA") & (own["exporter"] == "CHN")].iloc[0]
    assert (usa["exporter_usd"], usa["importer_usd"]) == (7.0, 8.0)
    assert findings.printed(held, "850511", 2022, "mine.csv").empty


def test_compounds_that_two_offices_code_differently_are_refused(held) -> None:
    rows = tellings.judged(findings.printed(held, "850511", 2022, ""))
    reasons = rows.set_index("year")["by_value"].to_dict()
    assert reasons == {2015: "", 2018: "", 2022: "the tellings are 22.8 times apart"}
    assert set(findings.printed(held, "850511", 2018, "")["year"]) == {2015, 2018}


def test_mines_and_purchases_stand_side_by_side(trade, production) -> None:
    told = origin.one_telling(trade, 2022)
    exporters = origin.exporters(told, production, "USA", "850511", 2022)
    rows = origin.against_mines(exporters, production, 2022).set_index("country")
    assert rows["shipped"].sum() == pytest.approx(1)
    assert rows["mined"].sum() <= 1 + 1e-9
    assert rows.loc["JPN", "mined"] == 0 and rows.loc["CHN", "mined"] > 0.7


@pytest.mark.parametrize(
    ("importer", "product", "year"),
    [("USA", "850511", 2022), ("EU27", "284690", 2024), ("JPN", "850511", 2010),
     ("CHN", "280530", 2000)],
)  # fmt: skip
def test_every_figure_can_be_drawn(trade, production, held, importer, product, year):
    told = origin.one_telling(trade, year)
    exporters = origin.exporters(told, production, importer, product, year)
    pairs = findings.pairs(trade, held, product, year, "")
    shares = findings.shares(pairs, exporters, importer, "CEPII BACI")
    marks = figures.share_marks(shares, exporters, year)
    ladder = origin.divisions(told, production, importer, year)
    assert ladder.groupby("product")["share"].sum().tolist() == pytest.approx(
        [1.0] * ladder["product"].nunique()
    )
    against = origin.against_mines(exporters, production, year)
    drawn = [
        figures.shares(importer, product, marks, shares, "CEPII BACI"),
        figures.ladder(importer, product, ladder, year, "CEPII BACI"),
        figures.mines(against, importer, product, year, "2022"),
    ]
    judged = tellings.judged(pairs)
    if len(judged):
        drawn.append(figures.apart(judged, importer, product, "UN Comtrade"))
        assert len(figures.refused_table(findings.refused(judged))) == len(judged)
    for ax in drawn:
        charts.close(ax)
    alts = [figures.shares_alt(marks), figures.ladder_alt(ladder),
            figures.mines_alt(against)]  # fmt: skip
    assert all(any(c.isdigit() for c in alt) for alt in alts)
    assert len(figures.exporters_table(exporters)) <= figures.MOST


def test_products_and_years_are_those_of_the_trade_table() -> None:
    root = tables.PACKAGE.parent
    assert set(ALLOWED["product"]({})) == {"280530", "284610", "284690", "850511"}
    assert 2024 in ALLOWED["year"]({}) and 2025 not in ALLOWED["year"]({})
    with pytest.raises(WrongCall, match="no product '850519'; did you mean '850511'"):
        check({"product": "850519"}, root)
