"""Your own table: what the mapping file may say, and what it is told when it errs."""

from pathlib import Path

import pytest

from rareearth import trade
from rareearth.trade import mapping

TOML = """
source = "Magnet Works"
[period]
column = "Month"
format = "%m/%Y"
[exporter]
column = "Origin"
[importer]
value = "DEU"
[product]
column = "Code"
[value]
column = "Amount"
currency = "EUR"
scale = 1000
[weight]
column = "Net"
unit = "kg"
"""
CSV = """Month;Origin;Code;Amount;Net
01/2024;China;8505.11.10;1.234,5;12,5
01/2024;CN;85051110;0,5;0
02/2024;Viet Nam;91099;2;-1
"""


def test_a_table_of_deliveries_is_read_and_added_up(write, rates) -> None:
    write("mine.toml", TOML)
    reading = trade.read(write("mine.csv", CSV), rates=rates)
    shown = reading.table[["exporter", "importer", "product", "value_usd"]]
    assert shown.values.tolist() == [
        ["VNM", "DEU", "091099", 8000],
        ["CHN", "DEU", "85051110", 2470000],
    ]
    # a delivery without a weight leaves the month without one
    assert set(reading.table["tonnes_status"]) == {"missing"}
    assert set(reading.table["source"]) == {"Magnet Works"}
    assert reading.account["rows"].sum() == 3


def test_reporter_partner_and_flow_in_the_owner_s_words(write) -> None:
    text = "y,who,whom,dir,hs,usd\n2024,842,156,Einfuhr,280530,5\n"
    text += "2024,USA,JPN,A,280530,6\n"
    toml = """
source = "Office"
[period]
column = "y"
[reporter]
column = "who"
[partner]
column = "whom"
[flow]
column = "dir"
import = ["Einfuhr"]
export = ["A"]
[product]
column = "hs"
[hs_edition]
value = "HS17"
[value]
column = "usd"
currency = "USD"
"""
    table = trade.read(write("o.csv", text), mapping=write("m.toml", toml)).table
    told = ["exporter", "importer", "reported_by", "valuation", "hs_edition", "months"]
    assert table[told].values.tolist() == [
        ["CHN", "USA", "importer", "cif", "HS17", 12],
        ["USA", "JPN", "exporter", "fob", "HS17", 12],
    ]


def test_each_row_that_means_nothing_is_refused(write, rates) -> None:
    bad = "13/2024;China;85051110;1;1\n01/2024;Atlantis;85051110;1;1\n"
    bad += "01/2024;China;85;x;1\n01/2024;World;85051110;1;1\n01/2024;China;8505;;\n"
    reading = trade.read(
        write("mine.csv", CSV + bad), mapping=write("m.toml", TOML), rates=rates
    )
    assert reading.refused[["row", "column", "value"]].values.tolist() == [
        [5, "period", "13/2024"],
        [6, "exporter", "Atlantis"],
        [7, "value", "x"],
        [9, "value", ""],
    ]
    assert reading.rows("aggregate") == 1
    assert len(reading.table) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "Magnet Works"', "", "no source"),
        ("[exporter]", "[exprter]", r"\[exprter\] is not known.*exporter"),
        ('currency = "EUR"', 'curency = "EUR"', "curency of .value.*currency"),
        ('currency = "EUR"', "", "must say its currency"),
        ('unit = "kg"', 'unit = "kilo"', "unit of .weight. is 'kilo'"),
        ('column = "Origin"', 'column = "Orign"', "no column 'Orign'.*Origin"),
        ('value = "DEU"', "", r"\[importer\] must have a column or a value"),
        ("[product]", "[product", "not TOML"),
        ('[product]\ncolumn = "Code"', "", r"no \[product\]"),
        ("[importer]", "[reporter]", r"\[exporter\] and \[importer\]|\[flow\]"),
        ("scale = 1000", 'scale = "many"', "scale"),
        ('source = "Magnet Works"', 'source = "x"\nsheet = "2"', "no sheet '2'"),
        ('source = "Magnet Works"', "source = 5", "must be a text"),
        ('source = "Magnet Works"', 'source = "x"\ndecimal = "·"', "decimal is not"),
        ('source = "Magnet Works"', 'source = "x"\nencoding = "utf-9"', "utf-9"),
    ],
)
def test_a_mapping_file_that_errs_is_told_how(write, old, new, said) -> None:
    path = write("m.toml", TOML.replace(old, new))
    with pytest.raises(trade.Unreadable, match=said):
        trade.read(write("mine.csv", CSV), mapping=path)


