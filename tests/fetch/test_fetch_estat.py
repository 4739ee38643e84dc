"""e-Stat: what its documentation says it answers, and what it does wrong."""

import csv
import io
import json
from dataclasses import replace

import pytest
from fake_offices import Estat, fetched, simulated_world, spoiled
from werkzeug import Response

from rareearth.trade.fetch import estat
from rareearth.trade.fetch.errors import (
    Incomplete,
    LayoutChanged,
    NoKey,
    Refused,
    UnknownCode,
    WrongKey,
    WrongQuery,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Part, Query

METAL, OIL = "850511000", estat.ALWAYS_IMPORTED
QUERY = Query("estat", "HS", ("850511",), "JPN", "", "2025-03", "2026-12")


@pytest.fixture
def office(httpserver) -> Estat:
    world = simulated_world(
        [METAL, OIL], months("2025-01", "2026-12"), ["CHN", "KOR", "DEU"]
    )
    return Estat(httpserver, world, published=months("2025-01", "2026-09"))


@pytest.fixture
def session(office, clock) -> Session:
    here = replace(estat.OFFICE, url=office.url)
    return Session(here, clock, environ={"ESTAT_APP_ID": office.key})


def test_each_year_is_asked_in_its_table(office, session):
    got, _ = fetched(estat, session, QUERY)
    assert list(got) == [
        Part("850511", "2025-03", "2025-12"),
        Part("850511", "2026-01", "2026-12"),
    ]
    tables = [request.args["statsDataId"] for request in office.asked[:2]]
    assert tables == ["0003425294", "0004049326"]
    assert office.asked[0].args["cdCat01From"] == "850511000"
    assert office.asked[0].args["cdCat01To"] == "850511999"


def test_a_zero_is_no_trade_only_where_other_goods_are_out(office, session):
    del office.world[METAL]["2026-04"]
    _, told = fetched(estat, session, QUERY)
    states = told.states["850511"]
    assert "2025-02" not in states
    assert states["2026-03"] == "data"
    assert states["2026-04"] == "no trade"
    assert states["2026-10"] == "not published"


def test_pages_are_followed_and_counted(office, session):
    office.cells_a_page = 50
    got, _ = fetched(estat, session, QUERY)
    assert [len(pages) for pages in got.values()] == [3, 3]


def test_a_table_that_changes_between_pages_is_not_taken(office, session):
    office.cells_a_page, office.shift = 50, 1
    with pytest.raises(Incomplete, match="the table changed between two pages"):
        fetched(estat, session, QUERY)


def test_the_answers_become_the_customs_own_file(office, session):
    got, _ = fetched(estat, session, replace(QUERY, first_month="2026-01"))
    [pages] = got.values()
    file = estat.customs_file(page.body for page in pages)
    rows = list(csv.DictReader(io.StringIO(file.decode())))
    assert [row["Country"] for row in rows] == ["103", "105", "213"]
    china, told = rows[1], office.world[METAL]["2026-02"]["CHN"]
    assert china["Exp or Imp"] == "2"
    assert china["HS"] == f"'{METAL}'"
    assert china["Unit2"] == "KG"
    assert (china["Value-Feb"], china["Quantity2-Feb"]) == tuple(map(str, told))
    assert china["Value-Oct"] == "0"


def test_every_measure_has_its_place():
    assert estat.MEASURES["140"] == "Value-Year"
    assert estat.MEASURES["150"] == "Quantity1-Jan"
    assert estat.MEASURES["170"] == "Value-Jan"
    assert estat.MEASURES["500"] == "Value-Dec"
    assert len(estat.MEASURES) == 2 + 3 * 13


def test_a_single_cell_comes_bare(session):
    cell = {"@cat01": METAL, "@cat02": "170", "@area": "50105", "@time": "2026000000"}
    data = {"RESULT_INF": {"TOTAL_NUMBER": 1}, "DATA_INF": {"VALUE": cell | {"$": "5"}}}
    inside = {"RESULT": {"STATUS": 0}, "STATISTICAL_DATA": data}
    found, total, _ = estat.cells(json.dumps({"GET_STATS_DATA": inside}).encode())
    assert (len(found), total) == (1, 1)


def test_without_a_key_it_is_said_where_to_get_one(office, clock):
    keyless = Session(replace(estat.OFFICE, url=office.url), clock, environ={})
    with pytest.raises(NoKey, match="ESTAT_APP_ID is not set"):
        fetched(estat, keyless, QUERY)


def test_a_key_that_is_not_taken_is_said(office, clock):
    here = replace(estat.OFFICE, url=office.url)
    wrong = Session(here, clock, environ={"ESTAT_APP_ID": "another-app-id"})
    with pytest.raises(WrongKey, match="ESTAT_APP_ID"):
        fetched(estat, wrong, QUERY)


def test_an_unknown_code_is_told_with_its_neighbours(session):
    with pytest.raises(UnknownCode, match=f"no product 850511123; .*: {METAL}"):
        fetched(estat, session, replace(QUERY, products=("850511123",), system="x"))


def test_a_year_before_the_tables_is_refused():
    with pytest.raises(WrongQuery, match="figures from 2001-01"):
        estat.checked(replace(QUERY, first_month="2000-12"))


WRONG = {
    "an error under 200": (
        Response('{"GET_STATS_DATA": {"RESULT": {"STATUS": 102, "ERROR_MSG": "cdX"}}}'),
        Refused,
        "status 102: cdX",
    ),
    "fewer cells than it says": (
        spoiled('"TOTAL_NUMBER": ', '"TOTAL_NUMBER": 9'),
        Incomplete,
        "different cells where it says 9",
    ),
    "another year": (
        spoiled('"@time": "2025', '"@time": "2019'),
        LayoutChanged,
        f"it answers {METAL} in 2019",
    ),
    "another name": (
        spoiled('"@cat02"', '"@tab"'),
        LayoutChanged,
        "not the documented",
    ),
    "no envelope": (Response('{"a": 1}'), LayoutChanged, "not the documented JSON"),
    "a number for a text": (
        spoiled('"$": "KG"', '"$": 5'),
        LayoutChanged,
        r"whose \$ is no text",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_not_taken(office, session, name):
    wrong, error, told = WRONG[name]
    office.faults = [wrong]
    with pytest.raises(error, match=f"^estat: .*{told}"):
        fetched(estat, session, QUERY)
