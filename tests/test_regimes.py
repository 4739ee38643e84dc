"""Breaks in the drift and the volatility of a price."""

import numpy as np
import pandas as pd
import pytest
from frequencies import break_rejections
from worlds import price_path

from rareearth.prices import log_changes
from rareearth.regimes import change_breaks, innovations, level_breaks

MONTHS = pd.period_range("2018-01", periods=105, freq="M")


def changes(seed=1, memory=0.25):
    path = price_path(np.random.default_rng(seed), 1, 105, memory)[0]
    return log_changes(pd.Series(path, MONTHS))


def test_a_steady_price_has_no_break():
    for of in ("mean", "volatility"):
        found = change_breaks(changes(), of)
        assert found.testable
        assert found.table.empty
        assert found.sup_f.p > 0.05


def test_a_change_of_volatility_is_dated_and_a_change_of_source_is_marked():
    wild = changes()
    wild["2022-01":] *= 4
    found = change_breaks(wild, "volatility", source_changes=["2021-12"])
    assert found.sup_f.p < 0.01
    row = found.table.iloc[0]
    assert abs((row["first_after"] - pd.Period("2022-01", "M")).n) <= 2
    assert row["last_before"] + 1 == row["first_after"]
    assert 2 < row["after"] / row["before"] < 8
    assert row["source_change"]
    other = change_breaks(wild, "volatility", source_changes=["2019-01"])
    assert not other.table["source_change"].any()


def test_a_change_of_drift_is_found_with_its_size():
    faster = changes(memory=0.0)
    faster["2022-01":] += 0.2
    found = change_breaks(faster, "mean").table
    assert len(found) == 1
    row = found.iloc[0]
    assert abs((row["first_after"] - pd.Period("2022-01", "M")).n) <= 1
    assert np.log((1 + row["after"]) / (1 + row["before"])) == pytest.approx(
        12 * 0.2, rel=0.3
    )


def test_too_few_changes_are_not_testable():
    found = change_breaks(changes()[:35], "mean")
    assert not found.testable
    assert found.reason == "not testable: 35 changes are known; 36 are needed"


def test_a_level_is_tested_only_where_a_unit_root_is_rejected():
    from statsmodels.datasets import nile

    data = nile.load_pandas().data
    volume = pd.Series(data["volume"].to_numpy(float), data["year"].astype(int))
    found = level_breaks(volume)
    assert found.testable
    # means of the Nile before and after 1898
    assert found.table[["before", "after"]].iloc[0].tolist() == pytest.approx(
        [1097.75, 849.972222]
    )
    walk = np.random.default_rng(1).standard_normal(100).cumsum()
    assert not level_breaks(pd.Series(walk)).testable
    assert level_breaks(pd.Series(walk)[:20]).reason == (
        "not testable: 20 observations are known; 36 are needed"
    )


def test_innovations_keep_a_break_and_lose_the_memory():
    rng = np.random.default_rng(2)
    logs = np.log(price_path(rng, 50, 2001, 0.4))
    fresh = innovations(np.diff(logs, axis=1))
    aside = fresh - fresh.mean(axis=1, keepdims=True)
    memory = (aside[:, 1:] * aside[:, :-1]).sum() / (aside**2).sum()
    assert abs(memory) < 0.02


@pytest.mark.parametrize("memory", [0.0, 0.4])
def test_in_simulated_worlds_false_breaks_are_one_in_twenty(memory):
    rng = np.random.default_rng(5)
    paths = price_path(rng, 300, 80, memory, 6.0)
    error = 3 * np.sqrt(0.05 * 0.95 / 300)
    for of in ("mean", "volatility"):
        assert break_rejections(paths, of) <= 0.05 + error