def test_numbers_that_read_two_ways_are_asked_about(write, rates) -> None:
    text = CSV.replace("1.234,5", "1.234").replace("12,5", "12").replace("0,5", "5")
    toml = write("m.toml", TOML)
    with pytest.raises(trade.Unreadable, match=r"'1.234' can be read in two ways"):
        trade.read(write("mine.csv", text), mapping=toml, rates=rates)
    toml = write("n.toml", 'decimal = ","\n' + TOML)
    table = trade.read(write("mine.csv", text), mapping=toml, rates=rates).table
    assert table["value_usd"].max() == (1234 + 5) * 1000 * 2


def test_a_spreadsheet_with_lost_zeros_dates_and_formulas(
    tmp_path: Path, write
) -> None:
    import datetime

    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    page.append(["A firm's purchases"])
    page.append(["Month", "Origin", "Code", "Amount", "Net"])
    page.append([datetime.date(2024, 3, 5), "na", 91099, 1234.5, 10])
    page.append([datetime.date(2024, 4, 1), "<b>CN</b>", 850511, 1, 1])
    page.append([datetime.date(2024, 4, 1), "China", 850511, '=HYPERLINK("x")', 1])
    book.save(tmp_path / "mine.xlsx")
    toml = TOML.replace('format = "%m/%Y"', "").replace("EUR", "USD")
    reading = trade.read(tmp_path / "mine.xlsx", mapping=write("m.toml", toml))
    row = reading.table.iloc[0]
    assert (row["exporter"], row["product"], row["value_usd"]) == (
        "NAM",
        "091099",
        1234500,
    )
    assert row["start"].strftime("%Y-%m-%d") == "2024-03-01"
    # a formula without a stored value is empty; HTML is no country
    told = reading.refused[["row", "column"]].values.tolist()
    assert told == [[4, "exporter"]]
    assert reading.table["value_usd"].isna().sum() == 1


def test_days_may_stand_for_their_year(write, rates) -> None:
    toml = TOML.replace('format = "%m/%Y"', 'format = "%m/%Y"\nmonths = 12')
    table = trade.read(
        write("mine.csv", CSV), mapping=write("m.toml", toml), rates=rates
    ).table
    assert set(table["months"]) == {12}
    assert set(table["start"].dt.month) == {1}


def test_codes_of_an_office_go_before_others(write) -> None:
    text = "Month,Origin,Code,Amount,Net\n01/2024,410,850511,1,1\n"
    toml = TOML.replace('column = "Origin"', 'column = "Origin"\ncodes = "GACC"')
    toml = toml.replace("EUR", "USD")
    path = write("a.csv", text)
    assert trade.read(path, mapping=write("m.toml", toml)).table["exporter"][0] == "BRA"
    toml = toml.replace('codes = "GACC"', "")
    assert trade.read(path, mapping=write("n.toml", toml)).table["exporter"][0] == "KOR"


def test_without_a_mapping_file_it_is_asked_for(write) -> None:
    with pytest.raises(trade.Unreadable, match=r"mapping = 'mine.toml' \(--mapping\)"):
        trade.read(write("mine.csv", CSV), "own")
    with pytest.raises(trade.Unreadable, match=r"no such mapping file"):
        trade.read(write("mine.csv", CSV), mapping="none.toml")


def test_the_generic_part_serves_other_tables(write) -> None:
    toml = (
        'source = "x"\n[day]\ncolumn = "Tag"\n[price]\ncolumn = "Preis"\nunit = "kg"\n'
    )
    known = {"day": [], "price": ["unit"]}
    plan = mapping.plan(write("p.toml", toml), known, ["day", "price"])
    ledger, decimal = mapping.rows(
        [write("p.csv", "Tag;Preis\n2024-01-02;63,51\n2024-01-03;x\n")], plan
    )
    assert decimal == ","
    assert ledger.number("price", decimal).tolist()[0] == 63.51
    assert ledger.refused()[["row", "column", "value"]].values.tolist() == [
        [3, "price", "x"]
    ]
