"""What was made on this machine, and from what.

The ignored folder ``.rareearth/made`` holds a record of each page: what could change
it as it was then, and what was written. A page is up to date where both still hold; a
fresh clone has no such folder and makes every page.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import rareearth
from rareearth.report.catalogue import Report
from rareearth.report.choices import FILES
from rareearth.report.publish import replace

SOURCES = (".py", ".j2", ".json")  # of the library, that a page can change with


def file_digest(path: Path) -> str | None:
    """SHA-256 of a file, None where there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Made:
    """The records of one project, against its code and data as they are now.

    Code and tables are read once, before anything is run: what changes during a run
    makes the next one make the page again.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def code(self) -> str:
        """Digest of the library, the lock and the kind of Python."""
        library = Path(rareearth.__file__).parent
        paths = sorted(p for p in library.rglob("*") if p.suffix in SOURCES)
        files = {str(path.relative_to(library)): file_digest(path) for path in paths}
        lock = file_digest(self.root / "requirements.lock")
        return _digest([files, lock, sys.version_info[:2], sys.platform])

    @cached_property
    def package(self) -> list[dict[str, Any]]:
        """What the data package says about each table."""
        text = (self.root / "data/datapackage.json").read_text("utf-8")
        return list(json.loads(text)["resources"])

    @cached_property
    def tables(self) -> dict[str, str]:
        """Digest of each table, with what is said about it."""
        data = self.root / "data"
        return {
            entry["name"]: _digest([entry, file_digest(data / entry["path"])])
            for entry in self.package
        }

    def inputs(self, report: Report) -> dict[str, Any]:
        """All that could change a report's page, as it is now."""
        return {
            "report": dataclasses.asdict(report),
            "code": self.code,
            "notebook": file_digest(self.root / f"notebooks/{report.notebook}.ipynb"),
            "files": self._files(report),
            "tables": self.tables,
            "fetched": _fetched() if report.parameters.get("fetched") else None,
        }

    def _files(self, report: Report) -> dict[str, str | None]:
        """Digests of the files of one's own that a report reads, and their mappings."""
        paths = [
            self.root / str(file)
            for name in FILES
            if (file := report.parameters.get(name))
        ]
        if not paths:
            return {}
        from rareearth.trade.own import beside

        paths += [mapping for path in paths if (mapping := beside(path))]
        return {self._name(path): file_digest(path) for path in paths}

    def headlines(self, folder: Path, reports: Iterable[Report]) -> dict[str, Any]:
        """All that could change the list of the pages in ``folder``."""
        seen = [
            (
                report.name,
                file_digest(folder / report.name / "headline.json"),
                file_digest(self.root / f"notebooks/{report.notebook}.ipynb"),
            )
            for report in reports
        ]
        return {"headlines": seen, "code": self.code, "tables": self.tables}

    def current(self, page: Path, inputs: dict[str, Any]) -> bool:
        """Whether a page stands as it was made, and from the same."""
        try:
            record = json.loads(self.file(page, "json").read_text("utf-8"))
        except FileNotFoundError:
            return False
        now = self._record(page, inputs, record["inputs"]["tables"])
        return bool(record == now)

    def remember(
        self, page: Path, inputs: dict[str, Any], used: Iterable[str] = ()
    ) -> None:
        """Record that a page was made from ``inputs``, of the tables only ``used``."""
        text = json.dumps(self._record(page, inputs, used), indent=1, sort_keys=True)
        replace(self.file(page, "json"), text.encode())

    def file(self, page: Path, ending: str) -> Path:
        """The file in ``.rareearth/made`` that is kept for a page."""
        name = f"{_digest(self._name(page))[:16]}.{ending}"
        return self.root / ".rareearth" / "made" / name

    def _name(self, page: Path) -> str:
        """The page as the project sees it: a clone may be moved."""
        inside = page.is_relative_to(self.root)
        return os.path.relpath(page, self.root) if inside else str(page)

    def _record(
        self, page: Path, inputs: dict[str, Any], used: Iterable[str]
    ) -> dict[str, Any]:
        """What is on record for a page that is as it is now.

        Tables of codes are always in it: the library looks them up unasked.
        """
        codes = {e["name"] for e in self.package if e["vintage"]["kind"] == "none"}
        tables = {name: inputs["tables"].get(name) for name in codes.union(used)}
        paths = sorted(page.iterdir()) if page.is_dir() else [page]
        record = {
            "page": self._name(page),
            "inputs": inputs | {"tables": tables},
            "files": {path.name: file_digest(path) for path in paths},
        }
        return json.loads(json.dumps(record))  # as it is read again


def _fetched() -> list[str]:
    """The newest edition of each feed that was fetched on this machine."""
    from rareearth.trade import editions

    return [f"{feed} {editions.newest(feed).name}" for feed in editions.feeds()]


def _digest(content: Any) -> str:
    """SHA-256 of anything that JSON can write."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
