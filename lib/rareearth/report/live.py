"""A notebook whose outputs follow its parameters, without a kernel and at once.

Its code is taken as it stands, statement by statement: what one needs and what it
gives is read from the names in it. For other parameters only that is run again which
depends on them, and only as far as the asked section needs it.
"""

from __future__ import annotations

import ast
import json
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from rareearth import present
from rareearth.present import Output
from rareearth.report import Values, catalogue, parameters

HEADLINE, SOURCES = "headline", "sources"
SENTENCE = "_sentence"  # where it stands and what it gives
KEPT = 8  # results of a statement, for the parameters that came last


@dataclass(frozen=True)
class Statement:
    """One statement of a notebook, the section it stands in and the names in it."""

    section: str
    code: CodeType
    needs: frozenset[str]
    gives: frozenset[str]


class Result(NamedTuple):
    """What a statement gave and showed."""

    names: dict[str, Any]
    outputs: list[Output]


class Live:
    """A notebook that can be asked for one section with any parameters.

    Parameters
    ----------
    path : the notebook; its statements must not change what others gave

    Attributes
    ----------
    question : its first line
    defaults : its parameters
    sections : headings of the sections that show something
    """

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.question = catalogue.question(path)
        self.defaults = parameters.defaults(path)
        self._statements = _statements(path)
        self._from = [self._sources(n) for n in range(len(self._statements))]
        self._on: list[frozenset[str]] = []
        for n, statement in enumerate(self._statements):
            own = statement.needs & set(self.defaults)
            self._on.append(own.union(*(self._on[m] for m in self._from[n])))
        self._kept: list[OrderedDict[tuple[Any, ...], Result]] = [
            OrderedDict() for _ in self._statements
        ]
        told = dict.fromkeys(s.section for s in self._statements)
        aside = ("", HEADLINE, SENTENCE, SOURCES)
        self.sections = [section for section in told if section not in aside]

    def headline(self, values: Values) -> dict[str, Any]:
        """The sentence and the values that answer the question."""
        (output,) = self._outputs(HEADLINE, values)
        headline: dict[str, Any] = output.data[present.HEADLINE]
        return headline

    def sentence(self, values: Values) -> str:
        """The sentence alone, which needs less than the values beside it."""
        (place,) = (n for n, s in enumerate(self._statements) if s.section == SENTENCE)
        return str(self._result(place, values).names[SENTENCE])

    def shown(self, section: str, values: Values) -> list[Output]:
        """What a section shows."""
        return self._outputs(section, values)

    def _outputs(self, section: str, values: Values) -> list[Output]:
        """Outputs of all statements of a section."""
        return [
            output
            for n, statement in enumerate(self._statements)
            if statement.section == section
            for output in self._result(n, values).outputs
        ]

    def _result(self, n: int, values: Values) -> Result:
        """What a statement gives, from before if nothing that it depends on changed."""
        kept, key = self._kept[n], tuple(values[p] for p in sorted(self._on[n]))
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
        names: dict[str, Any] = dict(values)
        for m in sorted(self._from[n]):
            names |= self._result(m, values).names
        statement = self._statements[n]
        with present.taken() as outputs:
            exec(statement.code, names)
        given = {name: names[name] for name in statement.gives if name in names}
        kept[key] = Result(given, outputs)
        if len(kept) > KEPT:
            kept.popitem(last=False)
        return kept[key]

    def _sources(self, n: int) -> frozenset[int]:
        """The statements that give what one needs, the last ones before it."""
        found = {
            name: m
            for m, earlier in enumerate(self._statements[:n])
            for name in earlier.gives & self._statements[n].needs
        }
        return frozenset(found.values())


def _statements(path: Path) -> list[Statement]:
    """The statements of a notebook but for its parameters, in order."""
    found, section = [], ""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            heads = [line for line in source.splitlines() if line.startswith("## ")]
            section = heads[-1].removeprefix("## ").strip() if heads else section
        elif "parameters" not in tags:
            place = HEADLINE if HEADLINE in tags else section
            for node in ast.parse(source).body:
                if place == HEADLINE:
                    found += _sentence(node)
                found.append(_statement(node, place))
    return found


def _sentence(node: ast.stmt) -> list[Statement]:
    """What ``present.headline`` is told first, as a statement of its own."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(attr="headline"), [words, *_])):
            target = ast.Name(SENTENCE, ast.Store())
            alone = ast.fix_missing_locations(ast.Assign([target], words))
            return [_statement(alone, SENTENCE)]
    return []


def _statement(node: ast.stmt, section: str) -> Statement:
    """A statement with the names that it uses and sets."""
    parts = [*ast.walk(node)]
    names = [part for part in parts if isinstance(part, ast.Name)]
    aliases = [part for part in parts if isinstance(part, ast.alias)]
    needs = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    gives = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    gives |= {(a.asname or a.name).partition(".")[0] for a in aliases}
    if not isinstance(node, (ast.Assign, ast.Import, ast.ImportFrom, ast.Expr)):
        needs |= gives  # it may set a name, or leave it as it was
    if any(isinstance(p, ast.Attribute) and p.attr == "sources" for p in parts):
        section = SOURCES
    code = compile(ast.Module([node], []), section or "notebook", "exec")
    return Statement(section, code, frozenset(needs), frozenset(gives))
