"""Committed Markdown, block by block, with formulas as MathML and no raw HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from rareearth.report.links import Broken, within

LONG = 12  # on a telephone as many sources fill a screen or two
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
    for token in parser.parse(text):
        with within(line([token])):
            token.children = _linked(token.children or [], attributes)
        found[-1].append(token)
        if token.level == 0 and token.nesting <= 0:
            found.append([])
    return found[:-1]


def line(block: Sequence[Token]) -> str:
    """Where a block stands in its file."""
    at = next((token.map[0] + 1 for token in block if token.map), 1)
    return f"line {at}"


def html(parser: MarkdownIt, blocks: Sequence[Sequence[Token]]) -> str:
    """HTML of some blocks; a list of more than `LONG` entries opens on request."""
    parts = []
    for block in blocks:
        with within(line(block)):
            text = parser.renderer.render(list(block), parser.options, {})
        items = sum(t.type == "list_item_open" and t.level == 1 for t in block)
        if items > LONG:
            summary = f"<summary>All {items}</summary>"
            text = f'<details class="long">{summary}\n{text}</details>\n'
        parts.append(text)
    return "".join(parts)


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
    kept, dropped, inside = [], False, 0
    for token in tokens:
        inside += token.nesting if token.tag == "a" else 0
        if token.type == "text" and not inside:
            kept += _addresses(token)
            continue
        if token.type == "link_open":
            new: dict[str, Any] = dict(attributes(str(token.attrGet("href"))))
            dropped = not new
            token.attrs = {k: v for k, v in token.attrs.items() if k != "href"} | new
        if not (dropped and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def _addresses(text: Token) -> list[Token]:
    """A text in which a bare web address is a link, as forges show it.

    A number and its percent sign stay on one line.
    """
    found = []
    whole = text.content.replace(" %", "\u00a0%")
    for i, part in enumerate(re.split(r"(https?://\S*[\w/=-])", whole)):
        if i % 2:
            found.append(Token("link_open", "a", 1, {"href": part}))
        if part:
            found.append(Token("text", "", 0, content=part))
        if i % 2:
            found.append(Token("link_close", "a", -1))
    return found


def _mathml(tex: str, options: dict[str, Any]) -> str:
    """A formula that browsers show without help."""
    display = "block" if options.get("display_mode") else "inline"
    formula = convert(tex, display=display)
    if "\\" in formula:  # what it does not know it hands through
        raise Broken(f"the formula {tex!r} is not understood")
    return formula
