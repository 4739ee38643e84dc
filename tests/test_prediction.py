"""Predictions of a short series and their limits."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import stdtr

from rareearth.prediction import (
    WORLDS,
    covariance,
    layout,
    limits,
    prediction,
    student,
)


@pytest.fixture(scope="module")
def nile():
    from statsmodels.datasets import nile

    return nile.load_pandas().data["volume"].to_numpy(dtype=float)


def test_the_nile_has_the_published_variances_and_likelihood(nile):
    # Durbin & Koopman 2012, ch. 2: noise 15,099, level 1,469; exact diffuse
    # log-likelihood −633.4646 (statsmodels 0.15 with use_exact_diffuse=True)
    years = tuple((year,) for year in range(len(nile)))

    def scale(wander):
        known = layout(years, (len(nile),), (wander,))
        return known, float(nile @ known.residual[0] @ nile) / known.freedom

    def fit(wander):
        known, variance = scale(wander)
        return known.evidence[0] - known.freedom / 2 * np.log(variance)

    best = minimize_scalar(lambda log: -fit(np.exp(log)), bounds=(-5, 0)).x
    wander = float(np.exp(best))
    variance = scale(wander)[1]
    assert variance == pytest.approx(15_098.5, rel=1e-3)
    assert wander * variance == pytest.approx(1_469.2, rel=2e-3)
    freedom = len(nile) - 1
    # statsmodels counts ln 2π for the diffuse start as well
    likelihood = fit(wander) - freedom / 2 - len(nile) / 2 * np.log(2 * np.pi)
    assert likelihood == pytest.approx(-633.4646, abs=1e-3)


def test_the_t_distribution_is_that_of_scipy():
    values = np.concatenate([np.linspace(-40, 40, 801), [-np.inf, np.inf, 1e300]])
    for freedom in range(1, 40):
        expected = stdtr(freedom, values)
        np.testing.assert_allclose(student(values, freedom), expected, atol=1e-12)


def test_quantiles_of_several_shares_are_those_of_each():
    known = layout(tuple((month,) for month in range(6)), (7, 8))
    many = np.random.default_rng(1).normal(size=(3, 6))
    shares = np.array([0.01, 0.5, 0.9])
    world = prediction(known, many)
    together = world.quantile(shares)
    assert together.shape == (3, 3)
    for n, share in enumerate(shares):
        assert np.array_equal(together[:, n], world.quantile(share))
        one = prediction(known, many[0])
        assert one.quantile(shares)[n] == one.quantile(share)


def test_a_forecast_over_gaps_is_that_of_the_kalman_filter(nile):
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    observed = nile[:30].copy()
    gone = [3, 4, 11, 20]
    observed[gone] = np.nan
    model = UnobservedComponents(observed, "local level", use_exact_diffuse=True)
    noise, wander = 15_000.0, 0.4
    forecast = model.smooth([noise, wander * noise]).get_forecast(3)
    kept = [place for place in range(30) if place not in gone]
    for ahead in range(3):
        known = layout(tuple((place,) for place in kept), (30 + ahead,), (wander,))
        assert nile[kept] @ known.weights[0] == pytest.approx(
            forecast.predicted_mean[ahead], rel=1e-9
        )
        assert noise * known.spread[0] == pytest.approx(
            forecast.var_pred_mean[ahead], rel=1e-9
        )


def test_a_range_is_the_mean_of_its_months():
    single = covariance(((0,), (1,), (2,), (3,)), 0.4)
    mean = np.array([[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1]])
    together = covariance(((0,), (1, 2), (3,)), 0.4)
    np.testing.assert_allclose(together, mean @ single @ mean.T)


@pytest.mark.parametrize("wander", [0.0, 0.06, np.inf])
def test_the_weights_of_a_prediction_add_up_to_one(wander):
    known = layout(((0,), (3,), (4, 5), (9,)), (12, 13), (wander,))
    assert known.weights.sum() == pytest.approx(1)
    assert known.spread[0] > 0


def test_noise_alone_gives_the_classical_interval():
    values = np.array([1.0, 1.2, 0.9, 1.3, 1.1])
    known = layout(tuple((month,) for month in range(5)), (8, 9), (0.0,))
    world = prediction(known, values, logs_of_totals=False)
    assert world.centre[0] == pytest.approx(values.mean())
    assert world.scale[0] == pytest.approx(values.std(ddof=1) * np.sqrt(1 / 5 + 1 / 2))


def test_scale_and_level_do_not_matter_to_a_probability():
    known = layout(tuple((month,) for month in range(8)), (10, 11))
    values = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    plain = prediction(known, values, logs_of_totals=False).below(4.0)
    moved = prediction(known, 7 + 0.1 * values, logs_of_totals=False).below(7.4)
    assert moved == pytest.approx(plain)


def test_limits_hold_in_every_world_they_are_simulated_in():
    found = limits(tuple((month,) for month in range(9)), (12, 13, 14))
    assert found.two_sided.shape[0] == len(WORLDS)
    tail = found.tail(0.05)
    assert max((world < tail).mean() for world in found.two_sided) <= 0.05
    # a p-value below the level and a tail below the limit are the same
    assert found.p_value(tail / 2 * 0.999) <= 0.05 < found.p_value(tail / 2 * 1.001)
    assert 0.8 < found.reach(0.8) < 1


def test_three_figures_are_needed():
    with pytest.raises(ValueError, match="2 figures before the window"):
        layout(((0,), (1,)), (2,))
