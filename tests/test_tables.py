"""The loader: vintages, and what a broken package says of itself."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rareearth import schema, tables
from rareearth.tables import TableError

RELIANCE = "statistic == 'net import reliance' and material == 'rare earths'"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return Path(shutil.copytree(tables.PACKAGE, tmp_path / "data"))


def rewrite(package: Path, name: str, change: Callable[[str], str]) -> None:
    """Change a table's text and its hash with it."""
    path = package / f"{name}.csv"
    data = change(path.read_text(encoding="utf-8")).encode()
    path.write_bytes(data)
    describe(package, name, hash="sha256:" + hashlib.sha256(data).hexdigest())


def describe(package: Path, name: str, **keys: object) -> None:
    """Change keys of a table's entry."""
    path = package / "datapackage.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    next(r for r in whole["resources"] if r["name"] == name).update(keys)
    path.write_text(json.dumps(whole), encoding="utf-8")


def line(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    """Change one row, counted as a spreadsheet does."""

    def changed(text: str) -> str:
        rows = text.splitlines()
        rows[number - 1] = change(rows[number - 1])
        return "\n".join(rows) + "\n"

    return changed


def put(number: int, old: str, new: str) -> Callable[[str], str]:
    """Replace a text that must stand in a row."""

    def change(row: str) -> str:
        assert old in row
        return row.replace(old, new, 1)

    return line(number, change)


def first(text: str) -> int:
    """Find the row that begins so."""
    rows = (tables.PACKAGE / "production.csv").read_text(encoding="utf-8").splitlines()
    return next(n for n, row in enumerate(rows, start=1) if row.startswith(text))


CHINA = first("MCS 2026,country list,2024,CHN")

BROKEN = {
    "header": (
        put(1, "tonnes_reo", "tonnes"),
        r"production\.csv: header is .*tonnes,.*; it must be .*tonnes_reo,",
    ),
    "number": (
        put(CHINA, "270000", "270k"),
        rf"row {CHINA}, column tonnes_reo: '270k'; it must be a number",
    ),
    "whole number": (
        put(CHINA, ",2024,", ",2024.5,"),
        rf"row {CHINA}, column year: '2024\.5'; it must be a whole number",
    ),
    "empty whole number": (
        put(CHINA, ",2024,", ",,"),
        rf"row {CHINA}, column year: empty; it must be a whole number",
    ),
    "minimum": (
        put(CHINA, "270000", "-1"),
        rf"row {CHINA}, column tonnes_reo: '-1\.0'; it must be at least 0",
    ),
    "maximum": (
        put(CHINA, ",2024,", ",20244,"),
        rf"row {CHINA}, column year: '20244'; it must be at most 2100",
    ),
    "word": (
        put(CHINA, "estimated", "estimate"),
        rf"row {CHINA}, column status: 'estimate'; it must be one of: estimated",
    ),
    "empty": (
        put(CHINA, "country list", ""),
        rf"row {CHINA}, column list: empty; it must be a value",
    ),
    "country": (
        put(CHINA, "CHN", "China"),
        rf"row {CHINA}, column country: 'China'; it must be one of: .*CHN",
    ),
    "edition": (
        put(CHINA, "MCS 2026", "MCS 2062"),
        rf"row {CHINA}, column edition: 'MCS 2062'; it must be one of: MCS 2026",
    ),
    "key": (
        lambda text: text + text.splitlines()[CHINA - 1] + "\n",
        rf"row 949, columns edition, list, year, country: 'MCS 2026, country list, "
        rf"2024, CHN' stands in row {CHINA} too",
    ),
    "rule": (
        put(CHINA, "270000", ""),
        rf"row {CHINA}, columns tonnes_reo, status: 'nan, estimated'; a missing",
    ),
    "sum": (
        put(CHINA, "270000", "290000"),
        r"edition MCS 2026, list country list, year 2024, column tonnes_reo: the parts "
        r"add up to 404,000; they must make 380,000 within 5,000",
    ),
    "short row": (
        put(CHINA, ",p. 153", ""),
        rf"row {CHINA}: 10 cells; it must have 11",
    ),
    "long row": (
        line(CHINA, lambda row: row + ",more"),
        rf"row {CHINA}: 12 cells; it must have 11",
    ),
    "empty row": (
        lambda text: text.replace("\nMYB 2022", "\n\nMYB 2022", 1),
        r"row \d+: 0 cells; it must have 11",
    ),
}


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_says_where_and_what_is_right(
    package: Path, change: Callable[[str], str], message: str
) -> None:
    rewrite(package, "production", change)
    with pytest.raises(TableError, match=message):
        tables.load("production", package=package)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "editions",
            "2024-06-04",
            "2024-06-31",
            r"column published: '2024-06-31'; it must be a date like 2025-06-30",
        ),
        (
            "editions",
            "MCS 2015,",
            "MCS 2016,",
            r"columns edition: 'MCS 2016' stands in row \d+ too; a key must stand once",
        ),
        (
            "editions",
            ",true,",
            ",yes,",
            r"column held: 'yes'; it must be true or false",
        ),
        ("products", ",280530,", ",28053,", r"column hs6: '28053'; it must be of the"),
        (
            "us_supply",
            ",0.95,1,",
            ",0.95,0.9,",
            r"columns low, high, comparator: '0\.95, 0\.9, >'; a printed bound",
        ),
        (
            "us_supply",
            "MCS 2026,summary,rare earths,import source share,compounds and metals,"
            "CHN,2021,2024,,0.71",
            "MCS 2026,summary,rare earths,import source share,compounds and metals,"
            "CHN,2021,2024,,0.81",
            r"the parts add up to 1\.1; they must make 1 within 0\.025",
        ),
    ],
)
def test_other_tables_are_held_to_their_entries(
    package: Path, name: str, old: str, new: str, message: str
) -> None:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    rewrite(package, name, change)
    with pytest.raises(TableError, match=message):
        tables.load(name, package=package)


