import io
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import concentration

# Mine production, t of rare-earth oxide, as three prints of the USGS Mineral Commodity
# Summaries have it: edition of 2026 for 2024, of 2025 for 2024, of 2025 for 2023.
MINED = pd.read_csv(
    io.StringIO(
        """country        2026-2024  2025-2024  2025-2023
           Australia          29000      13000      16000
           Brazil               560         20        140
           Burma              27000      31000      43000
           Canada                 0          0          0
           China             270000     270000     255000
           India               2900       2900       2900
           Madagascar          1400       2000       2100
           Malaysia             140        130        310
           Nigeria             1500      13000       7200
           Other               1000       1100       1440
           Russia              2600       2500       2500
           Thailand            2100      13000       3600
           USA                45500      45000      41600
           Vietnam              300        300        300"""
    ),
    sep=r"\s+",
)

seeded = settings(deadline=None, derandomize=True, max_examples=25)
amounts = st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=12)


def share(values):
    values = pd.Series(values, dtype=float)
    return values / values.sum()


def flows(**columns):
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("edition", "total", "hhi", "effective", "china"),
    [
        ("2026-2024", 384_000, 0.5192, 1.926, 0.7031),
        ("2025-2024", 393_950, 0.4924, 2.031, 0.6854),
        ("2025-2023", 376_090, 0.4874, 2.051, 0.6780),
    ],
)
def test_world_mining_is_as_concentrated_as_the_edition_says(
    edition, total, hhi, effective, china
):
    production = MINED.rename(columns={edition: "tonnes_reo"})
    supply = concentration.shares(production, "weight", "country")
    index = concentration.hhi(supply["share"])
    assert supply["tonnes_reo"].sum() == total
    assert index == pytest.approx(hhi, abs=5e-5)
    assert concentration.effective_suppliers(index) == pytest.approx(
        effective, abs=5e-4
    )
    assert concentration.top_supplier(supply, "country") == "China"
    assert concentration.share_of(supply, "China", "country") == pytest.approx(
        china, abs=5e-5
    )


def test_hhi_of_the_textbook_market():
    market = share([30, 30, 20, 20])
    assert concentration.hhi(market) * 10_000 == pytest.approx(2_600, rel=1e-12)
    assert concentration.effective_suppliers(0.26) == pytest.approx(3.84615, abs=5e-6)


@pytest.mark.parametrize(
    ("named", "unnamed", "low", "high"),
    [
        ([0.70, 0.13, 0.06, 0.05], 0.06, 0.5130, 0.5166),  # MCS 2025, 2020-23
        ([0.71, 0.13, 0.05, 0.05], 0.06, 0.5260, 0.5296),  # MCS 2026, 2021-24
    ],
)
def test_unnamed_import_sources_leave_a_range(named, unnamed, low, high):
    bounds = concentration.hhi_bounds(pd.Series(named), unnamed)
    assert bounds == pytest.approx((low, high), abs=1e-4)
    assert concentration.hhi_bounds(pd.Series(named)) == pytest.approx(bounds)


def test_shares_add_up_in_every_group_and_come_largest_first():
    trade = flows(
        importer=["DEU", "DEU", "DEU", "USA", "USA"],
        year=[2024] * 5,
        exporter=["USA", "CHN", "CHN", "JPN", "CHN"],
        value_usd=[1.0, 2.0, 5.0, 4.0, 4.0],
    )
    supply = concentration.shares(trade, by=("importer", "year"))
    assert list(supply.columns) == [
        "importer",
        "year",
        "exporter",
        "value_usd",
        "share",
    ]
    assert supply["exporter"].tolist() == ["CHN", "USA", "CHN", "JPN"]
    assert supply["share"].tolist() == [7 / 8, 1 / 8, 1 / 2, 1 / 2]
    assert supply.groupby("importer")["share"].sum().tolist() == [1, 1]


def test_missing_weights_stay_missing_and_their_value_is_stated():
    trade = flows(
        exporter=["CHN", "CHN", "MYS", "EST"],
        value_usd=[6.0, 2.0, 4.0, 8.0],
        tonnes=[3.0, None, 1.0, None],
        tonnes_status=["reported", "missing", "estimated", "missing"],
    )
    supply = concentration.shares(trade, "weight").set_index("exporter")
    assert supply["share"].tolist()[:2] == [0.75, 0.25]
    assert supply.loc["EST", ["tonnes", "share"]].isna().all()
    assert list(supply.index) == ["CHN", "MYS", "EST"]
    assert supply["value_share_with_weight"].tolist() == [0.75, 1, 0]
    assert supply["value_share_reported"].tolist() == [0.75, 0, 0]
    assert concentration.hhi(supply["share"]) == 0.625
    assert math.isnan(concentration.share_of(supply.reset_index(), "EST"))
    coverage = concentration.weight_coverage(trade).set_index("tonnes_status")["share"]
    assert coverage.to_dict() == {"missing": 0.5, "reported": 0.3, "estimated": 0.2}


