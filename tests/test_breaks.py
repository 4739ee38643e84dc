"""Breaks in a mean, against published values."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth.breaks import cusum, f_statistics, segmentations, sup_f, sup_f_p


@pytest.fixture(scope="module")
def nile():
    from statsmodels.datasets import nile

    data = nile.load_pandas().data
    return pd.Series(data["volume"].to_numpy(float), data["year"].astype(int))


def test_the_nile_breaks_where_it_is_known_to(nile):
    # strucchange 1.5 (R), breakpoints(Nile ~ 1), h = 0.15
    found = segmentations(nile)
    assert found["last_before"].tolist()[:4] == [
        (),
        (1898,),
        (1898, 1953),
        (1898, 1938, 1953),
    ]
    np.testing.assert_allclose(
        found["rss"],
        [2835157, 1597457, 1552924, 1538097, 1507888, 1659994],
        atol=0.5,
    )
    np.testing.assert_allclose(
        found["bic"], [1318, 1270, 1276, 1285, 1292, 1311], atol=0.5
    )


def test_the_nile_has_the_known_sup_f_and_cusum(nile):
    found = sup_f(nile)
    assert found.statistic == pytest.approx(75.9298, abs=1e-3)
    assert found.last_before == 1898
    assert found.p < 1e-10
    assert cusum(nile).statistic == pytest.approx(2.95177, abs=1e-4)
    assert cusum(nile).p == pytest.approx(5.409e-8, rel=1e-3)


@pytest.mark.parametrize(
    ("statistic", "p"), [(7.17, 0.10), (8.85, 0.05), (12.35, 0.01)]
)
def test_the_tail_of_sup_f_is_that_of_andrews(statistic, p):
    # Andrews 1993, table I, one parameter, 15 % trimmed
    assert sup_f_p(statistic) == pytest.approx(p, rel=0.06)


@given(st.integers(0, 1000), st.integers(12, 40), st.integers(1, 3))
@settings(deadline=None, max_examples=20)
def test_breaks_are_those_of_ruptures(seed, n, breaks):
    import ruptures

    rng = np.random.default_rng(seed)
    values = rng.standard_normal(n) + np.repeat(
        [0, 3, -2], [n // 3, n // 3, n - 2 * (n // 3)]
    )
    trim = 0.2
    shortest = max(2, int(np.floor(trim * n)))
    found = segmentations(pd.Series(values), trim, breaks)
    for count in range(1, len(found)):
        model = ruptures.Dynp(model="l2", min_size=shortest, jump=1).fit(values)
        ends = model.predict(n_bkps=count)
        assert found["rss"][count] == pytest.approx(model.cost.sum_of_costs(ends))


def test_chows_f_is_that_of_two_regressions():
    values = np.random.default_rng(0).standard_normal(30)
    f = f_statistics(values)
    for last in range(4, 25):
        rest = sum(
            ((part - part.mean()) ** 2).sum() for part in np.split(values, [last + 1])
        )
        total = ((values - values.mean()) ** 2).sum()
        if not np.isnan(f[last]):
            assert f[last] == pytest.approx((total - rest) / (rest / 28))
    assert np.isnan(f[:3]).all() and np.isnan(f[-4:]).all()


def test_a_series_too_short_for_a_break_is_refused():
    with pytest.raises(ValueError, match="3 observations are too few"):
        segmentations(pd.Series([1.0, 2.0, 3.0]))
