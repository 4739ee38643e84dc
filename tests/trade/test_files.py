"""Any file: what it is not, what is broken in it, and what must do no harm."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from rareearth import trade
from rareearth.trade import archive, files
from rareearth.trade.commands import page, report

FEW = "year,reporter,partner,cmd,flow,value,netwgt\n2022,276,156,850511,M,40,4\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n \n", "is empty"),
        ("a.csv", b"%PDF-1.7 ...", "a PDF"),
        ("a.dat", b"7z\xbc\xaf\x27\x1c", "7z x FILE"),
        ("a.xls", b"\r\n<table><tr><td>1</td></tr></table>", "a web page"),
        ("a.csv", b"\x89PNG\r\n", "a picture"),
        ("a.csv", b"a,b\n\x00\x01\x02", "not text"),
        ("a.xlsx", b"PK\x03\x04 torn", "not a whole zip"),
        ("a.parquet", b"PAR1 torn", "not a whole Parquet"),
        ("a.json", b'{"data": [{"a": 1', "not whole JSON"),
        ("a.json", b'{"nothing": 1}', "without rows"),
        ("a.json", b'["a", 1]', "without rows"),
        ("a.json", b"[" * 100_000, "not whole JSON"),
        ("a.csv", b"x" * (2 << 20), "more than 1,048,576 characters"),
        ("a.csv", b"year,product\n2022,280530\n", "no layout known"),
        ("a.csv", FEW.split("\n")[0].encode(), "no rows"),
        ("a.gz", gzip.compress(FEW.encode() * 99)[:-9], "breaks off"),
    ],
)
def test_what_is_no_data_is_told_what_it_is(write, name, content, said) -> None:
    with pytest.raises(trade.Unreadable, match=said) as told:
        trade.read(write(name, content))
    assert name in str(told.value)


def test_what_was_looked_for_is_told(write) -> None:
    with pytest.raises(trade.Unreadable) as told:
        trade.read(write("mine.csv", "Alpha,Beta\n1,2\n"))
    for word in ("Alpha, Beta", "reporterCode", "数据年月", "CTY_CODE", "mine.toml"):
        assert word in str(told.value)


def test_a_file_that_is_not_there_and_one_of_another_provider(write) -> None:
    with pytest.raises(trade.Unreadable, match="no such file"):
        trade.read("nowhere.csv")
    path = write("few.csv", FEW)
    with pytest.raises(trade.Unreadable, match="t, i, j, k"):
        trade.read(path, "baci")
    with pytest.raises(trade.Unreadable, match=r"must be one of.*comtrade"):
        trade.read(path, "comtrad")
    with pytest.raises(trade.Unreadable, match="must be import or export"):
        trade.read(path, flow="M")
    with pytest.raises(trade.Unreadable, match="no file was named"):
        trade.read([])


def test_files_of_two_providers_are_not_mixed(write) -> None:
    baci = write("BACI_HS17_Y2022_V202601.csv", "t,i,j,k,v,q\n2022,4,8,280530,1,1\n")
    with pytest.raises(trade.Unreadable, match="baci and comtrade"):
        trade.read([write("few.csv", FEW), baci])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_charset_and_delimiter_do_not_matter(write, encoding, delimiter) -> None:
    text = FEW.replace(",", delimiter).replace("netwgt", "netwgt" + delimiter + "Größe")
    text = text.rstrip("\n") + delimiter + "ü\n"
    reading = trade.read(write("few.csv", text, encoding))
    assert reading.table["value_usd"].tolist() == [40]


def test_line_ends_and_blank_lines_do_not_matter(write) -> None:
    for n, end in enumerate(["\r\n", "\r", "\n\n"]):
        path = write(f"{n}.csv", FEW.replace("\n", end).encode())
        assert len(trade.read(path).table) == 1


def test_lines_that_are_no_records_are_refused_by_their_number(write) -> None:
    text = FEW + '2022,276,392,850511,M,4\n2022,276,"392,850511,M,4,1\n'
    reading = trade.read(write("few.csv", text))
    assert len(reading.table) == 1
    assert reading.refused[["row", "column"]].values.tolist() == [
        [3, "line"],
        [4, "line"],
    ]
    assert reading.account["rows"].sum() == 3


def test_a_header_in_the_middle_is_told(write) -> None:
    reading = trade.read(write("few.csv", FEW + FEW.replace("156", "392")))
    assert len(reading.table) == 2
    assert "the header stands 1 times more" in reading.notes[0]


def test_a_bomb_is_refused_before_it_goes_off(write, tmp_path: Path) -> None:
    small = gzip.compress(b"0" * (archive.LEAST + 1))
    with pytest.raises(trade.Unreadable, match="more than 200 times its size"):
        trade.read(write("a.csv.gz", small))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.csv", b"0" * (archive.LEAST + 1))
    with pytest.raises(trade.Unreadable, match="more than 200 times its size"):
        trade.read(path)


def test_an_absolute_path_in_a_zip_reaches_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as evil:
        evil.writestr(str(outside), FEW)
        evil.writestr("../../escape.csv", FEW.replace("156", "392"))
    reading = trade.read(path)
    assert len(reading.table) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]
    baci = tmp_path / "b.zip"
    with zipfile.ZipFile(baci, "w") as evil:
        evil.writestr(str(outside), "t,i,j,k,v,q\n2022,4,8,280530,1,1\n")
    assert len(trade.query(baci)) == 1
    assert not outside.exists()


def test_an_empty_a_locked_and_a_nested_zip(tmp_path: Path, write) -> None:
    empty = tmp_path / "empty.zip"
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(trade.Unreadable, match="nothing in it"):
        trade.read(empty)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(empty, "inner.zip")
        outer.writestr("few.csv", FEW)
    with pytest.raises(trade.Unreadable, match=r"inner\.zip"):
        trade.read(tmp_path / "outer.zip")
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as locked:
        locked.writestr("few.csv", FEW)
    raw = bytearray((tmp_path / "locked.zip").read_bytes())
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flag] |= 1
    with pytest.raises(trade.Unreadable, match="password"):
        trade.read(write("locked.zip", bytes(raw)))


def test_a_name_twice_in_a_zip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as twice:
        twice.writestr("few.csv", FEW)
        with pytest.warns(UserWarning, match="Duplicate"):
            twice.writestr("few.csv", FEW.replace("156", "392"))
    with pytest.raises(trade.Unreadable, match=r"a\.zip: holds 2 files .*few\.csv"):
        trade.read(path)


@pytest.mark.parametrize(
    ("local", "central", "new", "said"),
    [
        (8, 10, 9, r"few\.csv is packed in a way .*name the file inside"),  # Deflate64
        (30, None, ord("X"), r"few\.csv does not stand where"),  # another name
        (None, 42, 7, r"few\.csv does not stand where|not a whole zip"),  # its offset
    ],
)
def test_a_member_that_cannot_be_opened_is_told(
    tmp_path: Path, write, local, central, new, said
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("few.csv", FEW)
    raw = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        if at is not None:
            raw[raw.index(signature) + at] = new
    with pytest.raises(trade.Unreadable, match=said):
        trade.read(write("a.zip", bytes(raw)))


def test_a_zip_with_what_a_mac_adds_alone_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as mac:
        mac.writestr("__MACOSX/._few.csv", b"\0\5\x16\7")
    with pytest.raises(trade.Unreadable, match="nothing in it"):
        trade.read(path)


@pytest.mark.parametrize("name", ["m[1].parquet", "m*.parquet", "t=1999/m.parquet"])
def test_the_name_of_a_parquet_is_no_pattern_and_no_column(
    tmp_path: Path, name
) -> None:
    import duckdb

    for place, value in (("m1.parquet", 999), (name, 12)):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        duckdb.sql(
            f"SELECT 2022 AS t, 156 AS i, 842 AS j, 280530 AS k, {value} AS v, 1 AS q"
        ).write_parquet(str(tmp_path / "made.parquet"))
        (tmp_path / "made.parquet").rename(tmp_path / place)
    table = files.sheets(tmp_path / name)[0].head()
    assert table == [list("tijkvq"), ["2022", "156", "842", "280530", "12", "1"]]


def test_what_a_cell_holds_steers_nothing(write) -> None:
    cells = ["=HYPERLINK('x')", "<script>alert(1)</script>", "\x1b[2J\x07", "@SUM(A1)"]
    rows = [f"2022,276,{cell},850511,M,4,1" for cell in cells]
    reading = trade.read(write("few.csv", FEW + "\n".join(rows)))
    assert len(reading.table) == 1
    assert reading.refused["value"].tolist() == cells
    shown = page(report(reading))
    assert "\x1b" not in shown
    assert "=HYPERLINK" in shown
    json.dumps(report(reading))


def test_a_long_value_is_told_in_short(write) -> None:
    reading = trade.read(
        write("few.csv", FEW + f"2022,276,{'9' * 5000},850511,M,4,1\n")
    )
    assert len(reading.refused["value"][0]) == 80


def test_rows_of_a_header_only_parquet_are_too_many_or_none(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "none.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 1 AS t, 2 AS i, 3 AS j, 4 AS k, 5 AS v, 6 AS q LIMIT 0) "
        f"TO '{path}'"
    )
    with pytest.raises(trade.Unreadable, match="no rows"):
        trade.read(path)


def test_the_hash_is_that_of_the_file(write) -> None:
    path = write("few.csv", FEW)
    assert trade.read(path).hashes == {"few.csv": files.sha256(path)}
