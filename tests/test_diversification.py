import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import diversification
from rareearth.comparison import Ends, NotComparable, ends

seeded = settings(deadline=None, derandomize=True, max_examples=25)
supply = st.dictionaries(
    st.sampled_from(["CHN", "JPN", "MYS", "USA", "EST", "VNM"]),
    st.floats(1e-3, 1e9),
    min_size=1,
)


def two_ends(first, last, coverage="complete"):
    frames = [
        pd.DataFrame({"exporter": list(end), "value_usd": list(end.values())})
        for end in (first, last)
    ]
    return Ends(*frames, (2010,), (2024,), coverage)


def yearly(shares_of_china, first_year=2010, total=1e7, **columns):
    """One importer's flows: China's share by year, the rest from Malaysia and Japan."""
    rows = [
        (first_year + i, exporter, total * part)
        for i, share in enumerate(shares_of_china)
        for exporter, part in [
            ("CHN", share),
            ("MYS", (1 - share) / 2),
            ("JPN", (1 - share) / 2),
        ]
    ]
    frame = pd.DataFrame(rows, columns=["year", "exporter", "value_usd"])
    return frame.assign(**columns)


def test_share_change_by_hand():
    change = diversification.share_change(
        two_ends(
            {"CHN": 80, "JPN": 10, "EST": 6, "USA": 4},
            {"CHN": 50, "JPN": 15, "MYS": 35},
        )
    )
    assert (change.first, change.last) == pytest.approx((0.8, 0.5))
    assert change.change == change.own == pytest.approx(-0.3)
    assert (change.continuing, change.new, change.lost) == pytest.approx(
        (0.05, 0.35, -0.1)
    )
    assert change.reason == ""
    assert change.suppliers["part"].to_dict() == {
        "CHN": "own",
        "JPN": "continuing",
        "MYS": "new",
        "EST": "lost",
        "USA": "lost",
    }


def test_hhi_change_by_hand():
    change = diversification.hhi_change(
        two_ends({"CHN": 80, "JPN": 20}, {"CHN": 50, "JPN": 30, "MYS": 20})
    )
    assert (change.first, change.last) == pytest.approx((0.68, 0.38))
    parts = (change.own, change.continuing, change.new, change.lost)
    assert parts == pytest.approx((0.25 - 0.64, 0.09 - 0.04, 0.04, 0))


@given(supply, supply)
@seeded
def test_parts_add_up_for_any_two_sets_of_suppliers(first, last):
    both = two_ends(first, last)
    share = diversification.share_change(both)
    assert share.continuing + share.new + share.lost == pytest.approx(
        -share.change, abs=1e-12
    )
    hhi = diversification.hhi_change(both)
    assert hhi.own + hhi.continuing + hhi.new + hhi.lost == pytest.approx(
        hhi.change, abs=1e-12
    )
    assert share.new >= 0 >= share.lost


@given(supply, supply)
@seeded
def test_time_reversed_makes_new_suppliers_lost_ones(first, last):
    forth = diversification.share_change(two_ends(first, last))
    back = diversification.share_change(two_ends(last, first))
    assert (back.change, back.new, back.lost, back.continuing) == pytest.approx(
        (-forth.change, -forth.lost, -forth.new, -forth.continuing), abs=1e-12
    )


@given(supply, supply)
@seeded
def test_leading_flows_do_not_tell_who_came_and_left(first, last):
    both = two_ends(first, last, coverage="leading flows")
    share, hhi = diversification.share_change(both), diversification.hhi_change(both)
    for change in (share, hhi):
        assert change.new is None
        assert change.lost is None
        assert "leading flows" in change.reason
    assert set(share.suppliers["part"]) <= {"own", "continuing or unknown"}
    assert share.continuing == pytest.approx(-share.change, abs=1e-12)
    assert hhi.own + hhi.continuing == pytest.approx(hhi.change, abs=1e-12)


