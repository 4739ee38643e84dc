"""Consumer prices and exchange rates: what the offices answer, and do wrong."""

from dataclasses import replace

import pytest
from fake_offices import Bls, Fed, fetched, spoiled
from werkzeug import Response

from rareearth.trade.fetch import bls, fed
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    QuotaUsedUp,
    Refused,
    UnknownCode,
    WrongQuery,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Part, Query

PRICES = Query("bls", "series", ("consumer prices",), "", "", "2010-01", "2026-12")
RATES = Query("fed", "series", ("EUR", "JPY"), "", "", "2024-01", "2024-12")


@pytest.fixture
def labor(httpserver) -> Bls:
    return Bls(httpserver, {}, published=months("2010-01", "2026-10"))


@pytest.fixture
def reserve(httpserver) -> Fed:
    return Fed(httpserver, {}, published=months("2024-01", "2024-10"))


def session_of(desk, office, clock, environ=None) -> Session:
    return Session(replace(desk.OFFICE, url=office.url), clock, environ or {})


def test_prices_are_asked_ten_years_at_a_time(labor, clock):
    got, told = fetched(bls, session_of(bls, labor, clock), PRICES)
    assert list(got) == [
        Part("consumer prices", "2010-01", "2019-12"),
        Part("consumer prices", "2020-01", "2026-12"),
    ]
    assert labor.asked[0].path == "/bls/v1/timeseries/data/"
    assert labor.asked[0].json == {
        "seriesid": ["CUUR0000SA0"],
        "startyear": "2010",
        "endyear": "2019",
    }
    states = told.states["consumer prices"]
    assert states["2025-10"] == "data"  # listed, without a figure
    assert states["2026-11"] == "not published"


def test_with_a_key_version_two_is_asked_and_the_key_is_in_the_body(labor, clock):
    session = session_of(bls, labor, clock, {"BLS_API_KEY": labor.key})
    fetched(bls, session, PRICES)
    assert labor.asked[0].path == "/bls/v2/timeseries/data/"
    assert labor.asked[0].json["registrationkey"] == labor.key
    assert labor.key not in labor.asked[0].url


def test_years_that_are_cut_off_are_asked_again_in_parts(labor, clock):
    labor.years = 6
    got, told = fetched(bls, session_of(bls, labor, clock), PRICES)
    assert len(got) == 4
    assert told.states["consumer prices"]["2026-10"] == "data"


def test_a_value_that_is_none_stays_text_until_it_is_read(labor, clock):
    got, _ = fetched(bls, session_of(bls, labor, clock), PRICES)
    told = [
        v for pages in got.values() for page in pages for v in bls.values(page.body)
    ]
    assert ("CUUR0000SA0", "2025-10", "-") in told
    assert len(told) == 12 * 16 + 10  # no annual means among them


def said(words: str, status: str = "REQUEST_NOT_PROCESSED") -> Response:
    return Response(
        f'{{"status": "{status}", "message": ["{words}"], "Results": {{}}}}'
    )


PRICE_FAULTS = {
    "a quota": (
        said("the daily threshold for total number of requests has been reached"),
        QuotaUsedUp,
        "requests of the day",
    ),
    "an unknown series": (
        said("Series does not exist for Series X", "REQUEST_SUCCEEDED"),
        UnknownCode,
        "Series does not exist",
    ),
    "anything else": (said("busy"), Refused, "REQUEST_NOT_PROCESSED: busy"),
    "another name": (spoiled('"Results"', '"R"'), LayoutChanged, "KeyError 'Results'"),
    "another series": (
        spoiled("CUUR0000SA0", "CUSR"),
        LayoutChanged,
        "it answers CUSR",
    ),
    "a quarter": (spoiled('"M01"', '"Q91"'), LayoutChanged, "in 2010-91"),
}


@pytest.mark.parametrize("name", PRICE_FAULTS)
def test_a_wrong_answer_on_prices_is_not_taken(labor, clock, name):
    fault, error, words = PRICE_FAULTS[name]
    labor.faults = [fault]
    with pytest.raises(error, match=f"^bls: .*{words}"):
        fetched(bls, session_of(bls, labor, clock), PRICES)


def test_years_that_cannot_be_had_one_month_at_a_time_are_not_taken(labor, clock):
    labor.always = said("Year range has been reduced", "REQUEST_SUCCEEDED")
    with pytest.raises(Incomplete, match="years were cut off"):
        fetched(bls, session_of(bls, labor, clock), PRICES)


def test_rates_are_asked_currency_by_currency(reserve, clock):
    _, told = fetched(fed, session_of(fed, reserve, clock), RATES)
    assert [request.args["id"] for request in reserve.asked] == ["EXUSEU", "EXJPUS"]
    assert reserve.asked[0].args["cosd"] == "2024-01-01"
    assert told.states["EUR"]["2024-02"] == "unclear"  # a point in the file
    assert told.states["EUR"]["2024-10"] == "data"
    assert told.states["JPY"]["2024-11"] == "not published"


RATE_FAULTS = {
    "an unknown series": (
        Response("<html>no</html>", 404),
        UnknownCode,
        "no product EXUSEU; the nearest it has: EXUSAL",
    ),
    "another series": (spoiled("EXUSEU", "EXJPUS"), LayoutChanged, "answers EXJPUS"),
    "another month": (
        spoiled("2024-01-01", "2019-01-01"),
        LayoutChanged,
        "not one row",
    ),
    "a month twice": (
        spoiled("2024-02-01", "2024-01-01"),
        LayoutChanged,
        "not one row",
    ),
    "no dates": (spoiled("2024-01-01", "January"), LayoutChanged, "not two columns"),
    "no CSV": (Response('{"error": 1}'), LayoutChanged, "not two columns"),
    "nothing": (Response("", 204), LayoutChanged, "not two columns"),
}


@pytest.mark.parametrize("name", RATE_FAULTS)
def test_a_wrong_answer_on_rates_is_not_taken(reserve, clock, name):
    fault, error, words = RATE_FAULTS[name]
    reserve.faults = [fault]
    with pytest.raises(error, match=f"^fed: .*{words}"):
        fetched(fed, session_of(fed, reserve, clock), RATES)


@pytest.mark.parametrize(
    ("desk", "query", "told"),
    [
        (bls, replace(PRICES, products=("prices",)), "must be one of: consumer prices"),
        (fed, replace(RATES, products=("EURO",)), "'EURO'; it must be one of: EUR"),
        (fed, replace(RATES, products=()), "product ''"),
        (fed, replace(RATES, importer="USA"), "of no country; leave USA out"),
        (fed, replace(RATES, first_month="1970-01"), "figures from 1971-01"),
    ],
)
def test_a_series_that_is_none_says_what_would_be_right(desk, query, told):
    with pytest.raises(WrongQuery, match=told):
        desk.checked(query)
