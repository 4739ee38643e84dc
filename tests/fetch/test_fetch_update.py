"""Feeds brought up to date: resumed, revised, kept; and nothing lost on the way."""

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from fake_offices import (
    Bls,
    Census,
    Comtrade,
    Estat,
    Eurostat,
    Fed,
    Hmrc,
    simulated_world,
)
from werkzeug import Response

from rareearth.trade import editions
from rareearth.trade.fetch import bls, census, comtrade, estat, eurostat, fed, hmrc
from rareearth.trade.fetch.feeds import Feed
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Query
from rareearth.trade.fetch.series import fetched
from rareearth.trade.fetch.update import planned, updated

NDFEB = "8505110070"
QUERY = Query("census", "US HTS", (NDFEB,), "USA", "", "2022-01", "2025-12")
FEED = Feed("us-magnets-ndfeb", QUERY)
ALL = months("2022-01", "2025-12")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "fetched"


@pytest.fixture
def office(httpserver) -> Census:
    world = simulated_world([NDFEB, "8505110050"], ALL, ["CHN", "JPN", "DEU"])
    return Census(httpserver, world, published=months("2022-01", "2025-08"))


@pytest.fixture
def session(office, clock) -> Session:
    here = replace(census.OFFICE, url=office.url)
    return Session(here, clock, environ={"CENSUS_API_KEY": office.key})


def years(office) -> list[str]:
    """First months of the requests for data."""
    fields = ",".join(census.FIELDS)
    asked = [request.args for request in office.asked]
    return [a["time"].split()[1] for a in asked if a["get"] == fields]


def cell(table: pd.DataFrame, start: str, **where: str) -> pd.Series:
    """The one row of a month and a country."""
    rows = table[table["start"] == start]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_first_update_keeps_answers_and_table(office, session, root):
    result = updated(FEED, session, root)
    assert (result.state, result.error) == ("new edition", "")
    edition = editions.newest(FEED.name, root)
    assert edition.name == result.edition == "20261124T120004Z"
    about = edition.about
    assert about["office"] == "census"
    assert about["query"]["products"] == [NDFEB]
    assert about["states"][NDFEB]["2025-08"] == "data"
    assert about["states"][NDFEB]["2025-09"] == "not published"
    for part in about["parts"]:
        for answer in part["answers"]:
            body = editions.answer(answer["sha256"], root)
            assert len(body) == answer["bytes"]
            assert b"GEN_VAL_MO" in body
    table = edition.table()
    assert len(table) == 3 * len(months("2022-01", "2025-08"))
    row = cell(table, "2023-05-01", exporter="CHN")
    told = office.world[NDFEB]["2023-05"]["CHN"]
    assert (row["value_usd"], row["tonnes"] * 1000) == told
    assert row["valuation"] == "customs"
    assert row["hs_edition"] == "HS22"


@pytest.mark.parametrize("counted", ["second", "mode"])
def test_a_line_counted_in_pieces_has_its_weight_where_it_is_told(
    office, session, root, counted
):
    office.counted = counted
    updated(FEED, session, root)
    row = cell(editions.newest(FEED.name, root).table(), "2023-05-01", exporter="CHN")
    assert row["tonnes"] * 1000 == office.world[NDFEB]["2023-05"]["CHN"][1]


def test_nothing_new_gives_no_new_edition(session, root):
    updated(FEED, session, root)
    assert updated(FEED, session, root).state == "unchanged"
    assert len(editions.editions(FEED.name, root)) == 1


def test_only_months_that_may_be_revised_are_asked_again(office, session, root):
    updated(FEED, session, root)
    office.asked.clear()
    office.published.add("2025-09")
    result = updated(FEED, session, root)
    assert result.state == "new edition"
    assert years(office) == ["2024-01", "2025-01"]
    old, new = editions.editions(FEED.name, root)
    assert len(new.table()) == len(old.table()) + 3
    assert new.about["parts"][0] == old.about["parts"][0]


def test_all_months_can_be_asked_again(office, session, root):
    updated(FEED, session, root)
    office.asked.clear()
    updated(FEED, session, root, whole=True)
    assert years(office) == ["2022-01", "2023-01", "2024-01", "2025-01"]


def test_a_revision_is_a_new_edition_beside_the_old_one(office, session, root):
    updated(FEED, session, root)
    office.world[NDFEB]["2025-07"]["CHN"] = (99, 9)
    updated(FEED, session, root)
    old, new = (edition.table() for edition in editions.editions(FEED.name, root))
    assert cell(new, "2025-07-01", exporter="CHN")["value_usd"] == 99
    assert cell(old, "2025-07-01", exporter="CHN")["value_usd"] > 99


