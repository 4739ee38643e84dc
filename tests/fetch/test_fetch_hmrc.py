"""HMRC: what its documentation says it answers, and what it does wrong."""

from dataclasses import replace

import pytest
from fake_offices import Hmrc, fetched, simulated_world, spoiled
from werkzeug import Response

from rareearth.trade.fetch import hmrc
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    Redirected,
    Refused,
    UnknownCode,
    Unreachable,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Part, Query

NDFEB, OTHER = "85051110", "85051190"
QUERY = Query("hmrc", "UK tariff", (NDFEB,), "GBR", "", "2024-01", "2025-12")
FORBIDDEN = Response("<html><h1>Ip Forbidden</h1></html>", 403)


@pytest.fixture
def office(httpserver) -> Hmrc:
    world = simulated_world(
        [NDFEB, OTHER], months("2024-01", "2025-12"), ["CHN", "JPN", "DEU"]
    )
    return Hmrc(httpserver, world, published=months("2024-01", "2025-09"))


@pytest.fixture
def session(office, clock) -> Session:
    return Session(replace(hmrc.OFFICE, url=office.url), clock, environ={})


def test_imports_from_the_union_and_from_elsewhere_are_asked(office, session):
    fetched(hmrc, session, QUERY)
    assert office.asked[0].args.to_dict() == {
        "$filter": "MonthId ge 202401 and MonthId le 202412 "
        "and CommodityId ge 85051110 and CommodityId le 85051110 "
        "and (FlowTypeId eq 1 or FlowTypeId eq 3)",
        "$expand": "Country",
    }


def test_a_code_of_six_digits_asks_for_all_its_lines(office, session):
    six = replace(QUERY, system="HS", products=("850511",))
    _, told = fetched(hmrc, session, six)
    assert (
        "CommodityId ge 85051100 and CommodityId le 85051199"
        in (office.asked[0].args["$filter"])
    )
    assert told.states["850511"]["2024-05"] == "data"


def test_months_are_told_for_what_they_are(office, session):
    del office.world[NDFEB]["2025-04"]
    _, told = fetched(hmrc, session, QUERY)
    states = told.states[NDFEB]
    assert states["2025-03"] == "data"
    assert states["2025-04"] == "no trade"
    assert states["2025-09"] == "data"
    assert states["2025-10"] == "not published"


def test_pages_are_followed_to_the_last(office, session):
    office.rows_a_page = 50
    got, _ = fetched(hmrc, session, replace(QUERY, last_month="2024-12"))
    [pages] = got.values()
    rows = [row for page in pages for row in hmrc.page(page.body)[0]]
    assert len(pages) == 2
    assert len(rows) == 12 * 3 * 2


def test_rows_on_two_pages_split_the_query_until_it_fits_on_one(office, session):
    office.rows_a_page, office.shift = 40, 1
    got, _ = fetched(hmrc, session, replace(QUERY, last_month="2024-12"))
    assert list(got) == [
        Part(NDFEB, "2024-01", "2024-06"),
        Part(NDFEB, "2024-07", "2024-12"),
    ]


def test_rows_on_two_pages_of_one_month_are_not_taken(office, session):
    office.rows_a_page, office.shift = 4, 1
    with pytest.raises(Incomplete, match="in 2024-01: a row stands on two pages"):
        fetched(hmrc, session, QUERY)


def test_a_full_page_without_a_link_is_split(office, session, monkeypatch):
    monkeypatch.setattr(hmrc, "FULL_PAGES", (72,))
    got, _ = fetched(hmrc, session, replace(QUERY, last_month="2024-12"))
    assert len(got) == 2


def test_a_link_to_another_host_is_not_followed(office, session):
    office.rows_a_page = 50
    office.faults = [spoiled(office.url, "https://elsewhere.example/hmrc")]
    with pytest.raises(Redirected, match="another host"):
        fetched(hmrc, session, QUERY)


def test_a_forbidden_that_comes_and_goes_is_waited_for(office, session):
    office.faults = [FORBIDDEN, FORBIDDEN, None, FORBIDDEN]
    _, told = fetched(hmrc, session, QUERY)
    assert told.states[NDFEB]["2024-05"] == "data"


def test_a_forbidden_that_stays_is_told(office, session):
    office.always = FORBIDDEN
    with pytest.raises(Unreachable, match="HTTP 403 with a web page"):
        fetched(hmrc, session, QUERY)


def test_a_query_that_is_refused_is_told_in_its_words(office, session):
    office.faults = [Response('{"error":{"message":"Invalid $filter"}}', 400)]
    with pytest.raises(Refused, match=r"HTTP 400 .*Invalid \$filter"):
        fetched(hmrc, session, QUERY)


def test_an_unknown_code_is_told_with_its_neighbours(session):
    with pytest.raises(UnknownCode, match=f"no product 85051199; .*{NDFEB}, {OTHER}"):
        fetched(hmrc, session, replace(QUERY, products=("85051199",)))


WRONG = {
    "another name": (spoiled('"Value"', '"Worth"'), "a row without Value"),
    "another flow": (spoiled('"FlowTypeId": 3', '"FlowTypeId": 4'), "answers flow 4"),
    "another month": (spoiled("202401", "201901"), "in 201901"),
    "a month as text": (spoiled("202401", '"202401"'), "in 202401"),
    "no list": (Response('{"rows": []}'), "not JSON with a list 'value'"),
    "a list": (Response("[]"), "not JSON with a list 'value'"),
    "no JSON": (Response("a,b\n1,2"), "not JSON with a list 'value': a,b"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_not_taken(office, session, name):
    wrong, told = WRONG[name]
    office.faults = [wrong]
    with pytest.raises(LayoutChanged, match=f"^hmrc: .*{told}"):
        fetched(hmrc, session, QUERY)
