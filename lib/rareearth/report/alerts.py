"""A line that a headline value must not cross, as the catalogue states it.

``alert = "magnets.china_share > 0.8"`` compares one value with a number or a word;
several comparisons are joined by ``or``. Nothing else is understood, nothing is run.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rareearth.report import WrongCall
from rareearth.report.parameters import listing

OPERATORS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    ">": (operator.gt, "above"),
    ">=": (operator.ge, "at or above"),
    "<": (operator.lt, "below"),
    "<=": (operator.le, "at or below"),
    "==": (operator.eq, "equal to"),
    "!=": (operator.ne, "other than"),
}
COMPARISON = re.compile(
    r'([a-z0-9_.-]+) *([<>]=?|[=!]=) *(-?[0-9]+(?:\.[0-9]+)?|"[^"\\]*")'
)
OR = re.compile(r'\s+or\s+(?=(?:[^"]*"[^"]*")*[^"]*$)')  # not one between quotes


class Line(NamedTuple):
    """One comparison: ``id`` of a headline value, sign, number or word."""

    id: str
    sign: str
    limit: Any


def lines(text: str) -> list[Line]:
    """The comparisons of an alert.

    Raises
    ------
    WrongCall
        Where it is not a comparison, or several joined by ``or``.

    Examples
    --------
    >>> lines('magnets.china_share > 0.8 or verdict == "not"')  # doctest: +ELLIPSIS
    [Line(id='magnets.china_share', sign='>', limit=0.8), Line(id='verdict', ...)]
    """
    found = []
    for part in OR.split(text.strip()):
        match = COMPARISON.fullmatch(part)
        limit = json.loads(match[3]) if match else None
        if not match or (isinstance(limit, str) and match[2] not in ("==", "!=")):
            raise WrongCall(
                "an alert is like magnets.china_share > 0.8, or verdict == "
                f'"not", several joined by or; not {part!r}'
            )
        found.append(Line(match[1], match[2], limit))
    return found


def fired(text: str, values: Sequence[dict[str, Any]]) -> list[str]:
    """What an alert says of a headline's values, nothing where no line is crossed.

    A missing value crosses no line.

    Raises
    ------
    WrongCall
        Where the headline has no such value, or one of another kind.
    """
    known = {value["id"]: value for value in values}
    said = []
    for line in lines(text) if text else []:
        if line.id not in known:
            raise WrongCall(f"alert: no value {line.id!r}; {listing(line.id, known)}")
        value = known[line.id]["value"]
        if value is None:
            continue
        if isinstance(value, str) != isinstance(line.limit, str):
            raise WrongCall(f"alert: {line.id} is {value!r}, not like {line.limit!r}")
        crosses, words = OPERATORS[line.sign]
        if crosses(value, line.limit):
            said.append(f"{known[line.id]['label']}: {value}, {words} {line.limit}")
    return said
