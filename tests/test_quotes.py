"""Which prices were quoted, and one publisher's line of them."""

import pandas as pd
import pytest

from rareearth import quotes, tables
from rareearth.quotes import line, offered


@pytest.fixture(scope="module")
def held():
    return quotes.held()


def one(date, price, **columns):
    plain = {
        "date": pd.Timestamp(date),
        "date_precision": "day",
        "material": "terbium",
        "form": "oxide",
        "purity": None,
        "market": "Europe",
        "publisher": "A",
        "kind": "quote",
        "price_usd_per_kg": price,
        "origin": "A",
    }
    return plain | columns


def table(*rows):
    return pd.DataFrame(rows).reindex(columns=quotes.COLUMNS)


def test_a_line_has_the_last_quote_of_each_month_of_one_publisher():
    rows = table(
        one("2025-01-10", 1.0),
        one("2025-01-31", 2.0),
        one("2025-03-05", 3.0),
        one("2025-02-05", 9.0, publisher="B"),
        one("2025-02-06", 9.0, purity="99.99%"),
        one("2025-04-06", 9.0, date_precision="about"),
        one("2025-04-06", 9.0, market="FOB China"),
    )
    found = line(rows, "terbium", "Europe")
    assert {str(m): p for m, p in found.price.items()} == {"2025-01": 2, "2025-03": 3}
    assert found.publisher == "A"
    assert found.points["price_usd_per_kg"].isna().tolist() == [False, True, False]
    assert line(rows, "terbium", "Europe", "2025-02").price.tolist() == [3.0]


def test_a_month_from_which_the_origin_differs_is_a_change_of_source():
    rows = [one(f"2025-0{n}-28", 1.0, origin=o) for n, o in enumerate("xxy", 1)]
    changes = line(table(*rows), "terbium", "Europe").source_changes
    assert [str(month) for month in changes] == ["2025-03"]


def test_the_month_end_line_is_that_of_komis_as_it_stands_in_the_table(held):
    monthly = tables.load("prices_monthly").query("statistic == 'last quote'")
    for material, rows in monthly.groupby("material"):
        found = line(held, str(material), "FOB China")
        assert found.publisher == "KOMIS"
        assert found.price.tolist() == rows["price_usd_per_kg"].tolist()
        assert [str(m) for m in found.source_changes] == ["2026-01"]


def test_means_and_producers_lists_are_no_quotes(held):
    assert set(held["kind"]) == {"quote"}
    assert set(held["form"]) == {"oxide"}
    assert "China Northern Rare Earth" not in set(held["publisher"])
    assert set(held["date_precision"]) == {"day", "about"}


def test_nothing_is_known_before_it_was_published():
    early = quotes.table(as_of="2025-06-30")
    assert early["date"].max() <= pd.Timestamp("2025-06-30")
    assert str(line(early, "neodymium", "FOB China").price.index[-1]) == "2025-06"


def test_what_was_never_quoted_is_an_error_that_lists_what_was(held):
    with pytest.raises(ValueError, match=r"terbium in Mars; .*terbium: China"):
        line(held, "terbium", "Mars")
    with pytest.raises(ValueError, match="in Europe since 2026-01"):
        line(held, "terbium", "Europe", "2026-01")


def test_every_material_and_market_that_is_offered_has_a_line(held):
    for material, markets in offered(held).items():
        for market in markets:
            assert len(line(held, material, market).price)