@pytest.mark.parametrize(
    ("usd", "part"), [(50, "continuing"), (999, "continuing"), (1_001, "new")]
)
def test_a_trickle_is_not_a_new_supplier(usd, part):
    both = two_ends({"CHN": 1_000_000}, {"CHN": 1_000_000 - usd, "USA": usd})
    change = diversification.share_change(both)
    assert change.suppliers.loc["USA", "part"] == part
    assert change.continuing + change.new == pytest.approx(-change.change, abs=1e-15)


def test_a_supplier_whose_weight_was_not_known_is_not_new():
    first, last = (
        pd.DataFrame(
            {
                "exporter": ["CHN", "MYS"],
                "value_usd": [6.0, 4.0],
                "tonnes": [3.0, weight],
                "tonnes_status": ["reported", status],
            }
        )
        for weight, status in ((None, "missing"), (2.0, "reported"))
    )
    both = Ends(first, last, (2010,), (2024,), "complete")
    change = diversification.share_change(both, basis="weight")
    assert change.suppliers.loc["MYS", "part"] == "continuing"
    with pytest.raises(NotComparable, match="amount of MYS by weight is missing"):
        diversification.share_change(both, of="MYS", basis="weight")


def test_a_supplier_that_is_nowhere_has_no_share_at_either_end():
    change = diversification.share_change(two_ends({"JPN": 1}, {"MYS": 1}))
    assert (change.first, change.last, change.new, change.lost) == (0, 0, 1, -1)


def test_production_can_be_split_like_trade():
    production = pd.DataFrame(
        {
            "year": [2012, 2012, 2024, 2024],
            "country": ["CHN", "USA", "CHN", "USA"],
            "tonnes_reo": [90.0, 10.0, 70.0, 30.0],
        }
    )
    both = ends(production, 2012, 2024, window=1)
    change = diversification.share_change(both, basis="weight", supplier="country")
    assert (change.change, change.continuing) == pytest.approx((-0.2, 0.2))


@pytest.mark.parametrize(
    ("first", "last", "hhi_first", "hhi_last", "answer"),
    [
        (0.80, 0.60, 0.66, 0.42, "worked"),
        (0.74, 0.64, 0.60, 0.50, "worked"),  # exactly ten points
        (0.75, 0.65, 0.60, 0.50, "partly"),  # at the ceiling, not below it
        (0.95, 0.80, 0.90, 0.66, "partly"),  # far from the ceiling
        (0.60, 0.30, 0.44, 0.52, "partly"),  # one other supplier in its place
        (0.60, 0.55, 0.44, 0.40, "partly"),
        (0.60, 0.551, 0.44, 0.40, "not"),
        (0.60, 0.70, 0.44, 0.54, "not"),
        (0.05, 0.40, 0.30, 0.30, "not"),
        (0.09, 0.01, 0.30, 0.30, "cannot tell"),
    ],
)
def test_the_rule_at_its_edges(first, last, hhi_first, hhi_last, answer):
    assert diversification.answer(first, last, hhi_first, hhi_last) == answer


def test_the_rule_states_its_numbers():
    for words in (
        "at least 10 points",
        "below 65 %",
        "at least 5 points",
        "5 million US dollars",
        "less than 90 % of them",
        "below 10 % at both",
    ):
        assert words in " ".join(diversification.RULE.split())


@pytest.mark.parametrize(
    ("shares", "answer"),
    [
        ([0.8] * 8 + [0.5] * 7, "worked"),
        ([0.95] * 8 + [0.8] * 7, "partly"),
        ([0.6] * 15, "not"),
        ([0.6] * 8 + [0.9] * 7, "not"),
    ],
)
def test_verdict_of_a_steady_case(shares, answer):
    verdict = diversification.verdict(yearly(shares), 2010, 2024)
    assert verdict.answer == answer
    assert "CHN" in verdict.reason
    tried = verdict.tried.set_index(["first_year", "last_year"])
    assert list(tried.index[0:1]) == [(2010, 2024)]
    assert len(tried) == 9
    there = [(2010, 2024), (2010, 2023), (2011, 2024), (2011, 2023)]
    assert sorted(tried.dropna(subset="answer").index) == sorted(there)
    assert (tried.loc[there, "answer"] == answer).all()
    gone = tried.drop(there)
    assert gone["reason"].str.contains("not in the data").all()
    assert "2009, 2025 not in the data" in gone["reason"].to_list()


