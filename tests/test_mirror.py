import datetime

import comtrade
import numpy as np
import pandas as pd
import pytest

from rareearth import mirror


def told(*rows, product="850511", year=2022, **columns):
    """Flows as (exporter, importer, exporter's USD, importer's USD); None: not told."""
    frame = pd.DataFrame(
        [
            (seller, buyer, usd, side)
            for seller, buyer, *tellings in rows
            for side, usd in zip(mirror.SIDES, tellings, strict=True)
            if usd is not None
        ],
        columns=["exporter", "importer", "value_usd", "reported_by"],
    )
    return frame.assign(product=product, year=year).assign(**columns)


@pytest.mark.parametrize(
    ("year", "sold", "bought", "ratio"),
    [
        # HS 2846 from the United States to China, in USD: USITC DataWeb, UN Comtrade
        (2015, 10_318_998, 11_714_971, 1.135),
        (2018, 72_735_867, 37_614_639, 0.517),
    ],
)
def test_two_tellings_of_us_compounds_for_china(year, sold, bought, ratio):
    flow = ("USA", "CHN", sold, bought)
    pair = mirror.pairs(told(flow, product="2846", year=year)).iloc[0]
    assert (pair["exporter_usd"], pair["importer_usd"]) == (sold, bought)
    assert pair["ratio"] == pytest.approx(ratio, abs=5e-4)
    assert pair["log_gap"] == pytest.approx(np.log(bought / sold))
    assert pair["symmetry"] == pytest.approx(abs(bought - sold) / (bought + sold))
    assert pair["silent"] == ""
    assert mirror.refusals(mirror.pairs(told(flow))).item() == ""


MAGNETS_2024 = told(
    ("CHN", "USA", 395_313_453, 359_791_115),  # UN Comtrade, 850511
    year=2024,
    tonnes=[17_748.539, 7_078.864],
    tonnes_status=["reported", "estimated"],
)


def test_values_may_agree_where_weights_do_not():
    pair = mirror.pairs(MAGNETS_2024)
    assert pair["ratio"].item() == pytest.approx(0.910, abs=5e-4)
    assert pair["tonnes_ratio"].item() == pytest.approx(0.399, abs=5e-4)
    usd_per_kg = [
        (pair[f"{side}_usd"] / pair[f"{side}_tonnes"] / 1000).item()
        for side in mirror.SIDES
    ]
    assert usd_per_kg == pytest.approx([22.3, 50.8], abs=0.05)
    assert mirror.refusals(pair).item() == ""
    assert mirror.refusals(pair, "weight").item() == (
        "the weight told by USA is estimated"
    )


def test_the_same_us_compounds_twenty_times_apart_are_not_averaged():
    pair = mirror.pairs(told(("USA", "CHN", 523.3e6, 23.0e6), product="2846"))
    assert mirror.refusals(pair).item() == "the tellings are 22.8 times apart"


@pytest.mark.parametrize(
    ("ratios", "other_good"),
    [
        ([0.05], False),  # one year shows no habit
        ([0.05, 0.04], True),
        ([0.05, 0.04, 0.5], True),
        ([0.05, 0.04, 0.5, 0.9], False),
        ([0.05, 20.0], False),  # once the one side, once the other
        ([1.1, 0.9, 1.3], False),
    ],
)
def test_a_flow_far_apart_for_years_in_one_direction_is_not_one_good(
    ratios, other_good
):
    years = [
        told(("USA", "CHN", 1e6, 1e6 * ratio), year=2018 + i)
        for i, ratio in enumerate(ratios)
    ]
    pairs = mirror.pairs(pd.concat(years, ignore_index=True))
    table = mirror.mismatch(pairs)
    assert table["other_good"].item() is other_good
    assert table["years"].item() == len(ratios)
    refused = mirror.refusals(pairs).str.startswith("not the same good, far apart in 2")
    assert refused.tolist() == [other_good] * len(ratios)