@pytest.mark.parametrize(
    ("wrong", "basis", "message"),
    [
        ({"value_usd": [1.0, -2.0]}, "value", r"row 1: value_usd of USA is -2.0"),
        ({"value_usd": [1.0, 2.0]}, "weight", r"needs one of the columns tonnes"),
        ({"tonnes": [1.0, 2.0], "tonnes_reo": [1.0, 2.0]}, "weight", "only one"),
        ({"value_usd": [1.0, 2.0]}, "volume", "'value' or 'weight', not 'volume'"),
        (
            {"value_usd": [1.0, 2.0], "coverage": ["complete", "leading flows"]},
            "value",
            "coverage is complete and leading flows in one sum",
        ),
        (
            {"value_usd": [1.0, 2.0], "reported_by": ["importer", "exporter"]},
            "value",
            "reported_by is exporter and importer",
        ),
    ],
)
def test_what_must_not_be_added_up_is_refused(wrong, basis, message):
    with pytest.raises(ValueError, match=message):
        concentration.shares(flows(exporter=["CHN", "USA"], **wrong), basis)


def test_two_lists_may_stand_side_by_side_in_groups_of_their_own():
    trade = flows(
        exporter=["CHN", "USA"],
        value_usd=[1.0, 2.0],
        coverage=["complete", "leading flows"],
    )
    assert concentration.shares(trade, by="coverage")["share"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: concentration.hhi(pd.Series([0.5, 0.4])), "sum to 0.9, not 1"),
        (lambda: concentration.hhi(pd.Series([1.5, -0.5])), r"not in \[0, 1\]"),
        (lambda: concentration.hhi_bounds(pd.Series([0.9]), 0.3), "add up to 1"),
        (lambda: concentration.effective_suppliers(0.0), "above 0 and up to 1"),
        (
            lambda: concentration.share_of(
                flows(exporter=["CHN", "CHN"], share=[1.0, 1.0]), "CHN"
            ),
            "exporter repeats names",
        ),
    ],
)
def test_impossible_shares_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_trade_gives_missing_values_and_no_supplier():
    nothing = concentration.shares(
        flows(exporter=pd.Series(dtype="str"), value_usd=pd.Series(dtype=float))
    )
    assert nothing.empty
    assert concentration.top_supplier(nothing) is None
    assert math.isnan(concentration.share_of(nothing, "CHN"))
    assert math.isnan(concentration.hhi(nothing["share"]))
    assert math.isnan(concentration.without_largest(nothing["share"]))
    assert concentration.thin(float("nan"))


def test_equal_suppliers_are_named_in_order_of_their_names():
    supply = flows(exporter=["USA", "CHN", "JPN"], share=[0.4, 0.4, 0.2])
    assert concentration.top_supplier(supply) == "CHN"


@pytest.mark.parametrize(("total_usd", "thin"), [(4_999_999, True), (5e6, False)])
def test_thin_trade_is_below_five_million(total_usd, thin):
    assert concentration.thin(total_usd) is thin


@given(amounts, st.floats(1e-3, 1e3))
@seeded
def test_hhi_does_not_depend_on_the_unit(values, factor):
    scaled = share([value * factor for value in values])
    assert concentration.hhi(scaled) == pytest.approx(concentration.hhi(share(values)))


@given(amounts)
@seeded
def test_hhi_lies_between_equal_suppliers_and_one(values):
    hhi = concentration.hhi(share(values))
    assert 1 / len(values) - 1e-9 <= hhi <= 1 + 1e-9
    assert 1 - 1e-9 <= concentration.effective_suppliers(hhi) <= len(values) + 1e-6


@given(amounts, st.randoms(use_true_random=False))
@seeded
def test_order_of_rows_changes_nothing(values, random):
    frame = flows(exporter=[f"S{i}" for i in range(len(values))], value_usd=values)
    order = list(frame.index)
    random.shuffle(order)
    shuffled = concentration.shares(frame.loc[order])
    pd.testing.assert_frame_equal(concentration.shares(frame), shuffled)
    assert shuffled["share"].sum() == pytest.approx(1)


@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=12))
@seeded
def test_a_merger_of_two_suppliers_raises_hhi(values):
    merged = share([values[0] + values[1], *values[2:]])
    assert concentration.hhi(merged) > concentration.hhi(share(values))


@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=12), st.integers(1, 11))
@seeded
def test_bounds_contain_the_hhi_of_all_suppliers(values, named):
    whole = share(values)
    low, high = concentration.hhi_bounds(whole.iloc[:named])
    assert low - 1e-12 <= concentration.hhi(whole) <= high + 1e-12
