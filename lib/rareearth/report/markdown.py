"""Committed Markdown, block by block, with formulas as MathML and no raw HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from rareearth.report.links import Broken

Attributes = Callable[[str], dict[str, str]]


def parser() -> MarkdownIt:
    """CommonMark with tables, ids at headings and formulas between dollar signs.

    It numbers the tables; each can be scrolled sideways, also by keyboard.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(anchors_plugin, min_level=2, max_level=3)
    parser.use(
        dollarmath_plugin, allow_space=False, allow_digits=False, renderer=_mathml
    )
    numbers = count(1)
    parser.add_render_rule(
        "table_open",
        lambda *_: (
            '<div class="table" tabindex="0" role="region" '
            f'aria-label="Table {next(numbers)}"><table>\n'
        ),
    )
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def blocks(parser: MarkdownIt, text: str, attributes: Attributes) -> list[list[Token]]:
    """Tokens of each paragraph, heading, table and so on; links lead where they should.

    Parameters
    ----------
    parser : as :func:`parser` gives it
    text : Markdown
    attributes : attributes of a link in HTML, given its address; none drops the link

    Raises
    ------
    Broken
        With the line of a dead link or of a formula that is not understood.
    """
    found: list[list[Token]] = [[]]
    line = 0
    try:
        for token in parser.parse(text):
            line = token.map[0] + 1 if token.map else line
            token.children = _linked(token.children or [], attributes)
            found[-1].append(token)
            if token.level == 0 and token.nesting <= 0:
                found.append([])
    except Broken as error:
        raise Broken(f"line {line}: {error}") from None
    return found[:-1]


def html(parser: MarkdownIt, blocks: Sequence[Sequence[Token]]) -> str:
    """HTML of some blocks."""
    try:
        return "".join(
            parser.renderer.render(list(block), parser.options, {}) for block in blocks
        )
    except Broken as error:
        line = blocks[0][0].map[0] + 1 if blocks and blocks[0][0].map else 0
        raise Broken(f"after line {line}: {error}") from None


def sections(
    blocks: Sequence[Sequence[Token]],
) -> list[tuple[Sequence[Token], list[Sequence[Token]]]]:
    """Headings of the second level, each with the blocks below it."""
    found: list[tuple[Sequence[Token], list[Sequence[Token]]]] = []
    for block in blocks:
        if block[0].tag == "h2":
            found.append((block, []))
        elif found:
            found[-1][1].append(block)
    return found


def inline(block: Sequence[Token]) -> list[Token]:
    """What a paragraph or heading holds, without line breaks."""
    children = block[1].children if len(block) == 3 else None
    return [t for t in children or [] if t.type not in ("softbreak", "hardbreak")]


def words(tokens: Sequence[Token]) -> str:
    """The text of inline tokens, without its marks."""
    return "".join(
        " " if token.type in ("softbreak", "hardbreak") else token.content
        for token in tokens
    )


def strong(tokens: Sequence[Token]) -> str:
    """The first bold words, or all where none is bold."""
    bold: list[Token] = []
    depth = 0
    for token in tokens:
        depth += token.nesting if token.tag == "strong" else 0
        if depth:
            bold.append(token)
        elif bold:
            break
    return words(bold or tokens)


def _linked(tokens: Sequence[Token], attributes: Attributes) -> list[Token]:
    """The tokens of a line; a link that leads nowhere from here is only its words."""
    kept, dropped = [], False
    for token in tokens:
        if token.type == "link_open":
            new: dict[str, Any] = dict(attributes(str(token.attrGet("href"))))
            dropped = not new
            token.attrs = {k: v for k, v in token.attrs.items() if k != "href"} | new
        if not (dropped and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def _mathml(tex: str, options: dict[str, Any]) -> str:
    """A formula that browsers show without help."""
    display = "block" if options.get("display_mode") else "inline"
    formula = convert(tex, display=display)
    if "\\" in formula:  # what it does not know it hands through
        raise Broken(f"the formula {tex!r} is not understood")
    return formula
