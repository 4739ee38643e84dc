import os
from pathlib import Path

import comtrade
import numpy as np
import pandas as pd
import pytest

from rareearth import mirror, reconciliation

FREIGHT = 1.08


@pytest.fixture(scope="module")
def world():
    """Simulated: true flows among 40 countries, and what each of them tells of them.

    A country's error is log-normal, from 2 to 40 %. C38 and C39 report nothing; what
    C00 sells to C01 is another good to C01; C02 estimates its weights.
    """
    random = np.random.default_rng(20_260_101)
    names = [f"C{i:02}" for i in range(40)]
    error = pd.Series(np.geomspace(0.02, 0.40, 40), index=names)
    error = error.sample(frac=1, random_state=3).set_axis(names)
    true = pd.MultiIndex.from_product(
        [names, names, ["850511"], [2020, 2021, 2022]], names=mirror.KEY
    ).to_frame(index=False)
    true = true[true["exporter"] != true["importer"]].reset_index(drop=True)
    true["true_usd"] = np.exp(random.normal(14, 2, len(true)))
    true["true_tonnes"] = true["true_usd"] / 25_000
    sides = []
    for side, factor in (("exporter", 1.0), ("importer", FREIGHT)):
        spread = true[side].map(error)
        sides.append(
            true[mirror.KEY].assign(
                reported_by=side,
                value_usd=true["true_usd"] * factor * np.exp(random.normal(0, spread)),
                tonnes=true["true_tonnes"] * np.exp(random.normal(0, spread)),
                tonnes_status=np.where(true[side] == "C02", "estimated", "reported"),
            )
        )
    told = pd.concat(sides, ignore_index=True)
    other = (told["exporter"] == "C00") & (told["importer"] == "C01")
    told.loc[other & (told["reported_by"] == "importer"), "value_usd"] /= 20
    teller = told["exporter"].where(told["reported_by"] == "exporter", told["importer"])
    told = told[~teller.isin(["C38", "C39"])]
    return true, error, mirror.pairs(told)


def test_the_freight_of_the_simulated_world_is_found(world):
    _, _, pairs = world
    assert mirror.cif_fob(pairs)["factor"].item() == pytest.approx(FREIGHT, rel=0.05)


def test_the_errors_of_the_simulated_tellers_are_found(world):
    _, error, pairs = world
    found = reconciliation.reliability(pairs)
    assert sorted(found.index) == [f"C{i:02}" for i in range(38)]
    error = error[found.index]
    assert found.corr(error) > 0.98
    assert (found - error).abs().max() < 0.05


@pytest.mark.parametrize(
    ("basis", "name", "unit"),
    [("value", "value_usd", "usd"), ("weight", "tonnes", "tonnes")],
)
def test_the_simulated_world_is_recovered(world, basis, name, unit):
    true, _, pairs = world
    both = reconciliation.reconcile(pairs, basis).merge(true, on=mirror.KEY)
    both = both[both["reason"] == ""]
    assert len(both) > 0.85 * len(true)
    truth = both[f"true_{unit}"]
    miss = {
        told: np.log(both[told] / truth).abs()
        for told in (name, f"exporter_{unit}", f"importer_{unit}")
    }
    assert miss[name].median() < 0.05
    assert miss[name].mean() < 0.75 * min(
        miss[f"exporter_{unit}"].mean(), miss[f"importer_{unit}"].mean()
    )
    totals = both.groupby("importer")[[name, f"true_{unit}"]].sum()
    assert totals[name].sum() == pytest.approx(truth.sum(), rel=0.01)
    large = both.groupby("exporter")[[name, f"true_{unit}"]].sum()
    found = (large / large.sum())[name]
    real = (large / large.sum())[f"true_{unit}"]
    assert (found - real).abs().max() < 0.05 * real.max()


