"""The ladder of stages on the collection's own tables and on small ones."""

import pandas as pd
import pytest

from rareearth import concentration, stages, tables


@pytest.fixture(scope="module")
def trade():
    return tables.load("trade")


@pytest.fixture(scope="module")
def production():
    return tables.load("production")


def flows(rows):
    """A trade table from (year, exporter, importer, product, value, coverage)."""
    columns = ["year", "exporter", "importer", "product", "value_usd", "coverage"]
    frame = pd.DataFrame(rows, columns=columns)
    start = pd.to_datetime(frame.pop("year").astype(str) + "-01-01")
    return frame.assign(
        start=start, tonnes=1.0, tonnes_status="unknown basis", reported_by="reconciled"
    )


@pytest.mark.parametrize(
    ("importer", "stage", "share"),
    [
        ("USA", "magnets", 0.745),  # complete; 0.751 from leading flows
        ("GBR", "magnets", 0.683),  # complete; 0.73 from leading flows
        ("USA", "compounds", 0.674),
        ("EU27", "compounds", 0.321),
    ],
)
def test_a_level_rests_on_the_complete_list(trade, importer, stage, share):
    level = stages.level(stages.imports_of(trade, importer), stage, 2025)
    assert set(level["coverage"]) == {"complete"}
    assert level["year"].unique().tolist() == [2024]
    found = concentration.share_of(concentration.shares(level), "CHN")
    assert found == pytest.approx(share, abs=5e-4)


def test_a_level_before_any_complete_year_says_that_it_is_of_leading_flows(trade):
    level = stages.level(stages.imports_of(trade, "USA"), "magnets", 2021)
    assert level["year"].unique().tolist() == [2021]
    assert set(level["coverage"]) == {"leading flows"}


def test_a_year_between_two_complete_ones_shows_the_earlier_complete_one(trade):
    level = stages.level(stages.imports_of(trade, "USA"), "magnets", 2023)
    assert level["year"].unique().tolist() == [2022]


def test_the_union_imports_from_outside_only(trade):
    imports = stages.imports_of(trade, "EU27")
    from rareearth import codes

    assert not set(imports["exporter"]) & set(codes.eu27())
    assert set(imports["importer"]) == {"EU27"}


def test_an_unknown_importer_is_refused_with_those_that_there_are(trade):
    with pytest.raises(ValueError, match=r"no imports of 'UAS'.*USA"):
        stages.imports_of(trade, "UAS")


def test_mines_follow_the_edition_of_the_day():
    imports = stages.imports_of(
        flows([(2024, "CHN", "USA", "280530", 1, "complete")]), "USA"
    )
    # MCS 2025 and MCS 2026 on the year 2024 (sum of country rows): G02, G07
    for as_of, share, hhi in (("2025-06-30", 0.6854, 0.4924), ("", 0.7031, 0.5192)):
        ladder = stages.ladder(imports, tables.load("production", as_of), 2024)
        mine = ladder[ladder["stage"] == "mine"]
        assert stages.share_of(ladder, "mine") == pytest.approx(share, abs=5e-5)
        assert concentration.hhi(mine["share"]) == pytest.approx(hhi, abs=5e-5)


def test_before_any_list_of_countries_the_mines_are_not_known():
    imports = stages.imports_of(
        flows([(2024, "CHN", "USA", "280530", 1, "complete")]), "USA"
    )
    ladder = stages.ladder(imports, tables.load("production", "1999-01-01"), 2024)
    mine = ladder[ladder["stage"] == "mine"].iloc[0]
    assert pd.isna(mine["share"])
    assert "had been published" in mine["note"]
    assert stages.share_of(ladder, "mine") is None


def test_by_weight_magnets_are_not_known_and_say_why(trade, production):
    imports = stages.imports_of(trade, "USA")
    ladder = stages.ladder(imports, production, 2024, basis="weight")
    magnets = ladder[ladder["stage"] == "magnets"].iloc[0]
    assert pd.isna(magnets["share"])
    assert "other magnets" in magnets["note"]
    assert set(ladder.loc[ladder["stage"] == "compounds", "unit"]) == {"t"}


def test_a_stage_of_which_no_flow_has_a_weight_says_so(production):
    bought = flows([(2024, "CHN", "USA", "280530", 7e6, "complete")])
    imports = stages.imports_of(bought.assign(tonnes=float("nan")), "USA")
    ladder = stages.ladder(imports, production, 2024, basis="weight")
    (note,) = ladder.loc[ladder["stage"] == "metals", "note"]
    assert note == "no flow has a weight"
    assert stages.share_of(ladder, "metals") is None


def test_a_stage_without_imports_is_not_a_share_of_zero(production):
    imports = stages.imports_of(
        flows([(2024, "CHN", "USA", "280530", 7e6, "complete")]), "USA"
    )
    ladder = stages.ladder(imports, production, 2024)
    assert stages.share_of(ladder, "metals") == 1
    assert stages.share_of(ladder, "magnets") is None
    note = ladder.loc[ladder["stage"] == "magnets", "note"].iloc[0]
    assert note == "no imports in the data"


def test_a_history_keeps_to_one_list_and_leaves_gaps(trade, production):
    history = stages.history(
        stages.imports_of(trade, "GBR"), production, 2002, 2024
    ).set_index(["stage", "coverage", "year"])["share"]
    leading = history["magnets"]["leading flows"]
    complete = history["magnets"]["complete"]
    # like with like 0.771 to 0.732; from leading to complete it would be 0.683
    assert leading[2023] == pytest.approx(0.771, abs=5e-4)
    assert leading[2024] == pytest.approx(0.732, abs=5e-4)
    assert complete.index.tolist() == [2022, 2024]
    assert history["mine"]["complete"].index.min() == 2018


def test_shares_of_a_stage_add_up_to_one(trade, production):
    ladder = stages.ladder(stages.imports_of(trade, "JPN"), production, 2024)
    sums = ladder.groupby("stage")["share"].sum()
    assert sums.to_numpy() == pytest.approx(1)
