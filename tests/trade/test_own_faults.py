"""Your own table: cells, columns and options that could be taken for others."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from rareearth import trade

TOML = """
source = "M"
[period]
column = "Month"
[exporter]
column = "Origin"
[importer]
value = "DEU"
[product]
column = "Code"
[value]
column = "Amount"
currency = "USD"
"""
WEIGHT = '[weight]\ncolumn = "Net"\nunit = "kg"\n'
CSV = "Month,Origin,Code,Amount,Net\n2024-01,China,850511,10,1\n"
HEADER = ["Month", "Origin", "Code", "Amount", "Net"]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """A workbook with these sheets of rows."""

    def file(**sheets: list[list]) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            page = made.create_sheet(name)
            for row in rows:
                page.append(row)
        made.save(tmp_path / "m.xlsx")
        return tmp_path / "m.xlsx"

    return file


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Amount ($),Amount (€)", "Amount (€)"),
        ("Net,Net %", "Net %"),
        ("AMOUNT,Amount", "Amount"),
    ],
)
def test_a_column_is_found_by_its_exact_name_first(write, header, column) -> None:
    text = f"Month,Origin,Code,{header}\n2024-01,China,850511,100,90\n"
    toml = write("m.toml", TOML.replace('"Amount"', f'"{column}"'))
    table = trade.read(write("m.csv", text), mapping=toml).table
    assert table["value_usd"].tolist() == [90]


def test_a_column_that_several_names_fit_is_asked_about(write) -> None:
    text = "Month,Origin,Code,Amount ($),Amount (€)\n2024-01,China,850511,100,90\n"
    with pytest.raises(trade.Unreadable, match=r"Amount can be any.*\(\$\), Amount"):
        trade.read(write("m.csv", text), mapping=write("m.toml", TOML))
    one = write("n.csv", text.replace("Amount (€)", "Euro"))
    table = trade.read(one, mapping=write("m.toml", TOML)).table
    assert table["value_usd"].tolist() == [100]


@pytest.mark.parametrize("column", ["€", ""])
def test_a_name_without_letters_is_not_the_column_without_a_name(write, column) -> None:
    text = "Month,Origin,Code,,X\n2024-01,China,850511,100,5\n"
    toml = write("m.toml", TOML.replace('"Amount"', f'"{column}"'))
    with pytest.raises(trade.Unreadable, match=f"no column '{column}'"):
        trade.read(write("m.csv", text), mapping=toml)
    table = trade.read(
        write("n.csv", text.replace("X", "€")),
        mapping=write("n.toml", TOML.replace('"Amount"', '"€"')),
    ).table
    assert table["value_usd"].tolist() == [5]


@pytest.mark.parametrize(
    "form",
    [
        '"%Y%j"',
        '"%Y-W%W-%w"',
        '"%x"',
        '"ISO8601"',
        '"mixed"',
        '"%-m/%Y"',
        '"%F"',
        '"%Y Q%q"',
        '"%s"',
        '"%m/%m/%Y"',
        '"%d.%Y"',
        '"%m"',
        '"%Y-%m%"',
        '""',
        "5",
        '["%m"]',
    ],
)
def test_a_format_must_tell_a_month_of_a_year_or_a_year(write, form) -> None:
    toml = TOML.replace('"Month"', f'"Month"\nformat = {form}')
    with pytest.raises(trade.Unreadable, match=r"format of \[period\] is .*%Y or %y"):
        trade.read(write("m.csv", CSV), mapping=write("m.toml", toml))


@pytest.mark.parametrize(
    ("form", "text", "month", "months"),
    [
        ("%d %B %Y", "5 March 2024", 3, 1),
        ("%b-%y", "Mar-24", 3, 1),
        ("%Y-%m-%d %H:%M", "2024-03-05 10:00", 3, 1),
        ("Jahr %Y", "Jahr 2024", 1, 12),
    ],
)
def test_a_format_of_a_month_or_a_year_is_read(
    write, form, text, month, months
) -> None:
    toml = TOML.replace('"Month"', f'"Month"\nformat = "{form}"')
    csv = CSV.replace("2024-01", text)
    row = trade.read(write("m.csv", csv), mapping=write("m.toml", toml)).table.iloc[0]
    assert (row["start"].month, row["months"]) == (month, months)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("source", 'delimiter = ";;"\nsource', "delimiter is ';;'"),
        ("source", 'delimiter = "\\n"\nsource', "delimiter is"),
        ("source", 'encoding = "undefined"\nsource', "encoding is 'undefined'"),
        ("source", 'encoding = "hex"\nsource', "encoding is 'hex'"),
        ("source", 'encoding = "utf-8\\u0000"\nsource', "encoding is 'utf-8"),
        ('"M"', '""', "no source"),
        ('"M"', '" "', "no source"),
        (
            'currency = "USD"',
            'currency = "USD"\nscale = inf',
            "scale of .value. is inf",
        ),
        (
            'currency = "USD"',
            'currency = "USD"\nscale = nan',
            "scale of .value. is nan",
        ),
        ('currency = "USD"', 'currency = "USD"\nscale = 0', "scale of .value. is 0"),
        ('currency = "USD"', 'currency = "USD"\nscale = -1', "a number above 0"),
        ('"Origin"', '"Origin"\ncodes = "Nope"', "codes of .exporter. is 'Nope'.*GACC"),
        ('"Origin"', '"Origin"\ncodes = 3', "codes of .exporter. is '3'"),
        ('"Month"', '"Month"\nmonths = 3', "months of .period. must be 1 or 12"),
        ('unit = "kg"', 'unit = "kg"\nstatus = "missing"', "status of .weight."),
    ],
)
def test_an_option_that_no_row_can_fit_is_told(write, old, new, said) -> None:
    toml = write("m.toml", (TOML + WEIGHT).replace(old, new, 1))
    with pytest.raises(trade.Unreadable, match=said):
        trade.read(write("m.csv", CSV), mapping=toml)


def test_a_text_that_is_not_in_its_encoding_is_told(write) -> None:
    text = (CSV + "2024-02,Österreich,850511,1,1\n").encode("cp1252")
    toml = write("m.toml", 'encoding = "ascii"\n' + TOML)
    with pytest.raises(trade.Unreadable, match=r"m\.csv: is not ascii"):
        trade.read(write("m.csv", text), mapping=toml)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2024-02,China,850511,1e15,1", "value"),
        ("2024-02,China,850511," + "9" * 400 + ",1", "value"),
        ("2024-02,China,850511,1,9e14", "weight"),
        ("2060-01,China,850511,1,1", "product"),
    ],
)
def test_a_cell_that_fits_no_table_costs_its_row_alone(write, row, column) -> None:
    path = write("m.csv", CSV + row + "\n")
    reading = trade.read(path, mapping=write("m.toml", TOML + WEIGHT))
    assert reading.table["value_usd"].tolist() == [10]
    assert reading.account["rows"].sum() == 2
    told = reading.refused[["file", "row", "column"]].values.tolist()
    assert told == [["m.csv", 3, column]]


def test_rows_that_add_up_to_more_than_can_be_are_all_refused(write) -> None:
    rows = "2024-02,Japan,850511,9e13,1\n" * 2
    reading = trade.read(write("m.csv", CSV + rows), mapping=write("m.toml", TOML))
    assert reading.table["value_usd"].tolist() == [10]
    assert reading.refused["row"].tolist() == [3, 4]


def test_two_files_each_have_their_decimal_mark(write) -> None:
    toml = write("m.toml", TOML)
    text = "Month;Origin;Code;Amount\n2024-01;{};850511;{}\n"
    comma = write("a.csv", text.format("China", "12,5"))
    either = write("b.csv", text.format("Japan", "1.234"))
    point = write("c.csv", text.format("India", "12.5"))
    whole = write("d.csv", text.format("India", "12"))
    with pytest.raises(trade.Unreadable, match=r"b\.csv: numbers such as '1.234'"):
        trade.read([comma, either], mapping=toml)
    with pytest.raises(trade.Unreadable, match=r"of c\.csv is '\.', that of a\.csv"):
        trade.read([comma, point], mapping=toml)
    table = trade.read([whole, comma], mapping=toml).table
    assert sorted(table["value_usd"]) == [12, 12.5]


def test_an_empty_sheet_beside_the_table_does_not_matter(write, book) -> None:
    path = book(A=[HEADER, ["2024-01", "China", 850511, 10, 1]], Sheet2=[])
    toml = write("m.toml", TOML)
    assert trade.read(path, mapping=toml).table["value_usd"].tolist() == [10]
    named = write("n.toml", 'sheet = "Sheet2"\n' + TOML)
    with pytest.raises(
        trade.Unreadable, match=r"m\.xlsx\[Sheet2\]: the sheet is empty"
    ):
        trade.read(path, mapping=named)
    with pytest.raises(trade.Unreadable, match=r"m\.xlsx\[A\]: the sheet is empty"):
        trade.read(book(A=[], B=[]), mapping=toml)


def test_a_number_of_a_workbook_is_one_whatever_the_mark(write, book) -> None:
    rows = [["China", 1.234], ["Japan", "2.500,5"], ["India", "3,5"], ["Brazil", 1e-5]]
    path = book(A=[HEADER, *(["2024-01", c, 850511, n, 1] for c, n in rows)])
    toml = write("m.toml", 'decimal = ","\n' + TOML)
    table = trade.read(path, mapping=toml).table.set_index("exporter")
    assert table["value_usd"].to_dict() == {
        "BRA": 0,
        "CHN": 1.234,
        "IND": 3.5,
        "JPN": 2500.5,
    }


def test_a_number_of_parquet_is_one_whatever_the_mark(write, tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    duckdb.sql(
        "SELECT '2024-01' AS Month, 'China' AS Origin, 850511 AS Code, 1.234 AS Amount"
    ).write_parquet(str(path))
    toml = write("m.toml", 'decimal = ","\n' + TOML)
    assert trade.read(path, mapping=toml).table["value_usd"].tolist() == [1.234]


def test_a_code_that_became_a_fraction_is_refused(write, book) -> None:
    codes = [101.2, 2101.1, 8505.11, "8505.11", 850511.0]
    path = book(A=[HEADER, *(["2024-01", "China", c, 1, 1] for c in codes)])
    reading = trade.read(path, mapping=write("m.toml", TOML))
    assert reading.table[["product", "value_usd"]].values.tolist() == [["850511", 2]]
    assert reading.refused[["row", "column", "value"]].values.tolist() == [
        [2, "product", "101.2"],
        [3, "product", "2101.1"],
        [4, "product", "8505.11"],
    ]


def test_an_error_in_a_cell_is_no_missing_figure(write, book) -> None:
    rows = [["China", "#DIV/0!", 1], ["Japan", 5, "#N/A"], ["India", 5, 1]]
    path = book(
        Notes=[], A=[HEADER, *(["2024-01", c, 850511, n, kg] for c, n, kg in rows)]
    )
    reading = trade.read(path, mapping=write("m.toml", TOML + WEIGHT))
    assert reading.table["exporter"].tolist() == ["IND"]
    assert reading.refused[["row", "column", "value"]].values.tolist() == [
        [2, "value", "#DIV/0!"],
        [3, "weight", "#N/A"],
    ]
