"""Which reports there are, and what their notebooks may be asked.

``notebooks/reports.toml`` holds one table per report::

    [germany-dependency]
    title = "How dependent is Germany, stage by stage, on whom?"
    notebook = "01-dependency"
    parameters = { importer = "DEU" }

A parameter has the type of its default in the notebook's cell tagged ``parameters``.
The values it may take stand in :data:`ALLOWED`; dates and files, which nobody can
list, have their rule in :data:`FORMS`.
"""

from __future__ import annotations

import ast
import datetime
import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth.report import WrongCall

if TYPE_CHECKING:
    import pandas as pd

Value = str | int | float | bool
Values = dict[str, Value]

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEYS: dict[str, type] = {"title": str, "notebook": str, "parameters": dict}
KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table like { importer = 'USA' }",
}
NAMED = 15  # allowed values that an error lists before it only counts


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
        data have is not looked up here but by :func:`check`.
    """
    try:
        text = (root / "notebooks/reports.toml").read_text("utf-8")
        entries = tomllib.loads(text)
        known = {name: defaults(path) for name, path in notebooks(root).items()}
        return {name: _report(name, entry, known) for name, entry in entries.items()}
    except (OSError, ValueError) as error:
        raise WrongCall(f"notebooks/reports.toml: {error}") from None


def _report(name: str, entry: Any, known: Mapping[str, Values]) -> Report:
    """One entry of the catalogue, checked but for its values."""
    if not NAME.fullmatch(name):
        raise WrongCall(f"[{name}]: a name is made of a-z, 0-9 and single hyphens")
    if not isinstance(entry, dict):
        raise WrongCall(f"{name!r} stands before the first [name of a report]")
    if unknown := next((key for key in entry if key not in KEYS), None):
        raise WrongCall(f"[{name}]: no key {unknown!r}; {listing(unknown, KEYS)}")
    for key, kind in KEYS.items():
        if not isinstance(entry.get(key, kind()), kind):
            raise WrongCall(f"[{name}]: {key} must be {KINDS[kind]}")
    notebook = entry.get("notebook", "")
    if notebook not in known:
        raise WrongCall(f"[{name}]: no notebook {notebook!r}; {listing(notebook, known)}")
    try:
        parameters = complete(entry.get("parameters", {}), known[notebook])
    except WrongCall as error:
        raise WrongCall(f"[{name}]: {error}") from None
    return Report(name, notebook, parameters, entry.get("title", ""))


def asked(root: Path, notebook: str, given: Mapping[str, str]) -> Report:
    """A report that is not in the catalogue: a notebook and parameters in words.

    Raises
    ------
    WrongCall
        No such notebook or parameter, or a value not of its type.
    """
    known = defaults(notebook_file(root, notebook))
    return Report(notebook, notebook, complete(typed(given, known), known))


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


def defaults(path: Path) -> Values:
    """The parameters of a notebook with their defaults, as its author wrote them.

    Raises
    ------
    WrongCall
        Where the cell tagged ``parameters`` is missing or holds more than plain
        assignments of text, numbers, True or False.
    """
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            return _assignments("".join(cell["source"]), path.name)
    raise WrongCall(f"{path.name} has no cell tagged 'parameters'")


def _assignments(source: str, where: str) -> Values:
    """Names and constants of a cell of plain assignments."""
    values: Values = {}
    for line in ast.parse(source).body:
        value = _constant(line.value) if isinstance(line, ast.Assign) else None
        names = [t.id for t in getattr(line, "targets", ()) if isinstance(t, ast.Name)]
        if type(value) not in KINDS or len(names) != 1:
            raise WrongCall(
                f"{where}: a parameter is a line like importer = 'USA', with text, a "
                f"number, True or False, not: {ast.unparse(line)}"
            )
        values[names[0]] = value
    return values


def _constant(node: ast.expr) -> Any:
    """The value of a constant, None if it has to be computed."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def complete(given: Mapping[str, Any], defaults: Values) -> Values:
    """All parameters, where not given their defaults; names and types are checked.

    Examples
    --------
    >>> complete({"importer": "DEU"}, {"importer": "USA", "first_year": 1995})
    {'importer': 'DEU', 'first_year': 1995}
    """
    for name in given:
        if name not in defaults:
            raise WrongCall(f"no parameter {name!r}; {listing(name, defaults)}")
    return defaults | {n: _of_type(n, v, defaults[n]) for n, v in given.items()}


