import datetime

import pandas as pd
import pytest

from rareearth import comparison


def flows(*years, **columns):
    return pd.DataFrame({"year": years, "value_usd": 1.0}).assign(**columns)


def test_ends_hold_the_years_that_are_there():
    both = comparison.ends(flows(2009, 2010, 2012, 2012, 2023, 2024), 2010, 2024)
    assert both.first_years == (2010, 2012)
    assert both.last_years == (2023, 2024)
    assert both.first["year"].tolist() == [2010, 2012, 2012]
    assert both.last["year"].tolist() == [2023, 2024]
    assert both.coverage == "complete"


LISTS = pd.concat(
    [
        flows(*range(2002, 2025), coverage="leading flows"),
        flows(2022, 2024, coverage="complete"),
    ]
)


@pytest.mark.parametrize(
    ("first_year", "last_year", "window", "asked", "taken"),
    [
        (2002, 2024, 3, None, "leading flows"),
        (2023, 2024, 1, None, "leading flows"),
        (2022, 2024, 1, None, "complete"),
        (2022, 2024, 1, "leading flows", "leading flows"),
    ],
)
def test_both_ends_come_from_one_list(first_year, last_year, window, asked, taken):
    both = comparison.ends(LISTS, first_year, last_year, window, asked)
    assert both.coverage == taken
    assert set(both.first["coverage"]) == set(both.last["coverage"]) == {taken}


@pytest.mark.parametrize(
    ("rows", "first_year", "last_year", "coverage", "message"),
    [
        (LISTS, 2002, 2024, "complete", r"lists do not mix \(complete: \[2022, 2024\]"),
        (
            LISTS,
            1995,
            2024,
            None,
            "no list has rows both in 1995–1997 and in 2022–2024",
        ),
        (flows(), 2002, 2024, None, "no rows"),
        (LISTS, 2020, 2024, None, "2020 to 2024 is no room for two ends"),
        (LISTS, 2024, 2002, None, "2024 to 2002 is no room for two ends"),
    ],
)
def test_what_does_not_compare_is_refused(
    rows, first_year, last_year, coverage, message
):
    with pytest.raises(comparison.NotComparable, match=message):
        comparison.ends(rows, first_year, last_year, coverage=coverage)


def monthly(year, months):
    starts = [datetime.date(year, month, 1) for month in range(1, months + 1)]
    return pd.DataFrame({"start": starts, "months": 1, "value_usd": 1.0})


def test_a_year_without_all_its_months_is_not_there():
    rows = pd.concat([monthly(2010, 12), monthly(2023, 12), monthly(2024, 7)])
    both = comparison.ends(rows, 2010, 2024, window=2)
    assert both.first_years == (2010,)
    assert both.last_years == (2023,)
    assert len(both.last) == 12
