"""Effects of an event, and how often they are right in worlds of known truth."""

import numpy as np
import pandas as pd
import pytest
from frequencies import RIVALS, event_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import BEFORE, KINDS, WINDOWS, exports, observed

from rareearth.events import effects, holm
from rareearth.periods import number

# China's customs, line 85051110, tonnes: months known before and after April 2025.
TO_THE_USA = pd.Series(
    [
        *(689, 735, 591, 669, 596, 628, 638, 705, 877, 405, 584),
        *(246, 46, 353, 619, 590, 420.5, 656, 582, 564, 545.4, 448.6, 406),
    ],
    pd.period_range("2024-05", "2026-03", freq="M"),
)
NUMBERS = ["effect_share", "low_share", "high_share", "mde_share", "p"]


def test_the_control_shows_in_the_first_window_and_anticipation_stands_apart():
    table = effects(TO_THE_USA, "2025-04-04")
    assert table.index.tolist() == [
        "anticipation",
        "months 0–3",
        "months 4–6",
        "months 7–12",
    ]
    assert table["months_before"].tolist() == [8] * 4
    assert table["months_after"].tolist() == [3, 4, 3, 5]
    first = table.loc["months 0–3"]
    assert first["observed_tonnes"] == pytest.approx((246 + 46 + 353 + 619) / 4)
    assert first["expected_tonnes"] == pytest.approx(651, rel=0.03)  # mean before
    assert first["p_holm"] < 0.05
    assert first["high_share"] < 0
    assert np.isnan(table.loc["anticipation", "p_holm"])
    assert first["placebo_rank"] == 1


@given(st.floats(0.01, 100), st.floats(0.2, 3))
@settings(deadline=None, max_examples=5)
def test_units_do_not_matter_and_a_factor_in_the_window_is_one_in_the_effect(
    unit, factor
):
    plain = effects(TO_THE_USA, "2025-04").loc["months 0–3"]
    other = effects(TO_THE_USA * unit, "2025-04").loc["months 0–3"]
    np.testing.assert_allclose(
        other[NUMBERS].astype(float), plain[NUMBERS].astype(float), rtol=1e-5
    )
    window = TO_THE_USA.copy()
    window["2025-04":"2025-07"] *= factor
    moved = effects(window, "2025-04").loc["months 0–3"]
    for share in ("effect_share", "low_share", "high_share"):
        assert 1 + moved[share] == pytest.approx(factor * (1 + plain[share]), rel=1e-5)
    assert moved["mde_share"] == pytest.approx(plain["mde_share"], rel=1e-5)


def test_the_interval_excludes_no_effect_exactly_where_it_is_rejected():
    for factor in np.linspace(0.5, 2.5, 21):
        window = TO_THE_USA.copy()
        window["2025-04":"2025-07"] *= factor
        row = effects(window, "2025-04").loc["months 0–3"]
        outside = row["low_share"] > 0 or row["high_share"] < 0
        assert outside == (row["p"] < 0.05)


def test_against_a_control_the_effect_is_that_on_the_ratio():
    control = TO_THE_USA * 0 + 5.0
    control["2025-04":] = 10.0
    alone = effects(TO_THE_USA, "2025-04").loc["months 0–3"]
    beside = effects(TO_THE_USA, "2025-04", control=control).loc["months 0–3"]
    assert 1 + beside["effect_share"] == pytest.approx(
        (1 + alone["effect_share"]) / 2, rel=0.01
    )
    assert np.isnan(beside["placebo_rank"])
    with pytest.raises(ValueError, match="the control has no amount for 2025-04, "):
        effects(TO_THE_USA, "2025-04", control=control[:"2025-04"])


def test_a_window_without_shipments_is_a_fall_of_all_and_a_month_before_an_error():
    stopped = TO_THE_USA.copy()
    stopped["2025-04":"2025-07"] = 0.0
    row = effects(stopped, "2025-04").loc["months 0–3"]
    assert row["effect_share"] == -1
    assert row["high_share"] == -1
    stopped["2024-09"] = 0.0
    with pytest.raises(ValueError, match="the amount of 2024-09 is 0"):
        effects(stopped, "2025-04")


