"""Which reports there are.

``notebooks/reports.toml`` holds one table per report::

    [germany-dependency]
    title = "How dependent is Germany, stage by stage, on whom?"
    notebook = "01-dependency"
    parameters = { importer = "DEU" }
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rareearth.report import WrongCall
from rareearth.report.choices import Values
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
}


@dataclass(frozen=True)
class Report:
    """One notebook for one case, with all the parameters that it is run with."""

    name: str
    notebook: str
    parameters: Values
    title: str = ""


def reports(root: Path) -> dict[str, Report]:
    """The catalogue of the project at ``root``, in its own order.

    Raises
    ------
    WrongCall
        Where ``reports.toml`` cannot be read, or an entry is not as it must be or asks
        its notebook for what it does not take; the message names the entry. What the
        data have is looked up by ``parameters.check`` alone.
    """
    try:
        return read((root / "notebooks/reports.toml").read_text("utf-8"), root)
    except (OSError, ValueError) as error:
        raise WrongCall(f"notebooks/reports.toml: {error}") from None


def read(text: str, root: Path) -> dict[str, Report]:
    """The reports that a text in the form of ``reports.toml`` tells of."""
    entries = tomllib.loads(text)
    known = cache(defaults)  # many reports share a notebook
    files = notebooks(root)
    return {n: _report(n, entry, files, known) for n, entry in entries.items()}


def _report(
    name: str,
    entry: Any,
    files: Mapping[str, Path],
    defaults: Callable[[Path], Values],
) -> Report:
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
    try:
        parameters = complete(entry.get("parameters", {}), defaults(files[notebook]))
    except WrongCall as error:
        raise WrongCall(f"[{name}]: {error}") from None
    if parameters.get("fetched"):
        raise WrongCall(
            f"[{name}]: a report of the catalogue rests on data/ alone; leave out "
            f"fetched, and ask for it with: rareearth report {name} --fetched --out DIR"
        )
    return Report(name, notebook, parameters, entry.get("title", ""))


def with_fetched(report: Report) -> Report:
    """The report with what was fetched on this machine.

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
    known = defaults(notebook_file(root, notebook))
    parameters = complete(typed(given, known), known)
    return Report(notebook, notebook, located(parameters, Path.cwd()))


def notebooks(root: Path) -> dict[str, Path]:
    """The files of the notebooks by name, in reading order."""
    return {path.stem: path for path in sorted((root / "notebooks").glob("*.ipynb"))}


def notebook_file(root: Path, name: str) -> Path:
    """The file of one notebook."""
    files = notebooks(root)
    if name not in files:
        raise WrongCall(f"no notebook {name!r}; {listing(name, files)}")
    return files[name]


def question(path: Path) -> str:
    """The question of a notebook: its first line, without the mark of a heading."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    first = "".join(cells[0]["source"]).partition("\n")[0]
    return first.removeprefix("#").strip()
