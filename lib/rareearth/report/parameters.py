"""The parameters of a notebook: their defaults, their types, and what is refused.

A parameter has the type of its default in the notebook's cell tagged ``parameters``.
The values it may take stand in :mod:`rareearth.report.choices`.
"""

from __future__ import annotations

import ast
import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rareearth.report import Value, Values, WrongCall
from rareearth.report.choices import ALLOWED, FILES, FORMS

KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
NAMED = 15  # allowed values that an error lists before it only counts
FAR = 0.4  # from what was written: too far to be what was meant


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
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=node):
                value = _constant(node)
            case _:
                value = None
        if type(value) not in KINDS:
            raise WrongCall(
                f"{where}: a parameter is a line like importer = 'USA', with text, a "
                f"number, True or False, not: {ast.unparse(line)}"
            )
        values[name] = value
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
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    endless = isinstance(value, float) and not math.isfinite(value)
    if type(value) is not type(default) or endless:
        kind = KINDS[type(default)]
        raise WrongCall(f"{name} must be {kind} like {default!r}, not {value!r}")
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
    if isinstance(default, (int, float)) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
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
            there_are = listing(value, allowed, allowed)
            raise WrongCall(f"no {name} {value!r}; {there_are}")
    if values.get("fetched") and values.get("as_of"):
        raise WrongCall(
            "fetched and as_of exclude each other: a fetched edition tells what is "
            f"known on the day of its fetch, not on {values['as_of']}"
        )
    first, last = values.get("first_year"), values.get("last_year")
    if isinstance(first, int) and isinstance(last, int) and first >= last:
        raise WrongCall(f"first_year must be before last_year, not {first} and {last}")


def located(values: Values, root: Path) -> Values:
    """The values with paths of files that hold wherever a kernel runs."""
    files = {name: values[name] for name in FILES if values.get(name)}
    return values | {name: str(root / str(file)) for name, file in files.items()}


def listing(
    wrong: Any, allowed: Iterable[Any], names: Mapping[Any, str] | None = None
) -> str:
    """What would have been right, in words, nearest first.

    Parameters
    ----------
    wrong : what was written
    allowed : the values it could have been
    names : what they are called

    Examples
    --------
    >>> listing("vlaue", ["weight", "value"])
    "did you mean 'value'? There are 'value', 'weight'"
    >>> listing("Korea", ["DEU", "KOR"], {"DEU": "Germany", "KOR": "South Korea"})
    "did you mean 'KOR' (South Korea)? There are 'KOR' (South Korea), 'DEU' (Germany)"
    >>> listing(2030, range(2022, 2025))
    'there are 2024, 2023, 2022'
    """
    names = names or {}
    near = sorted(
        (_distance(wrong, v, names.get(v, "")), n, v) for n, v in enumerate(allowed)
    )
    shown = [f"{v!r} ({names[v]})" if names.get(v) else repr(v) for *_, v in near]
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    there_are = f"here are {', '.join(shown[:NAMED]) or 'none'}{more}"
    if near and near[0][0] < FAR:
        return f"did you mean {shown[0]}? T{there_are}"
    return f"t{there_are}"


def _distance(wrong: Any, value: Any, name: str) -> float:
    """How far a value, or its name, is from what was written.

    What begins with it is nearer than all that does not, at 0 or below.
    """
    if isinstance(wrong, (int, float)) and isinstance(value, (int, float)):
        return FAR + abs(wrong - value)
    match = difflib.SequenceMatcher(None, str(wrong).lower())
    ratios = []
    for text in filter(None, (str(value), name)):
        match.set_seq2(text.lower())
        begins = bool(wrong) and text.lower().startswith(str(wrong).lower())
        ratios.append(match.ratio() + begins)
    return 1 - max(ratios, default=0.0)
