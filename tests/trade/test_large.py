"""Files larger than memory: the same figures as row by row, exact, once, whole."""

import gzip
import itertools
import random
import zipfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from rareearth import trade
from rareearth.trade import bulk, database
from rareearth.trade.convert import scan

HEAD = "t,i,j,k,v,q\n"
COUNTRIES = [156, 842, 276, 392, 490, 699, 251, 757, 579, 516, 36, 458]


def year(t: int, seed: int = 1, share: float = 1.0) -> str:
    """A year of a small simulated world in BACI's layout."""
    draw = random.Random(t * 100 + seed)
    lines = []
    for i, j, k in itertools.product(
        COUNTRIES, COUNTRIES, ("091099", "280530", "850511")
    ):
        if i != j and draw.random() < share:
            q = draw.choice(["NA", "  NA", f"{draw.uniform(0, 9):.3f}"])
            lines.append(f"{t},{i},{j},{k},{draw.lognormvariate(3, 3):.3f},{q}")
    return HEAD + "\n".join(lines) + "\n"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Three years as CEPII zips them."""
    path = tmp_path / "BACI_HS17_V202601.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for t in (2021, 2022, 2023):
            archive.writestr(f"BACI_HS17_Y{t}_V202601.csv", year(t, share=0.6))
        archive.writestr("Readme.txt", "by CEPII")
    return path


def knowing():
    """A connection that knows the countries."""
    connection = database.connection()
    database.know_countries(connection)
    return connection


def by_hand(table: pd.DataFrame) -> pd.DataFrame:
    """Indicators from the trade table, as anyone would write them."""
    table = table[table["exporter"] != table["importer"]]
    table = table.assign(year=table["start"].dt.year)
    table = table.sort_values("exporter")
    groups = table.groupby(["year", "product", "importer"])["value_usd"]
    total = groups.sum()
    top = table.loc[groups.idxmax()].set_index(["year", "product", "importer"])
    squares = (table["value_usd"] ** 2).groupby(
        [table["year"], table["product"], table["importer"]]
    )
    hhi = squares.sum() / total**2
    return pd.DataFrame(
        {
            "value_usd": total,
            "suppliers": groups.size(),
            "top_supplier": top["exporter"],
            "top_share": top["value_usd"] / total,
            "hhi": hhi,
            "effective_suppliers": 1 / hhi,
        }
    )


def plain(parts) -> pd.DataFrame:
    """Indicators of all years with words as text."""
    table = pd.concat(parts, ignore_index=True)
    words = ["product", "importer", "top_supplier"]
    return table.astype(dict.fromkeys(words, "str") | {"year": int, "suppliers": int})


def test_a_query_is_what_reading_and_selecting_gives(world: Path) -> None:
    whole = trade.read(world).table
    pd.testing.assert_frame_equal(trade.query(world), whole)
    wanted = whole[
        whole["product"].isin(["091099", "850511"])
        & whole["importer"].isin(["USA", "TWN"])
        & (whole["exporter"] == "CHN")
        & (whole["start"].dt.year == 2022)
    ]
    found = trade.query(world, ["091099", "850511"], ["USA", "Taiwan"], ["CHN"], [2022])
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True))
    assert trade.query(world, years=[1999]).empty


def test_a_converted_file_holds_the_same_and_says_of_what_it_is_made(
    world: Path, tmp_path: Path
) -> None:
    out = tmp_path / "world.parquet"
    made = trade.convert(world, out)
    whole = trade.read(world)
    pd.testing.assert_frame_equal(trade.read(out).table, whole.table)
    pd.testing.assert_frame_equal(trade.query(out), whole.table)
    pd.testing.assert_frame_equal(
        made.account.drop(columns=["value_usd", "tonnes"]),
        whole.account.drop(columns=["value_usd", "tonnes"]),
    )
    told = trade.origin(out)
    assert told["files"] == whole.hashes
    assert sum(row["rows"] for row in told["account"]) == len(whole.table)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_indicators_are_those_computed_by_hand(world: Path, tmp_path: Path) -> None:
    found = plain(trade.indicators(world))
    expected = by_hand(trade.read(world).table).reset_index()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)
    trade.convert(world, tmp_path / "w.parquet")
    again = plain(trade.indicators(tmp_path / "w.parquet"))
    pd.testing.assert_frame_equal(again, found)


def test_indicators_do_not_depend_on_order_splitting_gzip_or_threads(
    tmp_path: Path,
) -> None:
    head, *lines = year(2022).splitlines()
    random.Random(3).shuffle(lines)
    ordered = tmp_path / "BACI_HS17_Y2022_V202601.csv"
    ordered.write_text(year(2022))
    halves = []
    for n in range(2):
        half = tmp_path / f"{n}_BACI_HS17_Y2022_V202601.csv.gz"
        half.write_bytes(gzip.compress("\n".join([head, *lines[n::2]]).encode()))
        halves.append(half)
    expected = plain(trade.indicators(ordered))
    pd.testing.assert_frame_equal(plain(trade.indicators(halves)), expected)
    unnamed = tmp_path / "mine.csv"  # a name without its year
    unnamed.write_text(year(2022) + "\n".join(year(2021).splitlines()[1:]) + "\n")
    both = plain(trade.indicators(unnamed))
    pd.testing.assert_frame_equal(
        both[both["year"] == 2022].reset_index(drop=True), expected
    )


def test_of_equal_suppliers_the_first_in_the_alphabet_is_the_top(write) -> None:
    text = HEAD + "".join(f"2022,{i},842,280530,5.001,NA\n" for i in (392, 156, 276))
    (row,) = plain(trade.indicators(write("BACI_HS17_Y2022_V1.csv", text))).itertuples()
    assert (row.top_supplier, row.suppliers) == ("CHN", 3)
    assert row.hhi == pytest.approx(1 / 3, abs=1e-15)
    assert row.value_usd == 15003


def test_sums_are_exact_where_floats_are_not(write) -> None:
    values = [0.1, 0.2, 0.3, 1e9 + 0.001, 0.007]
    text = HEAD + "".join(
        f"2022,{i},842,280530,{v:.3f},NA\n"
        for i, v in zip(COUNTRIES[2:], values, strict=False)
    )
    (row,) = plain(trade.indicators(write("BACI_HS17_Y2022_V1.csv", text))).itertuples()
    assert row.value_usd == 1_000_000_000_608


def test_a_flow_that_stands_twice_is_refused_everywhere(write, tmp_path: Path) -> None:
    path = write("BACI_HS17_Y2022_V202601.csv", year(2022) + year(2022).splitlines()[5])
    with pytest.raises(trade.Unreadable, match="stands twice"):
        trade.query(path)
    with pytest.raises(trade.Unreadable, match="stands twice"):
        list(trade.indicators(path))
    # row by row it is the same row once more
    made = trade.convert(path, tmp_path / "a.parquet")
    assert made.rows("duplicate") == 1
    again = write("again.csv", year(2022))
    with pytest.raises(trade.Unreadable, match="stands twice"):
        list(trade.indicators([again, again]))


def test_two_releases_or_editions_of_one_year_are_not_mixed(write, tmp_path) -> None:
    one = write("BACI_HS17_Y2022_V202501.csv", year(2022))
    for other in ("BACI_HS17_Y2022_V202601.csv", "BACI_HS92_Y2022_V202501.csv"):
        pair = [one, write(other, year(2022))]
        with pytest.raises(trade.Unreadable, match="2022 is told by"):
            trade.convert(pair, tmp_path / "a.parquet")
        with pytest.raises(trade.Unreadable, match="2022 is told by"):
            trade.read(pair)
    assert not (tmp_path / "a.parquet").exists()


def test_a_faulty_year_is_read_row_by_row_and_nothing_is_written(
    write, tmp_path: Path
) -> None:
    out = tmp_path / "a.parquet"
    path = write(
        "BACI_HS17_Y2022_V202601.csv",
        year(2022)
        + "2022,999,842,280530,1,1\n2022,4,8,280530,x\n2022,4,4,280530,1,NA\n",
    )
    made = trade.convert(path, out)
    assert made.refused["column"].tolist() == ["i", "line"]
    assert not out.exists()
    made = trade.convert(path, out, allow_refused=True)
    assert made.rows("self-import") == 1
    rows = len(year(2022).splitlines()) - 1
    assert len(trade.query(out)) == rows + 1
    assert made.account["rows"].sum() == rows + 3
    with pytest.raises(trade.Unreadable, match=r"BACI_HS17_Y2022.*rareearth check"):
        trade.query(path)


def test_scan_and_rows_agree_on_a_clean_year(write) -> None:
    path = write("BACI_HS17_Y2022_V202601.csv", year(2022))
    (part,) = bulk.parts([path])
    account = scan(knowing(), part)
    assert account is not None
    by_row = trade.read(path).account
    pd.testing.assert_frame_equal(account, by_row, check_dtype=False, atol=1e-6)


def test_scan_leaves_nothing_that_has_to_be_told_by_row(write) -> None:
    connection = knowing()
    for line in (
        "2022,156,842,28053,1,NA",
        "2022,156,842,280530,-1,NA",
        "2022,156,842,280530,1,x",
        "2022,156,842,280530,1,-2",
        "2022,156,842,280530,inf,NA",
        "22,156,842,280530,1,NA",
        "2022,156,842,280530,1",
        "2022,156,842,280530,1,NA,9",
        "2022,156,156,280530,1,NA",
        "2022,999,842,280530,1,NA",
        "2022,4,8,280530,1,1",  # twice
    ):
        text = HEAD + "2022,4,8,280530,1,1\n"
        (part,) = bulk.parts([write("BACI_HS17_Y2022_V202601.csv", text + line)])
        assert scan(connection, part) is None, line
        (part,) = bulk.parts([write("BACI_HS17_Y2022_V202601.csv", text)])
        assert scan(connection, part) is not None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2022,156,842,2805x0,1,NA", '"k".*2805x0'),
        ("2022,156,842,-280530,1,NA", '"k".*-280530'),
        ("2022,156,842,2805300,1,NA", "product 2805300 is not of six digits"),
        ("2022,CHN,842,280530,1,NA", '"i".*CHN'),
        ("2022,999,842,280530,1,NA", "no country is known by the code 999"),
        ("2022,156,842,280530,NA,NA", '"v".*NA'),
        ("2022,156,842,280530,,NA", 'Line: 3.*"v"'),
        ("2022,156,842,280530,-1,NA", "-1000000"),
        ("2022,156,842,280530,inf,NA", "inf"),
        ("2022,156,842,280530,nan,NA", "nan"),
        ("2022,156,842,280530,1", "CSV Error on Line: 3"),
    ],
)
def test_indicators_name_the_row_that_they_refuse(write, line: str, told: str) -> None:
    text = HEAD + "2022,4,8,280530,1,1\n" + line
    with pytest.raises(trade.Unreadable, match=f"(?s){told}.*rareearth check"):
        list(trade.indicators(write("BACI_HS17_Y2022_V202601.csv", text)))


def test_indicators_refuse_a_parquet_file_with_a_flow_without_value(tmp_path) -> None:
    path = tmp_path / "BACI_HS17_Y2022_V202601.parquet"
    row = "2022 AS t, 4 AS i, 8 AS j, 280530 AS k, 1.5 AS v, 2.0 AS q"
    for value in ("1.5", "NULL::DOUBLE"):
        flow = row.replace("1.5", value)
        duckdb.sql(f"SELECT {flow}").write_parquet(str(path))
        if value == "1.5":
            assert plain(trade.indicators(path))["value_usd"].tolist() == [1500]
    with pytest.raises(trade.Unreadable, match="a flow has no value"):
        list(trade.indicators(path))


def test_indicators_read_numbers_however_they_are_written(write, tmp_path) -> None:
    text = HEAD + '2022,004, 8,91099,1,NA\n2022,"156",008,091099,3.0,NA\n'
    (row,) = plain(trade.indicators(write("BACI_HS17_Y2022_V1.csv", text))).itertuples()
    assert (row.product, row.importer, row.value_usd) == ("091099", "ALB", 4000)


def test_a_product_is_found_however_it_is_written(write) -> None:
    written = {4: "091099", 8: "91099", 12: " 91099", 31: "091099 ", 32: " 280530"}
    lines = [f"2022,{who},842,{code},1,NA\n" for who, code in written.items()]
    path = write("BACI_HS17_Y2022_V1.csv", HEAD + "".join(lines))
    for asked, there in ((["091099"], 4), (["280530"], 1), (["091099", "280530"], 5)):
        found = trade.query(path, asked)
        assert (len(found), sorted(set(found["product"]))) == (there, asked)
    path.write_text(path.read_text() + "2022,36,842,2805300,1,NA\n")
    with pytest.raises(trade.Unreadable, match="2805300 is not of six digits"):
        trade.query(path)


def test_months_of_a_trade_table_are_added_up_and_tellings_are_not(
    write, tmp_path: Path
) -> None:
    told = ((1, 156, 4), (2, 156, 6), (1, 392, 5))
    rows = [f"20220{m},{who},{{}},280530,{v}" for m, who, v in told]
    head = "period,reporter,partner,cmd,value,flow\n"
    text = head + "\n".join(r.format(842) + ",X" for r in rows)
    trade.convert(write("x.csv", text), tmp_path / "x.parquet")
    (row,) = plain(trade.indicators(tmp_path / "x.parquet")).itertuples()
    assert (row.value_usd, row.suppliers, row.top_share) == (15, 2, 10 / 15)
    text += "\n202201,842,156,280530,7,M"
    trade.convert(write("y.csv", text), tmp_path / "y.parquet")
    with pytest.raises(trade.Unreadable, match=r"in several ways.*reported_by"):
        list(trade.indicators(tmp_path / "y.parquet"))
    (row,) = plain(trade.indicators(tmp_path / "y.parquet", "importer")).itertuples()
    assert row.value_usd == 7


def test_other_layouts_are_to_be_converted_first(write) -> None:
    path = write("few.csv", "year,reporter,partner,cmd,flow,value\n2022,4,8,28,M,1\n")
    for call in (trade.query, lambda p: list(trade.indicators(p))):
        with pytest.raises(trade.Unreadable, match=r"rareearth convert few\.csv"):
            call(path)


def test_what_is_written_is_whole_or_not_there(write, tmp_path: Path) -> None:
    path = write("few.csv", "year,reporter,partner,cmd,flow,value\n2022,4,8,28,M,1\n")
    with pytest.raises(trade.Unreadable, match="no such folder"):
        trade.convert(path, tmp_path / "none" / "a.parquet")
    out = tmp_path / "a.parquet"
    trade.convert(path, out)
    before = out.read_bytes()
    with pytest.raises(trade.Unreadable, match="is read from"):
        trade.convert(out, out)
    broken = write("b.csv.gz", gzip.compress(b"year,reporter,partner,cmd,flow")[:-9])
    with pytest.raises(trade.Unreadable, match="breaks off"):
        trade.convert([path, broken], out)
    assert out.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.parquet",
        "b.csv.gz",
        "few.csv",
    ]


def test_files_of_several_providers_become_one_table(write, tmp_path: Path) -> None:
    few = write("few.csv", "year,reporter,partner,cmd,flow,value\n2022,4,8,28,M,1\n")
    baci = write("BACI_HS17_Y2022_V202601.csv", year(2022))
    made = trade.convert([few, baci], tmp_path / "a.parquet")
    assert set(made.account["file"]) == {few.name, baci.name}
    table = trade.query(tmp_path / "a.parquet")
    assert set(table["source"]) == {"UN Comtrade", "BACI V202601"}


def test_a_report_rests_on_the_collection_or_on_one_whole_file(
    write, tmp_path: Path
) -> None:
    assert len(trade.table()) > 90_000
    path = write("BACI_HS17_Y2022_V202601.csv", year(2022))
    trade.convert(path, tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(
        trade.table(str(path)), trade.table(str(tmp_path / "a.parquet"))
    )
    path.write_text(year(2022) + "2022,999,842,280530,1,1\n")
    with pytest.raises(trade.Unreadable, match=r"column i: '999'.*--allow-refused"):
        trade.table(str(path))


def test_too_little_memory_is_no_fault_of_the_file():
    words = "BACI: it takes more memory"
    with pytest.raises(MemoryError, match=words), database.faults("BACI"):
        database.connection("1MB").execute("SELECT list(range) FROM range(10000000)")


def test_too_little_memory_does_not_send_a_clean_year_row_by_row(
    world: Path, tmp_path: Path, monkeypatch
) -> None:
    class Full:
        def execute(self, sql: str):
            raise duckdb.OutOfMemoryException("could not allocate block")

    monkeypatch.setattr(database, "connection", lambda *_: Full())
    monkeypatch.setattr(database, "know_countries", lambda _: None)
    with pytest.raises(MemoryError, match="it takes more memory"):
        trade.convert(world, tmp_path / "a.parquet")
    assert list(tmp_path.glob("*.parquet")) == []


def test_threads_are_few_where_memory_is_little() -> None:
    threads = "SELECT current_setting('threads')"
    assert database.connection(threads=1).execute(threads).fetchall() == [(1,)]
    (many,) = database.connection().execute(threads).fetchall()[0]
    assert many == min(16, duckdb.sql(threads).fetchall()[0][0])
