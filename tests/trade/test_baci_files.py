"""BACI as CEPII publishes it: versions of its files, and what goes wrong in them."""

import gzip
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from rareearth import trade
from rareearth.trade import baci, files

YEAR = """t,i,j,k,v,q
2022,156,842,280530,12.345,  NA
2022,156,842,091099,0.5,1.25
2022,490,516,280530,3.001,0.000
2022,699,251,280530,7,2
"""
# the two shapes of the country table, as saved by their finders
OLD = """country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,\
iso_3digit_alpha
516,Namibia,Namibia,,NAM
490,"Other Asia, nes","Other Asia, nes",N/A,N/A
697,"Europe EFTA, nes","Europe EFTA, nes",N/A,N/A
"""
NEW = """country_code,country_name,country_iso2,country_iso3
516,Namibia,NA,NAM
490,"Other Asia, nes",,S19
999,"New Land",NL,NLD
"""


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def test_a_yearly_file_reads_to_dollars_and_tonnes(write) -> None:
    table = trade.read(write("BACI_HS17_Y2022_V202601.csv", YEAR)).table
    shown = table[["exporter", "importer", "product", "value_usd", "tonnes_status"]]
    assert shown.values.tolist() == [
        ["CHN", "USA", "091099", 500, "unknown basis"],
        ["CHN", "USA", "280530", 12345, "missing"],
        ["IND", "FRA", "280530", 7000, "unknown basis"],
        ["TWN", "NAM", "280530", 3001, "missing"],
    ]
    assert set(table["hs_edition"]) == {"HS17"}
    assert set(table["source"]) == {"BACI V202601"}
    assert set(table["reported_by"]) == {"reconciled"}


def test_the_zip_is_read_as_downloaded(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "BACI_HS17_V202601.zip",
        BACI_HS17_Y2022_V202601__csv=YEAR,
        BACI_HS17_Y2023_V202601__csv=YEAR.replace("2022,", "2023,"),
        country_codes_V202601__csv=NEW,
        Readme__txt="BACI\nby CEPII\n",
    )
    reading = trade.read(path)
    assert len(reading.table) == 8
    assert reading.notes == ["BACI_HS17_V202601.zip/Readme.txt: not trade, not read"]
    assert list(reading.account["file"].unique()) == [
        "BACI_HS17_V202601.zip/BACI_HS17_Y2022_V202601.csv",
        "BACI_HS17_V202601.zip/BACI_HS17_Y2023_V202601.csv",
    ]


@pytest.mark.parametrize("text", [OLD, NEW])
def test_country_tables_of_all_versions_keep_namibia(write, text: str) -> None:
    sheet = files.sheets(write("country_codes.csv", text))[0]
    assert baci.countries(sheet)["516"] == "NAM"


def test_a_code_that_only_the_table_beside_knows_is_read(tmp_path: Path) -> None:
    year = YEAR + "2022,999,842,280530,1,1\n"
    alone = zipped(tmp_path / "a.zip", BACI_HS17_Y2022_V202601__csv=year)
    refused = trade.read(alone).refused
    assert refused[["row", "column", "value"]].values.tolist() == [[6, "i", "999"]]
    beside = zipped(
        tmp_path / "b.zip", BACI_HS17_Y2022_V202601__csv=year, countries__csv=NEW
    )
    assert "NLD" in set(trade.read(beside).table["exporter"])


def test_a_product_that_the_edition_does_not_hold_is_refused(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "b.zip",
        BACI_HS92_Y2022_V202601__csv=YEAR,
        product_codes_HS92__csv='code,description\n91099,"Spices"\n',  # zero lost
    )
    reading = trade.read(path)
    assert reading.table["product"].tolist() == ["091099"]
    assert set(reading.refused["value"]) == {"280530"}


@pytest.mark.parametrize(
    "text",
    [
        YEAR.replace("t,i,j,k,v,q", "t,i,j,hs6,v,q"),
        "\n".join(
            ",".join([c[0], c[3], c[1], c[2], c[4], c[5]])
            for c in (line.split(",") for line in YEAR.split())
            if len(c) == 6
        ).replace("k", "hs6"),
        YEAR.replace("091099", "91099"),
        "\ufeff" + YEAR.replace("\n", "\r\n"),
    ],
    ids=["hs6", "order of 2014", "zero lost", "BOM and CRLF"],
)
def test_every_shape_of_a_yearly_file_says_the_same(write, text: str) -> None:
    text = text.replace(",NA", ",  NA")
    expected = trade.read(write("BACI_HS17_Y2022_V202601.csv", YEAR)).table
    found = trade.read(write("again_BACI_HS17_Y2022_V202601.csv", text)).table
    pd.testing.assert_frame_equal(found, expected)


def test_parquet_with_codes_as_numbers_gets_its_zeros_back(tmp_path: Path) -> None:
    import duckdb

    out = tmp_path / "baci_hs17_V202601.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 2022 AS t, 156 AS i, 842 AS j, 91099 AS k, 0.5::DOUBLE AS v, "
        f"NULL::DOUBLE AS q) TO '{out}' (FORMAT parquet)"
    )
    assert trade.read(out).table["product"].tolist() == ["091099"]
    pd.testing.assert_frame_equal(trade.query(out), trade.read(out).table)


def test_two_vintages_in_one_file_contradict_each_other(write) -> None:
    text = YEAR + "2022,156,842,280530,12.346,NA\n2022,699,251,280530,7,2\n"
    reading = trade.read(write("BACI_HS17_Y2022_V202601.csv", text))
    assert reading.refused["row"].tolist() == [2, 6]
    assert reading.rows("duplicate") == 1
    assert len(reading.table) == 3


def test_swapped_columns_are_refused(write) -> None:
    rows = [line.split(",") for line in YEAR.split()[1:] if line.count(",") == 5]
    text = "t,i,j,k,v,q\n" + "\n".join(
        ",".join([r[0], r[3], *r[1:3], *r[4:]]) for r in rows
    )
    reading = trade.read(write("BACI_HS17_Y2022_V202601.csv", text))
    assert reading.table.empty
    assert {"i", "k"} <= set(reading.refused["column"])


def test_half_a_line_is_refused_by_its_row(write) -> None:
    reading = trade.read(write("BACI_HS17_Y2022_V202601.csv", YEAR[:-8]))
    assert reading.refused[["row", "column"]].values.tolist() == [[5, "line"]]
    assert len(reading.table) == 3


def test_a_truncated_gzip_is_told(write) -> None:
    packed = gzip.compress((YEAR * 200).encode())
    path = write("BACI_HS17_Y2022_V202601.csv.gz", packed[: len(packed) // 2])
    for read in (trade.read, trade.query, lambda p: list(trade.indicators(p))):
        with pytest.raises(trade.Unreadable, match=r"BACI_HS17_Y2022"):
            read(path)


def test_gzip_is_read_like_plain(write) -> None:
    plain = trade.read(write("BACI_HS17_Y2022_V202601.csv", YEAR)).table
    path = write("BACI_HS17_Y2022_V202601.csv.gz", gzip.compress(YEAR.encode()))
    pd.testing.assert_frame_equal(trade.read(path).table, plain)
    pd.testing.assert_frame_equal(trade.query(path), plain)
