"""Large files with something wrong: refused with what would be right, never guessed."""

import gzip
import zipfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from rareearth import trade
from rareearth.trade import schema

HEAD = "t,i,j,k,v,q\n"
FLOW = "2022,156,842,280530,12,1\n"
NAME = "BACI_HS17_Y2022_V202601.csv"
TABLE = ",".join(schema.COLUMNS) + "\n"


def row(
    start="2022-01-01", months=12, exporter="CHN", usd="100", by="importer", of="cif"
) -> str:
    """A row of a trade table in text."""
    return (
        f"{start},{months},{exporter},USA,280530,HS22,{usd},{of},,missing,{by},"
        "complete,X\n"
    )


def added(path) -> float:
    """What the indicators add up to."""
    return float(pd.concat(trade.indicators(path))["value_usd"].sum())


@pytest.mark.parametrize("name", ["mine[1].csv", "min?1.csv", "m*.csv"])
def test_a_name_is_no_pattern_of_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(HEAD + FLOW)
    (tmp_path / "mine1.csv").write_text(HEAD + "2022,392,842,280530,999,1\n")
    assert trade.query(path)["exporter"].tolist() == ["CHN"]
    assert added(path) == 12_000
    out = tmp_path / "out.parquet"
    trade.convert(path, out)
    assert trade.query(out)["exporter"].tolist() == ["CHN"]


@pytest.mark.parametrize("folder", ["t=1999", "k=850511", "v=5"])
def test_a_folder_is_no_column(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    path = tmp_path / folder / "mine.csv"
    path.write_text(HEAD + FLOW)
    (flow,) = trade.query(path).itertuples()
    assert (flow.start.year, flow.product, flow.value_usd) == (2022, "280530", 12_000)
    parquet = tmp_path / folder / "mine.parquet"
    plain = f"FROM read_csv('{path}', hive_partitioning = false)"
    duckdb.sql(plain).write_parquet(str(parquet))
    assert added(path) == added(parquet) == 12_000


def test_a_file_holds_the_year_of_its_name_and_no_other(write, tmp_path) -> None:
    path = write(NAME, HEAD + FLOW + "2021,156,842,280530,7,1\n")
    with pytest.raises(trade.Unreadable, match="holds a flow of 2021; by its name"):
        added(path)
    packed = tmp_path / "BACI_Y2021_V202601.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(NAME, HEAD + FLOW)
    assert added(packed) == 12_000


def test_gzip_is_known_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(gzip.compress((HEAD + FLOW).encode()))
    assert added(path) == 12_000
    assert trade.query(path)["value_usd"].tolist() == [12_000]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2022,392,842,280530,-5,1", "v is -5; it must be a number, 0 or more"),
        ("2022,392,842,280530,,1", "v is missing; it must"),
        ("2022,392,842,280530,nan,1", "v is nan"),
        ("2022,392,842,280530,inf,1", "v is inf"),
        ("2022,392,842,280530,5,inf", "q is inf"),
        ("2022,392,842,280530,5,-1", "q is -1"),
        ("2022,392,842,2805x0,5,1", "product 2805x0 is not of six digits"),
        ("2022,392,842,,5,1", "product missing is not"),
        ("22,392,842,280530,5,1", "t is 22; it must be a year"),
        ("2022.6,392,842,280530,5,1", "t is 2022.6; it must be a year"),
        ("2022,,842,280530,5,1", "country missing is not known"),
    ],
)
def test_a_row_that_reading_refuses_is_not_found_either(write, line, told) -> None:
    path = write("mine.csv", HEAD + FLOW + line + "\n")
    with pytest.raises(trade.Unreadable, match=told):
        trade.query(path)
    assert len(trade.query(path, exporters=["CHN"])) == 1
    assert len(trade.read(path).refused) == 1


def test_a_row_without_value_and_weight_is_no_trade(write) -> None:
    path = write("mine.csv", HEAD + FLOW + "2022,392,842,280530,0,NA\n")
    assert trade.query(path)["exporter"].tolist() == ["CHN"]


def test_a_country_is_found_however_its_code_is_written(write) -> None:
    lines = "2022,JPN,USA,280530,5,1\n2022,004,842,280530,5,1\n"
    path = write("mine.csv", HEAD + FLOW + lines)
    assert set(trade.query(path, importers=["USA"])["exporter"]) == {
        "CHN",
        "JPN",
        "AFG",
    }
    assert len(trade.query(path, exporters=["AFG"])) == 1


