"""Where the links of a committed page lead, once the page stands elsewhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

WEB = re.compile(r"(https?|mailto):")
PAGE = re.compile(r"reports/(?:([^/]+)/)?README\.md")


class Broken(ValueError):
    """No site can be made of these pages; the message says where and why."""


@contextmanager
def within(place: str) -> Iterator[None]:
    """What is broken inside the block is said to be in ``place``."""
    try:
        yield
    except Broken as error:
        raise Broken(f"{place}, {error}") from None


class Links:
    """Links from committed pages to what they mean in the site.

    Parameters
    ----------
    root : the project; no link may leave it
    alone : whether the page stands alone: its links to other pages and files become
        plain words

    Attributes
    ----------
    files : what was linked to and goes beside the pages, by its name there
    """

    def __init__(self, root: Path, *, alone: bool = False) -> None:
        self.root = root.resolve()
        self.alone = alone
        self.files: dict[str, Path] = {}

    def attributes(self, href: str, folder: Path) -> dict[str, str]:
        """Attributes of the link in HTML; none where it leads nowhere from here.

        A table of the page's own folder travels inside the link; a folder, which a
        forge can show and a site cannot, is no link.

        Raises
        ------
        Broken
            Where there is nothing to lead to.
        """
        if WEB.match(href) or href.startswith("#"):
            return {"href": href}
        target, fragment = urldefrag(href)
        if target.endswith(".csv") and "/" not in target:
            return download(own(target, folder).read_bytes(), target)
        if self.alone or (folder / unquote(target)).is_dir():
            return {}
        file = self.file(target, folder)
        if found := PAGE.fullmatch(file.relative_to(self.root).as_posix()):
            html = found[1] or "index"
            return {"href": f"{html}.html" + (f"#{fragment}" if fragment else "")}
        return {"href": self.beside(file), "download": file.name}

    def file(self, target: str, folder: Path) -> Path:
        """The file of the project that a page in ``folder`` names."""
        file = (folder / unquote(target)).resolve()
        if not file.is_relative_to(self.root):
            raise Broken(f"{target} is outside the project")
        if not file.is_file():
            raise Broken(f"there is no file {target}")
        return file

    def beside(self, file: Path) -> str:
        """The name under which a file of the project goes beside the pages."""
        name = "-".join(file.relative_to(self.root).parts)
        self.files[name] = file
        return name


def own(name: str, folder: Path) -> Path:
    """A file that lies in the page's own folder."""
    file = folder / unquote(name)
    if file.parent != folder or not file.is_file():
        raise Broken(f"there is no file {name} beside the page")
    return file


def data_uri(content: bytes, kind: str) -> str:
    """An address that holds what is at it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def download(table: bytes, name: str) -> dict[str, str]:
    """Attributes of a link that holds a table (CSV)."""
    return {
        "href": data_uri(table, "text/csv;charset=utf-8"),
        "download": name,
        "class": "download",
    }


class _Targets(HTMLParser):
    """Ids of a page, and what its links and pictures lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag is called and what it points to."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src") and value is not None:
                self.targets.append(value)


def check(files: Mapping[str, bytes]) -> None:
    """Refuse a site with a link or picture that leads nowhere, or an id used twice.

    Parameters
    ----------
    files : the whole site, by name

    Raises
    ------
    Broken
    """
    pages = {
        name: _Targets(content.decode())
        for name, content in files.items()
        if name.endswith(".html")
    }
    for name, page in pages.items():
        if twice := {i for i in page.ids if page.ids.count(i) > 1}:
            raise Broken(f"{name}: {sorted(twice)[0]} is the id of two parts")
        for target in page.targets:
            if WEB.match(target) or target.startswith("data:"):
                continue
            file, fragment = urldefrag(target)
            file = file or name
            if file not in files:
                raise Broken(f"{name}: nothing is at {target}")
            if fragment and unquote(fragment) not in pages[file].ids:
                raise Broken(f"{name}: no heading is at {target}")
