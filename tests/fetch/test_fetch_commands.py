"""The commands: what is fetched, what is said, and which exit code."""

import json
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
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
from filelock import FileLock
from kept_editions import kept
from werkzeug import Response

from rareearth import tables
from rareearth.trade import editions
from rareearth.trade.fetch import (
    bls,
    census,
    comtrade,
    estat,
    eurostat,
    fed,
    hmrc,
    http,
)
from rareearth.trade.fetch.commands import doctor, update
from rareearth.trade.fetch.commands import editions as listed
from rareearth.trade.fetch.feeds import FEEDS, WrongFeed, feeds
from rareearth.trade.fetch.offices import DESKS
from rareearth.trade.fetch.periods import months

SPAN = months("2026-01", "2026-10")
LINES = {
    census: ["8505110070"],
    eurostat: ["85051110"],
    hmrc: ["85051110"],
    estat: ["850511000", estat.ALWAYS_IMPORTED],
    comtrade: ["850511"],
}
FAKES = {
    census: Census,
    eurostat: Eurostat,
    hmrc: Hmrc,
    estat: Estat,
    comtrade: Comtrade,
    bls: Bls,
    fed: Fed,
}


@pytest.fixture
def offices(httpserver, clock, monkeypatch):
    """All offices on this machine, with their keys in the environment."""
    monkeypatch.setattr(http, "Clock", lambda: clock)
    there = {}
    for desk, fake in FAKES.items():
        countries = ["USA", "JPN"] if desk is comtrade else ["CHN"]
        world = simulated_world(LINES.get(desk, []), SPAN, countries)
        there[desk.OFFICE.name] = fake(httpserver, world, published=SPAN[:9])
        url = there[desk.OFFICE.name].url
        monkeypatch.setattr(desk, "OFFICE", replace(desk.OFFICE, url=url))
        if hasattr(fake, "key"):
            monkeypatch.setenv(desk.OFFICE.variable, fake.key)
    return there


FEED_LIST = """
[us-ndfeb]
office = "census"
product = "US HTS 8505110070"
importer = "USA"
since = "2026-01"

[uk-magnets]
office = "hmrc"
product = "UK tariff 85051110"
importer = "GBR"
since = "2026-01"

[rates]
office = "fed"
product = ["EUR", "JPY"]
since = "2026-01"

[china]
office = "comtrade"
product = "HS 850511"
exporter = "CHN"
since = "2026-01"
"""


@pytest.fixture
def call(tmp_path):
    """Run a command on a store and a list of feeds of its own."""
    path = tmp_path / "feeds.toml"
    path.write_text(FEED_LIST)

    def run(command, *words):
        options = ["--store", str(tmp_path / "fetched")]
        options += ["--feeds", str(path)] if command is update else []
        if command is doctor:
            options = []
        return CliRunner().invoke(command, [*options, *words], catch_exceptions=False)

    return run


def test_update_brings_every_feed_and_says_so(offices, call, monkeypatch):
    monkeypatch.setattr(Fed, "rates", {"EXUSEU": 1.25, "EXJPUS": 150.0, "EXUSUK": 1.3})
    done = call(update, "us-ndfeb", "rates", "china")
    assert done.exit_code == 0, done.output
    assert [line.split(":")[0] for line in done.output.splitlines()] == [
        "rates",
        "us-ndfeb",
        "china",
    ]
    assert (
        "us-ndfeb: new edition 20261124T1200" in done.output
        and "last month 2026-09; 2026-10 usual by 2026-12-10" in done.output
    )
    again = call(update, "us-ndfeb")
    assert "us-ndfeb: unchanged, 2 requests" in again.output


def test_one_office_that_fails_does_not_stop_the_others(offices, call):
    offices["census"].always = Response("", 500)
    done = call(update, "us-ndfeb", "china")
    assert done.exit_code == 1
    assert "us-ndfeb: failed. census: 5 attempts" in done.output
    assert "china: new edition" in done.output


def test_without_a_key_the_rest_is_brought_and_the_way_to_one_is_told(
    offices, call, monkeypatch
):
    monkeypatch.delenv("CENSUS_API_KEY")
    done = call(update, "us-ndfeb", "china")
    assert done.exit_code == 1
    assert "get one for free at https://api.census.gov/data/key_signup" in done.output


def test_a_key_that_cannot_be_one_stops_only_its_feed(offices, call, monkeypatch):
    monkeypatch.setenv("CENSUS_API_KEY", "no key\nat all")
    done = call(update, "us-ndfeb", "china")
    assert done.exit_code == 1
    assert "us-ndfeb: failed. census: it does not take the key" in done.output
    assert "no key\nat all" not in done.output
    assert "china: new edition" in done.output


def test_a_dry_run_prints_the_exact_requests_without_keys_and_sends_none(offices, call):
    done = call(update, "--dry-run")
    assert done.exit_code == 0
    assert all(office.asked == [] for office in offices.values())
    assert "us-ndfeb: 1 requests" in done.output
    assert (
        f"GET {offices['census'].url}/timeseries/intltrade/imports/hs?get=CTY_CODE"
        in done.output
    )
    assert "time=from%202026-01%20to%202026-10" in done.output
    keys = [office.key for office in offices.values() if hasattr(office, "key")]
    assert not any(key in done.output for key in keys)
    told = json.loads(call(update, "--dry-run", "--json").output)
    assert {feed["feed"] for feed in told} == {
        "us-ndfeb",
        "uk-magnets",
        "rates",
        "china",
    }


