"""The command line: what it says, its exit codes, and what it leaves behind."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rareearth import trade
from rareearth.trade import commands

GOOD = "year,reporter,partner,cmd,flow,value,netwgt\n2022,276,156,850511,M,40,4000\n"
BAD = GOOD + "2022,276,156,850511,M,-40,4\n2022,276,0,850511,M,99,4\n"


def run(*args: object) -> Result:
    return CliRunner().invoke(commands.trade, [str(a) for a in args])


def test_check_tells_a_clean_file(write) -> None:
    found = run("check", write("few.csv", GOOD))
    assert found.exit_code == commands.CLEAN
    for said in ("UN Comtrade", "sha256", "1 rows", "read", "850511", "4.000 t"):
        assert said in found.output


def test_check_tells_what_is_refused_and_odd(write) -> None:
    found = run("check", write("few.csv", BAD))
    assert found.exit_code == commands.REFUSED
    for said in ("few.csv, row 3, column value: '-40'; it must be", "at least 0"):
        assert said in found.output
    assert "partners do not add up to World" in found.output


def test_check_tells_the_same_to_programs(write) -> None:
    found = run("check", "--json", write("few.csv", BAD))
    assert found.exit_code == commands.REFUSED
    told = json.loads(found.output)
    assert told["rows"] == sum(row["rows"] for row in told["account"]) == 3
    assert told["refused"][0] | {"expected": ""} == {
        "file": "few.csv",
        "row": 3,
        "column": "value",
        "value": "-40",
        "expected": "",
    }
    assert told["totals"][0]["tonnes"] == 4
    found = run("check", "--json", write("x.csv", "a,b\n1,2\n"))
    assert found.exit_code == commands.UNREADABLE
    assert "no layout known" in json.loads(found.output)["error"]


def test_check_asks_for_what_the_file_does_not_say(write) -> None:
    path = write("few.csv", GOOD.replace(",flow", "").replace(",M", ""))
    found = run("check", path)
    assert found.exit_code == commands.UNREADABLE
    assert "--flow" in found.output
    assert run("check", path, "--flow", "import").exit_code == commands.CLEAN


def test_convert_writes_all_or_nothing(write, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    found = run("convert", write("bad.csv", BAD), "-o", out)
    assert found.exit_code == commands.REFUSED
    assert "nothing is written" in found.output
    assert not out.exists()
    found = run("convert", tmp_path / "bad.csv", "-o", out, "--allow-refused")
    assert found.exit_code == commands.CLEAN
    assert len(trade.query(out)) == 1
    found = run("convert", write("x.csv", "a,b\n1,2\n"), "-o", out)
    assert found.exit_code == commands.UNREADABLE


def test_many_faults_are_counted_not_listed(write) -> None:
    text = GOOD + "2022,276,156,850511,M,-40,4\n" * 30
    found = run("check", write("few.csv", text))
    assert "… and 10 more refused" in found.output


@pytest.mark.parametrize("command", ["check", "convert"])
def test_help_says_the_exit_codes(command: str) -> None:
    assert "Exit code" in run(command, "--help").output