def test_power_is_low_where_a_fall_of_thirty_percent_would_be_missed():
    calm = effects(TO_THE_USA**0.1, "2025-04")
    assert (calm["mde_share"] > -0.3).all()
    assert not calm["low_power"].any()
    table = effects(TO_THE_USA, "2025-04")
    assert (table["low_power"] == (table["mde_share"] < -0.3)).all()
    assert effects(TO_THE_USA["2024-11":], "2025-04")["low_power"].all()


def test_figures_that_never_move_give_no_limits():
    with pytest.raises(ValueError, match="all equal"):
        effects(TO_THE_USA * 0 + 5, "2025-04")


def test_a_series_too_short_has_counts_but_no_numbers():
    table = effects(TO_THE_USA["2024-11":"2025-05"], "2025-04-04")
    assert table["months_before"].tolist() == [2] * 4
    assert table[NUMBERS].isna().all(axis=None)
    late = effects(TO_THE_USA[:"2025-07"], "2025-04-04")
    assert late["months_after"].tolist() == [3, 4, 0, 0]
    assert late["effect_share"].isna().tolist() == [False, False, True, True]


def test_printed_ranges_count_with_their_months():
    rows = pd.DataFrame({"start": TO_THE_USA.index, "months": 1, "tonnes": TO_THE_USA})
    joined = rows[~rows["start"].isin(pd.PeriodIndex(["2025-05", "2025-06"], freq="M"))]
    printed = pd.DataFrame({"start": ["2025-05"], "months": [2], "tonnes": [399.0]})
    single = effects(rows, "2025-04").loc["months 0–3"]
    ranged = effects(pd.concat([joined, printed]), "2025-04").loc["months 0–3"]
    np.testing.assert_allclose(
        ranged[NUMBERS].astype(float), single[NUMBERS].astype(float)
    )


@pytest.mark.parametrize(
    "values", [[0.01, 0.04, 0.03], [0.5, 0.9, 0.002, 0.02], [0.04], [0.3, 0.3, 0.3]]
)
def test_holm_is_that_of_statsmodels_and_a_missing_value_is_no_test(values):
    from statsmodels.stats.multitest import multipletests

    found = holm(pd.Series([None, *values], dtype=float))
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], multipletests(values, method="holm")[1])


def test_without_a_test_nothing_is_corrected():
    assert holm(pd.Series([None, None], dtype=float)).isna().all()


DRAWS = 400
MONTHS = range(number("2023-01"), number("2026-04"))
ERROR = 3 * np.sqrt(0.05 * 0.95 / DRAWS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("series", ["magnets by weight", "metals by value"])
def test_in_simulated_worlds_size_coverage_and_power_hold(series, kind):
    rng = np.random.default_rng(7)
    amounts = exports(rng, DRAWS, series, kind, MONTHS)
    for place, name in (("to the USA", "months 0–3"), ("world", "months 7–12")):
        before, window = BEFORE[place], WINDOWS[name]
        null = event_answers(amounts, MONTHS, before, window)
        assert null.rejects.mean() <= 0.05 + ERROR
        assert null.covers.mean() >= 0.95 - ERROR
        fall = event_answers(amounts, MONTHS, before, window, null.mde_share)
        assert fall.rejects.mean() >= 0.8 - 3 * np.sqrt(0.8 * 0.2 / DRAWS)


def test_a_hac_t_test_does_not_hold_its_size_in_the_same_worlds():
    rng = np.random.default_rng(7)
    amounts = exports(rng, DRAWS, "magnets by weight", "wandering level", MONTHS)
    before, window = BEFORE["to the USA"], WINDOWS["months 0–3"]
    logs = (np.log(observed(amounts, MONTHS, figures)) for figures in (before, window))
    assert RIVALS["HAC(6)"](*logs, before, window).mean() > 0.3
