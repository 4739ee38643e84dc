import math

import comtrade
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import reliance

seeded = settings(deadline=None, derandomize=True, max_examples=60)
tonnes = st.floats(0, 1e6)

MEMBERS = (
    "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD"
    " POL PRT ROU SVK SVN ESP SWE"
)
EU27 = frozenset(MEMBERS.split())


@pytest.mark.parametrize(
    ("production", "imports", "exports", "consumption", "printed_t", "printed"),
    [  # USGS, Mineral Commodity Summaries 2019: US, t of rare-earth oxide, 2014 to 2017
        (5_400, (12_300, 371, 348), (4_390, 1_640, 140), 12_249, 12_200, 56),
        (5_900, (9_160, 356, 385), (4_980, 1_220, 60), 9_541, 9_550, 38),
        (0, (11_500, 268, 404), (590, 943, 103), 10_536, 10_500, 100),
        (0, (11_000, 309, 524), (1_740, 982, 55), 9_056, 9_060, 100),
    ],
)
def test_parts_give_the_consumption_and_reliance_that_usgs_prints(
    production, imports, exports, consumption, printed_t, printed
):
    parts = production, sum(imports), sum(exports)
    assert reliance.apparent_consumption(*parts) == consumption
    assert consumption == pytest.approx(printed_t, rel=0.005)
    computed = reliance.net_import_reliance(*parts)
    assert reliance.agrees(computed, reliance.as_printed(printed), tolerance=0.005)


@pytest.mark.parametrize(
    ("consumption", "production", "share", "printed"),
    [
        (6_600, 1_300, 0.803, 80),  # 2024 as MCS 2025 has it, and the years before it
        (10_100, 250, 0.975, ">95"),
        (10_200, 95, 0.991, ">95"),
        (7_900, 120, 0.985, ">95"),
        (27_000, 8_900, 0.6704, 67),  # 2025 as MCS 2026 has it, and the years before it
        (9_010, 4_300, 0.5228, 53),
        (8_600, 800, 0.907, ">90"),
    ],
)
def test_consumption_and_production_give_the_reliance_that_usgs_prints(
    consumption, production, share, printed
):
    computed = reliance.from_consumption(consumption, production)
    assert computed == pytest.approx(share, abs=5e-4)
    assert reliance.agrees(computed, reliance.as_printed(printed)) is True


@pytest.mark.parametrize(
    ("production", "imports", "exports", "printed"),
    [  # USGS, Data Series 140: US, all forms, 2018 to 2020
        (14_000, 11_700, 19_100, 6_500),
        (28_000, 13_300, 29_500, 12_000),
        (39_000, 7_200, 39_500, 6_700),
    ],
)
def test_consumption_of_data_series_140(production, imports, exports, printed):
    computed = reliance.apparent_consumption(production, imports, exports)
    assert computed == pytest.approx(printed, rel=0.02)


def test_reliance_works_on_columns_and_keeps_missing_missing():
    table = pd.DataFrame({"consumption": [9_010.0, None], "production": [4_300.0, 1.0]})
    computed = reliance.from_consumption(table["consumption"], table["production"])
    assert computed[0] == pytest.approx(0.5228, abs=5e-5)
    assert math.isnan(computed[1])


def test_stocks_that_grow_are_not_consumed():
    assert reliance.apparent_consumption(10, 20, 5, stock_change=3) == 22
    assert reliance.net_import_reliance(10, 20, 5, stock_change=3) == 12 / 22


def test_consumption_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match=r"apparent consumption is -1\.0, not above"):
        reliance.net_import_reliance(1.0, 1.0, 3.0)


@given(tonnes, tonnes, tonnes)
@seeded
def test_reliance_is_net_imports_over_consumption_and_at_most_one(made, bought, sold):
    if made + bought - sold <= 0:
        made = sold + 1.0
    computed = reliance.net_import_reliance(made, bought, sold)
    consumption = reliance.apparent_consumption(made, bought, sold)
    assert computed * consumption == pytest.approx(bought - sold, abs=1e-6)
    assert computed <= 1
    assert (computed < 0) == (consumption < made)


@pytest.mark.parametrize(
    ("token", "comparator", "printed"),
    [
        (67, "", (0.67, 0.67, 0.67, "value")),
        ("67.0", None, (0.67, 0.67, 0.67, "value")),
        ("1,000", "", (10.0, 10.0, 10.0, "value")),
        ("—", "", (0.0, 0.0, 0.0, "value")),
        (95.0, ">", (None, 0.95, 1.0, "bound")),
        ("> 90 %", "", (None, 0.90, 1.0, "bound")),
        ("<25", "", (None, 0.0, 0.25, "bound")),
        ("50–75", "", (None, 0.5, 0.75, "range")),
        (None, "E", (None, None, 0.0, "net exporter")),
        (float("nan"), "W", (None, None, None, "withheld")),
        ("NA", "", (None, None, None, "not available")),
        (None, None, (None, None, None, "not available")),
        ("XX", "", (None, None, None, "not applicable")),
    ],
)
def test_tokens_become_values_or_limits_never_zero(token, comparator, printed):
    assert reliance.as_printed(token, comparator) == pytest.approx(printed)


