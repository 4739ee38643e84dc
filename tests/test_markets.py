"""Premium between two markets."""

import pandas as pd
import pytest

from rareearth.markets import premium, ranges

# SMM and Argus, Nd oxide, USD per kg, middle of the range quoted.
QUOTES = pd.DataFrame(
    [
        ("2025-12-26", "day", "SMM", "oxide", None, "Europe", 175.0),
        ("2025-12-26", "day", "SMM", "oxide", None, "FOB China", 126.0),
        ("2026-02-13", "day", "SMM", "oxide", None, "Europe", 245.0),
        ("2026-02-13", "day", "SMM", "oxide", None, "FOB China", 180.0),
        ("2025-09-25", "day", "Argus", "oxide", "99.5-99.9%", "Europe", 92.5),
        ("2025-09-25", "day", "SMM", "oxide", "99.5-99.9%", "FOB China", 80.0),
        ("2026-01-01", "day", "SMM", "metal", None, "FOB China", 140.0),
        ("2025-12-26", "month", "SMM", "oxide", None, "FOB China", 150.0),
    ],
    columns=[
        *("date", "date_precision", "publisher", "form", "purity", "market"),
        "price_usd_per_kg",
    ],
).assign(material="neodymium")


def test_a_premium_compares_one_publisher_one_product_and_one_week():
    found = premium(QUOTES, "Europe", "FOB China")
    # SMM: 39 % in December 2025, 36 % in February 2026
    assert found["premium_share"].round(2).tolist() == [0.39, 0.36]
    assert found["publisher"].tolist() == ["SMM", "SMM"]
    assert found["over_price_usd_per_kg"].tolist() == [126.0, 180.0]


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 1), (7, 1), (-7, 1), (8, 0), (-8, 0)]
)
def test_quotes_more_than_seven_days_apart_are_not_compared(days, expected):
    one = QUOTES.iloc[[0]].assign(
        date=str((pd.Timestamp("2025-12-26") - pd.Timedelta(days=days)).date()),
        market="FOB China",
    )
    found = premium(pd.concat([QUOTES.iloc[[0]], one]), "Europe", "FOB China")
    assert len(found) == expected
    assert found["days"].tolist() == [days] * expected


@pytest.mark.parametrize("column", ["publisher", "material", "form", "purity"])
def test_whoever_and_whatever_differs_is_not_compared(column):
    other = QUOTES.iloc[:2].copy()
    other.iloc[1, other.columns.get_loc(column)] = "another"
    assert premium(other, "Europe", "FOB China").empty


def test_a_market_without_quotes_is_an_error_that_lists_those_with():
    with pytest.raises(ValueError, match="market Mars; there are Europe, FOB China"):
        premium(QUOTES, "Mars", "FOB China")


def test_a_range_says_from_whom_it_is():
    found = ranges(QUOTES[QUOTES["form"] == "oxide"])
    row = found.loc[("Europe", pd.Period("2025-12", "M"))]
    assert row.tolist() == [175.0, 175.0, 1, "SMM"]
    assert "premium_share" not in found
