"""UN Comtrade: what its documentation says it answers, and what it does wrong."""

from dataclasses import replace

import pytest
from fake_offices import Comtrade, fetched, simulated_world, spoiled
from werkzeug import Response

from rareearth.trade.fetch import comtrade
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    QuotaUsedUp,
    Refused,
    WrongKey,
    WrongQuery,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Part, Query

MAGNETS = "850511"
QUERY = Query("comtrade", "HS", (MAGNETS,), "", "CHN", "2024-01", "2024-12")


@pytest.fixture
def office(httpserver) -> Comtrade:
    world = simulated_world(
        [MAGNETS, "850519"], months("2023-01", "2024-12"), ["USA", "JPN", "DEU"]
    )
    return Comtrade(httpserver, world, published=months("2023-01", "2024-09"))


@pytest.fixture
def keyed(office, clock) -> Session:
    here = replace(comtrade.OFFICE, url=office.url)
    return Session(here, clock, environ={"COMTRADE_API_KEY": office.key})


@pytest.fixture
def keyless(office, clock) -> Session:
    return Session(replace(comtrade.OFFICE, url=office.url), clock, environ={})


def test_with_a_key_a_call_is_a_year(office, keyed):
    got, told = fetched(comtrade, keyed, QUERY)
    assert list(got) == [Part(MAGNETS, "2024-01", "2024-12")]
    first = office.asked[0]
    assert first.path == "/comtrade/data/v1/get/C/M/HS"
    assert first.args["period"].startswith("202401,202402,")
    assert first.args["partner2Code"] == "0" and first.args["motCode"] == "0"
    assert first.args["reporterCode"] == "156" and first.args["flowCode"] == "X"
    assert told.states[MAGNETS]["2024-09"] == "data"
    assert told.states[MAGNETS]["2024-10"] == "not published"


def test_without_a_key_the_preview_is_asked_for_two_months(office, keyless):
    got, _ = fetched(comtrade, keyless, QUERY)
    assert len(got) == 6
    assert office.asked[0].path == "/comtrade/public/v1/preview/C/M/HS"


def test_an_answer_that_breaks_off_is_split_until_it_does_not(
    office, keyless, monkeypatch
):
    monkeypatch.setattr(comtrade, "PREVIEW", 5)  # a month has three partners and World
    monkeypatch.setitem(comtrade.PERIODS, 5, 2)
    office.rows_an_answer = 5
    got, told = fetched(comtrade, keyless, QUERY)
    assert len(got) == 9 + 1  # nine months one by one; three more without rows
    assert told.states[MAGNETS]["2024-09"] == "data"


def test_a_month_that_breaks_off_is_not_taken(office, keyless, monkeypatch):
    monkeypatch.setattr(comtrade, "PREVIEW", 4)
    monkeypatch.setitem(comtrade.PERIODS, 4, 2)
    office.rows_an_answer = 4
    with pytest.raises(Incomplete, match="850511 in 2024-01: 4 rows, where an answer"):
        fetched(comtrade, keyless, QUERY)


def test_years_are_asked_as_years(office, keyed):
    years = replace(QUERY, first_month="2018-01", step=12)
    got, told = fetched(comtrade, keyed, years)
    assert list(got) == [
        Part(MAGNETS, "2018-01", "2022-12"),
        Part(MAGNETS, "2023-01", "2024-12"),
    ]
    assert office.asked[0].path == "/comtrade/data/v1/get/C/A/HS"
    assert office.asked[0].args["period"] == "2018,2019,2020,2021,2022"
    assert set(told.states[MAGNETS]) == {str(y) for y in range(2018, 2025)}
    assert told.states[MAGNETS]["2024"] == "data"


def test_count_zero_for_all_is_no_trade_only_if_the_heading_has_rows(office, keyed):
    del office.world[MAGNETS]
    _, told = fetched(comtrade, keyed, QUERY)
    assert told.states[MAGNETS]["2024-05"] == "no trade"
    assert told.states[MAGNETS]["2024-11"] == "not published"


