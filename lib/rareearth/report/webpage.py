"""A committed page as one HTML page that stands alone: all it shows is inside."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markdown_it.token import Token
from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

from rareearth.report import markdown
from rareearth.report.links import Broken, Links, data_uri, own, within

NAME = "Rare earths: who depends on whom"
TEMPLATES = Path(__file__).parent / "templates/site"
ROWS = 100  # of a table shown in the page; its CSV has all
THUMBNAIL = 480  # twice as wide as it is shown


@dataclass(frozen=True)
class Thumbnail:
    """A small picture for the list of reports."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Webpage:
    """What the site says of a report, and its page's parts in HTML."""

    name: str
    notebook: str
    title: str
    answer: str
    lead: Markup
    body: Markup
    data: str
    until: str
    sections: list[tuple[str, str]]
    thumbnail: Thumbnail | None


def webpage(folder: Path, links: Links) -> Webpage:
    """A report's page, read from its folder.

    Parameters
    ----------
    folder : holds ``README.md``, ``headline.json`` and what the page shows
    links : what the page's links mean; learns which files go beside it

    Raises
    ------
    Broken
        With file and line: a dead link, a missing picture, or a page that does not
        begin with one title and its answer.
    """
    try:
        headline = json.loads((folder / "headline.json").read_text("utf-8"))
        text = (folder / "README.md").read_text("utf-8")
    except (OSError, ValueError) as error:
        raise Broken(f"{folder.name}: {error}") from None
    with within(f"{folder.name}/README.md"):
        return _Page(folder, links).webpage(text, headline)


class _Page:
    """One page on its way to HTML: it numbers its figures."""

    def __init__(self, folder: Path, links: Links) -> None:
        self.folder = folder
        self.links = links
        self.parser = markdown.parser()
        self.pictures: list[Path] = []

    def webpage(self, text: str, headline: dict[str, Any]) -> Webpage:
        """The page's parts."""
        blocks = markdown.blocks(
            self.parser, text, lambda href: self.links.attributes(href, self.folder)
        )
        title, lead, *rest = [*blocks, [], []][: max(2, len(blocks))]
        if not title or [b for b in blocks if b[0].tag == "h1"] != [title]:
            raise Broken("line 1, a page begins with its only '# title'")
        if not lead or lead[0].type != "paragraph_open":
            raise Broken("line 3, after its title a page gives its answer")
        body = Markup("".join(self._html(rest)))
        return Webpage(
            name=self.folder.name,
            notebook=headline["notebook"],
            title=markdown.words(markdown.inline(title)),
            answer=markdown.strong(markdown.inline(lead)),
            lead=Markup(markdown.html(self.parser, [lead])),
            body=body,
            data=about(headline),
            until=until(headline),
            sections=[
                (str(head[0].attrGet("id")), markdown.words(markdown.inline(head)))
                for head, _ in markdown.sections(rest)
            ],
            thumbnail=thumbnail(self.pictures[0]) if self.pictures else None,
        )

    def _html(self, blocks: Sequence[Sequence[Token]]) -> list[str]:
        """HTML of the blocks; a picture and the link to its table become a figure."""
        html, left = [], list(blocks)
        while left:
            block = left.pop(0)
            if image := _image(block):
                with within(markdown.line(block)):
                    html.append(self._figure(image, left.pop(0) if left else []))
            else:
                html.append(markdown.html(self.parser, [block]))
        return html

    def _figure(self, image: Token, link: Sequence[Token]) -> str:
        """A picture with its words, its table on request and its CSV."""
        picture = own(str(image.attrGet("src")), self.folder)
        if not image.content.strip():
            raise Broken(f"{picture.name} has no alt text")
        if not (table := _csv(link)):
            raise Broken(f"after {picture.name} must come the link to its table (CSV)")
        self.pictures.append(picture)
        return figure(
            len(self.pictures),
            picture.read_bytes(),
            markdown.words(image.children or []),
            (self.folder / table).read_text("utf-8"),
            Markup(markdown.html(self.parser, [link])),
        )