def test_whole_numbers_may_be_kept_as_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    kept = "2022.0 AS t, 156.0 AS i, 842.0 AS j, 280530.0 AS k, 12.5 AS v, 1.5 AS q"
    numbers = ", ".join(
        f"({part.replace(' AS', ')::DOUBLE AS')}" for part in kept.split(", ")
    )
    duckdb.sql(f"SELECT {numbers}").write_parquet(str(path))
    (flow,) = trade.query(path, ["280530"], ["USA"], ["CHN"], [2022]).itertuples()
    assert (flow.value_usd, flow.tonnes) == (12_500, 1.5)
    both = tmp_path / "both.parquet"
    duckdb.sql(f"SELECT {numbers}, 999999 AS hs6").write_parquet(str(both))
    assert trade.query(both)["product"].tolist() == ["280530"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"products": "280530"}, "must be a list"),
        ({"products": ["8505.11"]}, "no code of customs"),
        ({"products": ["8505"]}, "BACI, which has six digits"),
        ({"products": [91099]}, "BACI, which has six digits"),
        ({"importers": "USA"}, "must be a list"),
        ({"importers": ["EU27"]}, "name its members"),
    ],
)
def test_what_can_mean_nothing_is_not_asked(write, asked, told) -> None:
    with pytest.raises(ValueError, match=told):
        trade.query(write(NAME, HEAD + FLOW), **asked)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (row() + row(exporter="World"), "no country is known by the code World"),
        (row() + row(exporter=""), "no country is known by the code None"),
        (row() + row(start="2022-03-01", months=1), "stands twice, or for months"),
        (2 * row(start="2022-03-01", months=1), "stands twice"),
        (
            row(start="2022-03-01", months=1)
            + row(start="2022-03-01", months=1, of="fob"),
            "stands twice",
        ),
        (row() + row(exporter="JPN", usd="-50"), "-50000"),
        (row() + row(exporter="JPN", by="exporter"), "in several ways"),
    ],
)
def test_indicators_add_up_only_what_may_be_added(write, lines, told) -> None:
    with pytest.raises(trade.Unreadable, match=told):
        added(write("table.csv", TABLE + lines))


def test_files_are_not_added_up_that_tell_in_two_ways(write) -> None:
    ours = write("table.csv", TABLE + row(by="exporter"))
    other = write("other.csv", TABLE + row(exporter="JPN"))
    baci = write("mine.csv", HEAD + "2022,392,842,280530,5,1\n")
    for files in ([ours, other], [ours, baci]):
        with pytest.raises(trade.Unreadable, match="in several ways"):
            added(files)
    with pytest.raises(ValueError, match="'importers' must be one of exporter"):
        list(trade.indicators(ours, "importers"))
    blanks = write("blanks.csv", TABLE + row(exporter=" JPN"))
    assert added(blanks) == 100


def test_a_day_is_the_same_everywhere_and_a_number_is_no_day(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    trade.convert(_csv(tmp_path, row()), tmp_path / "whole.parquet")
    for told, start in (
        ("zoned", "(start::VARCHAR || '+00')::TIMESTAMPTZ"),
        ("number", "2022"),
        ("text", "'03/02/2022'"),
    ):
        path = tmp_path / f"{told}.parquet"
        duckdb.sql(
            f"SELECT * REPLACE ({start} AS start) FROM '{tmp_path}/whole.parquet'"
        ).write_parquet(str(path))
        if told == "zoned":
            assert trade.query(path, years=[2022])["start"].dt.year.tolist() == [2022]
            assert added(path) == 100
        else:
            with pytest.raises(trade.Unreadable):
                trade.query(path)


def _csv(folder: Path, lines: str) -> Path:
    path = folder / "table.csv"
    path.write_text(TABLE + lines)
    return path


def test_a_report_rests_on_no_table_with_faults(tmp_path: Path) -> None:
    path = _csv(tmp_path, row() + row(exporter="World", usd="-50"))
    with pytest.raises(trade.Unreadable, match=r"exporter of the flow.*World"):
        trade.table(str(path))


def test_nothing_is_converted_twice(write, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    one, two = write("a.csv", HEAD + FLOW), write("b.csv", HEAD + FLOW)
    with pytest.raises(trade.Unreadable, match="stands in two of the files"):
        trade.convert([one, two], out)
    two.write_text(HEAD + "2022,392,842,280530,999,1\n")
    made = trade.convert([one, two], out)
    assert made.account["rows"].sum() == 2
    (tmp_path / "x").mkdir()
    same = tmp_path / "x" / "a.csv"
    same.write_text(HEAD + FLOW.replace("2022", "2021"))
    for call in (trade.read, lambda files: trade.convert(files, out)):
        with pytest.raises(trade.Unreadable, match="two files of one name"):
            call([one, same])
    with pytest.raises(trade.Unreadable, match="is a folder"):
        trade.convert(one, tmp_path)


@pytest.mark.parametrize("line", ["2022,8,842,28053.,1,1", "2022.6,8,842,280530,1,1"])
def test_only_plain_numbers_are_converted_unread(write, tmp_path, line) -> None:
    path = write("mine.csv", HEAD + FLOW + line + "\n")
    made = trade.convert(path, tmp_path / "out.parquet")
    assert len(made.refused) == 1
    assert not (tmp_path / "out.parquet").exists()


def test_tables_of_codes_go_with_flows_and_not_alone(write, tmp_path: Path) -> None:
    flows = write(NAME, HEAD + FLOW)
    codes = write(
        "country_codes_V202601.csv",
        "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n",
    )
    with pytest.raises(trade.Unreadable, match="without flows; name a yearly file"):
        trade.read(codes)
    with pytest.raises(trade.Unreadable, match="without flows; name a yearly file"):
        trade.convert(codes, tmp_path / "out.parquet")
    made = trade.convert([flows, codes], tmp_path / "out.parquet")
    assert made.account["rows"].sum() == 1
