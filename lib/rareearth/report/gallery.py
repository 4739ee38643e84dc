"""The list of all reports: each answer in a sentence, and who depends on whom."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rareearth import codes, concentration, stages, words
from rareearth.report import catalogue
from rareearth.report.catalogue import Report

TOP = """# Reports

Each report is a [notebook](../notebooks) run for one case. All of this folder is made
by `make reports`; nothing in it is written by hand."""

SHOWN = stages.STAGES[::-1]

BY_STAGE = """## Importers by stage

China's share of what each importer buys, by value, and of what the world mines."""


def headlines(folder: Path, reports: Iterable[Report]) -> list[dict[str, Any]]:
    """The ``headline.json`` of each report that has a page in ``folder``."""
    files = [folder / report.name / "headline.json" for report in reports]
    return [json.loads(file.read_text("utf-8")) for file in files if file.exists()]


def gallery(root: Path, headlines: Iterable[dict[str, Any]]) -> str:
    """``reports/README.md``: the reports, by the question that their notebook asks."""
    by_notebook: dict[str, list[dict[str, Any]]] = {}
    for headline in sorted(headlines, key=_place):
        by_notebook.setdefault(headline["notebook"], []).append(headline)
    parts = [TOP]
    if importers := by_notebook.get("01-dependency"):
        parts += [BY_STAGE, by_stage(importers)]
    for name, group in by_notebook.items():
        parts.append(f"## {catalogue.question(catalogue.notebook_file(root, name))}")
        parts += [f"### {_link(h, h['title'])}\n\n{_answer(h)}" for h in group]
    return "\n\n".join(parts) + "\n"


def _place(headline: dict[str, Any]) -> tuple[bool, str]:
    """By number of the notebook; what is said of the tables comes last."""
    name = str(headline["notebook"])
    return name.startswith("00-"), name


def by_stage(headlines: Iterable[dict[str, Any]]) -> str:
    """A Markdown table of China's share at each stage, most dependent importer first.

    One row is one headline of 01-dependency; a share of little money is marked thin.
    What a narrow screen shows first is the stage that rows are sorted by.
    """
    rows = [_row(headline) for headline in headlines]
    rows.sort(key=lambda row: (-row[0], row[1]))
    head = ["importer", *SHOWN]
    rule = ["---", *("---:" for _ in SHOWN)]
    lines = [head, rule, *(cells for _, cells in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _row(headline: dict[str, Any]) -> tuple[float, list[str]]:
    """The share at the first stage shown, to sort by, and the cells of one importer."""
    values = {value["id"]: value for value in headline["values"]}
    name = codes.name(headline["parameters"]["importer"])
    last = values.get(f"{SHOWN[0]}.china_share", {}).get("value")
    cells = [_cell(values, stage) for stage in SHOWN]
    return -1.0 if last is None else last, [_link(headline, name), *cells]


def _cell(values: dict[str, dict[str, Any]], stage: str) -> str:
    """A share with its year, and whether little stands behind it."""
    share = values.get(f"{stage}.china_share")
    if share is None or share["value"] is None:
        return words.MISSING
    usd = values.get(f"{stage}.total_usd", {}).get("value")
    thin = ", thin" if usd is not None and concentration.thin(usd) else ""
    return f"{words.percent(share['value'])} ({share['year']}){thin}"


def _answer(headline: dict[str, Any]) -> str:
    """The answer; all that is said in a page that was kept from before it had one."""
    return str(headline.get("answer", headline["sentence"]))


def _link(headline: dict[str, Any], text: str) -> str:
    """A link from the gallery to a page."""
    return f"[{text}]({headline['report']}/README.md)"