def test_a_run_that_stops_goes_on_where_it_stopped(office, session, root, clock):
    office.faults = [None, None] + [Response("", 503)] * 5
    first = updated(FEED, session, root)
    assert first.state == "failed"
    assert "census: 5 attempts" in first.error
    assert editions.feeds(root) == []
    office.asked.clear()
    clock.sleep(3600)
    second = updated(FEED, session, root)
    assert second.state == "new edition"
    assert years(office) == ["2024-01", "2025-01"]


def test_what_stopped_long_ago_is_begun_anew(office, session, root, clock):
    office.faults = [None, None] + [Response("", 503)] * 5
    updated(FEED, session, root)
    office.asked.clear()
    clock.sleep(8 * 24 * 3600)
    updated(FEED, session, root)
    assert years(office) == ["2022-01", "2023-01", "2024-01", "2025-01"]


def test_a_kept_answer_that_was_changed_is_asked_again(office, session, root):
    office.faults = [None, None] + [Response("", 503)] * 5
    updated(FEED, session, root)
    kept = next((root / "raw").iterdir())
    kept.write_bytes(kept.read_bytes()[:-4])
    office.asked.clear()
    assert updated(FEED, session, root).state == "new edition"
    assert years(office)[0] == "2022-01"


def test_a_failure_leaves_the_last_edition_in_place(office, session, root):
    updated(FEED, session, root)
    office.always = Response("", 500)
    assert updated(FEED, session, root).state == "failed"
    assert len(editions.editions(FEED.name, root)) == 1


def test_an_edition_that_was_changed_by_hand_is_told(office, session, root):
    updated(FEED, session, root)
    (editions.newest(FEED.name, root).folder / "table.csv").write_text("start\n")
    result = updated(FEED, session, root)
    assert result.state == "failed"
    assert "was changed after it was kept; remove the edition" in result.error


def test_a_feed_that_asks_something_else_does_not_go_on_with_the_old(
    office, session, root
):
    updated(FEED, session, root)
    office.asked.clear()
    other = Feed(FEED.name, replace(QUERY, products=("8505110050",)))
    result = updated(other, session, root)
    assert result.state == "new edition"
    assert years(office)[0] == "2022-01"
    assert set(editions.newest(FEED.name, root).table()["product"]) == {"8505110050"}


def test_what_would_be_asked_is_told_without_asking(office, session, root):
    requests = planned(FEED, session, root)
    assert [r.params["time"] for r in requests] == [
        f"from {year}-01 to {year}-12" for year in range(2022, 2026)
    ]
    assert office.asked == []
    updated(FEED, session, root)
    assert len(planned(FEED, session, root)) == 2


