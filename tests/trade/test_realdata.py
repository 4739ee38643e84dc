"""The providers' own files, each to the totals that are known of it."""

import os
from pathlib import Path

import pandas as pd
import pytest

from rareearth import trade
from rareearth.trade import baci, files

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(os.environ["REALDATA"])


@pytest.fixture(scope="module")
def parity() -> pd.DataFrame:
    """A unit of any money for a dollar, so that sums in it can be compared."""
    months = pd.date_range("1988-01-01", "2027-12-01", freq="MS")
    parts = [
        pd.DataFrame({"start": months, "currency": c, "units_per_usd": 1.0})
        for c in ("EUR", "CNY", "GBP", "JPY")
    ]
    return pd.concat(parts, ignore_index=True)


def fates(reading: trade.Reading) -> dict[str, int]:
    return reading.account.groupby("fate")["rows"].sum().to_dict()


def sums(reading: trade.Reading, column: str = "value_usd") -> float:
    return float(reading.table[column].sum())


def test_comtrade_s_answer(folder: Path) -> None:
    reading = trade.read(
        folder / "sample_comtrade_api_json/china_imports_2846_1997.json"
    )
    assert fates(reading) == {"read": 12, "aggregate": 1}
    assert sums(reading) == 4_747_079
    assert {"XXX", "TWN"} <= set(reading.table["exporter"])
    assert set(reading.table["tonnes_status"]) == {"missing"}
    assert set(reading.table["hs_edition"]) == {"HS96"}


def test_comtrade_s_site(folder: Path) -> None:
    reading = trade.read(folder / "sample_comtrade_plus_csv/TradeData.csv")
    assert reading.account["rows"].sum() == 1178
    assert fates(reading) == {"read": 1156, "self-import": 11, "aggregate": 11}
    by_year = reading.table.groupby(reading.table["start"].dt.year)["value_usd"].sum()
    assert by_year[2022] == pytest.approx(19_039_358_936.845, abs=0.01)
    assert by_year[2024] == pytest.approx(24_427_995_897.78, abs=0.01)
    assert "partners add up to World in all of 11" in " ".join(reading.notes)
    editions = (
        reading.table.groupby("hs_edition")["start"]
        .agg(["min", "max"])
        .map(lambda day: day.year)
    )
    assert editions.values.tolist() == [[2014, 2016], [2017, 2021], [2022, 2024]]


def test_comtrade_before_2023(folder: Path) -> None:
    reading = trade.read(folder / "sample_comtrade_legacy_csv/comtrade.csv")
    assert reading.account["rows"].sum() == 203
    parts = reading.account.set_index("fate")
    # all of 2013 stands twice in the file, so that its rows add up to 55,724,567
    assert parts.loc["part of a total", ["rows", "value_usd"]].tolist() == [
        15,
        5_396_547,
    ]
    assert sums(reading) == 55_724_567 - 5_396_547
    assert sums(reading, "tonnes") == pytest.approx(172_480.882 - 13_114.292)
    assert fates(reading)["aggregate"] == 18


def test_comtrade_with_its_breakdown_left_in(folder: Path) -> None:
    path = folder / "comtrade_raw_31codes_2022/comtrade_2022.csv.gz"
    reading = trade.read(path)
    assert reading.account["rows"].sum() == 166_616
    assert reading.refused.empty
    magnets = reading.table[reading.table["product"] == "850511"]
    assert magnets["value_usd"].sum() == pytest.approx(13_657_033_026.43, abs=0.05)
    same = magnets["exporter"] == magnets["importer"]
    assert magnets.loc[same, "value_usd"].sum() == pytest.approx(38_695_117.339)
    told = " ".join(reading.notes)
    assert "partners add up to World in all of 4379" in told
    assert "largest row of each flow is its total" in told