def test_verdict_that_a_moved_end_contradicts_is_withheld():
    flows = yearly([0.5, *[0.7] * 7, *[0.6] * 7], first_year=2009)
    verdict = diversification.verdict(flows, 2010, 2023)
    assert verdict.answer == "cannot tell"
    assert verdict.reason.startswith("worked from 2010 to 2023 (CHN 70.0 to 60.0 %")
    assert "but not from 2009 to 2023 (CHN 63.3 to 60.0 %" in verdict.reason


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        (yearly([0.8] * 8 + [0.5] * 7, total=4e6), "4.00 million US dollars a year"),
        (yearly([0.8] * 8 + [0.5] * 6), "2024 not in the data"),
        (yearly([0.8] * 3), "no list has rows both in 2010–2012 and in 2022–2024"),
        (
            pd.concat(
                [
                    yearly([0.8] * 8, coverage="leading flows"),
                    yearly([0.5] * 7, first_year=2018, coverage="complete"),
                ]
            ),
            "lists do not mix",
        ),
        (
            yearly([0.8] * 15)[lambda t: ~t["year"].isin([2013, 2021])],
            "no other years to move first_year to",
        ),
        (yearly([0.05] * 15), "CHN 5.0 to 5.0 %"),
    ],
)
def test_verdict_is_withheld_with_its_reason(flows, reason):
    verdict = diversification.verdict(flows, 2010, 2024)
    assert verdict.answer == "cannot tell"
    assert reason in verdict.reason


def test_verdict_by_weight_needs_the_weights():
    flows = yearly([0.8] * 8 + [0.5] * 7).assign(
        tonnes=lambda t: t["value_usd"] / 1e4, tonnes_status="reported"
    )
    assert diversification.verdict(flows, 2010, 2024, basis="weight").answer == "worked"
    flows.loc[(flows["exporter"] != "CHN") & (flows["year"] < 2013), "tonnes"] = None
    verdict = diversification.verdict(flows, 2010, 2024, basis="weight")
    assert verdict.answer == "cannot tell"
    assert verdict.reason == "only 80 % of the value has a weight"


@pytest.fixture(scope="module")
def uk_magnets():
    """BACI, 850511, United Kingdom: leading flows, and all flows of 2022 and 2024."""
    folder = Path(os.environ["REALDATA"]) / "baci_hs17_31codes"
    return duckdb.sql(
        f"""
        select year, if(exporter_iso2 = 'CN', 'CHN', exporter_iso2) as exporter,
            value_usd::double as value_usd, 'leading flows' as coverage
        from '{folder}/baci_850511_topflows_2002_2024.csv.gz' where importer_iso2 = 'GB'
        union all select 2022, i, value, 'complete'
        from '{folder}/baci_hs17_v202601_2022_31codes_valueonly.csv.gz'
        where j = 'GBR' and cmd = 850511
        union all select year, exporter, value_kusd * 1000, 'complete'
        from '{folder}/baci_hs17_v202601_2024_31codes.parquet'
        where importer = 'GBR' and hs6 = '850511'
        """
    ).df()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("first_year", "coverage", "first", "last"),
    [(2023, "leading flows", 0.771, 0.732), (2022, "complete", 0.767, 0.683)],
)
def test_magnets_for_the_united_kingdom_are_compared_like_with_like(
    uk_magnets, first_year, coverage, first, last
):
    both = ends(uk_magnets, first_year, 2024, window=1)
    change = diversification.share_change(both)
    assert both.coverage == coverage
    assert (change.first, change.last) == pytest.approx((first, last), abs=5e-4)
    assert (change.new is None) == (coverage == "leading flows")