def test_each_run_leaves_a_line_in_the_log(office, session, root):
    updated(FEED, session, root)
    office.always = Response("", 500)
    updated(FEED, session, root)
    lines = (root / "log.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert [line["state"] for line in told] == ["new edition", "failed"]
    assert told[0]["requests"] == 5
    assert told[0]["standing"]["last_month"] == "2025-08"
    assert told[0]["standing"]["late"] is True


def test_the_key_is_in_no_file(office, session, root):
    updated(FEED, session, root)
    for path in root.rglob("*"):
        assert office.key not in path.name
        if path.is_file():
            assert office.key.encode() not in path.read_bytes()
            if path.suffix == ".gz":
                body = editions.answer(path.stem, root)
                assert office.key.encode() not in body


def test_progress_is_told(session, root):
    told = []
    updated(
        FEED, session, root, progress=lambda done, planned: told.append((done, planned))
    )
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


OFFICES = {
    "eurostat": (eurostat, Eurostat, "EU CN", ("85051110",), "DEU", "", "CHN"),
    "hmrc": (hmrc, Hmrc, "UK tariff", ("85051110",), "GBR", "", "CHN"),
    "estat": (estat, Estat, "HS", ("850511",), "JPN", "", "CHN"),
    "comtrade": (comtrade, Comtrade, "HS", ("850511",), "", "CHN", "USA"),
}
LINES = {"estat": ["850511000", estat.ALWAYS_IMPORTED]}
MONEY = {"eurostat": "EUR", "hmrc": "GBP", "estat": "JPY"}


@pytest.mark.parametrize("name", OFFICES)
def test_every_office_ends_in_the_trade_table(httpserver, clock, root, name):
    desk, fake, system, products, importer, exporter, partner = OFFICES[name]
    span = months("2024-01", "2024-12")
    countries = {"comtrade": ["USA", "JPN"], "hmrc": ["CHN", "JPN"]}
    world = simulated_world(
        LINES.get(name, list(products)), span, countries.get(name, ["CHN"])
    )
    office = fake(httpserver, world, published=span[:9])
    query = Query(name, system, products, importer, exporter, span[0], span[-1])
    environ = {desk.OFFICE.variable: office.key} if hasattr(office, "key") else {}
    session = Session(replace(desk.OFFICE, url=office.url), clock, environ)
    result = updated(Feed("a-feed", desk.checked(query)), session, root)
    assert result.error == ""
    table = editions.newest("a-feed", root).table()
    assert set(table["start"].dt.strftime("%Y-%m")) == set(span[:9])
    teller = "importer" if importer else "exporter"
    assert set(table[teller]) == {importer or exporter}
    assert set(table["reported_by"]) == {teller}
    other = "exporter" if importer else "importer"
    row = cell(table, "2024-02-01", **{other: partner})
    line = next(iter(world))
    value, kg = world[line]["2024-02"][partner]
    if name == "estat":
        value *= 1000
    rate = 1.0
    if name in MONEY:
        rates = pd.DataFrame(
            {"currency": ["EUR", "GBP", "JPY"], "rate": [0.9267, 0.7918, 149.5]}
        ).set_index("currency")["rate"]
        rate = rates[MONEY[name]]
    assert row["value_usd"] == pytest.approx(value / rate, rel=0.01)
    assert row["tonnes"] == pytest.approx(kg / 1000)


def test_money_without_a_rate_waits_for_it_and_is_not_asked_again(
    httpserver, clock, root
):
    world = simulated_world(["85051110"], ["2026-08", "2026-09"], ["CHN"])
    office = Hmrc(httpserver, world, published=["2026-08", "2026-09"])
    query = Query("hmrc", "UK tariff", ("85051110",), "GBR", "", "2026-08", "2026-10")
    session = Session(replace(hmrc.OFFICE, url=office.url), clock, {})
    result = updated(Feed("uk", query), session, root)
    assert "fetch the rates first (a feed of the office fed)" in result.error
    reserve = Fed(httpserver, {}, published=["2026-08", "2026-09"])
    reserve.rates = {"EXUSUK": 1.25}
    about = Query("fed", "series", ("GBP",), "", "", "2026-08", "2026-10")
    rates = Session(replace(fed.OFFICE, url=reserve.url), clock, {})
    updated(Feed("rates", about), rates, root)
    office.asked.clear()
    assert updated(Feed("uk", query), session, root).state == "new edition"
    assert ["$apply" in request.args for request in office.asked] == [True]
    row = cell(editions.newest("uk", root).table(), "2026-08-01", exporter="CHN")
    assert row["value_usd"] == 10001 * 1.25


def test_a_report_gets_the_series_that_was_fetched(office, session, root):
    updated(FEED, session, root)
    series = fetched(NDFEB, importer="USA", root=root)
    assert len(series.table) == 3 * 44
    assert series.standing.last_month == "2025-08" and series.standing.late
    assert series.states["2025-09"] == "not published"
    assert str(series.sources[0]).startswith(
        "2022-01 to 2025-08: fetched on 2026-11-24 from US Census Bureau"
    )


def test_series_become_tables(httpserver, clock, root):
    labor = Bls(httpserver, {}, published=months("2025-01", "2026-05"))
    about = Query("bls", "series", ("consumer prices",), "", "", "2025-01", "2026-10")
    session = Session(replace(bls.OFFICE, url=labor.url), clock, {})
    updated(Feed("us-prices", about), session, root)
    prices = editions.newest("us-prices", root).table().set_index("start")
    assert list(prices.columns) == ["index_1982_84", "status"]
    assert prices.loc["2025-10-01", "status"] == "never published"
    assert pd.isna(prices.loc["2025-10-01", "index_1982_84"])
    assert prices.loc["2025-01-01", "index_1982_84"] == 250.0
    reserve = Fed(httpserver, {}, published=months("2024-01", "2024-10"))
    about = Query("fed", "series", ("EUR", "JPY"), "", "", "2024-01", "2024-12")
    session = Session(replace(fed.OFFICE, url=reserve.url), clock, {})
    updated(Feed("rates", about), session, root)
    rates = editions.newest("rates", root).table()
    euro = rates[rates["currency"] == "EUR"].set_index("start")["units_per_usd"]
    assert euro["2024-01-01"] == 0.8  # 1.25 dollars for a euro
    assert pd.Timestamp("2024-02-01") not in euro.index


def test_a_row_that_cannot_be_read_is_a_changed_layout(office, session, root):
    names = [*census.FIELDS, "COMM_LVL", "I_COMMODITY", "time"]
    about = dict.fromkeys(names, "5") | {"CTY_CODE": "9999", "UNIT_QY1": "KG"}
    row = list((about | {"I_COMMODITY": NDFEB, "time": "2022-01"}).values())
    office.faults = [Response(json.dumps([names, row]))]
    result = updated(FEED, session, root)
    assert result.state == "failed"
    assert "1 rows cannot be read; the first: partner '9999'" in result.error
    office.faults = []
    assert updated(FEED, session, root).state == "new edition"


def test_standing_is_of_the_day():
    from rareearth.trade.fetch.offices import standing

    told = {"x": {"2025-08": "data", "2025-09": "not published"}}
    assert not standing(census.OFFICE, told, date(2025, 11, 9)).late
    assert standing(census.OFFICE, told, date(2025, 11, 10)).late
