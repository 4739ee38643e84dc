"""Cells that look like a number, a month or a country and are none."""

import pandas as pd
import pytest

from rareearth import trade
from rareearth.trade import cells, partners


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("0,500", "."),
        ("0.500", ","),
        ("00,500", "."),
        ("012,345.6", "."),
        ("9" * 400, "."),
    ],
)
def test_what_is_a_number_in_another_notation_is_none(text, decimal) -> None:
    values, bad = cells.numbers(pd.Series([text]), decimal)
    assert bad.tolist() == [True]
    assert values.isna().all()


def test_half_a_dollar_is_refused_not_five_hundred(write) -> None:
    few = "year,reporter,partner,cmd,flow,value,netwgt\n"
    few += '2022,276,156,850511,M,"0,500",4\n2022,276,392,850511,M,"1,500",4\n'
    reading = trade.read(write("few.csv", few))
    assert reading.table["value_usd"].tolist() == [1500]
    assert reading.refused[["row", "column", "value"]].values.tolist() == [
        [2, "value", "0,500"]
    ]


def test_a_week_and_a_day_that_is_not_are_no_periods() -> None:
    odd = ["2024-52", "2024-02-31", "2023-02-29", "2024-01-99", "2024-01-00"]
    assert cells.periods(pd.Series(odd))[2].all()
    start, months, bad = cells.periods(pd.Series(["202452", "2024-02-29", "2024"]))
    assert not bad.any()
    assert months.tolist() == [12, 1, 12]
    assert start.dt.month.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("China (Taiwan)", "TWN"),
        ("Taiwan (China)", "TWN"),
        ("China (Macao)", "MAC"),
        ("China (Hong Kong SAR)", "HKG"),
        ("Korea (Democratic People's Republic of)", "PRK"),
        ("Korea (Republic of)", "KOR"),
        ("Congo (Democratic Republic)", "COD"),
        ("Sudan (South)", "SSD"),
        ("Samoa (American)", "ASM"),
        ("Guinea (Equatorial)", "GNQ"),
        ("Guinea (Papua New)", "PNG"),
        ("Guinea (Bissau)", "GNB"),
        ("Virgin Islands (US)", "VIR"),
        ("Saint Martin (Dutch part)", "SXM"),
        ("Saint Martin (French part)", "MAF"),
    ],
)
def test_a_note_in_brackets_can_be_a_part_of_the_name(name, iso3) -> None:
    assert partners.iso3(pd.Series([name])).tolist() == [iso3]


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("Serbia (from 2006)", "SRB"),
        ("Sudan (...2011)", "SDN"),
        ("Viet Nam (1990-)", "VNM"),
        ("Canada (CA)", "CAN"),
        ("Canada (124)", "CAN"),
        ("Bolivia (Plurinational State of)", "BOL"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("Tanzania (United Republic of)", "TZA"),
        ("Netherlands (Kingdom of the)", "NLD"),
        ("Germany (incl. German Democratic Republic 'DD' from 1991)", "DEU"),
        ("Italy (incl. San Marino 'SM' -> 1993)", "ITA"),
        ("India (excl. Sikkim)", "IND"),
        ("Russia (Russian Federation)", "RUS"),
        ("Falkland Islands (Malvinas)", "FLK"),
    ],
)
def test_a_note_in_brackets_can_leave_the_country_as_it_is(name, iso3) -> None:
    assert partners.iso3(pd.Series([name])).tolist() == [iso3]


@pytest.mark.parametrize(
    "name",
    [
        "Korea (DPR)",
        "China (Republic of)",
        "United States (Puerto Rico)",
        "Georgia (US)",
        "Niger (ia)",
        "Cyprus (North)",
        "Germany (former GDR)",
        "Denmark (Greenland)",
        "(China)",
    ],
)
def test_with_any_other_note_it_may_be_another_country(name) -> None:
    assert partners.iso3(pd.Series([name])).isna().all()