def figure(number: int, png: bytes, alt: str, table: str, link: Markup) -> str:
    """A picture that stands alone, with its words and its table on request.

    Parameters
    ----------
    number : of the figure in its page
    png : the picture
    alt : what it shows
    table : the CSV behind it
    link : where that can be had, in HTML
    """
    try:
        with Image.open(io.BytesIO(png)) as opened:
            width, height = opened.size
    except UnidentifiedImageError:
        raise Broken(f"figure {number} is not a picture") from None
    head, *rows = csv.reader(io.StringIO(table))
    return templates("figure.html").render(
        number=number,
        picture=data_uri(png, "image/png"),
        alt=alt,
        width=width,
        height=height,
        head=head,
        rows=rows[:ROWS],
        more=max(0, len(rows) - ROWS),
        numeric=[i for i in range(len(head)) if _numeric([r[i] for r in rows])],
        link=link,
    )


def _image(block: Sequence[Token]) -> Token | None:
    """The picture of a paragraph that is nothing else."""
    content = markdown.inline(block)
    return content[0] if len(content) == 1 and content[0].type == "image" else None


def _csv(block: Sequence[Token]) -> str:
    """The file name of a table that a paragraph links to and says nothing else."""
    content = markdown.inline(block)
    if len(content) != 3 or content[0].type != "link_open":
        return ""
    holds_it = str(content[0].attrGet("href")).startswith("data:text/csv")
    return str(content[0].attrGet("download")) if holds_it else ""


def _numeric(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers, some perhaps missing."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(
        re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", c) for c in filled
    )


def until(headline: dict[str, Any]) -> str:
    """The last year, or month, that a headline's values speak of.

    Examples
    --------
    >>> until({"values": [{"year": 2021}, {"year": "2022–24"}, {"year": None}]})
    '2024'
    >>> until({"values": [{"year": "2026-04"}, {"year": 2025}]})
    '2026-04'
    """
    told = " ".join(str(value["year"]) for value in headline["values"])
    months = re.findall(r"\b(?:19|20)\d\d-(?:0\d|1[0-2])\b", told)
    years = re.findall(r"\b(?:19|20)\d\d\b", told)
    ends = [f"{a}{b}" for a, b in re.findall(r"\b(19|20)\d\d–(\d\d)\b", told)]
    return max([*months, *years, *ends], default="")


def about(headline: dict[str, Any]) -> str:
    """How new the data are: last year told, day of knowledge, newest editions."""
    parts = [f"Figures to {until(headline)}"] if until(headline) else []
    parts += [f"as known on {headline['as_of']}"] if headline["as_of"] else []
    newest = {t["edition"].split("; ")[0] for t in headline["tables"].values()}
    # A table of rows that are dated one by one has no name of an edition.
    named = sorted(e for e in newest if e and not e.startswith("published by"))
    return " · ".join([*parts, *named])


def thumbnail(picture: Path) -> Thumbnail:
    """A picture made small, in few colours."""
    with Image.open(picture) as opened:
        small = opened.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    png = io.BytesIO()
    small.quantize(48).save(png, "PNG", optimize=True)
    return Thumbnail(png.getvalue(), *small.size)


def alone(page: Webpage) -> str:
    """The page as one HTML file that knows of no other."""
    return html("report.html", page.title, page.answer, page=page, site=False)


def html(template: str, title: str, summary: str, **values: Any) -> str:
    """A page made from a template of the site."""
    about = {
        "title": title,
        "summary": summary,
        "name": NAME,
        "kind": template.removesuffix(".html"),
        "css": Markup(read("style.css")),
        "pictures": "data:",
        "scripts": "'none'",
    }
    return templates(template).render(about | values)


@cache
def templates(name: str) -> jinja2.Template:
    """A template; what is put into it is escaped, and what is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def read(name: str) -> str:
    """A file of the templates' folder as it is."""
    return (TEMPLATES / name).read_text("utf-8").rstrip()