def test_what_cannot_be_averaged_is_refused_with_its_reason(world):
    _, _, pairs = world
    both = reconciliation.reconcile(pairs).set_index(["exporter", "importer"])
    refused = both[both["reason"] != ""]
    assert refused["value_usd"].isna().all()
    assert set(refused.loc[("C00", "C01"), "reason"]) == {
        "not the same good, far apart in 3 of 3 years"
    }
    assert set(refused.loc["C38", "reason"]) == {"C38 does not report"}
    assert "C39" not in set(both.loc["C38"].index)
    weights = reconciliation.reconcile(pairs, "weight")
    by_c02 = weights[weights["importer"] == "C02"]
    assert set(by_c02["reason"]) >= {"the weight told by C02 is estimated"}
    assert by_c02["tonnes"].isna().all()


def test_the_range_holds_both_tellings_and_the_average(world):
    _, _, pairs = world
    both = reconciliation.reconcile(pairs)
    assert (both["low_usd"] <= both["high_usd"]).all()
    agreed = both.dropna(subset="value_usd")
    slack = 1 + 1e-12
    assert (agreed["value_usd"] >= agreed["low_usd"] / slack).all()
    assert (agreed["value_usd"] <= agreed["high_usd"] * slack).all()
    alone = both[both["importer_usd"].isna()]
    assert alone["low_usd"].to_numpy() == pytest.approx(alone["exporter_usd"])
    freed = both["importer_usd"] / mirror.cif_fob(pairs)["factor"].item()
    assert both["high_usd"].ge(freed / slack).loc[freed.notna()].all()


def test_the_true_share_lies_in_its_range(world):
    true, _, pairs = world
    both = reconciliation.reconcile(pairs[pairs["importer"] == "C05"])
    both = both.merge(true, on=mirror.KEY)
    low, high = reconciliation.share_range(both, of="C03")
    its = both["exporter"] == "C03"
    share = both.loc[its, "true_usd"].sum() / both["true_usd"].sum()
    assert low < share < high


def test_without_any_pair_there_is_nothing_to_average():
    flows = pd.DataFrame(
        {
            "year": [2022],
            "exporter": ["CHN"],
            "importer": ["PRK"],
            "product": ["850511"],
            "reported_by": ["exporter"],
            "value_usd": [5.0],
        }
    )
    both = reconciliation.reconcile(mirror.pairs(flows)).iloc[0]
    assert both["reason"] == "PRK does not report"
    assert np.isnan(both["value_usd"])
    assert (both["low_usd"], both["high_usd"]) == pytest.approx((5.0, 5.0))


def test_customs_values_are_not_freed_from_freight_a_second_time():
    flows = pd.DataFrame(
        {
            "year": 2022,
            "exporter": "CHN",
            "importer": "USA",
            "product": "850511",
            "reported_by": ["exporter", "importer"],
            "value_usd": [100.0, 100.0],
            "valuation": ["fob", "customs"],
        }
    )
    both = reconciliation.reconcile(mirror.pairs(flows)).iloc[0]
    assert both["value_usd"] == pytest.approx(100.0)


@pytest.mark.realdata
def test_exporters_rank_as_in_baci_which_is_reconciled_from_the_same_reports():
    baci = pd.read_csv(
        Path(os.environ["REALDATA"])
        / "baci_hs17_31codes"
        / "baci_hs17_v202601_2022_31codes_valueonly.csv.gz",
        keep_default_na=False,
    )
    theirs = baci.groupby([baci["cmd"].astype(str), "i"])["value"].sum()
    pairs = mirror.pairs(comtrade.totals(comtrade.flows_2022()))
    both = reconciliation.reconcile(pairs[pairs["exporter"] != pairs["importer"]])
    told = np.sqrt(both["low_usd"] * both["high_usd"])
    figure = both["value_usd"].fillna(told)
    ours = figure.groupby([both["product"], both["exporter"]]).sum()
    shares = pd.concat([theirs, ours], axis=1, keys=["theirs", "ours"]).fillna(0.0)
    products = theirs.index.unique(0)
    shares = shares.loc[products] / shares.loc[products].groupby(level=0).transform(
        "sum"
    )
    first = shares.groupby(level=0).idxmax()
    assert (first["theirs"] == first["ours"]).sum() >= 28  # of 30 products
    hhi = (shares**2).groupby(level=0).sum()
    assert hhi["theirs"].corr(hhi["ours"]) > 0.99
