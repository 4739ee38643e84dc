"""BACI: the files as CEPII publishes them, and the rule of leading flows."""

import gzip
import importlib.util
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import tables
from rareearth.tables import TableError
from rareearth.trade import baci

# a few flows in CEPII's layout, with its padded numbers and its NA
YEAR_2016 = """t,i,j,k,v,q
2016,156,842,850511,200000.5,9000.25
2016,156,842,850519,1.0,1.0
2016,392,842,850511,   80000.001,         NA
"""
YEAR_2017 = """t,i,j,k,v,q
2017,156,842,850511,210000.123,9100.000
2017,490,842,850511,0.001,NA
2017,58,842,010121,5.5,1.25
"""


def bundle(folder: Path, edition: str, years: dict[int, str]) -> Path:
    """Write a zip as CEPII does."""
    path = folder / f"BACI_{edition}_V202601.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("country_codes_V202601.csv", "country_code,country_name\n")
        file.writestr(f"product_codes_{edition}_V202601.csv", "code,description\n")
        for year, text in years.items():
            file.writestr(f"BACI_{edition}_Y{year}_V202601.csv", text)
    return path


def test_a_zip_is_read_year_by_year(tmp_path: Path) -> None:
    path = bundle(tmp_path, "HS02", {2016: YEAR_2016, 2017: YEAR_2017})
    table = baci.read(path, ["850511"])
    assert list(table.columns) == baci.COLUMNS
    assert table["start"].dt.year.tolist() == [2016, 2016, 2017, 2017]
    assert table["exporter"].tolist() == ["CHN", "JPN", "CHN", "TWN"]
    assert table["value_usd"].tolist() == [200_000_500, 80_000_001, 210_000_123, 1]
    assert table["tonnes"].tolist()[:1] == [9000.25]
    assert table["tonnes_status"].tolist() == ["unknown basis", "missing"] * 2
    assert set(table["hs_edition"]) == {"HS02"}
    assert set(table["source"]) == {"BACI V202601"}


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_single_year_is_read_plain_or_gzipped(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"BACI_HS17_Y2017_V202601{suffix}"
    data = YEAR_2017.encode()
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    table = baci.read(path)
    assert table["product"].tolist() == ["010121", "850511", "850511"]
    assert table.loc[0, "exporter"] == "BEL"
    assert baci.read(path, ["284690"]).empty


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("flows.csv", YEAR_2017, "flows.csv: not a name of CEPII"),
        (
            "BACI_HS17_Y2017_V202601.csv",
            "t,i,j,v\n",
            "header is t,i,j,v; it must be t,",
        ),
        (
            "BACI_HS17_Y2017_V202601.csv",
            YEAR_2017.replace("490", "999"),
            "column i, row 1: country '999' is not known",
        ),
    ],
)
def test_a_file_that_is_not_cepii_s_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(TableError, match=message):
        baci.read(path)


def test_a_zip_without_years_is_refused(tmp_path: Path) -> None:
    path = bundle(tmp_path, "HS17", {})
    with pytest.raises(TableError, match="no yearly file"):
        baci.read(path)


def test_the_build_takes_cepii_s_zips_with_each_year_from_one(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "build_trade", tables.PACKAGE / "build" / "trade.py"
    )
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    bundle(tmp_path, "HS02", {2016: YEAR_2016, 2017: YEAR_2017})
    bundle(tmp_path, "HS17", {2017: YEAR_2017})
    table = build.magnets(tmp_path)
    complete = table[table["coverage"] == "complete"]
    assert dict(
        zip(complete["start"].dt.year, complete["hs_edition"], strict=True)
    ) == {2016: "HS02", 2017: "HS17"}
    assert not table.duplicated(baci.KEY).any()
    assert len(table) == 2 * len(complete)  # so few that all of them are leading


SIDES = ("importer", "exporter")
FLOWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 50)),
    unique_by=lambda f: f[:2],
    min_size=1,
)


@given(FLOWS, st.integers(1, 4))
@settings(deadline=None, max_examples=30)
def test_a_flow_leads_if_fewer_than_n_of_its_side_are_larger(
    rows: list[tuple[int, int, int]], n: int
) -> None:
    table = pd.DataFrame(rows, columns=["exporter", "importer", "value_usd"])
    table = table.assign(
        start=pd.Timestamp("2024-01-01"), coverage="complete", tonnes=1.0
    )
    kept = set(baci.leading(table, n).index)
    for row, flow in table.iterrows():
        sides = [table[table[s] == flow[s]]["value_usd"] for s in SIDES]
        if all((side > flow["value_usd"]).sum() >= n for side in sides):
            assert row not in kept
        if any((side >= flow["value_usd"]).sum() <= n for side in sides):
            assert row in kept
