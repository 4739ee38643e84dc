"""What a notebook shows as HTML inside a widget, in the look of its page."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from markupsafe import Markup

from rareearth.present import Output
from rareearth.report import links, markdown, webpage

STYLE = Markup(
    "<style>.explore {line-height: 1.5} .explore figure {margin: 0 0 1em}"
    ".explore img {max-width: 100%; height: auto; background: white}"
    ".explore .answer {font-size: 1.15em; max-width: 55em}"
    ".explore .answer strong:first-child {display: block; margin-bottom: .4em}"
    ".explore .table {max-height: 24em; overflow: auto; margin-bottom: .5em}"
    ".explore th, .explore td {padding: .2em .7em; text-align: start}"
    ".explore .number {text-align: end} .explore a {text-decoration: underline}"
    ".explore a, .explore summary {color: inherit}"
    ".explore pre {white-space: pre-wrap; padding: .6em; border: 1px solid}</style>"
)


def styled(parts: Iterable[str]) -> str:
    """HTML in the look of this page."""
    return f'{STYLE}<div class="explore">{"".join(parts)}</div>'


def html(output: Output) -> Markup:
    """An output as a reader's page shows it: a figure, or words and a table."""
    data, about = output.data, output.metadata
    if "image/png" in data:
        name = about["image/png"]["name"]
        png = base64.b64decode(data["image/png"])
        link = _link(name, data["text/csv"])
        alt = about["image/png"]["alt"]
        return Markup(webpage.figure(1, png, alt, data["text/csv"], link))
    shown = text(data["text/markdown"])
    if "text/csv" in data:
        shown += _link(about["text/csv"]["name"], data["text/csv"])
    return shown


def text(words: str) -> Markup:
    """Markdown as HTML; its links are to the web."""
    parser = markdown.parser()
    blocks = markdown.blocks(parser, words, lambda href: {"href": href})
    return Markup(markdown.html(parser, blocks))


def _link(name: str, table: str) -> Markup:
    """A link that holds a table."""
    attributes = links.download(table.encode(), f"{name}.csv")
    pairs = Markup(" ").join(Markup('{}="{}"').format(*i) for i in attributes.items())
    return Markup("<p><a {}>This table (CSV)</a></p>").format(pairs)
