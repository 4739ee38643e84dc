"""Prices in one unit and in real money."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth.prices import annual_means, log_changes, real, unmoved_months, usd_per_kg

RATES = pd.DataFrame(
    [
        ("CNY", "2018-04-01", 7.0),
        ("CNY", "2018-05-01", 7.2),
        ("AUD", "2018-04-01", 1.5),
    ],
    columns=["currency", "start", "units_per_usd"],
)


def quotes(**columns):
    plain = {
        "date": "2018-04-10",
        "price": 700.0,
        "currency": "CNY",
        "unit": "kg",
        "vat": "excluded",
    }
    return pd.DataFrame([plain | columns])


@pytest.mark.parametrize(
    ("columns", "expected", "vat"),
    [
        ({}, 100.0, "excluded"),
        ({"currency": "USD"}, 700.0, "excluded"),
        ({"unit": "t", "price": 700_000.0}, 100.0, "excluded"),
        ({"currency": "USD", "unit": "lb", "price": 0.45359237}, 1.0, "excluded"),
        ({"vat": "not stated"}, 100.0, "not stated"),
        ({"vat": "not applicable"}, 100.0, "not applicable"),
        ({"vat": "included", "price": 819.0}, 100.0, "excluded"),
        ({"vat": "included", "price": 835.2, "date": "2018-05-01"}, 100.0, "excluded"),
        (
            {"vat": "included", "vat_share": 0.1, "currency": "AUD", "price": 165.0},
            100.0,
            "excluded",
        ),
    ],
)
def test_a_quote_becomes_usd_per_kg_as_it_says(columns, expected, vat):
    found = usd_per_kg(quotes(**columns), RATES).iloc[0]
    assert found["price_usd_per_kg"] == pytest.approx(expected)
    assert found["vat"] == vat


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"unit": "10 kg"}, "row 0, column unit: '10 kg'; write one of kg, t, g, lb"),
        ({"currency": "JPY"}, "no exchange rate for 2018-04; there are AUD, CNY, USD"),
        ({"currency": "AUD", "date": "2018-05-02"}, "no exchange rate for 2018-05"),
        ({"vat": "yes"}, "column vat: 'yes'; write one of included, excluded"),
        ({"currency": "USD", "vat": "included"}, "say in vat_share how much"),
        ({"price": 0.0}, "row 0, column price: 0.0; a price is above 0"),
        ({"price": np.nan}, "a price is above 0"),
    ],
)
def test_a_quote_that_cannot_be_converted_names_row_column_and_value(columns, message):
    with pytest.raises(ValueError, match=message):
        usd_per_kg(quotes(**columns), RATES)


def test_a_real_price_has_a_gap_where_the_index_has_one_and_ends_with_it():
    months = pd.period_range("2025-08", "2026-02", freq="M")
    # US consumer prices, 1982–84 = 100; October 2025 was never published
    cpi = pd.Series([323.976, 324.8, None, 324.122, 324.054, 325.252], months[:-1])
    found = real(pd.Series(100.0, months), cpi, 2026)
    assert found.index[-1] == pd.Period("2026-01", "M")
    assert found.isna().tolist() == [False, False, True, False, False, False]
    assert found["2026-01"] == 100
    assert found["2025-08"] == pytest.approx(100 * 325.252 / 323.976)
    with pytest.raises(ValueError, match="no month of 2019; it has 2025-08 to 2026-01"):
        real(pd.Series(100.0, months), cpi, 2019)


def test_no_change_reaches_over_a_gap():
    months = pd.PeriodIndex(["2025-01", "2025-02", "2025-04", "2025-05"], freq="M")
    found = log_changes(pd.Series([46.0, 353.0, 1.0, 2.0], months))
    # China's magnets to the US, May to June 2025: printed as a rise of 660 %
    assert np.expm1(found["2025-02"]) == pytest.approx(6.6, abs=0.1)
    assert found.index.astype(str).tolist() == ["2025-02", "2025-05"]
    with pytest.raises(ValueError, match="price of 2025-01 is 0; it must be"):
        log_changes(pd.Series([0.0], months[:1]))


@given(st.lists(st.floats(0.1, 1000), min_size=2, max_size=30))
@settings(deadline=None)
def test_changes_add_up_to_the_whole_change(values):
    months = pd.period_range("2020-01", periods=len(values), freq="M")
    total = log_changes(pd.Series(values, months)).sum()
    assert total == pytest.approx(np.log(values[-1] / values[0]), abs=1e-9)


def test_the_mean_of_the_month_ends_of_2022_is_the_annual_average_of_the_usgs():
    # KOMIS, last FOB China quote of each month, Nd oxide 99.5 %, USD per kg; the USGS
    # (Mineral Commodity Summaries 2025 and 2026) prints 134 for the year
    quotes_2022 = [
        *(163.71, 188.76, 169.8, 134.08, 146.06, 144.58),
        *(127.12, 99.45, 105.31, 104.64, 98.99, 112.05),
    ]
    months = pd.period_range("2022-01", periods=13, freq="M")
    found = annual_means(pd.Series([*quotes_2022, 1.0], months))
    assert found.to_dict() == {2022: pytest.approx(134, rel=0.03)}


def test_a_line_that_does_not_move_is_counted():
    months = pd.period_range("2026-05", periods=5, freq="M")
    assert unmoved_months(pd.Series([1.0, 2.0, 3.0, 3.0, 3.0], months)) == 2
    assert unmoved_months(pd.Series([1.0, 2.0, 3.0, 3.0, 4.0], months)) == 0
    assert unmoved_months(pd.Series([3.0] * 5, months)) == 4


@pytest.mark.realdata
def test_daily_quotes_have_the_annual_averages_of_the_usgs():
    # USGS, Mineral Commodity Summaries 2026, Nd oxide, FOB China: 56 and 73 USD per kg
    path = Path(os.environ["REALDATA"]) / "prices/komis_daily_fob_china_2024_2026.csv"
    daily = pd.read_csv(path).query("series == 'Nd'")
    month = pd.PeriodIndex(daily["date"], freq="M")
    ends = daily.groupby(month)["value"].last()
    found = annual_means(ends)
    assert found[2024] == pytest.approx(56, rel=0.03)
    assert found[2025] == pytest.approx(73, rel=0.06)