def test_count_zero_for_all_is_unclear_if_the_heading_has_none(office, keyed):
    office.world.clear()
    _, told = fetched(comtrade, keyed, QUERY)
    assert set(told.states[MAGNETS].values()) == {"unclear"}


def test_count_zero_for_a_code_that_is_none_is_unclear(keyed):
    _, told = fetched(comtrade, keyed, replace(QUERY, products=("850599",)))
    assert set(told.states["850599"].values()) == {"unclear"}


def test_a_month_without_rows_that_was_reported_is_no_trade(office, keyed):
    del office.world[MAGNETS]["2024-03"]
    _, told = fetched(comtrade, keyed, QUERY)
    assert told.states[MAGNETS]["2024-03"] == "no trade"


def said(status: int, words: str) -> Response:
    return Response(f'{{"statusCode": {status}, "message": "{words}"}}', status)


FAULTS = {
    "a quota that is used up": (
        said(403, "Out of call volume quota. Quota will be replenished in 03:14:17."),
        QuotaUsedUp,
        "from 2026-11-24 15:14 UTC, it goes on where it stopped",
    ),
    "a quota of days": (
        said(403, "Out of call volume quota. Quota will be replenished in 2.01:00:00."),
        QuotaUsedUp,
        "from 2026-11-26 13:00 UTC",
    ),
    "a quota without time": (
        said(403, "Out of call volume quota."),
        QuotaUsedUp,
        "again from tomorrow",
    ),
    "a key it does not take": (
        said(401, "Access denied due to invalid subscription key."),
        WrongKey,
        "the key in COMTRADE_API_KEY",
    ),
    "words in the envelope": (
        Response('{"count": 0, "data": [], "error": "period is invalid"}'),
        Refused,
        "it says: period is invalid",
    ),
    "another count": (spoiled('"count": 36', '"count": 40'), Incomplete, "says 40"),
    "another reporter": (
        spoiled('"reporterCode": 156', '"reporterCode": 344'),
        LayoutChanged,
        "asked for reporterCode 156 it answers 344",
    ),
    "breakdown rows": (
        spoiled('"motCode": 0', '"motCode": 1000'),
        LayoutChanged,
        "asked for motCode 0 it answers 1000",
    ),
    "another name": (
        spoiled('"primaryValue"', '"v"'),
        LayoutChanged,
        "without primary",
    ),
    "a row twice": (
        spoiled('"period": "202402"', '"period": "202401"'),
        Incomplete,
        "stands twice",
    ),
    "a sum that is not World": (
        spoiled('"primaryValue": 11201', '"primaryValue": 91201'),
        Incomplete,
        "add up to 113,606 USD, World has 33,606",
    ),
    "a list": (Response("[]"), LayoutChanged, "no JSON with a list 'data'"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_answer_is_not_taken(office, keyed, name):
    fault, error, words = FAULTS[name]
    office.faults = [fault]
    with pytest.raises(error, match=f"^comtrade: .*{words}"):
        fetched(comtrade, keyed, QUERY)


def test_too_many_requests_are_waited_for_as_its_words_say(office, keyed, clock):
    office.faults = [said(429, "Rate limit is exceeded. Try again in 2 seconds.")]
    fetched(comtrade, keyed, QUERY)
    assert clock.slept[0] == 3


def test_a_country_that_is_none_is_refused(keyed):
    with pytest.raises(WrongQuery, match="there is no country XYZ"):
        fetched(comtrade, keyed, replace(QUERY, exporter="XYZ"))


def test_the_united_states_have_their_own_number(keyed):
    part = Part(MAGNETS, "2024-01", "2024-01")
    query = replace(QUERY, importer="USA", exporter="")
    assert comtrade.request(query, part, keyed).params["reporterCode"] == "842"
