"""Two tellings of one flow in the data package: printed figures, sums, the build."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from rareearth import mirror, tables
from rareearth.trade import schema


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return tables.load("mirror_pairs")


@pytest.fixture(scope="module")
def build() -> ModuleType:
    path = tables.PACKAGE / "build" / "mirror_pairs.py"
    spec = importlib.util.spec_from_file_location("build_mirror_pairs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("product", "year", "importer", "exporter", "sold", "bought", "ratio"),
    [
        ("2846", 2015, "CHN", "USA", 10_318_998, 11_714_971, 1.135),
        ("2846", 2018, "CHN", "USA", 72_735_867, 37_614_639, 0.517),
        ("850511", 2024, "USA", "CHN", 395_313_453, 359_791_115, 0.910),
        ("850511", 2022, "USA", "CHN", 571_540_084, 523_843_114, 0.917),
    ],
)
def test_a_pair_is_as_printed(
    pairs, product, year, importer, exporter, sold, bought, ratio
) -> None:
    pair = mirror.gaps(pairs).set_index(["product", "year", "importer", "exporter"])
    row = pair.loc[(product, year, importer, exporter)]
    assert (row["exporter_usd"], row["importer_usd"]) == (sold, bought)
    assert row["ratio"] == pytest.approx(ratio, abs=5e-4)


def test_weights_of_2024_are_the_trap_that_they_are(pairs: pd.DataFrame) -> None:
    row = pairs[pairs["year"] == 2024].iloc[0]
    assert (row["exporter_tonnes"], row["importer_tonnes"]) == (17_748.539, 7_078.864)
    assert row["importer_tonnes_status"] == "estimated"


def test_fifteen_importers_and_the_union_each_from_china_and_the_world(pairs) -> None:
    rows = pairs[pairs["kind"] == "derived"]
    assert set(rows["product"]) == {"850511"} and set(rows["year"]) == {2022}
    sides = rows.groupby("importer")["exporter"].agg(set)
    assert len(sides) == 16 and "EU27" in sides.index
    assert all(side == {"CHN", "WORLD"} for side in sides)
    wide = rows.pivot_table(index="importer", columns="exporter", aggfunc="sum",
                            values=["exporter_usd", "importer_usd"])  # fmt: skip
    for side in ("exporter_usd", "importer_usd"):
        assert (wide[side]["CHN"] <= wide[side]["WORLD"]).all()


def test_no_telling_is_reconciled_and_no_weight_passes_for_reported(pairs) -> None:
    derived = pairs[pairs["kind"] == "derived"]
    for side in mirror.SIDES:
        told = set(derived[f"{side}_tonnes_status"])
        assert told <= {"unknown basis", "missing"}
    assert not pairs["source"].str.contains("BACI").any()


def flow(exporter, importer, reported_by, usd, tonnes=1.0):
    """One telling in the columns that the build uses."""
    return {
        "exporter": exporter,
        "importer": importer,
        "reported_by": reported_by,
        "value_usd": usd,
        "tonnes": tonnes,
        "tonnes_status": "missing" if tonnes is None else "unknown basis",
        "valuation": {"importer": "cif", "exporter": "fob"}[reported_by],
    }


def test_sums_of_the_build_leave_out_trade_inside_the_union(build) -> None:
    table = pd.DataFrame(
        [
            flow("CHN", "DEU", "importer", 50.0),
            flow("FRA", "DEU", "importer", 30.0),
            flow("CHN", "FRA", "importer", 8.0, None),
            flow("CHN", "DEU", "exporter", 40.0),
            flow("CHN", "FRA", "exporter", 7.0),
            flow("FRA", "DEU", "exporter", 29.0),
        ]
    )
    rows = build.derived(table).set_index(["importer", "exporter"])
    assert rows.loc[("DEU", "WORLD"), "importer_usd"] == 80
    assert rows.loc[("EU27", "WORLD"), "importer_usd"] == 58
    assert rows.loc[("EU27", "WORLD"), "exporter_usd"] == 47
    assert rows.loc[("EU27", "CHN"), "importers"] == 2
    # one of its parts has no weight, so the sum has none
    assert rows.loc[("EU27", "CHN"), "importer_tonnes_status"] == "missing"
    assert rows.loc[("DEU", "CHN"), "importer_tonnes"] == 1


@pytest.mark.realdata
def test_the_build_gives_the_table(build, tmp_path: Path) -> None:
    file = Path(os.environ["REALDATA"]) / "comtrade_raw_31codes_2022"
    flows = build.flows(file / "comtrade_2022.csv.gz")
    assert set(flows) == set(schema.COLUMNS)
    made = pd.concat([build.derived(flows), build.printed()], ignore_index=True)
    stored = (tables.PACKAGE / "mirror_pairs.csv").read_text("utf-8")
    assert build.text(made) == stored
