"""Months and printed ranges."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth.periods import (
    figures,
    inside,
    joined_new_year,
    monthly,
    number,
    period,
    total,
)

# China's customs, line 85051110, tonnes, as printed by Reuters and others: single
# months of 2025 and the ranges printed beside them.
MAGNETS_2025 = pd.DataFrame(
    [
        ("2025-01", 1, 6357),
        ("2025-01", 3, 15268),
        ("2025-01", 6, 22319),
        ("2025-05", 1, 1238),
        ("2025-06", 1, 3188),
        ("2025-07", 1, 5577),
        ("2025-08", 1, 6146),
        ("2025-09", 1, 5774),
        ("2025-10", 1, 5473),
        ("2025-11", 1, 6150),
        ("2025-12", 1, 5952),
    ],
    columns=["start", "months", "tonnes"],
)


def test_a_range_counts_only_where_none_of_its_months_stands_singly():
    kept = figures(MAGNETS_2025)
    assert [len(figure.months) for figure in kept] == [1] * 9
    year = figures(MAGNETS_2025[MAGNETS_2025["start"] != "2025-01"])
    assert sum(figure.amount for figure in year) == 39498


def test_magnet_exports_of_2025_add_up_to_the_year():
    amounts = MAGNETS_2025.set_index(["start", "months"])["tonnes"]
    april = 22319 - 15268 - 1238 - 3188
    assert april == 2625
    assert april == pytest.approx(1238 / (1 - 0.529), rel=0.002)  # May's printed change
    later = amounts.xs(1, level="months").loc["2025-07":].sum()
    assert 22319 + later == 57391
    assert 22319 + later == pytest.approx(57392, abs=1)


def test_magnet_exports_to_the_us_add_up_within_revisions():
    # first half year and July to December, as printed; the year printed 5,933
    parts = 2510 + 619 + 590 + 420.5 + 656 + 582 + 564
    assert parts == 5941.5
    assert parts == pytest.approx(5933, rel=0.002)


def test_rare_earth_exports_of_2025_add_up_to_the_year_printed():
    # GACC by month, tonnes; January and February printed together; the year 62,585
    months = pd.DataFrame(
        {
            "start": ["2025-01", *(f"2025-{month:02}" for month in range(3, 13))],
            "months": [2] + [1] * 10,
            "tonnes": [
                *(8511.0, 5666.3, 4784.8, 5864.6, 7742.2, 5994.0, 5792.0, 4000.3),
                *(4343.5, 5493.9, 4392.0),
            ],
        }
    )
    year = tuple(range(number("2025-01"), number("2026-01")))
    assert total(figures(months), year) == pytest.approx(62585, abs=1)


def test_a_lone_january_is_left_out_and_a_range_stays():
    rows = pd.DataFrame(
        {
            "start": ["2024-01", "2025-01", "2025-02", "2026-01", "2026-03"],
            "months": [1, 1, 1, 2, 1],
            "tonnes": [1.0, 2.0, 3.0, 4.0, 5.0],
            "kind": ["read", "read", "derived", "read", "read"],
        }
    )
    kept = joined_new_year(figures(rows))
    assert [(len(f.months), f.amount, f.derived) for f in kept] == [
        (2, 5.0, True),
        (2, 4.0, False),
        (1, 5.0, False),
    ]


def test_missing_amounts_are_no_figures_and_zero_is_one():
    months = pd.period_range("2025-01", periods=3, freq="M")
    kept = figures(pd.Series([1.0, None, 0.0], months))
    assert [figure.amount for figure in kept] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"start": ["2025-01"], "tonnes": [1.0]}, "no column months"),
        (
            {"start": ["2025-01"], "months": [1], "tonnes": [-1.0]},
            "row 0, column tonnes: -1.0 is negative",
        ),
        (
            {"start": ["2025-01"], "months": [0], "tonnes": [1.0]},
            "row 0, column months: 0 is not a whole number",
        ),
        (
            {"start": ["2025-01"] * 2, "months": [1, 1], "tonnes": [1.0, 2.0]},
            "2025-01 with months 1 occurs twice",
        ),
    ],
)
def test_bad_shipments_name_row_column_and_value(rows, message):
    with pytest.raises(ValueError, match=message):
        figures(pd.DataFrame(rows))


def test_a_series_without_months_is_refused():
    with pytest.raises(ValueError, match="the index must be months"):
        monthly(pd.Series([1.0]))
    twice = pd.PeriodIndex(["2025-01", "2025-01"], freq="M")
    with pytest.raises(ValueError, match="2025-01 occurs twice"):
        monthly(pd.Series([1.0, 2.0], twice))


@given(st.integers(0, 40_000))
@settings(deadline=None)
def test_months_and_their_numbers_go_both_ways(count):
    assert number(period(count)) == count


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 6)),
        min_size=1,
        max_size=15,
        unique=True,
    )
)
@settings(deadline=None)
def test_no_month_is_counted_twice(spans):
    rows = pd.DataFrame(
        {
            "start": [period(24_300 + first) for first, _ in spans],
            "months": [length for _, length in spans],
            "tonnes": 1.0,
        }
    )
    kept = figures(rows)
    months = [month for figure in kept for month in figure.months]
    assert len(months) == len(set(months))
    assert total(kept, tuple(sorted(months))) == len(kept)
    assert inside(kept, months) == kept
