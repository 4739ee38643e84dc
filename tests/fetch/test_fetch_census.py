"""US Census: what its documentation says it answers, and what it does wrong."""

import json
from dataclasses import replace

import pytest
from fake_offices import Census, fetched, simulated_world
from werkzeug import Response

from rareearth.trade.fetch import census
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    NoKey,
    UnknownCode,
    Unreachable,
    WrongKey,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.plan import gather
from rareearth.trade.fetch.query import Part, Query

NDFEB, SMCO = "8505110070", "8505110050"
MONTHS = months("2024-01", "2025-12")
QUERY = Query("census", "US HTS", (NDFEB,), "USA", "", "2024-03", "2025-12")


@pytest.fixture
def office(httpserver) -> Census:
    world = simulated_world([NDFEB, SMCO], MONTHS, ["CHN", "JPN", "DEU"])
    return Census(httpserver, world, published=months("2024-01", "2025-09"))


@pytest.fixture
def session(office, clock) -> Session:
    here = replace(census.OFFICE, url=office.url)
    return Session(here, clock, environ={"CENSUS_API_KEY": office.key})


def test_a_query_is_a_request_a_year(office, session):
    got, _ = fetched(census, session, QUERY)
    assert list(got) == [
        Part(NDFEB, "2024-03", "2024-12"),
        Part(NDFEB, "2025-01", "2025-12"),
    ]
    first = office.asked[0].args
    assert first["time"] == "from 2024-03 to 2024-12"
    assert first["COMM_LVL"] == "HS10"
    assert first["I_COMMODITY"] == NDFEB


def test_months_that_are_not_out_are_not_taken_for_no_trade(session):
    _, told = fetched(census, session, QUERY)
    assert told.states[NDFEB]["2025-09"] == "data"
    assert told.states[NDFEB]["2025-10"] == "not published"


def test_a_month_without_rows_while_others_have_some_is_no_trade(office, session):
    del office.world[NDFEB]["2025-04"]
    _, told = fetched(census, session, QUERY)
    assert told.states[NDFEB]["2025-04"] == "no trade"


def test_a_hole_in_what_is_published_is_unclear(office, session):
    office.published -= {"2025-04"}
    _, told = fetched(census, session, QUERY)
    assert told.states[NDFEB]["2025-04"] == "unclear"


def test_an_empty_answer_is_unclear_where_the_control_query_fails(office, session):
    office.faults = [None, Response("", 204)] + [Response("", 500)] * 5
    _, told = fetched(census, session, QUERY)
    assert set(told.states[NDFEB].values()) == {"data", "unclear"}
    assert "could not be asked (census: 5 attempts" in told.notes[0]


@pytest.mark.parametrize("empty", [Response("", 204), Response("", 200)])
def test_an_answer_without_rows_is_explained_by_the_control_query(
    office, session, empty
):
    office.faults = [None, empty]
    _, told = fetched(census, session, QUERY)
    assert told.states[NDFEB]["2025-05"] == "no trade"


def test_an_unknown_code_is_told_with_its_neighbours(office, session):
    with pytest.raises(
        UnknownCode, match=f"no product 8505110071; .*: {SMCO}, {NDFEB}"
    ):
        fetched(census, session, replace(QUERY, products=("8505110071",)))


def test_a_code_that_is_traded_in_other_months_only_is_no_trade(office, session):
    office.world[SMCO] = {"2025-02": {"CHN": (5, 5)}}
    query = replace(
        QUERY, products=(SMCO,), first_month="2025-06", last_month="2025-09"
    )
    _, told = fetched(census, session, query)
    assert set(told.states[SMCO].values()) == {"no trade"}


def test_what_is_held_is_not_asked_again(office, session):
    fetched(census, session, QUERY, held=[Part(NDFEB, "2024-03", "2024-12")])
    assert office.asked[0].args["time"] == "from 2025-01 to 2025-12"


def test_without_a_key_it_is_said_where_to_get_one(office, clock):
    here = replace(census.OFFICE, url=office.url)
    with pytest.raises(NoKey, match="CENSUS_API_KEY is not set; get one for free at"):
        fetched(census, Session(here, clock, environ={}), QUERY)


def test_a_key_that_is_not_taken_is_said(office, clock):
    here = replace(census.OFFICE, url=office.url)
    wrong = Session(here, clock, environ={"CENSUS_API_KEY": "another-key"})
    with pytest.raises(WrongKey, match="does not take the key in CENSUS_API_KEY"):
        fetched(census, wrong, QUERY)


def spoiled(change):
    """A fault that changes the rows of the right answer."""

    def spoil(response: Response) -> Response:
        rows = json.loads(response.data)
        return Response(json.dumps(change(rows)))

    return spoil


def renamed(rows):
    return [[n.replace("GEN_VAL_MO", "VALUE") for n in rows[0]], *rows[1:]]


WRONG = {
    "a row is missing": (lambda r: r[:3] + r[4:], Incomplete, "add up to"),
    "a row stands twice": (lambda r: [*r, r[1]], Incomplete, "stands twice in 2024-03"),
    "a column has another name": (renamed, LayoutChanged, "without GEN_VAL_MO"),
    "a row is short": (lambda r: [*r, r[1][:-1]], LayoutChanged, "not rows of text"),
    "no rows of rows": (lambda r: {"error": "x"}, LayoutChanged, "not rows of text"),
    "other months": (
        lambda r: [r[0], *[[*row[:-1], "2019-01"] for row in r[1:]]],
        LayoutChanged,
        "asked for 8505110070 from 2024-03 to 2024-12 it answers 8505110070 in 2019-01",
    ),
    "no number": (
        lambda r: [r[0], *[[*row[:2], "(D)", *row[3:]] for row in r[1:]]],
        LayoutChanged,
        r"GEN_VAL_MO '\(D\)' of country",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_not_taken(office, session, name):
    change, error, told = WRONG[name]
    office.faults = [spoiled(change)]
    with pytest.raises(error, match=f"^census: .*{told}"):
        fetched(census, session, QUERY)


def test_an_unknown_variable_is_a_changed_layout(office, session, monkeypatch):
    monkeypatch.setattr(census, "FIELDS", (*census.FIELDS, "GONE"))
    with pytest.raises(LayoutChanged, match="unknown variable 'GONE'"):
        fetched(census, session, QUERY)


def test_what_came_before_a_fault_is_kept(office, session):
    office.faults = [None] + [Response("", 503)] * 5
    got = {}
    with pytest.raises(Unreachable):
        gather(census, QUERY, session, [], lambda p, a: got.update({p: a}))
    assert list(got) == [Part(NDFEB, "2024-03", "2024-12")]
