"""Months of an importer from the package and from a fetch, in a simulated world."""

import pandas as pd
import pytest
from kept_editions import NDFEB, flows, kept
from test_fetch_adopt import copied

from rareearth import tables
from rareearth.findings import recent
from rareearth.trade import monthly
from rareearth.trade.fetch.adopt import adopt
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.series import NotOneSeries

TWO_YEARS = ("2024-01", "2025-12")


def shares(span, china, product=NDFEB):
    """China and Japan deliver for 1,000 USD a month together."""
    table = flows(product, months(*span))
    parts = [1000 * china, 1000 * (1 - china)] * len(months(*span))
    return table.assign(value_usd=parts)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "fetched"


@pytest.fixture
def package(tmp_path):
    return copied(tmp_path / "data", "editions", "countries")


def test_nothing_is_known_where_nothing_was_adopted_or_fetched(root):
    assert monthly.lines("USA", root=root) == []
    assert monthly.lines("USA", fetched=True, root=root) == []
    with pytest.raises(LookupError, match="there is: nothing"):
        monthly.series(NDFEB, "USA", fetched=True, root=root)


def test_what_was_fetched_is_used_only_if_it_is_asked_for(root):
    kept(root, TWO_YEARS)
    assert monthly.lines("USA", root=root) == []
    assert list(map(str, monthly.lines("USA", fetched=True, root=root))) == [
        "US HTS 8505110070"
    ]
    assert monthly.lines("JPN", fetched=True, root=root) == []
    [source] = monthly.series(NDFEB, "USA", fetched=True, root=root).sources
    assert (source.part, source.feed) == ("fetched", "us-ndfeb")


def test_what_was_adopted_is_of_the_package(root, package):
    adopt([kept(root, TWO_YEARS)], package)
    known = {"root": root / "none", "package": package}
    assert list(map(str, monthly.lines("USA", **known))) == ["US HTS 8505110070"]
    found = monthly.series(NDFEB, "USA", **known)
    assert len(found.table) == 2 * 24
    assert [s.part for s in found.sources] == ["package"]
    assert str(found.sources[0]).startswith(
        "2024-01 to 2025-12: from the data package (us_imports_monthly)"
    )
    assert found.standing.last_month == "2025-12"
    assert monthly.lines("USA", as_of="2025-01-01", **known) == []


def test_a_page_says_which_part_is_of_the_package_and_which_of_a_fetch(root, package):
    adopt([kept(root, TWO_YEARS)], package)
    later = kept(root, ("2025-11", "2026-03"))
    found = monthly.series(NDFEB, "USA", fetched=True, root=root, package=package)
    spans = [(s.part, s.first_month, s.last_month) for s in found.sources]
    assert spans == [
        ("package", "2024-01", "2025-10"),
        ("fetched", "2025-11", "2026-03"),
    ]
    assert found.sources[1].sha256 == later.about["sha256"]
    assert not found.table.duplicated(["start", "exporter"]).any()


def test_the_last_twelve_months_stand_beside_those_a_year_before(root):
    world = pd.concat(
        [shares(("2024-01", "2024-12"), 0.8), shares(("2025-01", "2025-12"), 0.5)]
    )
    kept(root, TWO_YEARS, table=world)
    found = recent.recent("USA", fetched=True, root=root)
    [line] = found.lines.to_dict("records")
    assert line["line"] == "US HTS 8505110070"
    assert line["good"] == "Sintered neodymium-iron-boron magnets"
    assert (line["first_month"], line["last_month"]) == ("2025-01", "2025-12")
    assert line["imports_usd"] == pytest.approx(12_000)
    assert line["china_share"] == pytest.approx(0.5)
    assert line["china_share_before"] == pytest.approx(0.8)
    [value] = recent.values(found.lines)
    assert value["id"] == "recent.8505110070.china_share"
    assert value["value"] == 0.5
    assert "50 %" in recent.table(found.lines).to_markdown()


def test_a_month_that_is_not_told_leaves_its_year_open(root):
    states = dict.fromkeys(months(*TWO_YEARS), "data") | {"2024-03": "unclear"}
    kept(root, TWO_YEARS, states=states)
    [line] = recent.recent("USA", fetched=True, root=root).lines.to_dict("records")
    assert line["china_share"] > 0
    assert pd.isna(line["china_share_before"])
    assert recent.table(pd.DataFrame([line]))["a year before"].tolist() == ["–"]


def test_a_good_of_no_stage_is_no_part_of_the_chain(root):
    kept(root, TWO_YEARS, product="85051910", feed="ferrite", system="EU CN")
    assert len(monthly.lines("USA", fetched=True, root=root)) == 1
    assert recent.recent("USA", fetched=True, root=root).lines.empty


def test_the_package_as_shipped_says_how_months_are_had():
    found = recent.recent("USA").lines
    assert "us_imports_monthly" in tables.names() or found.empty
    assert "rareearth update" in recent.text("USA", found.iloc[:0], False)
    assert "brought them" in recent.text("USA", found.iloc[:0], True)


def index_of(*values):
    """Consumer prices that follow the package's last month, after that month itself."""
    last = tables.load("cpi").iloc[-1]
    starts = pd.date_range(last["start"], periods=len(values) + 1, freq="MS")
    table = pd.DataFrame({"start": starts, "status": "published"})
    table["index_1982_84"] = [last["index_1982_84"], *values]
    return table


def test_consumer_prices_are_carried_on(root):
    held = tables.load("cpi")
    span = ("2026-01", "2026-10")
    about = {"office": "bls", "importer": "", "system": "series"}
    kept(root, span, table=index_of(330.5, 331.25), feed="prices", **about)
    table, sources = monthly.consumer_prices(fetched=True, root=root)
    assert table["index_1982_84"].tolist()[-2:] == [330.5, 331.25]
    assert len(table) == len(held) + 2
    [source] = sources
    assert source.last_month == f"{table['start'].iloc[-1]:%Y-%m}"
    assert (source.feed, source.part) == ("prices", "fetched")
    table, sources = monthly.consumer_prices(root=root)
    assert (len(table), sources) == (len(held), [])


def test_consumer_prices_that_differ_are_not_one_series(root):
    table = index_of(330.5)
    table.loc[0, "index_1982_84"] += 1
    kept(root, table=table, feed="prices", office="bls", importer="")
    with pytest.raises(NotOneSeries, match="in the package and"):
        monthly.consumer_prices(fetched=True, root=root)