def test_what_the_dry_run_prints_is_what_is_sent(offices, call):
    told = json.loads(call(update, "us-ndfeb", "--dry-run", "--json").output)
    call(update, "us-ndfeb")
    key = offices["census"].key
    sent = [r.url.replace(f"&key={key}", "") for r in offices["census"].asked]
    [line] = told[0]["requests"]
    assert sent[0] == line.removeprefix("GET ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["us-ndfed"], "no feed 'us-ndfed'; one of: us-ndfeb"),
        (["--feeds", "nowhere.toml"], "there is no list of feeds"),
        (["--unknown"], "No such option"),
    ],
)
def test_a_wrong_call_asks_nothing(offices, call, words, told):
    done = call(update, *words)
    assert done.exit_code == 2
    assert told in done.output
    assert all(office.asked == [] for office in offices.values())


def test_a_second_update_leaves(offices, call, tmp_path):
    store = tmp_path / "fetched"
    store.mkdir()
    with FileLock(store / ".lock"):
        done = call(update, "us-ndfeb")
    assert done.exit_code == 3
    assert "another update is under way" in done.output


def test_results_for_programs(offices, call):
    told = json.loads(call(update, "us-ndfeb", "--json").output)
    assert told["feeds"][0]["state"] == "new edition"
    assert told["feeds"][0]["standing"]["last_month"] == "2026-09"


def test_adopting_takes_what_may_be_taken(offices, call, tmp_path, monkeypatch):
    package = tmp_path / "data"
    shutil.copytree(tables.PACKAGE, package)
    monkeypatch.setattr(tables, "PACKAGE", package)
    done = call(update, "us-ndfeb", "china", "--adopt")
    assert done.exit_code == 0, done.output
    assert (
        "data/: us_imports_monthly takes 9 rows of us-ndfeb as US Census 2026-11-24"
        in done.output
    )
    assert "china" not in done.output.partition("data/")[2]
    assert "us_imports_monthly" in tables.names(package)
    assert "data/: nothing new" in call(update, "us-ndfeb", "--adopt").output
    monkeypatch.undo()
    tables.forget()


def test_what_cannot_be_adopted_does_not_keep_the_others_out(
    offices, call, tmp_path, monkeypatch
):
    package = tmp_path / "data"
    shutil.copytree(tables.PACKAGE, package)
    monkeypatch.setattr(tables, "PACKAGE", package)
    done = call(update, "us-ndfeb", "rates", "--adopt")  # 150 yen are not the rate
    assert done.exit_code == 1
    assert "takes 9 rows of us-ndfeb" in done.output
    assert "not adopted: exchange_rates: EUR 2026-01-01 is 0.8515" in done.output
    monkeypatch.undo()
    tables.forget()


def test_months_that_are_not_sure_are_named(offices, call):
    offices["census"].faults = [None] + [Response("", 500)] * 5
    done = call(update, "us-ndfeb")
    assert done.exit_code == 0
    assert "; 8505110070 unclear 2026-10" in done.output


def test_editions_are_listed(offices, call):
    assert call(listed).output.strip() == "none"
    call(update, "us-ndfeb", "china")
    done = call(listed)
    assert "us-ndfeb" in done.output and "china" in done.output
    told = json.loads(call(listed, "us-ndfeb", "--json").output)
    assert [row["rows"] for row in told] == [9]
    assert told[0]["last_month"] == "2026-09"


def test_revisions_are_shown_by_cell(offices, call):
    call(update, "us-ndfeb")
    offices["census"].world["8505110070"]["2026-08"]["CHN"] = (11700, 571)
    call(update, "us-ndfeb")
    one, two = json.loads(call(listed, "us-ndfeb", "--json").output)
    done = call(listed, "us-ndfeb", "--diff", one["edition"], two["edition"], "--json")
    [cell] = json.loads(done.output)
    assert (cell["column"], cell["old"], cell["new"]) == ("value_usd", 10701, 11700)
    assert cell["start"].startswith("2026-08-01")


def test_editions_of_a_table_of_the_package_are_told_too(call):
    told = call(listed, "production", "--diff", "MCS 2025", "MCS 2026").output
    assert "AUS" in told and "13000" in told and "29000" in told
    assert "MCS 2026" in call(listed, "production").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing-here"], "no edition of 'nothing-here'"),
        (["cpi"], "cpi: its rows are dated one by one, it has no editions"),
        (["production", "--diff", "MCS 2025", "MCS 1999"], "0 editions 'MCS 1999…'"),
        (["--diff", "a", "b"], "--diff needs a table"),
        (["us-ndfeb", "--diff", "2", "2"], "2 editions '2…'"),
    ],
)
def test_a_wrong_call_of_editions_says_what_there_is(call, tmp_path, words, told):
    kept(tmp_path / "fetched")
    kept(tmp_path / "fetched")
    done = call(listed, *words)
    assert done.exit_code == 2
    assert told in done.output


