"""Quotes of one's own: CSV or XLSX with a mapping, and errors by row."""

import datetime
import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from rareearth import price_file, quotes, tables
from rareearth.findings import prices, prices_markets, prices_moves
from rareearth.prices import annual_means
from rareearth.quotes import line
from rareearth.report import ROOT, WrongCall
from rareearth.report.parameters import check
from rareearth.trade import Unreadable

# written by hand, in the layout of a series whose provider is not named
MIXED = """product,period,value,unit
Nd oxide (China domestic),2013-01,34.264,"10,000 CNY/t"
Nd oxide (China domestic),2013-02,33.956,"10,000 CNY/t"
Ce oxide (China domestic),2013-01,52.5,"1,000 CNY/t"
Pr oxide (China domestic),2013-01,34150,CNY/t
"""
TOML = """
source = "a provider that is not named"
[date]
column = "period"
[material]
column = "product"
neodymium = ["Nd oxide (China domestic)"]
cerium = ["Ce oxide (China domestic)"]
praseodymium = ["Pr oxide (China domestic)"]
[price]
column = "value"
unit_column = "unit"
statistic = "mean"
[vat]
value = "included"
[market]
value = "China domestic"
"""
DAYS = """source = "Magnet Works"
[date]
column = "Day"
format = "%d.%m.%Y"
[material]
value = "Tb"
[low]
column = "from"
unit = "kg"
currency = "EUR"
[high]
column = "to"
[vat]
value = "included"
share = 0.25
"""


@pytest.fixture
def write(tmp_path):
    def files(text, toml, name="mine.csv"):
        (tmp_path / name).with_suffix(".toml").write_text(toml, "utf-8")
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    return files


def rate(currency, month):
    rates = tables.load("exchange_rates").set_index(["currency", "start"])
    return rates.loc[(currency, pd.Timestamp(month)), "units_per_usd"]


def test_a_file_of_mixed_units_becomes_usd_per_kg_without_tax(write):
    found = price_file.reading(write(MIXED, TOML))
    rows = found.quotes.set_index(["material", "date"])["price_usd_per_kg"]
    january = pd.Timestamp("2013-01-01")
    for material, cny_per_kg in (
        ("neodymium", 342.64),
        ("cerium", 52.5),
        ("praseodymium", 34.15),
    ):
        expected = cny_per_kg / rate("CNY", january) / 1.17
        assert rows[material, january] == pytest.approx(expected)
    assert set(found.quotes["vat"]) == {"excluded"}
    assert set(found.quotes["kind"]) == {"mean"}
    assert (found.source, found.rows) == ("a provider that is not named", 4)


def test_days_with_low_and_high_give_the_last_middle_of_a_month(write):
    text = "Day;from;to\n03.01.2025;500,5;600\n31.01.2025;700;800\n28.02.2025;900;900\n"
    found = price_file.reading(write(text, DAYS)).quotes
    own = line(found, "terbium", "own quotes")
    euro = rate("EUR", "2025-01-01")
    assert own.price.iloc[0] == pytest.approx(750 / euro / 1.25)
    row = own.rows.iloc[0]
    ends = row[["low_usd_per_kg", "high_usd_per_kg"]].tolist()
    assert ends == pytest.approx([700 / euro / 1.25, 800 / euro / 1.25])
    assert str(row["date"].date()) == "2025-01-31"
    assert len(own.price) == 2


def test_a_spreadsheet_is_read_as_a_csv_is(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Day", "from", "to"])
    book.active.append([datetime.date(2025, 1, 31), 700, 800])
    book.save(tmp_path / "mine.xlsx")
    toml = DAYS.replace('format = "%d.%m.%Y"\n', "")
    (tmp_path / "mine.toml").write_text(toml, "utf-8")
    found = price_file.reading(tmp_path / "mine.xlsx").quotes
    assert found["price_usd_per_kg"].tolist() == [
        pytest.approx(750 / rate("EUR", "2025-01-01") / 1.25)
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Nd,2013-13,1,CNY/t", "row 6, column date: '2013-13'; it must be a day or a"),
        (
            "Bauxite,2013-03,1,CNY/t",
            "column material: 'Bauxite'; it must be an",
        ),
        ("Nd,2013-03,x,CNY/t", "column price: 'x'; it must be a number"),
        ("Nd,2013-03,0,CNY/t", "column price: '0'; it must be a price above 0"),
        ("Nd,2013-03,,CNY/t", "column price: ''; it must be a price above 0"),
        ("Nd,2013-03,1,CNY/bag", "'CNY/bag'; it must be a unit like kg, CNY/t or"),
        ("Nd,2013-03,1,kg", "'kg'; it must be with its currency, as CNY/t"),
        ("Nd,2013-03,1,XAU/kg", "it must be in a month with a rate of its currency"),
        ("Nd,2093-03,1,CNY/t", "it must be in a month with a rate of its currency"),
        ("Nd,2013-03,1,EUR/kg", "column vat: 'included'; it must be excluded, or"),
        ("Nd,2013-01-09,1,CNY/t", "one mean for one month\\); another row has another"),
    ],
)
def test_a_row_that_errs_is_told_with_column_value_and_what_is_right(write, row, told):
    with pytest.raises(Unreadable, match=told) as error:
        price_file.reading(write(f"{MIXED}{row}\n", TOML))
    assert "mine.csv, row 6" in str(error.value)


