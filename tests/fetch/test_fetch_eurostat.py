"""Eurostat: what its documentation says it answers, and what it does wrong."""

from dataclasses import replace

import pytest
from fake_offices import Eurostat, fault, fetched, simulated_world, spoiled, xml
from werkzeug import Response

from rareearth.trade.fetch import eurostat
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    Refused,
    UnknownCode,
    Unreachable,
    WrongQuery,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Part, Query

NDFEB, FERRITE = "85051110", "85051910"
QUERY = Query("eurostat", "EU CN", (NDFEB,), "EU27", "", "2024-01", "2025-12")


@pytest.fixture
def office(httpserver, monkeypatch) -> Eurostat:
    monkeypatch.setattr(eurostat.codes, "eu27", lambda: ("DEU", "FRA"))
    world = simulated_world(
        [NDFEB, FERRITE], months("2024-01", "2025-12"), ["CHN", "JPN", "FRA"]
    )
    return Eurostat(httpserver, world, published=months("2024-01", "2025-09"))


@pytest.fixture
def session(office, clock) -> Session:
    return Session(replace(eurostat.OFFICE, url=office.url), clock, environ={})


def test_the_union_is_asked_by_its_members(office, session):
    fetched(eurostat, session, QUERY)
    assert office.asked[0].path == (
        "/eurostat/sdmx/2.1/data/DS-045409/"
        "M.DE+FR..85051110.1.VALUE_IN_EUROS+QUANTITY_IN_100KG"
    )
    assert office.asked[0].args.to_dict() == {
        "format": "SDMX-CSV",
        "startPeriod": "2024-01",
        "endPeriod": "2024-12",
    }


def test_all_27_members_have_the_code_that_comext_uses():
    everyone = eurostat._reporters(QUERY)
    assert len(everyone) == 27
    assert "GR" in everyone and "EL" not in everyone


def test_months_are_told_for_what_they_are(office, session):
    del office.world[NDFEB]["2025-04"]
    office.late = ("FR",)
    _, told = fetched(eurostat, session, QUERY)
    states = told.states[NDFEB]
    assert states["2025-03"] == "data"
    assert states["2025-04"] == "no trade"
    assert states["2025-09"] == "partial"  # France has not reported yet
    assert states["2025-10"] == "not published"


def test_a_query_that_is_too_big_is_split_until_it_fits(office, session):
    office.too_big = 4
    got, told = fetched(eurostat, session, replace(QUERY, last_month="2024-12"))
    assert list(got) == [
        Part(NDFEB, "2024-01", "2024-03"),
        Part(NDFEB, "2024-04", "2024-06"),
        Part(NDFEB, "2024-07", "2024-09"),
        Part(NDFEB, "2024-10", "2024-12"),
    ]
    assert set(told.states[NDFEB].values()) == {"data"}


def test_a_month_that_is_too_big_is_not_taken(office, session):
    office.too_big = 1
    with pytest.raises(Incomplete, match="85051110 in 2024-01: the office says"):
        fetched(eurostat, session, QUERY)


def test_a_query_in_the_queue_is_waited_for(office, session, clock):
    office.queued = 12
    got, _ = fetched(eurostat, session, replace(QUERY, last_month="2024-12"))
    [answer] = got[Part(NDFEB, "2024-01", "2024-12")]
    assert answer.body.startswith(b"DATAFLOW")
    assert eurostat.POLL in clock.slept


def test_a_queue_that_never_ends_is_left(office, session, monkeypatch):
    office.queued, office.polls = 12, 10_000
    monkeypatch.setattr(eurostat, "LONGEST_QUEUE", 60.0)
    with pytest.raises(Unreachable, match="job-1 was not ready after 1 minutes"):
        fetched(eurostat, session, QUERY)


def test_a_query_that_dies_in_the_queue_is_told(office, session):
    office.queued = 12
    office.faults = [None, xml("<status>ERROR</status>")]
    with pytest.raises(Refused, match="queued query job-1 came to ERROR"):
        fetched(eurostat, session, QUERY)


def test_an_unknown_code_is_told_with_its_neighbours(session):
    with pytest.raises(
        UnknownCode, match=r"no product 85051199; .*: 85051100, 85051110"
    ):
        fetched(eurostat, session, replace(QUERY, products=("85051199",)))


def test_a_line_is_not_asked_before_it_began():
    with pytest.raises(
        WrongQuery, match="EU CN 85051110 exists from 2023; ask from 2023"
    ):
        eurostat.checked(replace(QUERY, first_month="2018-01"))


def test_a_line_is_not_asked_after_it_ended():
    old = replace(QUERY, products=("85051100",), first_month="2020-01")
    with pytest.raises(WrongQuery, match="EU CN 85051100 ended with 2022"):
        eurostat.checked(old)
    assert eurostat.checked(replace(old, last_month="2022-12"))


FIRST = "M,DE,CN,85051110,1,VALUE_IN_EUROS,2024-01"
WRONG = {
    "a value that is not known": (
        fault(400, 150, "INVALID: values for dimension are not allowed: FREQ=M."),
        LayoutChanged,
        "does not take FREQ=M",
    ),
    "another number of dimensions": (
        fault(400, 140, "INVALID_QUERY_NB_FILTERS: Incorrect number of filters"),
        LayoutChanged,
        "Incorrect number of filters",
    ),
    "another name": (spoiled("OBS_VALUE", "VALUE"), LayoutChanged, "without OBS_VALUE"),
    "a long row": (spoiled(FIRST, f"x,y,{FIRST}"), LayoutChanged, "under 10 names"),
    "another month": (
        spoiled(FIRST, FIRST.replace("2024-01", "2019-01")),
        LayoutChanged,
        "answers TIME_PERIOD '2019-01'",
    ),
    "a row twice": (
        spoiled(FIRST.replace("2024-01", "2024-02"), FIRST),
        Incomplete,
        "DE CN 85051110 1 VALUE_IN_EUROS 2024-01 stands twice",
    ),
    "XML": (xml("<structure/>"), LayoutChanged, "XML instead of CSV"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_not_taken(office, session, name):
    wrong, error, told = WRONG[name]
    office.faults = [wrong]
    with pytest.raises(error, match=f"^eurostat: .*{told}"):
        fetched(eurostat, session, QUERY)


@pytest.mark.parametrize("empty", [Response("", 200), Response("", 204)])
def test_an_answer_without_rows_is_explained_by_the_control_query(
    office, session, empty
):
    office.faults = [None, empty]
    _, told = fetched(eurostat, session, QUERY)
    assert told.states[NDFEB]["2025-05"] == "no trade"