def test_a_changed_file_of_an_edition_is_told(call, tmp_path):
    edition = kept(tmp_path / "fetched", feed="us-ndfeb")
    (edition.folder / "table.csv").write_text("start\n")
    done = call(listed, "us-ndfeb")
    assert done.exit_code == 1
    assert "was changed after it was kept" in done.output


def test_the_doctor_finds_all_well(offices, call):
    done = call(doctor, "census", "eurostat", "hmrc", "estat", "bls", "fed")
    assert done.exit_code == 0, done.output
    rows = [line for line in done.output.splitlines() if "as expected" in line]
    assert len(rows) == 6
    assert all("2026-09" in row for row in rows)


def test_the_doctor_tells_what_is_not(offices, call, monkeypatch):
    monkeypatch.delenv("CENSUS_API_KEY")
    offices["eurostat"].always = Response("", 503)
    offices["hmrc"].always = Response('{"rows": []}')
    done = call(doctor, "census", "eurostat", "hmrc", "--json")
    assert done.exit_code == 1
    told = {row["office"]: row for row in json.loads(done.output)}
    assert told["census"]["key"] == "no CENSUS_API_KEY"
    assert told["census"]["reachable"] == "yes"
    assert told["eurostat"]["reachable"] == "no"
    assert told["hmrc"]["layout"] == "changed"
    words = call(doctor, "census").output
    assert "get one for free at https://api.census.gov" in words


def test_the_doctor_knows_its_patients(call):
    done = call(doctor, "cencus")
    assert done.exit_code == 2
    assert "no such office; it must be one of: census" in done.output


def test_the_shipped_feeds_can_all_be_asked(clock):
    there = feeds(clock.now().date(), FEEDS)
    assert {feed.query.office for feed in there.values()} == set(DESKS)
    products = {p for feed in there.values() for p in feed.query.products}
    assert {"8505110070", "8505110050", "85051110", "85051910", "850511"} <= products
    assert {"284610", "284690", "280530"} <= products
    assert next(iter(there)) == "exchange-rates"
    assert all(feed.query.last_month == "2026-10" for feed in there.values())


WRONG = [
    ("x", "Expected '=' after a key"),
    ("[a]\noffice = 'census'\nsince = '2020-01'", r"\[a\]: no product"),
    ("[a]\noffice = 'cencus'\nproduct = 'HS 850511'\nsince = '2020-01'", "census"),
    ("[a]\nofice = 'census'", "unknown key 'ofice'; it must be one of: office"),
    ("[A b]\n", "Expected ']'"),
    ("[A]\noffice = 'census'", "small letters"),
    ("a = 1", "must be a table"),
    ("[a]\noffice='census'\nproduct=850511\nsince='2020-01'", "text in quotes"),
    (
        "[a]\noffice='census'\nproduct=['HS 850511', 'US HTS 8505110070']\n"
        "importer='USA'\nsince='2020-01'",
        "codes of HS and US HTS; one feed, one system",
    ),
    (
        "[a]\noffice='census'\nproduct='HS 850511'\nimporter='DEU'\nsince='2020-01'",
        "does not tell of DEU",
    ),
    (
        "[a]\noffice='census'\nproduct='HS 850511'\nimporter='USA'\nsince='2020'",
        "month '2020'",
    ),
    (
        "[a]\noffice='comtrade'\nproduct='HS 850511'\nimporter='USA'\nsince='2020-01'\n"
        "period='week'",
        "period is 'week'; it must be month or year",
    ),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_feed_that_cannot_be_says_what_would_be_right(tmp_path, clock, text, told):
    path = tmp_path / "feeds.toml"
    path.write_text(text)
    with pytest.raises(WrongFeed, match=told):
        feeds(clock.now().date(), path)


def test_a_feed_can_end_and_can_ask_for_years(tmp_path, clock):
    path = tmp_path / "feeds.toml"
    path.write_text(
        "[old]\noffice='eurostat'\nproduct='EU CN 8505.11.00'\nimporter='DEU'\n"
        "since='2018-01'\nuntil='2022-12'\n"
        "[years]\noffice='comtrade'\nproduct='HS 850511'\nexporter='CHN'\n"
        "since='2018-01'\nuntil='2024-12'\nperiod='year'\n"
    )
    there = feeds(clock.now().date(), path)
    assert there["old"].query.products == ("85051100",)
    assert there["old"].query.last_month == "2022-12"
    assert there["years"].query.periods == [str(y) for y in range(2018, 2025)]


def test_nothing_of_a_fetch_is_in_the_data_package_or_the_reports(offices, call):
    before = {p: p.stat().st_mtime_ns for p in tables.PACKAGE.iterdir()}
    call(update, "us-ndfeb")
    assert {p: p.stat().st_mtime_ns for p in tables.PACKAGE.iterdir()} == before
    assert editions.STORE.parts[-2:] == (".rareearth", "fetched")
