"""BACI in the data package: its build from CEPII's zips, the rule of leading flows."""

import importlib.util
import zipfile
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import tables
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
    late = complete[complete["start"].dt.year == 2017].sort_values("exporter")
    assert late["exporter"].tolist() == ["CHN", "TWN"]
    assert late["value_usd"].tolist() == [210_000_123, 1]
    assert late["tonnes"].fillna(0).tolist() == [9100, 0]
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
