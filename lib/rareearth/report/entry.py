"""A report as the catalogue has it, written there for whoever explored it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rareearth.report import WrongCall, catalogue
from rareearth.report.catalogue import Report
from rareearth.report.parameters import Values, check, defaults
from rareearth.report.publish import replace


def lines(report: Report, root: Path) -> str:
    """The lines of ``reports.toml`` for a report.

    Parameters that are as the notebook has them are left out.
    """
    given = changed(report, root)
    pairs = ", ".join(f"{name} = {_toml(value)}" for name, value in given.items())
    told = [
        f"[{report.name}]",
        f"title = {_toml(report.title)}",
        f"notebook = {_toml(report.notebook)}",
        f"parameters = {{ {pairs} }}" if pairs else "parameters = {}",
    ]
    return "\n".join(told) + "\n"


def changed(report: Report, root: Path) -> Values:
    """The parameters of a report that are not as its notebook has them."""
    known = defaults(catalogue.notebook_file(root, report.notebook))
    return {n: v for n, v in report.parameters.items() if v != known[n]}


def _toml(value: Any) -> str:
    """A value as TOML writes it, which JSON does too."""
    return json.dumps(value, ensure_ascii=False)


def add(report: Report, root: Path) -> None:
    """Write a report into the catalogue, at its end; the rest stays as it is.

    Raises
    ------
    WrongCall
        Where the name is taken or is none, or the values are not allowed.
    """
    if report.name in catalogue.reports(root):
        raise WrongCall(f"there is a report {report.name!r} already")
    written = lines(report, root)
    catalogue.read(written, root)
    check(report.parameters, root)
    file = root / "notebooks/reports.toml"
    replace(file, (file.read_text("utf-8").rstrip() + "\n\n" + written).encode())