def test_a_silent_country_is_told_from_one_that_leaves_out_a_flow():
    pairs = mirror.pairs(
        told(
            ("CHN", "USA", 5.0, 5.0),
            ("CHN", "PRK", 3.0, None),
            ("MMR", "CHN", None, 2.0),
            ("JPN", "USA", None, 4.0),
            ("JPN", "CHN", 1.0, None),
        )
    ).set_index(["exporter", "importer"])
    assert pairs["silent"].to_dict() == {
        ("CHN", "USA"): "",
        ("CHN", "PRK"): "PRK does not report",
        ("MMR", "CHN"): "MMR does not report",
        ("JPN", "USA"): "JPN reports, but not this flow",
        ("JPN", "CHN"): "CHN reports, but not this flow",
    }
    refused = mirror.refusals(pairs.reset_index())
    assert refused.tolist() == pairs["silent"].tolist()


def test_a_telling_of_zero_has_no_ratio():
    pair = mirror.pairs(told(("CHN", "USA", 0.0, 5.0)))
    assert pair["ratio"].isna().item()
    assert mirror.refusals(pair).item() == "a telling is zero"


@pytest.mark.parametrize(
    ("ratios", "factor", "count"),
    [
        ([1.05, 1.10, 1.15] * 4, 1.10, 12),
        ([1.05, 1.10, 1.15] * 4 + [50.0] * 9, 1.10, 12),  # far apart: not counted
        ([0.9, 1.0, 0.95] * 4, 1.02, 12),  # below what freight can be
        ([1.5, 1.6, 1.7] * 4, 1.30, 12),  # above
        ([1.20] * 9, 1.06, 9),  # too few: the usual factor
    ],
)
def test_cif_factor_is_a_median_within_limits(ratios, factor, count):
    flows = [(f"S{i}", "USA", 100.0, 100.0 * ratio) for i, ratio in enumerate(ratios)]
    table = mirror.cif_fob(mirror.pairs(told(*flows)))
    assert table.loc["850511", "factor"] == pytest.approx(factor)
    assert table.loc["850511", "pairs"] == count


def test_imports_at_customs_value_say_nothing_of_freight():
    flows = [(f"S{i}", "USA", 100.0, 150.0) for i in range(12)]
    pairs = mirror.pairs(told(*flows, valuation="customs"))
    assert mirror.cif_fob(pairs)["pairs"].item() == 0


def test_the_year_is_that_of_the_start():
    flows = told(("CHN", "USA", 1.0, 1.0)).drop(columns="year")
    pairs = mirror.pairs(flows.assign(start=datetime.date(2022, 1, 1)))
    assert pairs["year"].tolist() == [2022]


@pytest.mark.parametrize(
    ("flows", "message"),
    [
        (
            told(("CHN", "USA", 1.0, 1.0), reported_by="reconciled"),
            "reported_by is reconciled: two tellings",
        ),
        (
            pd.concat([told(("CHN", "USA", 1.0, None))] * 2, ignore_index=True),
            "row 1: the exporter tells CHN USA 850511 2022 twice",
        ),
    ],
)
def test_what_is_not_two_tellings_is_refused(flows, message):
    with pytest.raises(ValueError, match=message):
        mirror.pairs(flows)


@pytest.mark.realdata
def test_both_tellings_of_magnets_in_raw_comtrade():
    rows = comtrade.totals(comtrade.flows_2022().query("product == '850511'"))
    pairs = mirror.pairs(rows)
    both_flows = pairs["exporter_usd"].sum() + pairs["importer_usd"].sum()
    assert both_flows == pytest.approx(13.66e9, rel=5e-3)
    assert mirror.cif_fob(pairs)["median"].item() == pytest.approx(0.987, abs=5e-4)
    to_us = pairs.set_index(["exporter", "importer"]).loc[("CHN", "USA")]
    assert to_us["exporter_usd"] == pytest.approx(571.5e6, rel=1e-3)
    assert to_us["importer_usd"] == pytest.approx(523.8e6, rel=1e-3)
