"""Drift, volatility and season of a price."""

import numpy as np
import pandas as pd
import pytest
from frequencies import drift_coverage, straight_line_trends, volatility_coverage
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import price_path

from rareearth.moves import (
    decomposition,
    drift,
    season_p,
    volatility,
    volatility_ratio,
)

MONTHS = pd.period_range("2018-01", periods=105, freq="M")


def one_path(**world):
    rng = np.random.default_rng(4)
    path = price_path(rng, 1, 105, **({"memory": 0.25, "tails": 6.0} | world))[0]
    return pd.Series(path, MONTHS)


def test_a_drift_is_the_last_price_over_the_first_whatever_lies_between():
    price = one_path()
    growth = (price.iloc[-1] / price.iloc[0]) ** (12 / 104) - 1
    found = drift(price)
    assert found.share == pytest.approx(growth)
    assert found.changes == 104
    gaps = price.drop(price.index[[5, 6, 40, 77]])
    assert drift(gaps).share == pytest.approx(growth)
    assert drift(gaps).low_share < growth < drift(gaps).high_share


def test_a_drift_needs_a_year():
    with pytest.raises(ValueError, match="12 months are too few for a drift"):
        drift(one_path()[:12])


@given(st.floats(0.1, 10), st.floats(-0.02, 0.02))
@settings(deadline=None, max_examples=20)
def test_a_steady_rise_moves_the_drift_and_leaves_the_volatility(unit, rise):
    price = one_path()
    steeper = unit * price * np.exp(rise * np.arange(len(price)))
    before, after = drift(price), drift(steeper)
    for share in ("share", "low_share", "high_share"):
        grown = (1 + getattr(before, share)) * np.exp(12 * rise)
        assert 1 + getattr(after, share) == pytest.approx(grown)
    windows = {"all": ("2018-01", "2026-09")}
    pd.testing.assert_frame_equal(
        volatility(steeper, windows), volatility(price, windows), rtol=1e-6
    )


def test_a_volatility_is_that_of_the_months_of_its_window():
    price = one_path()
    table = volatility(
        price, {"2019": ("2019-01", "2019-12"), "short": ("2020-01", "2020-05")}
    )
    changes = np.diff(np.log(price["2018-12":"2019-12"]))
    found = table.loc["2019"]
    assert found["volatility_share"] == pytest.approx(changes.std(ddof=1) * 12**0.5)
    assert found["low_share"] < found["volatility_share"] < found["high_share"]
    assert found["changes"] == 12
    assert table.loc["short"].isna().tolist() == [True, True, True, False]


def test_a_price_that_calms_down_has_a_ratio_below_one():
    price = one_path()
    logs = np.log(price)
    logs["2022-06":] = logs["2022-05"] + (logs["2022-06":] - logs["2022-05"]) / 4
    found = volatility_ratio(
        np.exp(logs), ("2018-01", "2022-05"), ("2022-06", "2026-09")
    )
    assert found.low_share < 0.25 < found.high_share < 0.5
    assert found.changes == 104
    with pytest.raises(ValueError, match="3 changes lie in 2026-07 to 2026-09"):
        volatility_ratio(price, ("2018-01", "2022-05"), ("2026-07", "2026-09"))


def test_a_price_that_never_moves_has_no_interval():
    price = one_path()
    price["2026-01":] = price["2025-12"]
    windows = {"moving": ("2018-01", "2025-12"), "still": ("2026-01", "2026-09")}
    still = volatility(price, windows).loc["still"]
    assert still["volatility_share"] == 0
    assert still[["low_share", "high_share"]].isna().all()
    ratio = volatility_ratio(price, *windows.values())
    assert ratio.share == 0
    assert np.isnan(ratio.low_share)
    with pytest.raises(ValueError, match="never moved from 2026-01 to 2026-09"):
        volatility_ratio(price, *reversed(windows.values()))


def test_trend_season_and_rest_add_up_to_the_series():
    from statsmodels.datasets import co2

    weekly = co2.load_pandas().data["co2"].ffill()
    series = weekly.groupby(weekly.index.to_period("M")).mean()
    parts = decomposition(series)
    np.testing.assert_allclose(parts.sum(axis=1), series, rtol=0, atol=1e-10)


def test_a_season_needs_four_full_years_without_a_gap():
    series = pd.Series(
        np.arange(60.0), pd.period_range("2020-01", periods=60, freq="M")
    )
    assert len(decomposition(series[10:])) == 50
    with pytest.raises(ValueError, match="without a gap has 40 months"):
        decomposition(series.drop(series.index[40]))


def test_in_simulated_worlds_without_a_season_few_are_found():
    paths = price_path(np.random.default_rng(2), 200, 105, 0.25, 6.0)
    found = np.mean([season_p(pd.Series(path, MONTHS)) < 0.05 for path in paths])
    assert found <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_season_that_is_there_is_found_and_three_years_are_too_few():
    cycle = 0.2 * np.sin(2 * np.pi * np.arange(105) / 12)
    assert season_p(one_path() * np.exp(cycle)) < 0.01
    with pytest.raises(ValueError, match="has 3 changes; a season needs 4"):
        season_p(one_path()[:40])


@pytest.mark.parametrize("memory", [0.0, 0.4])
def test_in_simulated_worlds_intervals_cover_and_a_straight_line_lies(memory):
    paths = price_path(np.random.default_rng(1), 200, 104, memory, 6.0)
    error = 3 * np.sqrt(0.05 * 0.95 / 200)
    assert abs(drift_coverage(paths, 0.0) - 0.95) <= error
    assert drift_coverage(paths, 0.0, missing=0.2) >= 0.95 - error
    assert straight_line_trends(paths) > 0.6
    assert volatility_coverage(paths[:100], 24) >= 0.95 - 3 * np.sqrt(0.0475 / 100)