def test_a_figure_that_two_tables_print_must_agree(package: Path) -> None:
    usa = first("MCS 2025,country list,2024,USA")
    rewrite(package, "production", put(usa, ",45000,", ",46000,"))
    tables.load("production", package=package)
    with pytest.raises(
        TableError,
        match=r"production\.csv: edition MCS 2025, year 2024, column tonnes_reo: "
        r"'46000\.0'; it must be 45000\.0 as in us_supply",
    ):
        tables.check("production", package)


def test_an_agreement_about_nothing_is_a_fault(package: Path) -> None:
    entry = tables.describe("production")
    shared = entry["agrees"][0] | {"there": "form == 'nothing'"}
    describe(package, "production", agrees=[shared])
    with pytest.raises(TableError, match="nothing in common with us_supply"):
        tables.check("production", package)


def test_a_file_that_changed_is_told_with_its_hash(package: Path) -> None:
    path = package / "countries.csv"
    path.write_text(path.read_text().replace("Turkey", "Türkiye"), encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(
        TableError, match=f"countries.csv: hash .*must be sha256:{digest}"
    ):
        tables.load("countries", package=package)


def test_a_file_that_is_not_utf8_is_told_with_its_row(package: Path) -> None:
    path = package / "countries.csv"
    path.write_bytes(path.read_bytes().replace("Å".encode(), b"\xc5"))
    with pytest.raises(TableError, match=r"countries.csv: row 7: not UTF-8"):
        tables.load("countries", package=package)


def test_a_missing_file_or_package_is_told(package: Path, tmp_path: Path) -> None:
    (package / "firms.csv").unlink()
    with pytest.raises(TableError, match=r"firms\.csv: there is no such file"):
        tables.load("firms", package=package)
    with pytest.raises(TableError, match="there is no data package"):
        tables.names(tmp_path / "nowhere")
    (tmp_path / "datapackage.json").write_text("{")
    with pytest.raises(TableError, match="it must be JSON"):
        tables.names(tmp_path)


def test_many_faults_are_told_at_once_and_counted(package: Path) -> None:
    rewrite(package, "production", lambda text: text.replace(",reported,", ",told,"))
    with pytest.raises(TableError) as raised:
        tables.load("production", package=package)
    told = str(raised.value).splitlines()
    assert len(told) == schema.SHOWN + 1
    assert told[-1].startswith("… and ")


@given(st.data())
@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_rubbish_in_any_typed_cell_is_found_where_it_is(data: st.DataObject) -> None:
    entry = tables.describe("us_imports")
    text = (tables.PACKAGE / entry["path"]).read_text(encoding="utf-8")
    rows = [row.split(",") for row in text.splitlines()]
    fields = entry["schema"]["fields"]
    column = data.draw(
        st.sampled_from([n for n, f in enumerate(fields) if f["type"] != "string"])
    )
    row = data.draw(st.integers(2, len(rows)))
    rubbish = data.draw(st.sampled_from(["x", "1,5", "12 t", "—", "1e", "2024-13-01"]))
    rows[row - 1][column] = f'"{rubbish}"'
    broken = "\n".join(",".join(cells) for cells in rows).encode()
    with pytest.raises(TableError) as raised:
        schema.table(broken, entry, "us_imports.csv")
    at = f"row {row}, column {fields[column]['name']}: '{rubbish}'"
    assert at in str(raised.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tables.load("product"), "no table 'product'; one of: products"),
        (lambda: tables.load("production", "June 2025"), "as_of is 'June 2025'"),
        (lambda: tables.load("production", "2025-02-30"), "a day like 2025-06-30"),
        (lambda: tables.load("production", edition="MCS 2025"), "'' .newest. or 'all'"),
    ],
)
def test_a_wrong_question_is_told_with_what_is_allowed(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(TableError, match=message):
        call()


def test_a_caller_cannot_change_what_the_next_one_gets() -> None:
    mine = tables.load("reserves")
    before = mine.copy(deep=True)
    mine["tonnes_reo"] = 0.0
    mine.loc[0, "country"] = "XXX"
    pd.testing.assert_frame_equal(tables.load("reserves"), before)
    entry = tables.describe("reserves")
    entry["sources"].clear()
    assert tables.describe("reserves")["sources"]


def reliance(as_of: str, year: int = 2024, edition: str = "") -> pd.DataFrame:
    table = tables.load("us_supply", as_of, edition)
    rows = table.query(f"{RELIANCE} and form == 'compounds and metals'")
    return rows[rows["first_year"] == year]


@pytest.mark.parametrize(
    ("as_of", "edition", "share"),
    [
        ("", "MCS 2026", 0.53),
        ("2026-02-06", "MCS 2026", 0.53),
        ("2026-02-05", "MCS 2025", 0.80),
        ("2025-06-30", "MCS 2025", 0.80),
    ],
)
def test_net_import_reliance_of_2024_is_as_each_edition_knew_it(
    as_of: str, edition: str, share: float
) -> None:
    rows = reliance(as_of)
    assert rows[["edition", "share"]].to_numpy().tolist() == [[edition, share]]


def test_every_edition_published_by_a_day_can_be_asked_for() -> None:
    rows = reliance("", edition="all")
    assert dict(zip(rows["edition"], rows["share"], strict=True)) == {
        "MCS 2025": 0.80,
        "MCS 2026": 0.53,
    }
    assert reliance("2025-12-31", edition="all")["edition"].tolist() == ["MCS 2025"]


@pytest.mark.parametrize("as_of", ["", "2026-01-31", "2025-01-30", "2024-06-30"])
def test_the_list_of_a_year_comes_whole_from_one_edition(as_of: str) -> None:
    known = tables.load("production", as_of)
    every = tables.load("production", as_of, edition="all")
    of_year = known.groupby(["list", "year"])["edition"]
    assert of_year.nunique().eq(1).all()
    whole = every.groupby(["edition", "list", "year"]).size()
    for (list_, year, edition), rows in known.groupby(["list", "year", "edition"]):
        assert len(rows) == whole[edition, list_, year]


def test_before_any_edition_a_table_is_empty_and_typed() -> None:
    table = tables.load("trade", "2025-06-30")
    assert table.empty
    assert table.dtypes.equals(tables.load("trade").dtypes)
    row = tables.editions("trade", "2025-06-30").iloc[0]
    assert row["used"] == ()
    assert pd.isna(row["published"])
    assert row["newest"] == "BACI V202501"
    assert row["not_held"] == ("BACI V202501",)
    assert tables.used("trade", "2025-06-30")["edition"] == ""
    assert tables.sources("trade", as_of="2025-06-30") == []
    assert tables.load("us_supply", "1990-01-01").empty


def test_a_newer_edition_that_is_not_held_is_said() -> None:
    found = tables.editions("us_supply", "2024-06-30").set_index("statistic")
    row = found.loc["usgs summaries"]
    assert row["used"][0] == "MCS 2021"
    assert row["newest"] == "MCS 2024"
    assert row["not_held"] == ("MCS 2024", "MCS 2023", "MCS 2022")


def test_a_revision_that_left_a_table_alone_is_not_missed_in_it() -> None:
    found = tables.editions("production").set_index("statistic")
    row = found.loc["usgs summaries"]
    assert row["newest"] == "MCS 2026 v1.3"
    assert row["used"][0] == "MCS 2026"
    assert row["not_held"] == ()
    brazil = {
        day: tables.load("reserves", day).query("country == 'BRA' and year == 2025")
        for day in ("2026-05-26", "2026-05-27")
    }
    usgs = [b.query("list == 'country list'")["tonnes_reo"] for b in brazil.values()]
    assert [u.tolist() for u in usgs] == [[21e6], [11e6]]


def test_rows_are_known_from_the_day_they_were_published() -> None:
    table = tables.load("firms", "2025-06-30")
    assert table["published"].max() <= pd.Timestamp("2025-06-30")
    assert len(table) < len(tables.load("firms"))
    assert tables.used("firms", "2025-06-30")["edition"] == "published by 2025-05-31"
    assert tables.editions("firms").empty


def test_results_carry_edition_and_hash() -> None:
    used = tables.used("production")
    assert used["edition"].split("; ")[0] == "EI 2026"
    data = (tables.PACKAGE / "production.csv").read_bytes()
    assert used["sha256"] == hashlib.sha256(data).hexdigest()
    assert tables.used("countries")["edition"] == ""


def test_sources_are_those_of_the_editions_used() -> None:
    then = tables.sources("us_supply", as_of="2025-06-30")
    assert any("Summaries 2025" in line for line in then)
    assert not any("Summaries 2026" in line for line in then)
    assert len(tables.sources("us_supply", "us_supply")) == len(
        tables.sources("us_supply")
    )
    first = tables.sources("trade")[0]
    assert first.startswith("CEPII, BACI V202601")
    assert "Etalab Open Licence 2.0, accessed 2026-11-24. https://" in first


def test_nearest_word_comes_first() -> None:
    assert schema.nearest("magnet", ["mine", "magnets"]) == "one of: magnets, mine"
    assert schema.nearest("x", map(str, range(20))).endswith(", …")
