"""How far shipments came back."""

import numpy as np
import pandas as pd
import pytest
from frequencies import recovery_coverage
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth.matching import matched
from rareearth.recovery import export_share, half_width, recovery, recovery_of_mean

# China's customs, line 85051110, tonnes, from April 2024 (the world) and May 2024.
WORLD = pd.Series(
    [
        *(4776, 4811, 5150, 5278, 5325, 4915, 4725, 4794, 5548, 6357, 3588, 5324),
        *(2626, 1238, 3188, 5577, 6146, 5774, 5473, 6150, 5952, 6023, 4740, 5238),
    ],
    pd.period_range("2024-04", "2026-03", freq="M"),
)
USA = pd.Series(
    [
        *(689, 735, 591, 669, 596, 628, 638, 705, 877, 405, 584),
        *(246, 46, 353, 619, 590, 420.5, 656, 582, 564, 545.4, 448.6, 406),
    ],
    pd.period_range("2024-05", "2026-03", freq="M"),
)


def rows(series, **columns):
    return pd.DataFrame(
        {"start": series.index, "months": 1, "tonnes": series.to_numpy()} | columns
    )


def test_a_recovery_is_the_sum_after_over_the_same_months_before():
    found = recovery(USA, "2025-07", "2025-12", "2025-04-04")
    assert found.share == pytest.approx(3431.5 / 3827)
    assert found.low_share < found.share < found.high_share
    assert (found.months, found.points, found.derived) == (6, 6, 0)
    assert found.left_out == ()


def test_a_relative_recovery_takes_out_what_all_importers_share():
    found = recovery(USA, "2025-07", "2025-12", "2025-04-04", world=WORLD)
    before, after = 3827 / (30585 - 3827), 3431.5 / (35072 - 3431.5)
    assert found.share == pytest.approx(after / before)
    common = pd.Series(1.0, WORLD.index)
    common["2025-04":] = np.linspace(0.2, 3, 12)
    swung = recovery(
        USA * common.reindex(USA.index),
        *("2025-07", "2025-12", "2025-04"),
        world=WORLD * common,
    )
    assert swung.share == pytest.approx(found.share, rel=0.05)
    assert swung.high_share / swung.low_share == pytest.approx(
        found.high_share / found.low_share
    )


def test_an_importer_as_large_as_the_world_is_refused():
    with pytest.raises(ValueError, match="not below that of the world"):
        recovery(USA, "2025-07", "2025-12", "2025-04", world=USA)


def test_export_shares_are_of_the_matched_months():
    before, after = export_share(USA, WORLD, "2025-07", "2025-12", "2025-04")
    assert before == pytest.approx(3827 / 30585)
    assert after == pytest.approx(3431.5 / 35072)


def test_january_and_february_are_one_point_and_a_lone_one_is_left_out():
    found = recovery(USA, "2025-12", "2026-03", "2025-04")
    assert (found.months, found.points) == (4, 3)
    lone = recovery(USA, "2025-11", "2026-01", "2025-04")
    assert lone.left_out == ("2026-01",)
    assert (lone.months, lone.points) == (2, 2)
    assert np.isnan(lone.low_share)


def test_a_range_is_matched_as_a_whole_and_derived_points_are_counted():
    table = rows(WORLD, kind="read")
    table.loc[table["start"] == pd.Period("2025-08", "M"), "kind"] = "derived"
    printed = table[
        ~table["start"].isin(pd.period_range("2024-07", "2024-09", freq="M"))
    ]
    whole = pd.DataFrame({"start": ["2024-07"], "months": [3], "tonnes": [15518.0]})
    found = recovery(pd.concat([printed, whole]), "2025-07", "2025-12", "2025-04")
    plain = recovery(WORLD, "2025-07", "2025-12", "2025-04")
    assert found.share == pytest.approx(plain.share)
    assert (found.months, found.points, found.derived) == (6, 4, 1)
    short = recovery(pd.concat([printed, whole]), "2025-08", "2025-12", "2025-04")
    assert short.left_out == ("2025-08", "2025-09")


def test_months_selected_by_the_press_have_no_interval():
    found = recovery(USA, "2025-07", "2025-12", "2025-04", selected=True)
    assert found.share == pytest.approx(3431.5 / 3827)
    assert np.isnan([found.low_share, found.high_share]).all()


def test_the_mean_of_a_year_is_a_sensitivity():
    found = recovery_of_mean(USA, "2025-07", "2025-12", 7444 / 12)
    assert found.share == pytest.approx(3431.5 / 6 / (7444 / 12))
    assert found.low_share < 0.9 < found.high_share
    with pytest.raises(ValueError, match="no figure lies between 2030-01 and 2030-02"):
        recovery_of_mean(USA, "2030-01", "2030-02", 1.0)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2025-03", "2025-06", "must begin at the control"),
        ("2025-07", "2026-07", "one to twelve months long"),
        ("2026-04", "2026-05", "no month from 2026-04 to 2026-05 is known together"),
    ],
)
def test_a_window_without_its_match_is_refused(first, last, message):
    with pytest.raises(ValueError, match=message):
        recovery(USA, first, last, "2025-04-04")


def test_a_month_without_shipments_counts_but_has_no_interval():
    stopped = USA.copy()
    stopped["2025-08"] = 0.0
    found = recovery(stopped, "2025-07", "2025-12", "2025-04")
    assert found.share == pytest.approx((3431.5 - 590) / 3827)
    assert np.isnan(found.low_share)


def test_without_correlation_the_interval_would_be_students():
    ratios = np.array([0.9, 1.0, 1.2, 0.8])
    classical = 3.182446 * np.log(ratios).std(ddof=1) / 2
    points = [(0,), (1,), (2,), (3,)]
    assert half_width(points, ratios, 0.0) == pytest.approx(classical, rel=1e-6)


@given(st.sets(st.integers(0, 11)), st.integers(0, 11))
@settings(deadline=None, max_examples=50)
def test_every_month_of_the_window_is_matched_or_left_out(gone, last):
    kept = WORLD.drop(WORLD.index[12:][sorted(gone)])
    window = set(range(last + 1))
    expected = window - gone
    if not {9, 10} <= expected:  # January and February 2026
        expected -= {9, 10}
    call = (kept, None, "2025-04", WORLD.index[12 + last], "2025-04", "tonnes")
    if not expected:
        with pytest.raises(ValueError, match="no month"):
            matched(*call)
        return
    points, left_out = matched(*call)
    assert sum(map(len, points["months"])) == len(expected)
    assert list(left_out) == [
        str(WORLD.index[12 + place]) for place in sorted(window - expected)
    ]


@pytest.mark.parametrize("points", [((0,), (1,), (2,)), ((0,), (1, 2), (3,), (4,))])
@pytest.mark.parametrize(("wander", "memory"), [(0.05, 0.0), (0.35, 0.0), (0.05, 0.3)])
def test_in_simulated_worlds_the_interval_holds_the_ratio_of_levels(
    points, wander, memory
):
    rng = np.random.default_rng(3)
    inside = recovery_coverage(rng, 300, points, wander, 0.15, memory)
    assert inside >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)