def _of_type(name: str, value: Any, default: Value) -> Value:
    """The value, if it has the type of the default."""
    kind = type(default)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise WrongCall(f"{name} must be {KINDS[kind]} like {default!r}, not {value!r}")
    return value


def typed(given: Mapping[str, str], defaults: Values) -> dict[str, Any]:
    """Parameters written on a command line, in the type of their defaults if possible.

    Text stays text: an HS code keeps its leading zero.

    Examples
    --------
    >>> typed({"product": "010121", "year": "2024"}, {"product": "", "year": 1995})
    {'product': '010121', 'year': 2024}
    """
    return {name: _read(text, defaults.get(name)) for name, text in given.items()}


def _read(text: str, default: Value | None) -> Value:
    """The text in the type of the default, or as it is for others to refuse."""
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(default, (int, float)) and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return text


def check(values: Values, root: Path) -> None:
    """Refuse what the data do not have, before anything runs.

    Raises
    ------
    WrongCall
        A value not as :data:`FORMS` asks or outside :data:`ALLOWED` (the message lists
        what is allowed, nearest first), or a first year that is not before the last.
    """
    values = located(values, root)
    for name, form in FORMS.items():
        if name in values:
            form(str(values[name]))
    for name, value in values.items():
        allowed = ALLOWED[name](values) if name in ALLOWED else {value: ""}
        if value not in allowed:
            raise WrongCall(f"no {name} {value!r}; {listing(value, allowed)}")
    first, last = values.get("first_year"), values.get("last_year")
    if isinstance(first, int) and isinstance(last, int) and first >= last:
        raise WrongCall(f"first_year must be before last_year, not {first} and {last}")


def located(values: Values, root: Path) -> Values:
    """The values with a path of ``trade_file`` that holds wherever a kernel runs."""
    file = values.get("trade_file")
    return values | {"trade_file": str(root / str(file))} if file else values


def listing(wrong: Any, allowed: Iterable[Any]) -> str:
    """What would have been right, in words, nearest first.

    Parameters
    ----------
    wrong : what was written
    allowed : the values, or a mapping from values to their names

    Examples
    --------
    >>> listing("vlaue", ["weight", "value"])
    "did you mean 'value'? There are 'value', 'weight'"
    >>> listing("Korea", {"DEU": "Germany", "KOR": "Korea, Rep."})
    "did you mean 'KOR' (Korea, Rep.)? There are 'KOR' (Korea, Rep.), 'DEU' (Germany)"
    >>> listing(2030, range(2022, 2025))
    'there are 2024, 2023, 2022'
    """
    names = allowed if isinstance(allowed, Mapping) else dict.fromkeys(allowed, "")
    near = sorted(names, key=lambda value: _distance(wrong, value, names[value]))
    shown = [f"{v!r} ({names[v]})" if names[v] else repr(v) for v in near]
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    there_are = f"here are {', '.join(shown[:NAMED]) or 'none'}{more}"
    if near and _distance(wrong, near[0], names[near[0]]) < 0.4:
        return f"did you mean {shown[0]}? T{there_are}"
    return f"t{there_are}"


def _distance(wrong: Any, value: Any, name: str) -> float:
    """How far a value, or its name, is from what was written; 0 is the same."""
    if isinstance(wrong, (int, float)) and isinstance(value, (int, float)):
        return 1 + abs(wrong - value)
    texts = [str(value), name, name.partition(",")[0]]
    pairs = [difflib.SequenceMatcher(None, str(wrong).lower(), t.lower()) for t in texts]
    return 1 - max(pair.ratio() for pair in pairs)
