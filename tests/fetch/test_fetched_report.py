"""A report with months that were fetched from a server on this machine."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from fake_offices import Census, simulated_world

from rareearth.report import ROOT
from rareearth.trade.fetch import census
from rareearth.trade.fetch.feeds import Feed
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.query import Query
from rareearth.trade.fetch.update import updated

NDFEB = "8505110070"
ALL = months("2022-01", "2026-08")
COMMAND = [sys.executable, "-c", "from rareearth.cli import main; main()"]


@pytest.fixture
def store(tmp_path, httpserver, clock):
    """What an update has brought from an office of a simulated world."""
    world = simulated_world([NDFEB], ALL, ["CHN", "JPN", "DEU"])
    office = Census(httpserver, world, published=ALL)
    here = replace(census.OFFICE, url=office.url)
    session = Session(here, clock, environ={"CENSUS_API_KEY": office.key})
    query = Query("census", "US HTS", (NDFEB,), "USA", "", ALL[0], ALL[-1])
    root = tmp_path / "fetched"
    assert updated(Feed("us-magnets-ndfeb", query), session, root).error == ""
    return root


def rareearth(store, *words):
    """The command line, with a store of fetched editions."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        env=os.environ | {"RAREEARTH_FETCHED": str(store)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_page_shows_what_was_fetched_and_where_it_is_from(store, tmp_path):
    out = tmp_path / "out"
    ask = ("report", "us-dependency", "--fetched", "--out", out)
    done = rareearth(store, *ask)
    assert done.returncode == 0, done.stderr
    page = (out / "us-dependency/README.md").read_text("utf-8")
    data = json.loads((out / "us-dependency/headline.json").read_text("utf-8"))
    [edition] = [path.name for path in (store / "us-magnets-ndfeb").glob("2*")]
    assert f"(edition {edition}, sha256" in page
    assert "| US HTS 8505110070 | Sintered neodymium-iron-boron magnets |" in page
    assert "rareearth report us-dependency --fetched --out DIR" in page
    assert data["tables"]["us-magnets-ndfeb"]["edition"] == f"fetched {edition}"
    assert data["parameters"]["fetched"] is True
    ids = [value["id"] for value in data["values"]]
    assert "recent.8505110070.china_share" in ids
    assert "1 up to date" in rareearth(store, *ask).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("us-dependency", "--fetched"), "--fetched leaves reports/ as it is"),
        (
            ("us-diversification", "--fetched", "--out", "x"),
            "us-diversification: 02-diversification rests on tables that no office's",
        ),
        (
            [
                "--notebook",
                "01-dependency",
                "--fetched",
                "--out",
                "x",
                "-p",
                "as_of=2025-06-30",
            ],
            "fetched and as_of exclude each other",
        ),
    ],
)
def test_what_cannot_be_asked_of_a_fetch_is_refused(tmp_path, words, told):
    done = rareearth(tmp_path / "none", "report", *words)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
