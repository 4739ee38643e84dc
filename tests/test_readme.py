"""The README says what the reports say, and points at what exists."""

import json
import re
from pathlib import Path

import pytest

from rareearth.report.commands import report

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FINDINGS = re.findall(r"^- (.+) \(\[([a-z0-9-]+)\]\(reports/", README, flags=re.M)


def test_findings_of_each_question_lead():
    assert [name.split("-")[-1] for _, name in FINDINGS] == [
        *("dependency", "diversification", "diversification"),
        *("2025", "2025", "neodymium"),
    ]


@pytest.mark.parametrize(("sentence", "name"), FINDINGS, ids=lambda x: x[:20])
def test_each_finding_is_the_first_sentence_of_its_report(sentence, name):
    headline = json.loads((ROOT / f"reports/{name}/headline.json").read_text("utf-8"))
    assert headline["sentence"].startswith(sentence.removesuffix("."))


def test_every_link_leads_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


def test_it_is_short():
    assert len(README.splitlines()) < 170


def test_every_option_that_it_names_is_one():
    known = {o for p in report.params for o in p.opts}
    commands = re.findall(r"rareearth report [^`\n#]*", README)
    assert len(commands) > 8
    for command in commands:
        assert set(re.findall(r"(?<= )--?[a-z-]+", command)) <= known, command