@pytest.mark.parametrize("token", ["many", "95>", "-5", ">", "50-"])
def test_an_unknown_token_is_refused(token):
    with pytest.raises(ValueError, match="no percentage, bound, range"):
        reliance.as_printed(token)


@pytest.mark.parametrize(
    ("computed", "token", "fits"),
    [
        (0.5228, 53, True),
        (0.5228, 80, False),
        (0.94, ">95", False),
        (0.60, "50-75", True),
        (0.80, "50-75", False),
        (-0.1, "E", True),
        (0.1, "E", False),
        (0.5, "W", None),
    ],
)
def test_a_computed_share_is_held_against_what_is_printed(computed, token, fits):
    assert reliance.agrees(computed, reliance.as_printed(token)) is fits


FLOWS = pd.DataFrame(
    [
        ("CHN", "DEU", 60.0),
        ("USA", "FRA", 20.0),
        ("FRA", "DEU", 20.0),
        ("DEU", "USA", 12.0),
        ("CHN", "USA", 36.0),
    ],
    columns=["exporter", "importer", "value_usd"],
)


def test_eu_criteria_by_hand():
    table = reliance.eu_criteria(FLOWS, "EU27", EU27)
    assert table["value"].tolist() == pytest.approx([0.75**2 + 0.25**2, 0.8, 2.5])
    assert table["threshold"].tolist() == [0.4, 0.5, 1.0]
    assert table["distance"].tolist() == pytest.approx([0.225, 0.3, 1.5])
    assert table["met"].tolist() == [True, True, True]
    assert table["label"].tolist()[0] == "HHI of imports from outside"


@pytest.mark.parametrize(
    ("importer", "values", "met"),
    [
        ("DEU", [0.75**2 + 0.25**2, None, 80 / 12], [True, pd.NA, True]),
        ("FRA", [1.0, None, 1.0], [True, pd.NA, False]),
        ("USA", [0.75**2 + 0.25**2, None, None], [True, pd.NA, pd.NA]),
        ("JPN", [None, None, None], [pd.NA, pd.NA, pd.NA]),
    ],
)
def test_for_a_country_the_rule_is_borrowed_and_cdi2_is_null(importer, values, met):
    flows = FLOWS[FLOWS["exporter"] != "USA"] if importer == "USA" else FLOWS
    table = reliance.eu_criteria(flows, importer, EU27)
    expected = pd.Series(values, dtype=float).to_numpy()
    assert table["value"].to_numpy() == pytest.approx(expected, nan_ok=True)
    assert [m is pd.NA for m in table["met"]] == [m is pd.NA for m in met]
    assert table["met"].dropna().tolist() == [m for m in met if m is not pd.NA]
    assert (table["reason"] != "").tolist() == table["value"].isna().tolist()
    assert table.loc["cdi2", "reason"] == "a single country has no trade among members"
    assert table["label"].str.startswith(f"EU rule applied to {importer}: ").all()


def test_imports_are_as_importers_tell_and_exports_as_exporters_do():
    both = pd.concat(
        [
            FLOWS.assign(reported_by="importer"),
            FLOWS.assign(reported_by="exporter", value_usd=FLOWS["value_usd"] * 2),
        ]
    )
    table = reliance.eu_criteria(both, "EU27", EU27)
    assert table["value"].tolist() == pytest.approx([0.625, 0.8, 1.25])


def test_an_aggregate_among_the_importers_is_refused():
    with pytest.raises(ValueError, match="EU27 is a row here"):
        reliance.eu_criteria(FLOWS.replace("USA", "EU27"), "EU27", EU27)


@pytest.mark.realdata
def test_eu_criteria_of_magnets_from_raw_comtrade():
    rows = comtrade.totals(comtrade.flows_2022().query("product == '850511'"))
    values = reliance.eu_criteria(rows, "EU27", EU27)["value"]
    assert values.tolist() == pytest.approx([0.8072, 0.8724, 3.0835], abs=1e-4)


@pytest.mark.realdata
def test_breakdowns_added_to_their_totals_give_the_figures_once_published():
    rows = comtrade.flows_2022().query("product == '850511'")
    values = reliance.eu_criteria(rows, "EU27", EU27)["value"]
    assert values.tolist() == pytest.approx([0.7760, 0.8979, 3.323], abs=1e-3)
