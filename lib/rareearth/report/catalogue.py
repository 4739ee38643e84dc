"""Which reports there are.

``notebooks/reports.toml`` holds one table per report::

    [germany-dependency]
    title = "How dependent is Germany, stage by stage, on whom?"
    notebook = "01-dependency"
    parameters = { importer = "DEU" }

and one per sweep, which is a report for each combination of values::

    [dependency-of-all]
    title = "Who depends on whom?"
    notebook = "01-dependency"
    sweep = { importer = "all", basis = ["value", "weight"] }
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from rareearth.report import Value, Values, WrongCall, alerts
from rareearth.report.parameters import (
    complete,
    defaults,
    listing,
    located,
    typed,
)

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEYS: dict[str, tuple[type, str]] = {
    "title": (str, "a question as text"),
    "notebook": (str, 'the name of one, like "01-dependency"'),
    "parameters": (dict, 'a table like { importer = "DEU" }'),
    "alert": (str, 'a line not to be crossed, like "magnets.china_share > 0.8"'),
    "sweep": (dict, 'a table like { importer = "all", basis = ["value", "weight"] }'),
}
ALL = "all"  # in a sweep: every value that a parameter may take


@dataclass(frozen=True)
class Report:
    """One notebook for one case, with all the parameters that it is run with."""

    name: str
    notebook: str
    parameters: Values
    title: str = ""
    alert: str = ""
    swept: bool = False  # it is one of a sweep, by whose name nobody can ask for it


@dataclass(frozen=True)
class Sweep:
    """One notebook for each combination of some parameters' values.

    ``over`` has these values by parameter, or ``all``; ``parameters`` are complete.
    """

    name: str
    notebook: str
    parameters: Values
    over: Mapping[str, list[Value] | str]
    title: str = ""
    alert: str = ""


Case = TypeVar("Case", Report, Sweep)


def reports(root: Path) -> dict[str, Report]:
    """The catalogue of the project at ``root``, in its own order, without its sweeps.

    Raises
    ------
    WrongCall
        Where ``reports.toml`` cannot be read, or an entry is not as it must be or asks
        its notebook for what it does not take; the message names the entry. What the
        data have is looked up by ``parameters.check`` alone.
    """
    return {n: e for n, e in _catalogue(root).items() if isinstance(e, Report)}


def sweeps(root: Path) -> dict[str, Sweep]:
    """The sweeps of the catalogue; raises as :func:`reports` does."""
    return {n: e for n, e in _catalogue(root).items() if isinstance(e, Sweep)}


def _catalogue(root: Path) -> dict[str, Report | Sweep]:
    """All that the catalogue of a project holds."""
    try:
        return read((root / "notebooks/reports.toml").read_text("utf-8"), root)
    except (OSError, ValueError) as error:
        raise WrongCall(f"notebooks/reports.toml: {error}") from None


def read(text: str, root: Path) -> dict[str, Report | Sweep]:
    """The reports and sweeps that a text in the form of ``reports.toml`` tells of."""
    entries = tomllib.loads(text)
    known = cache(defaults)  # many reports share a notebook
    files = notebooks(root)
    return {n: _entry(n, entry, files, known) for n, entry in entries.items()}


def _entry(
    name: str,
    entry: Any,
    files: Mapping[str, Path],
    defaults: Callable[[Path], Values],
) -> Report | Sweep:
    """One entry of the catalogue, checked but for its values."""
    if not NAME.fullmatch(name):
        raise WrongCall(f"[{name}]: a name is made of a-z, 0-9 and single hyphens")
    if not isinstance(entry, dict):
        raise WrongCall(f"{name!r} stands before the first [name of a report]")
    if unknown := next((key for key in entry if key not in KEYS), None):
        raise WrongCall(f"[{name}]: no key {unknown!r}; {listing(unknown, KEYS)}")
    for key, (kind, words) in KEYS.items():
        if not isinstance(entry.get(key, kind()), kind):
            raise WrongCall(f"[{name}]: {key} must be {words}")
    notebook = entry.get("notebook", "")
    if notebook not in files:
        there_are = listing(notebook, files)
        raise WrongCall(f"[{name}]: no notebook {notebook!r}; {there_are}")
    if name in files:
        raise WrongCall(f"[{name}]: a notebook has that name; give the report another")
    known, given = defaults(files[notebook]), entry.get("parameters", {})
    title, alert = entry.get("title", ""), entry.get("alert", "")
    try:
        if "alert" in entry:
            alerts.lines(alert)
        parameters = complete(given, known)
        if parameters.get("fetched") or "fetched" in entry.get("sweep", {}):
            raise WrongCall(
                "a report of the catalogue rests on data/ alone; leave out fetched, "
                f"and ask for it with: rareearth report {name} --fetched --out DIR"
            )
        if "sweep" not in entry:
            return Report(name, notebook, parameters, title, alert)
        over = {n: _several(n, v, known) for n, v in entry["sweep"].items()}
        if not over or (twice := sorted(over.keys() & given)):
            raise WrongCall(
                f"parameters and sweep both give {twice[0]!r}"
                if over
                else "sweep names no parameter"
            )
    except WrongCall as error:
        raise WrongCall(f"[{name}]: {error}") from None
    return Sweep(name, notebook, parameters, over, title, alert)


def _several(name: str, values: Any, known: Values) -> list[Value] | str:
    """The values of one parameter of a sweep, checked for their type, or ``all``."""
    if name not in known:
        complete({name: values}, known)  # raises
    if values == ALL:
        return ALL
    if not isinstance(values, list) or not values:
        raise WrongCall(
            f'sweep: {name} must be "{ALL}" or a list of values, not {values!r}'
        )
    return [complete({name: value}, known)[name] for value in values]


def with_fetched(report: Case) -> Case:
    """The report or sweep with what was fetched on this machine.

    Raises
    ------
    WrongCall
        Where its notebook takes no fetched months.
    """
    if "fetched" not in report.parameters:
        raise WrongCall(
            f"{report.name}: {report.notebook} rests on tables that no office's months "
            "carry on; leave out --fetched"
        )
    return replace(report, parameters=report.parameters | {"fetched": True})


def asked(root: Path, notebook: str, given: Mapping[str, str]) -> Report:
    """A report that is not in the catalogue: a notebook and parameters in words.

    It has its notebook's name. A file is looked for from where the words were said.

    Raises
    ------
    WrongCall
        No such notebook or parameter, or a value not of its type.
    """
    known = defaults(_with_headline(root, notebook))
    parameters = complete(typed(given, known), known)
    return Report(notebook, notebook, located(parameters, Path.cwd()))


def asked_sweep(
    root: Path, notebook: str, given: Mapping[str, str], over: Mapping[str, str]
) -> Sweep:
    """A sweep that is not in the catalogue: parameters in words, values with commas.

    It is named for its notebook and for what it runs over, so that another sweep of the
    notebook does not take its place.

    Raises
    ------
    WrongCall
        As :func:`asked`.
    """
    known = defaults(_with_headline(root, notebook))
    parameters = located(complete(typed(given, known), known), Path.cwd())
    if twice := sorted(given.keys() & over):
        raise WrongCall(f"-p and --sweep both give {twice[0]!r}")
    values = {
        name: text
        if text == ALL
        else [typed({name: one}, known)[name] for one in text.split(",")]
        for name, text in over.items()
    }
    several = {name: _several(name, value, known) for name, value in values.items()}
    return Sweep("-".join([notebook, *over]), notebook, parameters, several)


def notebooks(root: Path) -> dict[str, Path]:
    """The files of the notebooks by name, in reading order."""
    return {path.stem: path for path in sorted((root / "notebooks").glob("*.ipynb"))}


def notebook_file(root: Path, name: str) -> Path:
    """The file of one notebook."""
    files = notebooks(root)
    if name not in files:
        raise WrongCall(f"no notebook {name!r}; {listing(name, files)}")
    return files[name]


def _with_headline(root: Path, name: str) -> Path:
    """The file of a notebook that makes reports; others are for JupyterLab."""
    file = notebook_file(root, name)
    cells = json.loads(file.read_text("utf-8"))["cells"]
    if not any("headline" in cell["metadata"].get("tags", []) for cell in cells):
        raise WrongCall(f"{name} gives no headline and makes no report: see make lab")
    return file


def question(path: Path) -> str:
    """The question of a notebook: its first line, without the mark of a heading."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    first = "".join(cells[0]["source"]).partition("\n")[0]
    return first.removeprefix("#").strip()