def test_all_faults_are_counted(write):
    bad = "".join(f"Nd,2013-{month},1,CNY/t\n" for month in range(21, 29))
    with pytest.raises(Unreadable, match="faults in all: 8") as error:
        price_file.reading(write(MIXED + bad, TOML))
    assert str(error.value).count("\n") == 4


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[vat]\nvalue", "[tax]\nvalue", r"\[tax\] is not known"),
        ('[vat]\nvalue = "included"', "", r"no \[vat\]"),
        ('"included"', '"yes"', "column vat: 'yes'; it must be one of included"),
        ('"included"', '"included"\nshare = 13', "share of .vat. is 13"),
        ('unit_column = "unit"', 'unit = "bag"', r"unit of \[price\] is 'bag'"),
        ('column = "value"', 'column = "valeu"', "no column 'valeu'.*value"),
        ('"mean"', '"median"', "statistic is 'median'; it must be one of quote, mean"),
        ('["Ce oxide (China domestic)"]', '"Ce"', "must be a list of words"),
        ("[price]", '[low]\ncolumn = "value"\n[price]', "low. and .high. go together"),
    ],
)
def test_a_mapping_that_errs_is_told_how(write, old, new, told):
    with pytest.raises(Unreadable, match=told):
        price_file.reading(write(MIXED, TOML.replace(old, new)))


def test_a_file_without_a_mapping_is_asked_for_one(tmp_path):
    (tmp_path / "mine.csv").write_text(MIXED)
    with pytest.raises(Unreadable, match=r"a mapping file beside them, mine\.toml"):
        price_file.reading(tmp_path / "mine.csv")


def test_a_report_is_refused_for_a_file_that_errs_before_it_runs(write):
    file = str(write(MIXED + "Nd,2013-13,1,CNY/t\n", TOML))
    with pytest.raises(WrongCall, match=r"price_file: mine\.csv, row 6, column date"):
        check({"price_file": file}, ROOT)
    with pytest.raises(WrongCall, match=r"or a file, not '.*none\.csv'"):
        check({"price_file": "none.csv"}, ROOT)


def test_a_report_may_ask_for_what_its_file_holds(write):
    file = str(write(MIXED, TOML))
    asked = {"price_file": file, "market": "China domestic", "since": "2013-01"}
    check(asked | {"material": "cerium"}, ROOT)
    with pytest.raises(WrongCall, match=r"no material 'terbium'; .*'cerium'"):
        check(asked | {"material": "terbium"}, ROOT)
    with pytest.raises(WrongCall, match=r"no market 'Europe'; .*'China domestic'"):
        check(asked | {"material": "cerium", "market": "Europe"}, ROOT)


def test_a_page_says_that_it_rests_on_a_file(write):
    file = write(MIXED, TOML)
    quoted = quotes.table(str(file))
    own = line(quoted, "neodymium", "China domestic")
    events = tables.load("events")
    moved = prices_moves.moved(own, events)
    premiums = prices_markets.premiums(quoted, own)
    told = prices.sentence(own, moved, premiums, events, str(file))
    assert "at a monthly mean of" in told
    assert "(a provider that is not named, February 2013)" in told
    assert "This page rests on mine.csv, a file of the reader’s own." in told
    values = prices.values(own, moved, premiums, str(file))
    assert {source for v in values for source in v["sources"]} == {"price_file"}
    assert quotes.table(str(file), "2013-01-31")["date"].max().month == 1


@pytest.mark.realdata
def test_the_monthly_means_of_an_unnamed_provider_are_read(write):
    real = Path(os.environ["REALDATA"]).parent / "facts/prices_monthly.csv"
    rows = pd.read_csv(real)
    domestic = rows[rows["product"].str.contains("China domestic")]
    assert domestic["unit"].nunique() == 2
    lanthanum = 'lanthanum = ["La oxide (China domestic)"]'
    toml = TOML.replace("cerium =", f"{lanthanum}\ncerium =")
    found = price_file.reading(write(domestic.to_csv(index=False), toml))
    assert found.rows == len(domestic) == 556
    nd = line(found.quotes, "neodymium", "China domestic").price
    assert (str(nd.index[0]), str(nd.index[-1])) == ("2013-01", "2024-07")
    # FOB quotes lie at the level of domestic prices with tax (USGS: 98, 134 and 78)
    means = annual_means(nd) * 1.13
    assert means[[2021, 2022, 2023]].tolist() == pytest.approx([98, 134, 78], rel=0.02)


@pytest.mark.realdata
def test_the_daily_file_of_an_unnamed_provider_is_read_as_it_is(tmp_path):
    real = "prices/china_oxides_daily_2013_2024_original.csv.gz"
    file = tmp_path / "daily.csv.gz"
    file.symlink_to(Path(os.environ["REALDATA"]) / real)
    toml = """source = "a provider that is not named"
[date]
column = "日期"
[material]
value = "neodymium"
[low]
column = "氧化钕最低价"
unit = "10,000 CNY/t"
[high]
column = "氧化钕最高价"
[vat]
value = "included"
"""
    (tmp_path / "daily.toml").write_text(toml, "utf-8")
    found = price_file.reading(file)
    assert found.rows == 2876
    means = annual_means(line(found.quotes, "neodymium", "own quotes").price) * 1.13
    assert means[[2021, 2022, 2023]].tolist() == pytest.approx([98, 134, 78], rel=0.03)
