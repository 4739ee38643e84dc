"""What is new, for a feed reader: what changed, or else the reports themselves.

``reports/CHANGES.md`` is read leniently: each heading of the second level begins a
change, newest first, whatever stands below it is its text. A date is looked for in
the heading (``## 2026-05-27`` or ``## MCS 2026 v1.3, 2026-05-27``), then in the text;
a change without one has that of the next older change, and the oldest that of the
data.
"""

from __future__ import annotations

import calendar
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from rareearth.report import markdown
from rareearth.report.links import Links, within
from rareearth.report.webpage import NAME, Webpage, templates

DATE = re.compile(r"\b(?:19|20)\d\d-(?:0\d|1[0-2])(?:-(?:[0-2]\d|3[01]))?\b")


@dataclass(frozen=True)
class Change:
    """What changed at one time: ``date`` as found, ``body`` in HTML."""

    title: str
    date: str
    body: Markup


def changes(file: Path, links: Links) -> list[Change]:
    """The changes that a file tells of, newest first; none where there is no file.

    Raises
    ------
    Broken
        With the line of a dead link.
    """
    if not file.exists():
        return []
    parser = markdown.parser()
    with within(file.name):
        text = file.read_text("utf-8")
        blocks = markdown.blocks(
            parser, text, lambda href: links.attributes(href, file.parent)
        )
        sections = markdown.sections(blocks)
        bodies = [markdown.html(parser, body) for _, body in sections]
    dates, older = [], ""
    for (head, _), body in reversed([*zip(sections, bodies, strict=True)]):
        found = DATE.search(head[1].content) or DATE.search(body)
        older = found[0] if found else older
        dates.append(older)
    return [
        Change(markdown.words(markdown.inline(head)), date, Markup(body))
        for (head, _), body, date in zip(sections, bodies, reversed(dates), strict=True)
    ]


def feed(changes: Sequence[Change], pages: Sequence[Webpage], url: str) -> str:
    """Atom feed of the changes, or of the reports where none is told.

    Parameters
    ----------
    changes : newest first
    pages : the reports
    url : where the site stands, with a slash at its end; empty leaves links relative
    """
    data = max(moment(page.until) for page in pages)
    entries = [
        {
            "id": urn(f"change {change.title}"),
            "title": change.title,
            "updated": moment(change.date) if change.date else data,
            "page": "changes.html",
            "body": str(change.body),
        }
        for change in changes
    ] or [
        {
            "id": urn(f"report {page.name}"),
            "title": page.title,
            "updated": moment(page.until),
            "page": f"{page.name}.html",
            "body": f"<p>{Markup.escape(page.answer)}</p>",
        }
        for page in pages
    ]
    return templates("feed.xml").render(
        id=urn("all reports"),
        name=NAME,
        url=url,
        updated=max(entry["updated"] for entry in entries),
        entries=entries,
    )


def urn(what: str) -> str:
    """A lasting name of an entry, the same wherever the site stands."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"rareearth {what}").urn


def moment(date: str) -> str:
    """The end of a year, month or day, as feeds write it.

    Examples
    --------
    >>> moment("2024"), moment("2024-02"), moment("2026-05-27")
    ('2024-12-31T00:00:00Z', '2024-02-29T00:00:00Z', '2026-05-27T00:00:00Z')
    """
    year, month, day = [*map(int, date.split("-")), 0, 0][:3] if date else (1970, 1, 1)
    month = month or 12
    day = day or calendar.monthrange(year, month)[1]
    return f"{year:04}-{month:02}-{day:02}T00:00:00Z"
