"""Reports with months that were fetched from a server on this machine.

In its simulated world China ships about 100 t of magnets a month to the United States,
40 t from April to June 2025, and 80 t since; others 25 t all along.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from fake_offices import Census

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


def shipped(month):
    """Tonnes from China, with small swings that average out over a year."""
    level = 100 if month < "2025-04" else 40 if month < "2025-07" else 80
    return level + (int(month[5:]) * 5 % 13 - 6) / 4


@pytest.fixture
def store(tmp_path, httpserver, clock):
    """What an update has brought from the office of the simulated world."""
    tonnes = {month: {"CHN": shipped(month), "JPN": 25.0} for month in ALL}
    world = {
        NDFEB: {
            month: {c: (round(50_000 * t), round(1000 * t)) for c, t in of.items()}
            for month, of in tonnes.items()
        }
    }
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


def headline(folder):
    """The sentence of a page and its values by id."""
    data = json.loads((folder / "headline.json").read_text("utf-8"))
    return data["sentence"], {value["id"]: value for value in data["values"]}


def test_an_approval_is_answered_at_the_ten_digit_line_and_a_control_too(
    store, tmp_path
):
    out = tmp_path / "out"
    names = ("approvals-june-2025", "controls-april-2025-us")
    done = rareearth(store, "report", *names, "--fetched", "--out", out)
    assert done.returncode == 0, done.stderr

    told, values = headline(out / names[0])
    assert told.startswith("At its own tariff line, US HTS 8505110070: In July to Dec")
    assert "Its customs tell every month there from 2022-01 to 2026-08." in told
    assert "As China’s customs tell it: In July to December 2025" in told
    level = values["own.recovery.usa"]
    assert level["low"] < 0.8 < level["high"]
    assert level["high"] - level["low"] < 0.1
    assert values["own.recovery.verdict"]["value"] == "partly restored"
    assert values["own.import_share.before"]["value"] == pytest.approx(0.8, abs=0.01)
    assert values["own.import_share.after"]["value"] == pytest.approx(0.762, abs=0.01)
    assert level["sources"] == ["us-magnets-ndfeb", "events"]

    told, values = headline(out / names[1])
    effect = values["own.event.effect"]
    # one of the four months is at 80: (3 * 40 + 80) / 4 of 100
    assert effect["low"] < -0.5 < effect["high"]
    assert values["own.event.verdict"]["value"] == "bit"
    assert values["own.event.months_before"]["value"] == 21

    page = (out / names[0] / "README.md").read_text("utf-8")
    assert "another teller and another line" in page
    assert (out / names[0] / "own-line.png").exists()


def test_without_a_fetch_the_page_says_what_the_package_alone_can_tell():
    page = (ROOT / "reports/approvals-june-2025/README.md").read_text("utf-8")
    assert "months at its own line, 8505110070, are not in the data package" in page
    _, values = headline(ROOT / "reports/approvals-june-2025")
    assert not [id for id in values if id.startswith("own.")]
    assert values["recovery.verdict"]["value"] == "cannot tell"


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