def test_baci_row_by_row_in_duckdb_and_written(folder: Path, tmp_path: Path) -> None:
    path = folder / "baci_hs92/baci_hs92_ree_1995_2024.csv.gz"
    reading = trade.read(path)
    assert fates(reading) == {"read": 56_942}
    table = reading.table
    china = (
        table[table["exporter"] == "CHN"]
        .groupby(table["start"].dt.year)["tonnes"]
        .sum()
    )
    assert china.loc[[2019, 2022, 2023, 2024]].round().tolist() == [
        45_835,
        46_098,
        50_466,
        50_444,
    ]
    usa = (
        table[table["importer"] == "USA"]
        .groupby(table["start"].dt.year)["value_usd"]
        .sum()
    )
    assert (usa / 1e6).round(1)[[2018, 2019, 2020, 2023, 2024]].tolist() == [
        164.9,
        162.7,
        107.7,
        188.9,
        176.4,
    ]
    pd.testing.assert_frame_equal(trade.query(path), table)
    trade.convert(path, tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(trade.query(tmp_path / "a.parquet"), table)


def test_indicators_of_74_goods_are_those_of_pandas(folder: Path) -> None:
    path = folder / "baci_hs92/baci_hs92_74codes_1995_2024.csv.gz"
    found = pd.concat(trade.indicators(path), ignore_index=True)
    raw = pd.read_csv(path, dtype={"k": "str"}, keep_default_na=False)
    assert len(raw) == 1_264_888
    raw["usd"] = (raw["v"] * 1000).round().astype("int64")
    raw["square"] = raw["usd"].astype(float) ** 2
    groups = raw.groupby(["t", "k", "j"])
    by_hand = pd.DataFrame(
        {"value_usd": groups["usd"].sum(), "suppliers": groups.size()}
    )
    by_hand["top_share"] = groups["usd"].max() / by_hand["value_usd"]
    by_hand["hhi"] = groups["square"].sum() / by_hand["value_usd"].astype(float) ** 2
    numbers = ["value_usd", "suppliers", "top_share", "hhi"]
    pd.testing.assert_frame_equal(
        found[numbers].sort_values(numbers, ignore_index=True),
        by_hand.sort_values(numbers, ignore_index=True),
        check_dtype=False,
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    "table",
    [
        "baci_hs92/country_codes_V202401b.csv",
        "baci_hs17_31codes/country_codes_V202601.csv",
        "sample_cepii_baci_codes/country_codes_V202301.csv",
    ],
)
def test_country_tables_of_baci(folder: Path, table: str) -> None:
    known = baci.countries(files.sheets(folder / table)[0])
    assert known["516"] == "NAM"
    assert known["842"] == "USA"
    assert len(known) > 230


OWN = {
    "baci_hs17_31codes/baci_hs17_v202601_2024_31codes.parquet": (
        'period = "year", exporter = "exporter", importer = "importer", '
        'product = "hs6", value = "value_kusd", weight = "qty_t", scale = 1000',
        21_723,
    ),
    "baci_hs17_31codes/baci_hs17_v202601_2022_31codes_valueonly.csv.gz": (
        'exporter = "i", importer = "j", product = "cmd", value = "value"',
        23_167,
    ),
    "baci_hs17_31codes/baci_850511_topflows_2002_2024.csv.gz": (
        'period = "year", exporter = "exporter_iso2", importer = "importer_iso2", '
        'product = "hs6", value = "value_usd"',
        30_406,
    ),
    "comtrade_us_imports_2018_2025/us_imports_ree_by_partner_2018_2025.csv": (
        'period = "year", exporter = "partner_code", product = "hs6", '
        'value = "import_value_usd"',
        362,
    ),
}


def mapped(told: str) -> str:
    """Mapping file from pairs of a part and its column."""
    pairs = dict(p.split(" = ") for p in told.split(", "))
    scale = pairs.pop("scale", "1")
    lines = ['source = "test"', "[reported_by]", 'value = "reconciled"']
    for part, column in pairs.items():
        lines += [f"[{part}]", f"column = {column}"]
        lines += ['currency = "USD"', f"scale = {scale}"] if part == "value" else []
        lines += ['unit = "t"', 'status = "unknown basis"'] if part == "weight" else []
    for part, value in (("period", "2022"), ("importer", "USA")):
        lines += [] if part in pairs else [f"[{part}]", f'value = "{value}"']
    return "\n".join(lines)


@pytest.mark.parametrize("name", OWN)
def test_others_copies_are_read_with_a_mapping_file(
    folder: Path, tmp_path: Path, name: str
) -> None:
    told, rows = OWN[name]
    mapping = tmp_path / "m.toml"
    mapping.write_text(mapped(told))
    reading = trade.read(folder / name, mapping=mapping)
    assert reading.account["rows"].sum() == rows
    assert reading.refused.empty
    table = reading.table
    magnets = table[table["product"] == "850511"]
    match name.rpartition("/")[2]:
        case "baci_hs17_v202601_2024_31codes.parquet":
            assert len(magnets) == 4415
            assert round(magnets["value_usd"].sum() / 1e9, 2) == 4.96
            assert round(magnets["tonnes"].sum()) == 187_827
            assert (magnets["tonnes_status"] == "missing").sum() == 226
        case "baci_hs17_v202601_2022_31codes_valueonly.csv.gz":
            assert len(magnets) == 4441
            assert round(magnets["value_usd"].sum() / 1e9, 2) == 6.86
        case "baci_850511_topflows_2002_2024.csv.gz":
            assert "NAM" in set(table["exporter"]) | set(table["importer"])
            china = table[
                (table["exporter"] == "CHN")
                & (table["importer"] == "USA")
                & (table["start"].dt.year == 2019)
            ]
            assert china["value_usd"].sum() // 1e6 == 269
        case _:
            by_year = table.groupby(table["start"].dt.year)["value_usd"].sum() / 1e6
            assert by_year.round(1)[[2023, 2024, 2025]].tolist() == [
                203.4,
                175.2,
                209.4,
            ]
            assert "TWN" in set(table["exporter"])


def test_national_months_of_magnets(folder: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    parts = {"period": "period", "reporter": "reporter", "partner": "partner"}
    parts |= {"flow": "flow", "product": "native_code"}
    lines = ['source = "national offices"']
    lines += [f'[{part}]\ncolumn = "{column}"' for part, column in parts.items()]
    lines += ['[value]\ncolumn = "value_usd"\ncurrency = "USD"']
    lines += ['[weight]\ncolumn = "qty_kg"\nunit = "kg"']
    mapping.write_text("\n".join(lines))
    path = folder / "monthly_magnets_national/magnets_850511_monthly_national.csv.gz"
    reading = trade.read(path, mapping=mapping)
    assert reading.account["rows"].sum() == 5530
    table = reading.table
    year = table["start"].dt.year == 2025
    imports = table[year & (table["reported_by"] == "importer")]
    totals = imports.groupby("importer")["value_usd"].sum() / 1e6
    assert totals.round(1)[["GBR", "BRA"]].tolist() == [33.8, 16.7]


def test_comext_in_codes_and_in_labels(folder: Path, parity: pd.DataFrame) -> None:
    place = folder / "sample_eurostat_comext_sdmx_csv"
    reading = trade.read(place / "estat_ds-045409_filtered_de.csv.gz", rates=parity)
    assert fates(reading) == {"aggregate": 44}
    assert reading.account["tonnes"].sum() == pytest.approx(103_813_652.05 / 10)
    labels = place / "estat_ds-plastic_export_value_labels.csv"
    reading = trade.read(labels, rates=parity)
    assert fates(reading) == {"aggregate": 84}
    assert reading.account["value_usd"].sum() == 6_585_015_289


def test_comext_in_bulk(folder: Path, parity: pd.DataFrame) -> None:
    path = folder / "sample_eurostat_comext_bulk_v2/full_v2_202402_excerpt.dat"
    reading = trade.read(path, rates=parity)
    assert fates(reading) == {"read": 12, "confidential": 1}
    assert sums(reading) == 7713
    assert sums(reading, "tonnes") == pytest.approx(0.38)
    assert (reading.table["tonnes_status"] == "missing").sum() == 6
    assert "39XXXXXX" in set(reading.table["product"])


def test_china_s_customs(folder: Path, parity: pd.DataFrame) -> None:
    path = folder / "sample_gacc_query_export/2024in.csv"
    reading = trade.read(path, flow="import", rates=parity)
    assert fates(reading) == {"read": 36}
    assert sums(reading) == 359_701_179_444
    assert sums(reading, "tonnes") == pytest.approx(100_883_410.028)
    assert set(reading.table["exporter"]) == {"ARG", "BRA", "USA"}
    dollars = sums(trade.read(path, flow="import"))
    assert 7.0 < 359_701_179_444 / dollars < 7.3


def test_the_us_census(folder: Path) -> None:
    path = folder / "sample_us_census_imports_hs/hs6_imports_2018_excerpt.csv"
    reading = trade.read(path)
    assert reading.account["rows"].sum() == 2769
    assert sums(reading) == 168_842_493
    assert reading.account["value_usd"].sum() == 983_844_586
    assert reading.refused.empty
    assert "countries add up to World in all of 104" in reading.notes[0]


def test_dataweb(folder: Path) -> None:
    place = folder / "sample_usitc_dataweb"
    wide = trade.read(place / "DataWeb-Query-Export_wide_annual.xlsx")
    assert sums(wide) == 125_801_943_398
    by_good = wide.table.set_index("product")["value_usd"]
    assert by_good[["28", "85"]].tolist() == [1_331_820_922, 7_759_061_777]
    long = trade.read(place / "DataWeb-Query-Export_long.xlsx")
    assert sums(long) == 72_806_911_050
    by_country = long.table.groupby("exporter")["value_usd"].sum()
    assert by_country["CHN"] == 7_745_059_897
    assert long.account["rows"].sum() == 7 * 6314 + 69 + 6
    path = place / "DataWeb-Query-Export_wide_monthly.csv"
    with pytest.raises(trade.Unreadable, match="--product"):
        trade.read(path)
    monthly = trade.read(path, product="8505")
    assert sums(monthly) == 15_609_510_935
    assert len(monthly.table) == 5 * (10 * 12 - 1)  # December 2024 is not out
    for reading in (wide, long, monthly):
        assert reading.refused.empty
        assert not any("add up to" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sample_india_eidb_html/2017-19IndChinaImport.asp", "a web page"),
        ("prices/usgs_mcs2026_ree_y_sc.csv", "no layout known"),
        ("eu_crm_study_shares/fact_GlobalSupplyShares_t.csv", "no layout known"),
        ("oec_2846_net_trade/net_trade_data.csv", "no layout known"),
        ("wmd_production/world_mining_data_ree_2018_2024.csv", "no layout known"),
        (
            "comtrade_china_exports_monthly/china_ree_exports_monthly_8partners.csv",
            "no layout known",
        ),
        ("anchors/gacc_press_anchors.csv", "no layout known"),
        ("README.md", "no layout known"),
    ],
)
def test_what_is_not_trade_by_partner_is_refused(folder, name, said) -> None:
    with pytest.raises(trade.Unreadable, match=said):
        trade.read(folder / name)
