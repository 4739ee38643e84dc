"""A report as the catalogue has it, written there for whoever explored it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from rareearth.report import Values, WrongCall, catalogue
from rareearth.report.catalogue import Report
from rareearth.report.parameters import check, defaults
from rareearth.report.publish import replace


def lines(report: Report, defaults: Values) -> str:
    """The lines of ``reports.toml`` for a report.

    Parameters
    ----------
    report : with all its parameters
    defaults : those of its notebook; what is as there is left out
    """
    given = changed(report, defaults)
    pairs = ", ".join(f"{name} = {_toml(value)}" for name, value in given.items())
    told = [
        f"[{report.name}]",
        f"title = {_toml(report.title)}",
        f"notebook = {_toml(report.notebook)}",
        f"parameters = {{ {pairs} }}" if pairs else "parameters = {}",
    ]
    return "\n".join(told) + "\n"


def command(report: Report, defaults: Values) -> str:
    """What to type to make a report without the catalogue, in a folder of its name.

    Parameters
    ----------
    report : with all its parameters
    defaults : those of its notebook; what is as there is left out
    """
    given = changed(report, defaults)
    pairs = [f"-p {shlex.quote(f'{name}={value}')}" for name, value in given.items()]
    parts = ["rareearth report --notebook", report.notebook, *pairs]
    return " ".join([*parts, "--out", shlex.quote(report.name)])


def changed(report: Report, defaults: Values) -> Values:
    """The parameters of a report that are not as its notebook has them."""
    return {n: v for n, v in report.parameters.items() if v != defaults[n]}


def _toml(value: Any) -> str:
    """A value as TOML writes it, which JSON does too."""
    return json.dumps(value, ensure_ascii=False)


def add(report: Report, root: Path) -> None:
    """Write a report into the catalogue, at its end; the rest stays as it is.

    Raises
    ------
    WrongCall
        Where the name is taken or cannot be one, or a value is not allowed.
    """
    if not catalogue.NAME.fullmatch(report.name):
        raise WrongCall("a name is made of a-z, 0-9 and single hyphens")
    if report.name in catalogue.reports(root):
        raise WrongCall(f"there is a report {report.name!r} already")
    known = defaults(catalogue.notebook_file(root, report.notebook))
    written = lines(report, known)
    catalogue.read(written, root)
    check(report.parameters, root)
    file = root / "notebooks/reports.toml"
    replace(file, (file.read_text("utf-8").rstrip() + "\n\n" + written).encode())
