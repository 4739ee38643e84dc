"""The readers' site, made of the committed pages alone: nothing is run for it.

One HTML file for each report that stands alone, a list of them with a filter, what
changed, and a feed, side by side in one folder.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import click
from markdown_it.token import Token
from markupsafe import Markup

from rareearth.report import ROOT, WrongCall, feed, links, markdown, publish, webpage
from rareearth.report.links import Broken, Links
from rareearth.report.webpage import Webpage

TITLE = f"{webpage.NAME}: reports"
SUMMARY = "Reports on the supply of rare earths and magnets, each made by a notebook."
OURS = b'<meta name="generator" content="rareearth">'


@dataclass(frozen=True)
class Group:
    """A part of the list: reports on one question, or words and tables about them."""

    id: str
    title: str
    body: Markup
    cards: list[Webpage]


def site(root: Path, *, url: str = "", repository: str = "") -> dict[str, bytes]:
    """The files of the site, by name; twice the same to the byte.

    Parameters
    ----------
    root : the project; its ``reports/README.md`` says which reports there are
    url : where the site will stand, for the links of its feed
    repository : address of the project's git repository, for links to Binder

    Raises
    ------
    Broken
        A dead link or a missing picture, with its file.
    """
    to = Links(root)
    groups = _groups(root / "reports", to)
    changes = feed.changes(root / "reports/CHANGES.md", to)
    files = {"index.html": _gallery(groups, changes)}
    if changes:
        files["changes.html"] = webpage.html(
            "changes.html", "What changed", SUMMARY, changes=changes
        )
    for group in groups:
        files |= _reports(group.cards, root, to, repository)
    pages = [page for group in groups for page in group.cards]
    files["feed.xml"] = feed.feed(changes, pages, url)
    written = {name: text.encode() for name, text in files.items()}
    written |= {f"{p.name}.png": p.thumbnail.png for p in pages if p.thumbnail}
    written |= {name: file.read_bytes() for name, file in to.files.items()}
    links.check(written)
    return written


def _groups(folder: Path, to: Links) -> list[Group]:
    """The parts of ``reports/README.md``, its reports as their pages tell of them."""
    file = folder / "README.md"
    if not file.exists():
        raise Broken(f"there is no {file}; make the reports first")
    parser = markdown.parser()
    with links.within("reports/README.md"):
        text = file.read_text("utf-8")
        blocks = markdown.blocks(parser, text, lambda href: to.attributes(href, folder))
        sections = [(head, *_split(b)) for head, b in markdown.sections(blocks)]
        bodies = [Markup(markdown.html(parser, rest)) for _, _, rest in sections]
    groups = [
        Group(
            id=str(head[0].attrGet("id")),
            title=markdown.words(markdown.inline(head)),
            body=body,
            cards=[webpage.webpage(folder / name, to) for name in names],
        )
        for (head, names, _), body in zip(sections, bodies, strict=True)
    ]
    if not any(group.cards for group in groups):
        raise Broken(f"{file} lists no report; make the reports first")
    return groups


def _split(
    blocks: Sequence[Sequence[Token]],
) -> tuple[list[str], list[Sequence[Token]]]:
    """Names of the reports that headings link to, and what is not below these."""
    names: list[str] = []
    rest: list[Sequence[Token]] = []
    ours = False
    for block in blocks:
        if block[0].tag == "h3":
            first = markdown.inline(block)[0]
            to = re.fullmatch(r"([\w-]+)\.html", str(first.attrGet("href") or ""))
            ours = to is not None
            names += [to[1]] if to else []
        if not ours:
            rest.append(block)
    return names, rest


def _gallery(groups: Sequence[Group], changes: Sequence[feed.Change]) -> str:
    """The list of all reports."""
    script = webpage.read("filter.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return webpage.html(
        "gallery.html",
        TITLE,
        SUMMARY,
        groups=groups,
        count=sum(len(group.cards) for group in groups),
        news=changes[0] if changes else None,
        pictures="'self' data: file:",
        script=Markup(script),
        scripts=f"'sha256-{digest}'",
    )


def _reports(
    pages: Sequence[Webpage], root: Path, to: Links, repository: str
) -> dict[str, str]:
    """The files of the reports on one question, each with its neighbours."""
    files = {}
    around = [None, *pages, None]
    for before, page, after in zip(around, pages, around[2:], strict=False):
        notebook = to.file(f"notebooks/{page.notebook}.ipynb", root)
        files[f"{page.name}.html"] = webpage.html(
            "report.html",
            page.title,
            page.answer,
            site=True,
            page=page,
            before=before,
            after=after,
            notebook_file=to.beside(notebook),
            binder=binder(repository, page.notebook),
        )
    return files


def binder(repository: str, notebook: str) -> str:
    """Where a notebook can be run without installing anything; empty if nowhere.

    Examples
    --------
    >>> binder("https://example.org/a/b", "01-dependency")
    'https://mybinder.org/v2/git/https%3A%2F%2Fexample.org%2Fa%2Fb/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F01-dependency.ipynb'
    """
    if not repository:
        return ""
    path = quote(f"lab/tree/notebooks/{notebook}.ipynb", safe="")
    return (
        f"https://mybinder.org/v2/git/{quote(repository, safe='')}/HEAD?urlpath={path}"
    )


def origin(root: Path) -> str:
    """Web address of the repository that the project was cloned from, if it has one.

    Never with a name or token that git was given to reach it.
    """
    command = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return address(answer.stdout.strip())


def address(remote: str) -> str:
    """The web address of a git remote; empty for a folder or file.

    Examples
    --------
    >>> address("git@github.com:someone/rare-earths.git")
    'https://github.com/someone/rare-earths'
    >>> address("https://name:secret@example.org/rare-earths")
    'https://example.org/rare-earths'
    >>> address("/srv/git/rare-earths")
    ''
    """
    found = re.fullmatch(
        r"(?:(?:https?|ssh|git)://)?(?:[^@/]+@)?([\w.-]+\.[a-z]+)(?::\d+)?[:/](.+?)/?",
        remote,
    )
    return f"https://{found[1]}/{found[2].removesuffix('.git')}" if found else ""


def write(out: Path, files: dict[str, bytes]) -> None:
    """Put the site in place as the folder ``out``, all at once.

    Raises
    ------
    WrongCall
        Where the folder holds something else than a site made here.
    """
    inside = sorted(out.iterdir()) if out.is_dir() else []
    index = out / "index.html"
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise WrongCall(f"{out} is not a folder; name a new one")
    if inside and not (index.is_file() and OURS in index.read_bytes()):
        raise WrongCall(f"{out} holds {inside[0].name}, which is no part of a site")
    publish.publish(out, files)


@click.command("site")
@click.option("--out", type=click.Path(path_type=Path), help="Where the site goes.")
@click.option("--url", default="", help="Where it will stand, for the feed's links.")
@click.option(
    "--repository", help="The project's git address, for Binder; else git's origin."
)
def command(out: Path | None, url: str, repository: str | None) -> None:
    """Make the readers' site of the committed pages, into reports/site.

    Nothing is run for it. A dead link or a missing picture stops it, and the site
    before stays as it was.

    Exit codes: 0 made, 1 the pages are broken, 2 wrong call.
    """
    folder = Path(os.path.abspath(out)) if out else ROOT / "reports/site"
    if repository is None:
        repository = origin(ROOT)
    try:
        files = site(ROOT, url=url and url.rstrip("/") + "/", repository=repository)
        write(folder, files)
    except Broken as error:
        raise click.ClickException(str(error)) from None
    except WrongCall as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"{folder / 'index.html'}: {len(files)} files")
